//! What is sent along with a request.

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::super::Front;
use super::ApiError;

/// Longest JSON body in bytes: a view document with the looks of 256 layers.
const JSON_BYTES: usize = 256 << 10;
/// A body arrives within this time, or its request ends.
const ARRIVAL: Duration = Duration::from_secs(60);

/// A JSON object.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Front> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &Front) -> Result<Self, ApiError> {
        let bytes = read(request, JSON_BYTES).await?;
        let parsed = serde_json::from_slice(&bytes);
        parsed.map(Self).map_err(|error| ApiError::bad("malformed", error.to_string()))
    }
}

/// At most `limit` bytes.
pub(crate) async fn read(request: Request, limit: usize) -> Result<Bytes, ApiError> {
    let read = axum::body::to_bytes(request.into_body(), limit);
    match tokio::time::timeout(ARRIVAL, read).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_long(&error) => {
            let text = format!("a body here has at most {limit} bytes");
            Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", text))
        }
        Ok(Err(_)) => Err(ApiError::bad("malformed", "the body was cut off")),
        Err(_) => {
            let text = format!("the body took longer than {} s", ARRIVAL.as_secs());
            Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "too_slow", text))
        }
    }
}

/// axum hides the type of the error at its source; its text is all there is.
fn is_too_long(error: &axum::Error) -> bool {
    error.to_string().contains("length limit")
}

/// A text of a person: 1 to `limit` bytes, no control characters.
pub(crate) fn tidy(what: &str, text: &str, limit: usize) -> Result<String, ApiError> {
    let text = text.trim();
    if (1..=limit).contains(&text.len()) && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    let needs = format!("{what} has 1 to {limit} bytes without control characters");
    Err(ApiError::bad("out_of_range", needs))
}
