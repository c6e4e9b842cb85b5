//! The state channel's socket: the handshake, then messages both ways.

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::Response;
use parfocal_actors::admin::Kind;
use parfocal_actors::engine::Connection;
use parfocal_auth::Grant;
use parfocal_scene::RejectCode;
use parfocal_sync::close::CloseReason;
use parfocal_sync::handshake::{HandshakeInput, HandshakeOutput, Refusal, ServerHandshake};
use parfocal_sync::limits::SILENCE_TIMEOUT;
use parfocal_sync::message::{ClientMessage, Hello, ServerMessage};
use parfocal_sync::parse::MessageError;

use super::Front;
use super::socket::{Heard, Sink, Stream, close, first, hear, open, send, send_all};
use crate::access::unix_now;

pub(super) async fn upgrade(
    State(front): State<Front>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    open(front, &headers, upgrade, run)
}

async fn run(front: Front, mut sink: Sink, mut stream: Stream) {
    let reason = match greet(&front, &mut sink, &mut stream).await {
        Ok((hello, grant)) => match front.engine.join(hello, grant).await {
            Ok(connection) => talk(&connection, &mut sink, &mut stream).await,
            Err(CloseReason::Full) => {
                let refused = full(&front).to_json();
                send(&mut sink, Message::Text(refused.into())).await.ok();
                CloseReason::Full
            }
            Err(reason) => reason,
        },
        Err(reason) => reason,
    };
    close(&mut sink, reason, "state").await;
}

/// What is said to who finds no room.
fn full(front: &Front) -> ServerMessage {
    let most = front.engine.shared().people.participants;
    let code = CloseReason::Full.as_str().to_owned();
    let message = format!(
        "There is no room: a session takes at most {most} participants at a time \
         (people.participants). Try again when somebody has left."
    );
    ServerMessage::Refused { code, message }
}

/// Drives the handshake; the outcome is a good hello or the reason to close.
async fn greet(
    front: &Front,
    sink: &mut Sink,
    stream: &mut Stream,
) -> Result<(Hello, Grant), CloseReason> {
    let clock = front.engine.shared().clock;
    let mut machine = ServerHandshake::new(clock.now());
    loop {
        let wait = machine.deadline().map_or(Duration::ZERO, |at| at.since(clock.now()));
        let heard = tokio::time::timeout(wait, hear(stream)).await;
        let input = match &heard {
            Err(_) => HandshakeInput::Tick,
            Ok(Heard::Text(text)) => HandshakeInput::Text(text),
            Ok(Heard::Binary) => HandshakeInput::Binary,
            Ok(Heard::Ended(reason)) => return Err(*reason),
        };
        let mut outputs = machine.handle(clock.now(), input);
        let mut next = 0;
        while let Some(output) = outputs.get(next).cloned() {
            next += 1;
            match output {
                HandshakeOutput::VerifyToken { token, session } => {
                    let verified = verify(front, &token, &session).await?;
                    let input = HandshakeInput::Verified(verified);
                    outputs.extend(machine.handle(clock.now(), input));
                }
                HandshakeOutput::Send(message) => {
                    send(sink, Message::Text(message.to_json().into())).await?;
                }
                HandshakeOutput::Close(reason) => return Err(reason),
                HandshakeOutput::Established { hello, grant } => return Ok((hello, grant)),
            }
        }
    }
}

/// Whether a token opens a session that is there. What may be well in a moment closes the
/// connection without a refusal, so that the client comes back.
pub(super) async fn verify(
    front: &Front,
    token: &str,
    session: &str,
) -> Result<Result<Grant, Refusal>, CloseReason> {
    let grant = match front.verifier.verify(token, session, unix_now()) {
        Ok(grant) => grant,
        Err(error) => {
            metrics::counter!("parfocal_tokens_refused_total", "code" => error.code()).increment(1);
            tracing::info!(session, code = error.code(), "a token was refused");
            let text = error.to_string();
            return Ok(Err(Refusal::new(CloseReason::Unauthorized, error.code(), text)));
        }
    };
    let admitted = front.engine.admit(&grant).await;
    let refused = match admitted {
        Ok(()) => front.engine.find(session).await.err(),
        Err(error) => Some(error),
    };
    let Some(error) = refused else { return Ok(Ok(grant)) };
    let reason = match error.kind {
        Kind::Forbidden => CloseReason::Revoked,
        Kind::NotFound => CloseReason::Unauthorized,
        Kind::Full => CloseReason::Full,
        _ => return Err(CloseReason::Internal),
    };
    metrics::counter!("parfocal_tokens_refused_total", "code" => error.code).increment(1);
    Ok(Err(Refusal::new(reason, error.code, error.message)))
}

async fn talk(connection: &Connection, sink: &mut Sink, stream: &mut Stream) -> CloseReason {
    let expired = async {
        tokio::time::sleep(connection.valid_for(unix_now())).await;
        CloseReason::Unauthorized
    };
    first([
        Box::pin(send_all(sink, "state", connection)),
        Box::pin(listen(connection, stream)),
        Box::pin(expired),
    ])
    .await
}

async fn listen(connection: &Connection, stream: &mut Stream) -> CloseReason {
    loop {
        let text = match tokio::time::timeout(SILENCE_TIMEOUT, hear(stream)).await {
            Err(_) => return CloseReason::Silence,
            Ok(Heard::Text(text)) => text,
            Ok(Heard::Binary) => return CloseReason::BadMessage,
            Ok(Heard::Ended(reason)) => return reason,
        };
        match ClientMessage::parse(&text) {
            Ok(ClientMessage::Hello(_)) => return CloseReason::BadMessage,
            Ok(message) => {
                if let Err(reason) = connection.incoming(message, text.len()).await {
                    return reason;
                }
            }
            Err(error) => match refusal(&error) {
                Some(message) => connection.say(&message),
                None => return error.close(),
            },
        }
    }
}

/// An intent that cannot be understood is rejected by its number, and the connection lives on.
fn refusal(error: &MessageError) -> Option<ServerMessage> {
    let seq = error.seq()?;
    metrics::counter!("parfocal_intents_total", "result" => "malformed").increment(1);
    Some(ServerMessage::Reject { seq, code: RejectCode::Malformed, message: error.to_string() })
}
