//! Who is there, and who may not come (any more).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use parfocal_actors::admin::SERVER;
use parfocal_auth::{Action, Revocation, Withdrawn};
use parfocal_base::ParticipantId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Front;
use super::{ApiError, Body, Caller};
use crate::access::unix_now;

/// The longest that a token can live, in seconds: ten years, as `parfocal token` makes them.
const TOKEN_LIFETIME_S: u64 = 3650 * 24 * 60 * 60;

/// `GET /v1/sessions/{session}/participants`
pub(super) async fn list(
    State(front): State<Front>,
    Path(session): Path<String>,
    caller: Caller,
) -> Result<Json<Value>, ApiError> {
    let grant = caller.may(Action::Look, &session).await?;
    front.engine.listed(&session).await?;
    let is_owner = parfocal_auth::allows(grant.role(), Action::Revoke);
    let people = front.engine.people(&session).into_iter().map(|(id, name, grant)| {
        let mut person = json!({
            "participant": id, "name": name, "role": grant.role(),
            "subject": grant.identity.subject,
        });
        if is_owner {
            person["token"] = json!(grant.token.id);
            person["invitation"] = json!(grant.token.invitation);
            person["expires_s"] = json!(grant.expires);
        }
        person
    });
    Ok(Json(json!({ "participants": people.collect::<Vec<_>>() })))
}

/// `DELETE /v1/sessions/{session}/participants/{participant}`: withdraws the token that they came
/// with.
pub(super) async fn send_away(
    State(front): State<Front>,
    Path((session, participant)): Path<(String, String)>,
    caller: Caller,
) -> Result<StatusCode, ApiError> {
    caller.may(Action::Revoke, &session).await?;
    // What is no number is nobody's.
    let number = participant.parse().map_or(ParticipantId::SERVER, ParticipantId);
    let (of, grant) = front.engine.withdrawal_of(&session, number)?;
    let until = grant.expires;
    front.engine.revoke(&session, Revocation { of, at: unix_now(), until }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What to withdraw: a token (`jti`), an invitation's tokens (`inv`), or all of a user (`sub`).
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum What {
    Token(String),
    Invitation(String),
    Subject(String),
}

/// `POST /v1/sessions/{session}/revocations`
pub(super) async fn revoke(
    State(front): State<Front>,
    Path(session): Path<String>,
    caller: Caller,
    Body(what): Body<What>,
) -> Result<StatusCode, ApiError> {
    caller.may(Action::Revoke, &session).await?;
    let (of, name) = match what {
        What::Token(id) => (Withdrawn::Token(id.clone()), id),
        What::Invitation(id) => (Withdrawn::Invitation(id.clone()), id),
        What::Subject(subject) => (Withdrawn::Subject(subject.clone()), subject),
    };
    if session != SERVER {
        front.engine.listed(&session).await?;
    }
    super::body::tidy("what is withdrawn", &name, parfocal_auth::claims::MAX_FIELD_BYTES)?;
    let at = unix_now();
    let until = at + TOKEN_LIFETIME_S;
    front.engine.revoke(&session, Revocation { of, at, until }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v1/sessions/{session}/revocations`
pub(super) async fn revocations(
    State(front): State<Front>,
    Path(session): Path<String>,
    caller: Caller,
) -> Result<Json<Value>, ApiError> {
    caller.may(Action::Revoke, &session).await?;
    let all = front.engine.revocations(&session).await?.into_iter();
    let all = all.map(|Revocation { of, at, until }| {
        let (kind, id) = match of {
            Withdrawn::Token(id) => ("token", id),
            Withdrawn::Invitation(id) => ("invitation", id),
            Withdrawn::Subject(subject) => ("subject", subject),
        };
        json!({ "of": kind, "id": id, "at_s": at, "until_s": until })
    });
    Ok(Json(json!({ "revocations": all.collect::<Vec<_>>() })))
}
