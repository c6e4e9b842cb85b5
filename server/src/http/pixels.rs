//! The pixel channel's socket: a ticket, then pictures one way and receipts the other.

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::HeaderMap;
use axum::response::Response;
use parfocal_actors::engine::PixelChannel;
use parfocal_sync::close::CloseReason;
use parfocal_sync::handshake::{AttachInput, AttachOutput, PixelHandshake};
use parfocal_sync::limits::MAX_SMALL_MESSAGE_BYTES;
use parfocal_sync::message::PixelClientMessage;

use super::Front;
use super::socket::{Heard, Sink, Stream, close, first, hear, open_with, send_all};

/// A window of eight pictures takes less on any link that is worth it.
const STUCK_TIMEOUT: Duration = Duration::from_secs(15);

pub(super) async fn upgrade(
    State(front): State<Front>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    open_with(front, &headers, upgrade, MAX_SMALL_MESSAGE_BYTES, run)
}

async fn run(front: Front, mut sink: Sink, mut stream: Stream) {
    let reason = match attach(&front, &mut stream).await {
        Ok(channel) => {
            first([
                Box::pin(send_all(&mut sink, "pixels", &channel)),
                Box::pin(listen(&channel, &mut stream)),
                Box::pin(stuck(&channel)),
            ])
            .await
        }
        Err(reason) => reason,
    };
    close(&mut sink, reason, "pixels").await;
}

async fn attach(front: &Front, stream: &mut Stream) -> Result<PixelChannel, CloseReason> {
    let clock = front.engine.shared().clock;
    let mut machine = PixelHandshake::new(clock.now());
    loop {
        let wait = machine.deadline().map_or(Duration::ZERO, |at| at.since(clock.now()));
        let heard = tokio::time::timeout(wait, hear(stream)).await;
        let input = match &heard {
            Err(_) => AttachInput::Tick,
            Ok(Heard::Text(text)) => AttachInput::Text(text),
            Ok(Heard::Binary) => AttachInput::Binary,
            Ok(Heard::Ended(reason)) => return Err(*reason),
        };
        let mut output = machine.handle(clock.now(), input);
        while let Some(next) = output.take() {
            match next {
                AttachOutput::Redeem(ticket) => {
                    let channel = front.engine.attach(&ticket);
                    output = machine.handle(clock.now(), AttachInput::Redeemed(channel));
                }
                AttachOutput::Close(reason) => return Err(reason),
                AttachOutput::Attached(channel) => return Ok(channel),
            }
        }
    }
}

/// No timeout here: a resting view sends nothing. The state channel tells who is alive, and this
/// one ends with it.
async fn listen(channel: &PixelChannel, stream: &mut Stream) -> CloseReason {
    loop {
        let text = match hear(stream).await {
            Heard::Text(text) => text,
            Heard::Binary => return CloseReason::BadMessage,
            Heard::Ended(reason) => return reason,
        };
        match PixelClientMessage::parse(&text) {
            Ok(PixelClientMessage::Attach { .. }) => return CloseReason::BadMessage,
            Ok(message) => channel.incoming(&message),
            Err(error) => return error.close(),
        }
    }
}

/// Ends when the window was full for [`STUCK_TIMEOUT`] and not one picture was shown: the client
/// would be silent for ever, and comes back with an empty window instead.
async fn stuck(channel: &PixelChannel) -> CloseReason {
    let mut look = tokio::time::interval(STUCK_TIMEOUT);
    let mut before = None;
    loop {
        look.tick().await;
        let (room, shown) = channel.progress();
        let now = (!room).then_some(shown);
        if now.is_some() && now == before {
            return CloseReason::TooSlow;
        }
        before = now;
    }
}
