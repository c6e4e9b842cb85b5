//! What is taken home, and brought back: annotations, painted labels, whole sessions.

use axum::Json;
use axum::body::Body as Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use parfocal_actors::admin::annotations::{Format, LayerFile};
use parfocal_actors::admin::labels::Unnamed;
use parfocal_auth::{Action, Grant, allows, creates_sessions};
use parfocal_base::LayerId;
use parfocal_scene::Author;
use serde_json::{Value, json};

use super::super::Front;
use super::body::{self, IMPORT_BYTES, SESSION_BYTES};
use super::{ApiError, Caller, sessions};
use crate::access::unix_now_ms;

const CSV: &str = "text/csv; charset=utf-8";
const GEOJSON: &str = "application/geo+json";
const TAR: &str = "application/x-tar";

/// `GET …/layers/{layer}/annotations.csv`
pub(super) async fn export_csv(
    front: State<Front>,
    path: Path<(String, String)>,
    caller: Caller,
) -> Result<Response, ApiError> {
    export(front, path, caller, Format::Csv).await
}

/// `GET …/layers/{layer}/annotations.geojson`
pub(super) async fn export_geojson(
    front: State<Front>,
    path: Path<(String, String)>,
    caller: Caller,
) -> Result<Response, ApiError> {
    export(front, path, caller, Format::GeoJson).await
}

async fn export(
    State(front): State<Front>,
    Path((session, layer)): Path<(String, String)>,
    caller: Caller,
    format: Format,
) -> Result<Response, ApiError> {
    caller.may(Action::Look, &session).await?;
    let layer = layer_of(&layer)?;
    let _turn = front.turn().await?;
    let LayerFile { name, bytes, left_out } =
        front.engine.export_annotations(&session, layer, format).await?;
    let (kind, ending) = match format {
        Format::Csv => (CSV, "csv"),
        Format::GeoJson => (GEOJSON, "geojson"),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, attachment(&format!("{name}.{ending}"))),
        (header::HeaderName::from_static("parfocal-left-out"), HeaderValue::from(left_out)),
    ];
    Ok((headers, bytes).into_response())
}

/// `POST …/layers/{layer}/annotations.csv`
pub(super) async fn import_csv(
    front: State<Front>,
    path: Path<(String, String)>,
    caller: Caller,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    import(front, path, caller, request, Format::Csv).await
}

/// `POST …/layers/{layer}/annotations.geojson`
pub(super) async fn import_geojson(
    front: State<Front>,
    path: Path<(String, String)>,
    caller: Caller,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    import(front, path, caller, request, Format::GeoJson).await
}

async fn import(
    State(front): State<Front>,
    Path((session, layer)): Path<(String, String)>,
    caller: Caller,
    request: Request,
    format: Format,
) -> Result<Json<Value>, ApiError> {
    let grant = caller.may(Action::Annotate, &session).await?;
    let layer = layer_of(&layer)?;
    let _turn = front.turn().await?;
    let file = body::read(request, IMPORT_BYTES).await?;
    let by = author(grant);
    let done = front.engine.import_annotations(&session, layer, format, file, by).await?;
    Ok(Json(json!({ "added": done.added, "warnings": done.warnings })))
}

fn author(grant: Grant) -> Author {
    let edits_all = allows(grant.role(), Action::EditLayers);
    Author { subject: grant.identity.subject, edits_all, now_ms: unix_now_ms() }
}

/// `GET …/layers/{layer}/labels.tar`
pub(super) async fn export_labels(
    State(front): State<Front>,
    Path((session, layer)): Path<(String, String)>,
    caller: Caller,
) -> Result<Response, ApiError> {
    caller.may(Action::Look, &session).await?;
    let layer = layer_of(&layer)?;
    let _turn = front.turn().await?;
    Ok(send(front.engine.export_labels(&session, layer).await?))
}

/// `POST /v1/sessions/{session}/labels.tar`: a new layer.
pub(super) async fn import_labels(
    State(front): State<Front>,
    Path(session): Path<String>,
    caller: Caller,
    request: Request,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let grant = caller.may(Action::Annotate, &session).await?;
    let _turn = front.turn().await?;
    let file = body::to_file(request, SESSION_BYTES, front.engine.shared().scratch()).await?;
    let name = front.engine.import_labels(&session, file, author(grant)).await?;
    Ok((StatusCode::CREATED, Json(json!({ "name": name }))))
}

/// `GET /v1/sessions/{session}/file`
pub(super) async fn export_session(
    State(front): State<Front>,
    Path(session): Path<String>,
    caller: Caller,
) -> Result<Response, ApiError> {
    caller.may(Action::Look, &session).await?;
    let _turn = front.turn().await?;
    Ok(send(front.engine.export_session(&session).await?))
}

/// `POST /v1/import`: who brings a session owns it.
pub(super) async fn import_session(
    State(front): State<Front>,
    caller: Caller,
    request: Request,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let grant = caller.grant();
    if !creates_sessions(grant, front.owners_create_sessions) {
        return Err(sessions::not_allowed(&front));
    }
    let _turn = front.turn().await?;
    let file = body::to_file(request, SESSION_BYTES, front.engine.shared().scratch()).await?;
    let name = sessions::named("imported")?;
    let only = (!grant.is_for_every_session()).then_some(grant.identity.session.as_str());
    let by = grant.identity.subject.clone();
    front.engine.import_session(&name, file, by, unix_now_ms(), only).await?;
    sessions::made(&front, grant, &name)
}

fn layer_of(text: &str) -> Result<LayerId, ApiError> {
    let unknown = |_| ApiError::new(StatusCode::NOT_FOUND, "layer_unknown", "layers are numbers");
    text.parse().map(LayerId).map_err(unknown)
}

fn send(file: Unnamed) -> Response {
    let Unnamed { file, name, bytes } = file;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(TAR)),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes)),
        (header::CONTENT_DISPOSITION, attachment(&name)),
    ];
    (headers, Bytes::from_stream(body::stream(file))).into_response()
}

/// A browser saves it under this name; of others' letters it sees none that could mean something.
fn attachment(name: &str) -> HeaderValue {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._- ".contains(c) { c } else { '_' };
    let name: String = name.chars().map(plain).collect();
    let text = format!("attachment; filename=\"{name}\"");
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("attachment"))
}
