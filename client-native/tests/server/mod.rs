//! As much of a server as a client can tell: one session, one document, a picture for each commit.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use parfocal_base::{Domain, Frame, ParticipantId, PixelFormat, ViewId};
use parfocal_encode::{Encoder, EncoderConfig, H264Encoder};
use parfocal_scene::replica::Document;
use parfocal_scene::{Change, Scene};
use parfocal_sync::CloseReason;
use parfocal_sync::message::{
    Answer, ClientMessage, Hello, PixelClientMessage, PixelCodec, PixelServerMessage,
    ServerMessage, Welcome,
};
use parfocal_sync::pixel::PixelHeader;
use parfocal_sync::update::{Update, UpdateKind};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

const SIDE: u32 = 64;

type Socket = WebSocketStream<TcpStream>;

/// A running server.
pub(crate) struct Server {
    pub(crate) address: String,
    shared: Arc<Shared>,
}

struct Shared {
    session: Mutex<Session>,
    /// Revision of the document; a change makes a picture.
    revision: watch::Sender<u64>,
    /// Pictures whose place was given back.
    shown: watch::Sender<u64>,
}

struct Session {
    document: Document,
    answered: u64,
    resumes: u64,
    tickets: HashSet<String>,
    /// The H.264 stream that was sent.
    stream: Vec<u8>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let mut document = Document::new(1);
        document.commit(&Scene::new().to_writes()).unwrap();
        let session = Session {
            document,
            answered: 0,
            resumes: 0,
            tickets: HashSet::new(),
            stream: Vec::new(),
        };
        let shared = Arc::new(Shared {
            session: Mutex::new(session),
            revision: watch::Sender::new(1),
            shown: watch::Sender::new(0),
        });
        tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { address, shared }
    }

    /// Connections that came with a resume vector.
    pub(crate) fn resumes(&self) -> u64 {
        self.shared.session.lock().unwrap().resumes
    }

    /// The H.264 stream that was sent.
    pub(crate) fn pictures(&self) -> Vec<u8> {
        self.shared.session.lock().unwrap().stream.clone()
    }

    /// Waits until this many places were given back.
    pub(crate) async fn wait_shown(&self, count: u64) {
        self.shared.shown.subscribe().wait_for(|shown| *shown >= count).await.unwrap();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let mut path = String::new();
            #[expect(clippy::result_large_err, reason = "the shape of the library's callback")]
            let look = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
                request.uri().path().clone_into(&mut path);
                Ok(response)
            };
            let socket = tokio_tungstenite::accept_hdr_async(stream, look).await.unwrap();
            match path.as_str() {
                parfocal_sync::STATE_PATH => state(socket, &shared).await,
                parfocal_sync::PIXELS_PATH => pixels(socket, &shared).await,
                _ => None,
            }
        });
    }
}

async fn say(socket: &mut Socket, message: &ServerMessage) {
    let _ = socket.send(Message::text(message.to_json())).await;
}

async fn update(socket: &mut Socket, kind: UpdateKind, revision: u64, bytes: Vec<u8>) {
    let domain = Domain::Scene;
    let update =
        Update { domain, kind, cause: ParticipantId(1), revision, bytes: Bytes::from(bytes) };
    let _ = socket.send(Message::binary(update.encode())).await;
}

/// The next text; `None` at the end.
async fn text(socket: &mut Socket) -> Option<String> {
    match socket.next().await?.ok()? {
        Message::Text(text) => Some(text.to_string()),
        _ => None,
    }
}

async fn state(mut socket: Socket, shared: &Shared) -> Option<()> {
    let ClientMessage::Hello(hello) = ClientMessage::parse(&text(&mut socket).await?).ok()? else {
        return None;
    };
    if hello.token != "good" {
        let message = "Ask for a new link.".to_owned();
        say(&mut socket, &ServerMessage::Refused { code: "token_invalid".to_owned(), message })
            .await;
        let code = CloseReason::Unauthorized.code().into();
        let _ = socket.close(Some(CloseFrame { code, reason: "".into() })).await;
        return None;
    }
    welcome(&mut socket, shared, &hello).await;
    loop {
        let message = ClientMessage::parse(&text(&mut socket).await?).unwrap();
        answer(&mut socket, shared, message).await;
    }
}

