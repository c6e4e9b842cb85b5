//! The HTTP API: what `docs/api.md` describes. JSON in and out; a token in the `Authorization`
//! header; refusals as `{"code", "message"}`.
//!
//! [`caller`](mod@caller) says who asks and whether they may, `error.rs` what a refusal looks like;
//! the other files are the endpoints by subject.

mod body;
mod caller;
mod error;
mod exchange;
mod invitations;
mod links;
mod people;
mod sessions;
mod streams;
mod versions;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, patch, post};

pub(crate) use body::Body;
pub(crate) use caller::Caller;
pub(crate) use error::ApiError;

use tokio::sync::OwnedSemaphorePermit;

use super::{Front, origin};

/// How long somebody waits for their turn.
const TURN: Duration = Duration::from_secs(30);

pub(super) fn router(front: &Front) -> Router<Front> {
    Router::new()
        .route("/v1/sessions", get(sessions::list).post(sessions::create))
        .route("/v1/sessions/{session}", patch(sessions::change).delete(sessions::delete))
        .route("/v1/sessions/{session}/participants", get(people::list))
        .route("/v1/sessions/{session}/participants/{participant}", delete(people::send_away))
        .route("/v1/sessions/{session}/streams", get(streams::list))
        .route("/v1/sessions/{session}/revocations", get(people::revocations).post(people::revoke))
        .route(
            "/v1/sessions/{session}/invitations",
            get(invitations::list).post(invitations::create),
        )
        .route("/v1/sessions/{session}/invitations/{invitation}", delete(invitations::take_back))
        .route("/v1/invitations/redeem", post(invitations::redeem))
        .route("/v1/sessions/{session}/links", post(links::create))
        .route("/v1/links/{code}", get(links::open))
        .route("/v1/sessions/{session}/versions", get(versions::list).post(versions::create))
        .route("/v1/sessions/{session}/versions/{number}", delete(versions::delete))
        .route("/v1/sessions/{session}/versions/{number}/restore", post(versions::restore))
        .route(
            "/v1/sessions/{session}/layers/{layer}/annotations.csv",
            get(exchange::export_csv).post(exchange::import_csv),
        )
        .route(
            "/v1/sessions/{session}/layers/{layer}/annotations.geojson",
            get(exchange::export_geojson).post(exchange::import_geojson),
        )
        .route("/v1/sessions/{session}/layers/{layer}/labels.tar", get(exchange::export_labels))
        .route("/v1/sessions/{session}/labels.tar", post(exchange::import_labels))
        .route("/v1/sessions/{session}/file", get(exchange::export_session))
        .route("/v1/import", post(exchange::import_session))
        .method_not_allowed_fallback(|| async {
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method", "this is not done here")
        })
        .layer(from_fn_with_state(front.clone(), guard))
}

/// Files that are made or read at a time: each may take a gigabyte of the disk, and a core.
pub(super) const FILES_AT_ONCE: usize = 2;

impl Front {
    /// Waits until a file may be made or read.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let turn = Arc::clone(&self.files).acquire_owned();
        match tokio::time::timeout(TURN, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => {
                let text = "the server is busy with other files: try again in a moment";
                Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "busy", text))
            }
        }
    }
}

/// Pages of other origins may not ask; nothing of what is answered is kept on the way.
async fn guard(State(front): State<Front>, request: Request, next: Next) -> Response {
    if !origin::may_connect(request.headers(), &front.allowed_origins) {
        let text = "pages of this origin may not connect";
        return ApiError::new(StatusCode::FORBIDDEN, "forbidden_origin", text).into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
