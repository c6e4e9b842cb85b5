//! Invitations: links that give whoever opens them a token of their own.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use parfocal_auth::{Action, Identity, Issuer, Role, TokenName, Verifier, claims};
use parfocal_store::Invitation;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::Front;
use super::body::tidy;
use super::caller::Stranger;
use super::{ApiError, Body, Caller};
use crate::access::{LINK_DAYS, random, unix_now, unix_now_ms};

const DAY_S: u64 = 24 * 60 * 60;
/// How long an invitation is good where nothing is said, in seconds.
const EXPIRES_S: u64 = 7 * DAY_S;
/// The longest, in seconds.
const MAX_EXPIRES_S: u64 = 365 * DAY_S;
/// How often it may be used where nothing is said: by a lab's meeting.
const USES: u64 = 25;
/// The most: as many as fit into a session.
const MAX_USES: u64 = 600;
/// How long the tokens are good that are made for it, in seconds.
const TOKEN_S: u64 = LINK_DAYS as u64 * DAY_S;
/// Longest name of who comes, in bytes: beside it, their subject needs room for what makes it theirs.
const MAX_NAME: usize = claims::MAX_FIELD_BYTES - 32;

#[derive(Serialize)]
struct Listed {
    id: String,
    name: String,
    role: String,
    created_by: String,
    created_ms: u64,
    expires_s: u64,
    uses: u64,
    max_uses: u64,
    revoked: bool,
}

impl From<Invitation> for Listed {
    fn from(invitation: Invitation) -> Self {
        let Invitation {
            id,
            name,
            role,
            created_by,
            created_ms,
            expires_s,
            uses,
            max_uses,
            revoked,
        } = invitation;
        Self { id, name, role, created_by, created_ms, expires_s, uses, max_uses, revoked }
    }
}

/// `GET /v1/sessions/{session}/invitations`
pub(super) async fn list(
    State(front): State<Front>,
    Path(session): Path<String>,
    caller: Caller,
) -> Result<Json<Value>, ApiError> {
    caller.may(Action::Invite, &session).await?;
    let all = front.engine.invitations(&session, unix_now()).await?;
    let all: Vec<_> = all.into_iter().map(Listed::from).collect();
    Ok(Json(json!({ "invitations": all })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    role: Role,
    /// For how many seconds it is good.
    #[serde(default)]
    expires_s: Option<u64>,
    #[serde(default)]
    uses: Option<u64>,
    /// For whom, as the list shows it.
    #[serde(default)]
    name: Option<String>,
}

/// `POST /v1/sessions/{session}/invitations`. The secret is told here and never again.
pub(super) async fn create(
    State(front): State<Front>,
    Path(session): Path<String>,
    caller: Caller,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let grant = caller.may(Action::Invite, &session).await?;
    let lifetime = new.expires_s.unwrap_or(EXPIRES_S);
    let max_uses = new.uses.unwrap_or(USES);
    if !(1..=MAX_EXPIRES_S).contains(&lifetime) || !(1..=MAX_USES).contains(&max_uses) {
        let text = format!("expires_s is 1 to {MAX_EXPIRES_S}, uses is 1 to {MAX_USES}");
        return Err(ApiError::bad("out_of_range", text));
    }
    let name = match new.name {
        Some(name) => tidy("a name", &name, MAX_NAME)?,
        None => new.role.to_string(),
    };
    let id: [u8; 8] = random().map_err(ApiError::failed)?;
    let id = format!("{:016x}", u64::from_be_bytes(id));
    let now = unix_now();
    let invitation = Invitation {
        id: id.clone(),
        name: name.clone(),
        role: new.role.to_string(),
        created_by: grant.identity.subject,
        created_ms: unix_now_ms(),
        expires_s: now + lifetime,
        revoked: false,
        uses: 0,
        max_uses,
    };
    let of = Identity { subject: id.clone(), name, session: session.clone(), role: new.role };
    let secret = front.keys.invitations.mint(&of, &TokenName::default(), now, lifetime)?;
    front.engine.invite(&session, invitation.clone(), now).await?;
    let path = format!("/i#invitation={secret}");
    let made = json!({ "invitation": Listed::from(invitation), "secret": secret, "path": path });
    Ok((StatusCode::CREATED, Json(made)))
}

/// `DELETE /v1/sessions/{session}/invitations/{invitation}`: with all tokens made for it.
pub(super) async fn take_back(
    State(front): State<Front>,
    Path((session, invitation)): Path<(String, String)>,
    caller: Caller,
) -> Result<StatusCode, ApiError> {
    caller.may(Action::Revoke, &session).await?;
    let now = unix_now();
    front.engine.take_back(&session, &invitation, now, now + TOKEN_S).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Redeem {
    invitation: String,
    /// What others are to see.
    name: String,
}

/// `POST /v1/invitations/redeem`: a token of one's own for an invitation's secret.
pub(super) async fn redeem(
    State(front): State<Front>,
    _: Stranger,
    Body(ask): Body<Redeem>,
) -> Result<Json<Value>, ApiError> {
    let now = unix_now();
    let of = front.keys.invitations.read(&ask.invitation, now)?.identity;
    let name = tidy("a name", &ask.name, MAX_NAME)?;
    let used = front.engine.use_invitation(&of.session, &of.subject, now).await?;
    // Two who choose one name are two users: neither may undo what the other did.
    let number = u64::from_be_bytes(random().map_err(ApiError::failed)?);
    let subject = format!("{name}~{number:016x}");
    let identity = Identity { subject, name, session: of.session.clone(), role: of.role };
    let token = TokenName::random(random().map_err(ApiError::failed)?, Some(used.id));
    let token = front.keys.tokens.mint(&identity, &token, now, TOKEN_S)?;
    let path = format!("/s/{}#token={token}", of.session);
    let answer = json!({
        "session": of.session, "role": of.role, "token": token, "path": path,
        "expires_s": now + TOKEN_S,
    });
    Ok(Json(answer))
}
