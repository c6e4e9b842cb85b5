//! History.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use parfocal_auth::Action;
use parfocal_store::Version;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Front;
use super::body::tidy;
use super::{ApiError, Body, Caller};
use crate::access::unix_now_ms;

/// `GET /v1/sessions/{session}/versions`, oldest first.
pub(super) async fn list(
    State(front): State<Front>,
    Path(session): Path<String>,
    caller: Caller,
) -> Result<Json<Value>, ApiError> {
    caller.may(Action::Look, &session).await?;
    let all = front.engine.versions(&session).await?.into_iter();
    let all = all.map(|Version { number, name, author, at_ms, revision }| {
        json!({
            "number": number, "name": name, "author": author, "at_ms": at_ms, "revision": revision,
            "session": format!("{session}@{number}"), "path": format!("/s/{session}@{number}"),
        })
    });
    Ok(Json(json!({ "versions": all.collect::<Vec<_>>() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    name: String,
}

/// `POST /v1/sessions/{session}/versions`: as it is now.
pub(super) async fn create(
    State(front): State<Front>,
    Path(session): Path<String>,
    caller: Caller,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let grant = caller.may(Action::SaveVersion, &session).await?;
    let name = tidy("a name", &new.name, Version::MAX_NAME)?;
    let (author, at_ms) = (grant.identity.subject, unix_now_ms());
    let version = Version { name, author, at_ms, ..Version::default() };
    let number = front.engine.save_version(&session, version).await?;
    Ok((StatusCode::CREATED, Json(json!({ "number": number }))))
}

/// `POST /v1/sessions/{session}/versions/{number}/restore`, for everybody.
pub(super) async fn restore(
    State(front): State<Front>,
    Path((session, number)): Path<(String, String)>,
    caller: Caller,
) -> Result<Json<Value>, ApiError> {
    let grant = caller.may(Action::RestoreVersion, &session).await?;
    let (number, author) = (parse(&number)?, grant.identity.subject);
    let before = front.engine.restore_version(&session, number, author, unix_now_ms()).await?;
    Ok(Json(json!({ "restored": number, "before": before })))
}

/// `DELETE /v1/sessions/{session}/versions/{number}`: for good.
pub(super) async fn delete(
    State(front): State<Front>,
    Path((session, number)): Path<(String, String)>,
    caller: Caller,
) -> Result<StatusCode, ApiError> {
    caller.may(Action::ManageSession, &session).await?;
    front.engine.remove_version(&session, parse(&number)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn parse(number: &str) -> Result<u64, ApiError> {
    let text = "versions are numbered from 1";
    number.parse().map_err(|_| ApiError::new(StatusCode::NOT_FOUND, "version_unknown", text))
}