async fn welcome(socket: &mut Socket, shared: &Shared, hello: &Hello) {
    let (welcome, bytes) = {
        let mut session = shared.session.lock().unwrap();
        let ticket = format!("ticket-{}", session.tickets.len());
        session.tickets.insert(ticket.clone());
        let bytes = match &hello.resume {
            Some(vector) => {
                session.resumes += 1;
                session.document.diff(&BASE64.decode(vector).unwrap()).unwrap()
            }
            None => session.document.full_state().unwrap(),
        };
        let welcome = Welcome {
            version: 2,
            session: hello.session.clone(),
            participant: ParticipantId(1),
            role: "owner".to_owned(),
            subject: "ada".to_owned(),
            reset: false,
            answered: session.answered,
            ticket,
            heartbeat_ms: 5000,
        };
        (welcome, bytes)
    };
    let revision = *shared.revision.borrow();
    say(socket, &ServerMessage::Welcome(welcome)).await;
    update(socket, UpdateKind::Sync, revision, bytes).await;
}

async fn answer(socket: &mut Socket, shared: &Shared, message: ClientMessage) {
    match message {
        ClientMessage::Intent { seq, intent } => {
            let (outcome, bytes) = {
                let mut session = shared.session.lock().unwrap();
                session.answered = seq;
                let applied = session.document.scene().unwrap().apply(&Change::Intent(intent));
                let bytes = applied.as_ref().map(|a| session.document.commit(&a.writes).unwrap());
                (applied.clone(), bytes.unwrap_or_default())
            };
            let applied = match outcome {
                Ok(applied) => applied,
                Err(reject) => {
                    let (code, message) = (reject.code, reject.message);
                    return say(socket, &ServerMessage::Reject { seq, code, message }).await;
                }
            };
            let revision = *shared.revision.borrow() + u64::from(!bytes.is_empty());
            if !bytes.is_empty() {
                update(socket, UpdateKind::Update, revision, bytes).await;
                shared.revision.send_replace(revision);
            }
            say(socket, &ServerMessage::Ack { seq, revision, applied: applied.intent }).await;
        }
        ClientMessage::Watch { seq, .. } => {
            shared.session.lock().unwrap().answered = seq;
            let revision = *shared.revision.borrow();
            say(socket, &ServerMessage::Ack { seq, revision, applied: None }).await;
        }
        ClientMessage::Ask { id, .. } => {
            let answer = Answer::Values { world: [0.5, 0.5], values: Vec::new() };
            say(socket, &ServerMessage::Answer { id, answer }).await;
        }
        ClientMessage::Ping { time } => {
            say(socket, &ServerMessage::Pong { time, server_us: 0 }).await;
        }
        _ => {}
    }
}

async fn pixels(mut socket: Socket, shared: &Shared) -> Option<()> {
    let attach = PixelClientMessage::parse(&text(&mut socket).await?).unwrap();
    let PixelClientMessage::Attach { ticket } = attach else { return None };
    assert!(shared.session.lock().unwrap().tickets.contains(&ticket));
    let config = EncoderConfig { width: SIDE, height: SIDE, fps: 30, bitrate_bps: 1_000_000 };
    let mut encoder = H264Encoder::new(config).unwrap();
    let stream = PixelServerMessage::Stream {
        view: ViewId::STAGE,
        codec: PixelCodec::H264,
        config: String::new(),
        width: SIDE,
        height: SIDE,
    };
    socket.send(Message::text(stream.to_json())).await.ok()?;
    let mut revisions = shared.revision.subscribe();
    revisions.mark_changed();
    // A picture for every revision, even those that passed while another was being sent.
    let (mut sequence, mut drawn) = (0, 0);
    loop {
        tokio::select! {
            changed = revisions.changed() => {
                changed.ok()?;
                let newest = *revisions.borrow_and_update();
                for revision in newest.min(drawn + 1).max(drawn)..=newest {
                    let packet = picture(&mut encoder, shared, sequence, revision);
                    socket.send(Message::binary(packet)).await.ok()?;
                    sequence += 1;
                }
                drawn = newest;
            }
            message = text(&mut socket) => {
                let message = PixelClientMessage::parse(&message?).unwrap();
                if matches!(message, PixelClientMessage::Shown { .. }) {
                    shared.shown.send_modify(|shown| *shown += 1);
                }
            }
        }
    }
}

fn picture(encoder: &mut H264Encoder, shared: &Shared, sequence: u32, revision: u64) -> Bytes {
    let mut frame = Frame::new(PixelFormat::I420, SIDE, SIDE);
    frame.data_mut().fill(64 + (revision % 64) as u8);
    let packet = encoder.encode(&frame, sequence == 0).unwrap();
    shared.session.lock().unwrap().stream.extend_from_slice(&packet.data);
    let header = PixelHeader {
        codec: PixelCodec::H264,
        key: packet.key,
        complete: true,
        exact: false,
        sequence,
        view: ViewId::STAGE,
        width: SIDE as u16,
        height: SIDE as u16,
        revision,
        captured_us: 0,
        render_us: 0,
        encode_us: 0,
        tile: None,
        canvas: [SIDE as u16; 2],
    };
    header.message(&packet.data)
}
