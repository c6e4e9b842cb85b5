//! Who asks, and whether they may.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use parfocal_actors::store::version_of;
use parfocal_auth::{Action, Grant, allows, refusal};

use super::super::Front;
use super::super::rates::Asker;
use super::ApiError;
use crate::access::unix_now;

/// Somebody with a good token.
pub(crate) struct Caller {
    grant: Grant,
    front: Front,
}

impl FromRequestParts<Front> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, front: &Front) -> Result<Self, ApiError> {
        let token = bearer(parts);
        let read = token.and_then(|token| Ok(front.verifier.read(token, unix_now())?));
        let grant = match read {
            Ok(grant) => grant,
            Err(error) => {
                // Guessing is slowed down; who has a token is not, whoever shares their address.
                pace(front, stranger(parts))?;
                return Err(error);
            }
        };
        pace(front, Asker::Subject(grant.identity.subject.clone()))?;
        front.engine.admit(&grant).await?;
        Ok(Self { grant, front: front.clone() })
    }
}

impl Caller {
    /// What their token says, whichever session it is for.
    pub(crate) const fn grant(&self) -> &Grant {
        &self.grant
    }

    /// What they may in `session`, if that includes `action`.
    pub(crate) async fn may(&self, action: Action, session: &str) -> Result<Grant, ApiError> {
        let grant = self.grant.clone().in_session(session)?;
        if action != Action::Look && version_of(session).is_some() {
            let text = "this is an old version: ask the session itself";
            return Err(ApiError::new(StatusCode::CONFLICT, "read_only", text));
        }
        self.front.engine.admit(&grant).await?;
        if allows(grant.role(), action) {
            Ok(grant)
        } else {
            Err(ApiError::forbidden(refusal(grant.role(), action)))
        }
    }
}

/// Somebody without a token, who may ask now and then.
pub(crate) struct Stranger;

impl FromRequestParts<Front> for Stranger {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, front: &Front) -> Result<Self, ApiError> {
        pace(front, stranger(parts)).map(|()| Self)
    }
}

fn stranger(parts: &Parts) -> Asker {
    let address = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    Asker::Stranger(address.map_or(std::net::Ipv4Addr::UNSPECIFIED.into(), |info| info.0.ip()))
}

fn pace(front: &Front, asker: Asker) -> Result<(), ApiError> {
    if front.rates.allow(front.engine.shared().clock.now(), asker) {
        return Ok(());
    }
    let text = "too many requests at once; ask again in a second";
    Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", text))
}

fn bearer(parts: &Parts) -> Result<&str, ApiError> {
    let value = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    token.ok_or_else(|| {
        let text = "send your token in the header `Authorization: Bearer TOKEN`";
        ApiError::new(StatusCode::UNAUTHORIZED, "token_missing", text)
    })
}
