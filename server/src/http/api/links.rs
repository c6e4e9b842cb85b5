//! Short links to views.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use parfocal_actors::admin::links::Link;
use parfocal_auth::Action;
use parfocal_base::LayerId;
use parfocal_scene::{Look, View};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::Front;
use super::{ApiError, Body, Caller};
use crate::access::unix_now_ms;

/// Letters of a code: 60 bits, too many for two links ever to have the same.
const CODE_LETTERS: usize = 12;

/// A view document: what somebody looks at, and how the layers look.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ViewDocument {
    view: View,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    looks: BTreeMap<LayerId, Look>,
}

/// `POST /v1/sessions/{session}/links`: the same view has the same link.
pub(super) async fn create(
    State(front): State<Front>,
    Path(session): Path<String>,
    caller: Caller,
    Body(document): Body<ViewDocument>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let grant = caller.may(Action::ShareView, &session).await?;
    let view = serde_json::to_value(&document).map_err(ApiError::failed)?;
    let code = code_of(&session, &view);
    let created_by = grant.identity.subject;
    let link = Link { session, view, created_by, created_ms: unix_now_ms() };
    front.engine.put_link(&code, link).await?;
    let made = json!({ "code": code, "path": format!("/l/{code}") });
    Ok((StatusCode::CREATED, Json(made)))
}

/// `GET /v1/links/{code}`: for who may look at the session.
pub(super) async fn open(
    State(front): State<Front>,
    Path(code): Path<String>,
    caller: Caller,
) -> Result<Json<Value>, ApiError> {
    let link = front.engine.link(&code).await?;
    caller.may(Action::Look, &link.session).await?;
    Ok(Json(json!(link)))
}

/// Lower-case letters and digits that cannot be mistaken for each other.
fn code_of(session: &str, view: &Value) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz234567890";
    let digest = Sha256::new_with_prefix(session).chain_update([0]).chain_update(view.to_string());
    let digest = digest.finalize();
    let letter = |byte: &u8| LETTERS.get(usize::from(byte & 31)).map_or('a', |&l| char::from(l));
    digest.iter().take(CODE_LETTERS).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_made_of_what_the_link_says() {
        let code = code_of("lab", &json!({ "a": 1 }));
        assert_eq!(code, code_of("lab", &json!({ "a": 1 })));
        assert_eq!(code.len(), CODE_LETTERS);
        assert_ne!(code, code_of("lab", &json!({ "a": 2 })));
        assert_ne!(code, code_of("lab2", &json!({ "a": 1 })));
    }
}
