//! Sessions: list, make, rename, archive, delete.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use parfocal_actors::admin::sessions::Listed;
use parfocal_auth::{Action, Grant, Identity, Issuer, Role, TokenName, creates_sessions};
use parfocal_store::SessionMeta;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::Front;
use super::body::tidy;
use super::{ApiError, Body, Caller};
use crate::access::{random, unix_now, unix_now_ms};
use crate::config;

/// Longest part of a name that is made of a title, in bytes.
const MAX_SLUG: usize = 40;

#[derive(Serialize)]
struct Session {
    name: String,
    title: String,
    created_ms: u64,
    created_by: String,
    archived: bool,
    role: Role,
    /// Null where nobody has it open.
    participants: Option<usize>,
    /// As `participants`.
    annotations: Option<usize>,
    bytes: u64,
    versions: usize,
    revision: u64,
}

impl Session {
    fn of(listed: Listed, role: Role) -> Self {
        let Listed { stored, participants, annotations } = listed;
        let SessionMeta { title, created_ms, created_by, archived, .. } = stored.meta;
        let title = if title.is_empty() { stored.name.clone() } else { title };
        let (name, bytes, versions) = (stored.name, stored.bytes, stored.versions);
        let revision = stored.revision;
        Self {
            name,
            title,
            created_ms,
            created_by,
            archived,
            role,
            participants,
            annotations,
            bytes,
            versions,
            revision,
        }
    }
}

/// `GET /v1/sessions`: those that the token opens.
pub(super) async fn list(
    State(front): State<Front>,
    caller: Caller,
) -> Result<Json<Value>, ApiError> {
    let role = caller.grant().role();
    let mut sessions = Vec::new();
    for listed in front.engine.sessions().await? {
        if caller.may(Action::Look, &listed.stored.name).await.is_ok() {
            sessions.push(Session::of(listed, role));
        }
    }
    let creates = creates_sessions(caller.grant(), front.owners_create_sessions);
    Ok(Json(json!({ "sessions": sessions, "may_create": creates })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    title: String,
    /// As it stands in links; made of the title where there is none.
    #[serde(default)]
    name: Option<String>,
    /// The session whose images it shows.
    #[serde(default)]
    like: Option<String>,
}

/// `POST /v1/sessions`: who makes one owns it.
pub(super) async fn create(
    State(front): State<Front>,
    caller: Caller,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let grant = caller.grant();
    if !creates_sessions(grant, front.owners_create_sessions) {
        return Err(not_allowed(&front));
    }
    let title = tidy("a title", &new.title, SessionMeta::MAX_TITLE)?;
    let name = match new.name {
        Some(name) => {
            config::session(name).map_err(|e| ApiError::bad("session_name", e.to_string()))?
        }
        None => named(&title)?,
    };
    // Who owns one session alone shows on no other data.
    let own = (!grant.is_for_every_session()).then(|| grant.identity.session.clone());
    let like = new.like.or(own);
    if let Some(like) = &like {
        caller.may(Action::ManageSession, like).await?;
    }
    let created_by = grant.identity.subject.clone();
    let meta = SessionMeta { title, created_ms: unix_now_ms(), created_by, ..Default::default() };
    front.engine.create_session(&name, meta, like.as_deref()).await?;
    made(&front, grant, &name)
}

/// What is answered for a new session.
pub(super) fn made(
    front: &Front,
    grant: &Grant,
    name: &str,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let token = owner_of(front, grant, name)?;
    let path = format!("/s/{name}#token={token}");
    let made = json!({ "name": name, "token": token, "path": path });
    Ok((StatusCode::CREATED, Json(made)))
}

/// Who may make sessions instead.
pub(super) fn not_allowed(front: &Front) -> ApiError {
    ApiError::forbidden(match front.owners_create_sessions {
        true => "the owner of a session makes new ones",
        false => "on this server only a token for every session makes new ones",
    })
}

/// A token like the caller's, for another session and as its owner.
fn owner_of(front: &Front, grant: &Grant, session: &str) -> Result<String, ApiError> {
    let Identity { subject, name, .. } = grant.identity.clone();
    let identity = Identity { subject, name, session: session.to_owned(), role: Role::Owner };
    let name = TokenName::random(random().map_err(ApiError::failed)?, None);
    let now = unix_now();
    Ok(front.keys.tokens.mint(&identity, &name, now, grant.expires.saturating_sub(now))?)
}

/// `Embryo 7, left` becomes `embryo-7-left-3f9c`.
pub(super) fn named(title: &str) -> Result<String, ApiError> {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let words: String = title.chars().map(plain).take(MAX_SLUG).collect();
    let mut words: Vec<_> = words.split('-').filter(|word| !word.is_empty()).collect();
    let number = u16::from_be_bytes(random().map_err(ApiError::failed)?);
    let number = format!("{number:04x}");
    words.push(&number);
    Ok(words.join("-"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    archived: Option<bool>,
}

/// `PATCH /v1/sessions/{session}`
pub(super) async fn change(
    State(front): State<Front>,
    Path(session): Path<String>,
    caller: Caller,
    Body(change): Body<Change>,
) -> Result<Json<Value>, ApiError> {
    let grant = caller.may(Action::ManageSession, &session).await?;
    let title = change.title.map(|title| tidy("a title", &title, SessionMeta::MAX_TITLE));
    if let Some(title) = title.transpose()? {
        front.engine.rename_session(&session, &title).await?;
    }
    if let Some(archived) = change.archived {
        front.engine.archive_session(&session, archived).await?;
    }
    let listed = front.engine.listed(&session).await?;
    Ok(Json(json!(Session::of(listed, grant.role()))))
}

/// `DELETE /v1/sessions/{session}`: for good.
pub(super) async fn delete(
    State(front): State<Front>,
    Path(session): Path<String>,
    caller: Caller,
) -> Result<StatusCode, ApiError> {
    caller.may(Action::ManageSession, &session).await?;
    front.engine.delete_session(&session).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_of_the_title_and_fits_into_a_link() {
        for (title, begins) in [
            ("Embryo 7, left", "embryo-7-left-"),
            ("../../etc", "etc-"),
            ("眼", ""),
            (&"x".repeat(200), "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-"),
        ] {
            let name = named(title).unwrap();
            assert!(name.starts_with(begins), "{name}");
            assert_eq!(name.len(), begins.len() + 4);
            assert!(config::session(name).is_ok());
        }
    }
}
