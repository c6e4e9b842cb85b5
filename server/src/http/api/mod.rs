//! The HTTP API: what `docs/api.md` describes. JSON in and out; a token in the `Authorization`
//! header; refusals as `{"code", "message"}`.
//!
//! [`caller`](mod@caller) says who asks and whether they may, `error.rs` what a refusal looks like;
//! the other files are the endpoints by subject.

mod body;
mod caller;
mod error;
mod invitations;
mod links;
mod people;
mod sessions;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, patch, post};

pub(crate) use body::Body;
pub(crate) use caller::Caller;
pub(crate) use error::ApiError;

use super::{Front, origin};

pub(super) fn router(front: &Front) -> Router<Front> {
    Router::new()
        .route("/v1/sessions", get(sessions::list).post(sessions::create))
        .route("/v1/sessions/{session}", patch(sessions::change).delete(sessions::delete))
        .route("/v1/sessions/{session}/participants", get(people::list))
        .route("/v1/sessions/{session}/participants/{participant}", delete(people::send_away))
        .route("/v1/sessions/{session}/revocations", get(people::revocations).post(people::revoke))
        .route(
            "/v1/sessions/{session}/invitations",
            get(invitations::list).post(invitations::create),
        )
        .route("/v1/sessions/{session}/invitations/{invitation}", delete(invitations::take_back))
        .route("/v1/invitations/redeem", post(invitations::redeem))
        .route("/v1/sessions/{session}/links", post(links::create))
        .route("/v1/links/{code}", get(links::open))
        .method_not_allowed_fallback(|| async {
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method", "this is not done here")
        })
        .layer(from_fn_with_state(front.clone(), guard))
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
