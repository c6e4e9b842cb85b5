//! Which pictures everybody gets.

use axum::Json;
use axum::extract::{Path, State};
use parfocal_actors::admin::streams::Quality;
use parfocal_auth::Action;
use serde_json::{Value, json};

use super::super::Front;
use super::{ApiError, Caller};

/// `GET /v1/sessions/{session}/streams`
pub(super) async fn list(
    State(front): State<Front>,
    Path(session): Path<String>,
    caller: Caller,
) -> Result<Json<Value>, ApiError> {
    caller.may(Action::ManageSession, &session).await?;
    front.engine.listed(&session).await?;
    let streams = front.engine.streams(&session).into_iter().map(|stream| {
        json!({
            "participant": stream.participant, "name": stream.name, "role": stream.role,
            "pictures": stream.quality.as_ref().map(pictures),
        })
    });
    Ok(Json(json!({ "streams": streams.collect::<Vec<_>>() })))
}

fn pictures(quality: &Quality) -> Value {
    let [width, height] = quality.size;
    let rate = &quality.rate;
    let milliseconds = |time: std::time::Duration| (time.as_secs_f64() * 10_000.0).round() / 10.0;
    json!({
        "view": quality.view, "codec": quality.codec, "width": width, "height": height,
        "fps": quality.fps, "bitrate_bps": quality.bitrate_bps, "viewers": quality.viewers,
        "estimate_bps": rate.estimate_bps, "sent_bps": rate.sent_bps,
        "round_trip_ms": milliseconds(rate.min_rtt), "queue_ms": milliseconds(rate.queue),
        "decode_ms": milliseconds(rate.decode), "held_ms": milliseconds(quality.held),
        "state": quality.state(), "why": quality.why, "dropped": quality.dropped(),
        "renderer": quality.renderer.by.as_str(), "renderer_why": &*quality.renderer.why,
        "encoder": quality.used.by.as_str(), "encoder_why": &*quality.used.why,
    })
}
