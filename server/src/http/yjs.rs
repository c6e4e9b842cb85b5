//! Sockets of standard Yjs clients: y-websocket on `/y/{session}/{domain}`, Hocuspocus on
//! `/hocuspocus` with documents called `SESSION/DOMAIN`.
//!
//! The token comes as a WebSocket subprotocol (`parfocal.y`, `bearer.TOKEN`), for clients that
//! cannot do that as the query parameter `token`, and with Hocuspocus also in its own message.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use parfocal_actors::session::board::Board;
use parfocal_actors::session::yjs::{Verify, YjsDomain, YjsSocket};
use parfocal_auth::Grant;
use parfocal_sync::close::CloseReason;
use parfocal_sync::yjs::limits::MAX_SOCKET_MESSAGE_BYTES;
use serde::Deserialize;

use super::socket::{Sink, Stream, close, first, open_with, reason_of, send_all};
use super::{Front, state};
use crate::access::unix_now;

/// The subprotocol that is agreed upon.
const PROTOCOL: &str = "parfocal.y";
/// What stands before the token in the list of subprotocols.
const BEARER: &str = "bearer.";
/// While a socket's machine wants no more frames, it is asked again so often.
const FULL_WAIT: Duration = Duration::from_millis(5);

/// What may stand in the query. Never logged.
#[derive(Deserialize)]
pub(super) struct Asked {
    token: Option<String>,
}

/// The token of a request: from the subprotocols, else from the query; empty without one.
fn token_of(headers: &HeaderMap, asked: Asked) -> String {
    let lists = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let names = lists.filter_map(|list| list.to_str().ok()).flat_map(|list| list.split(','));
    let bearer = names.filter_map(|name| name.trim().strip_prefix(BEARER)).next();
    bearer.map(str::to_owned).or(asked.token).unwrap_or_default()
}

/// Why somebody does not come in.
struct TurnedAway {
    reason: CloseReason,
    /// For a person.
    message: String,
}

/// Whether a token opens a document: where it is, and what it grants; else why not.
async fn enter(
    front: &Front,
    token: &str,
    session: &str,
) -> Result<(Arc<Board>, Grant), TurnedAway> {
    let later = |reason| TurnedAway { reason, message: "try again in a moment".to_owned() };
    match state::verify(front, token, session).await {
        Ok(Ok(grant)) => match front.engine.session(session) {
            Some(board) => Ok((board, grant)),
            None => Err(later(CloseReason::Internal)),
        },
        Ok(Err(refusal)) => Err(TurnedAway { reason: refusal.reason, message: refusal.message }),
        Err(reason) => Err(later(reason)),
    }
}

pub(super) async fn y_websocket(
    State(front): State<Front>,
    Path((session, domain)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Some(domain) = YjsDomain::from_name(&domain) else {
        let known = "a session has the documents scene, annotations and presence\n";
        return (StatusCode::NOT_FOUND, known).into_response();
    };
    let entered = enter(&front, &token_of(&headers, asked), &session).await;
    let upgrade = upgrade.protocols([PROTOCOL]);
    // Who is turned away is told by a close code, at which providers stop; after a refused upgrade
    // they come again for ever.
    open_with(front, &headers, upgrade, MAX_SOCKET_MESSAGE_BYTES, move |front, sink, stream| {
        let expires = entered.as_ref().ok().map(|(_, grant)| grant.expires);
        let turned_away = |away: TurnedAway| away.reason;
        let socket = entered
            .map_err(turned_away)
            .and_then(|(board, grant)| YjsSocket::y_websocket(&board, domain, grant));
        run(front, sink, stream, socket, expires, String::new())
    })
}

pub(super) async fn hocuspocus(
    State(front): State<Front>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let token = token_of(&headers, asked);
    let upgrade = upgrade.protocols([PROTOCOL]);
    open_with(front, &headers, upgrade, MAX_SOCKET_MESSAGE_BYTES, move |front, sink, stream| {
        let socket = YjsSocket::hocuspocus(front.engine.shared().clock.now());
        run(front, sink, stream, Ok(socket), None, token)
    })
}

async fn run(
    front: Front,
    mut sink: Sink,
    mut stream: Stream,
    socket: Result<Arc<YjsSocket>, CloseReason>,
    expires: Option<u64>,
    token: String,
) {
    let reason = match socket {
        Err(reason) => reason,
        Ok(socket) => {
            let mut listener = Listener { front, socket: Arc::clone(&socket), expires, token };
            let reason = first([
                Box::pin(send_all(&mut sink, "yjs", &*socket)),
                Box::pin(listener.listen(&mut stream)),
            ])
            .await;
            if reason == CloseReason::TooBig {
                socket.was_too_big();
            }
            socket.leave();
            reason
        }
    };
    close(&mut sink, reason, "yjs").await;
}

struct Listener {
    front: Front,
    socket: Arc<YjsSocket>,
    /// When the first of its tokens ends, in seconds since 1970.
    expires: Option<u64>,
    /// The token of the request, for documents that are asked for without one.
    token: String,
}

impl Listener {
    async fn listen(&mut self, stream: &mut Stream) -> CloseReason {
        let clock = self.front.engine.shared().clock;
        loop {
            let full = !self.socket.wants_frames();
            let deadline = self.socket.deadline().map(|at| at.since(clock.now()));
            let expiry = self.expires.map(|at| Duration::from_secs(at.saturating_sub(unix_now())));
            let verify = tokio::select! {
                frame = stream.next(), if !full => match frame {
                    Some(Ok(Message::Binary(frame))) => self.socket.frame(clock.now(), &frame),
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Text(_))) => continue,
                    Some(Ok(Message::Close(_))) | None => return CloseReason::Normal,
                    Some(Err(error)) => return reason_of(&error),
                },
                () = wait(full.then_some(FULL_WAIT)) => continue,
                () = wait(deadline) => self.socket.tick(clock.now()),
                () = wait(expiry) => return CloseReason::Unauthorized,
            };
            self.verify(verify).await;
        }
    }

    async fn verify(&mut self, mut asked: Vec<Verify>) {
        let clock = self.front.engine.shared().clock;
        while let Some(Verify { address, name, token }) = asked.pop() {
            let token = if token.is_empty() { &self.token } else { &token };
            let result = match name.rsplit_once('/') {
                Some((session, domain)) => match YjsDomain::from_name(domain) {
                    Some(domain) => {
                        let entered = enter(&self.front, token, session).await;
                        entered
                            .map(|(board, grant)| (board, domain, grant))
                            .map_err(|away| away.message)
                    }
                    None => Err("a session has scene, annotations and presence".to_owned()),
                },
                None => Err("a document is called SESSION/annotations or SESSION/scene".to_owned()),
            };
            if let Ok((_, _, grant)) = &result {
                let expires = self.expires.map_or(grant.expires, |at| at.min(grant.expires));
                self.expires = Some(expires);
            }
            asked.extend(self.socket.verified(clock.now(), &address, result));
        }
    }
}

async fn wait(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}
