//! What is sent along with a request.

use std::path::Path;
use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::super::Front;
use super::ApiError;

/// Longest JSON body in bytes: a view document with the looks of 256 layers.
const JSON_BYTES: usize = 256 << 10;
/// Longest file of annotations in bytes: 100,000 polygons as GeoJSON.
pub(crate) const IMPORT_BYTES: usize = 128 << 20;
/// Longest file of a session in bytes: a painted volume as large as can be kept, and documents.
pub(crate) const SESSION_BYTES: u64 = 1 << 30;
/// Bytes of a file that are read or written at a time.
const PIECE: usize = 256 << 10;
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
        Ok(Err(error)) if is_too_long(&error) => Err(too_large(limit as u64)),
        Ok(Err(_)) => Err(ApiError::bad("malformed", "the body was cut off")),
        Err(_) => Err(too_slow()),
    }
}

/// At most `limit` bytes, into a file without a name in `folder`. Each piece arrives in time, or the
/// request ends; how long all of it takes is the network's affair.
pub(crate) async fn to_file(
    request: Request,
    limit: u64,
    folder: &Path,
) -> Result<std::fs::File, ApiError> {
    let file = tempfile::tempfile_in(folder).map_err(ApiError::failed)?;
    let mut file = tokio::fs::File::from_std(file);
    let mut body = request.into_body().into_data_stream();
    let mut bytes = 0;
    loop {
        let piece = tokio::time::timeout(ARRIVAL, body.next()).await.map_err(|_| too_slow())?;
        let Some(piece) = piece else { break };
        let piece = piece.map_err(|_| ApiError::bad("malformed", "the body was cut off"))?;
        bytes += piece.len() as u64;
        if bytes > limit {
            return Err(too_large(limit));
        }
        file.write_all(&piece).await.map_err(|error| no_room(&error))?;
    }
    file.flush().await.map_err(|error| no_room(&error))?;
    Ok(file.into_std().await)
}

/// The bytes of a file, piece by piece.
pub(crate) fn stream(file: std::fs::File) -> impl Stream<Item = std::io::Result<Bytes>> {
    futures_util::stream::unfold(tokio::fs::File::from_std(file), async |mut file| {
        let mut piece = vec![0; PIECE];
        match file.read(&mut piece).await {
            Ok(0) => None,
            Ok(read) => {
                piece.truncate(read);
                Some((Ok(piece.into()), file))
            }
            Err(error) => Some((Err(error), file)),
        }
    })
}

fn too_large(limit: u64) -> ApiError {
    let text = format!("a body here has at most {limit} bytes");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", text)
}

fn too_slow() -> ApiError {
    let text = format!("the body took longer than {} s", ARRIVAL.as_secs());
    ApiError::new(StatusCode::REQUEST_TIMEOUT, "too_slow", text)
}

fn no_room(error: &std::io::Error) -> ApiError {
    tracing::error!(%error, "an upload could not be kept");
    let text = "the server has no room for the file: try again later";
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "store_full", text)
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
