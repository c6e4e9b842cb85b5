//! A write that the store refuses: only who asked for it hears so.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parfocal_auth::{Grant, Identity, Role, TokenName};
use parfocal_base::Domain;
use parfocal_scene::{Intent, LayerKind, Limits, RejectCode};
use parfocal_store::Entry;
use parfocal_sync::limits::PeopleLimits;
use parfocal_sync::message::{ClientMessage, Hello, ServerMessage};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::Semaphore;

use super::board::Board;
use crate::engine::{Config, Connection, Engine};
use crate::outbox::Out;
use crate::painter::Renderer;
use crate::root::Opening;
use crate::store::StoreMsg;
use crate::video;

/// The store, but that it finds what has this word in it too long.
const POISON: &[u8] = b"poison";

struct Fussy {
    store: ActorRef<StoreMsg>,
    /// Nothing is written without a permit.
    gate: Arc<Semaphore>,
}

impl Actor for Fussy {
    type Msg = StoreMsg;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<StoreMsg>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(
        &self,
        _: ActorRef<StoreMsg>,
        mut message: StoreMsg,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        if let StoreMsg::Append { entries, .. } = &mut message {
            drop(self.gate.acquire().await?);
            let has = |update: &[u8]| update.windows(POISON.len()).any(|word| word == POISON);
            if entries.iter().flat_map(|entry| &entry.updates).any(|(_, update)| has(update)) {
                let updates = vec![(Domain::Scene, vec![0; Entry::MAX_UPDATE + 1])];
                let revision = entries.last().map_or(0, |entry| entry.revision);
                entries.push(Entry { revision, updates, ..Entry::default() });
            }
        }
        Ok(self.store.send_message(message)?)
    }
}

async fn start(folder: &tempfile::TempDir) -> (Engine, Arc<Board>) {
    let config = Config {
        store: folder.path().join("sessions.redb"),
        cache_bytes: 1 << 20,
        render_threads: 1,
        renderer: Renderer::Cpu,
        gl_devices: None,
        encoder: video::Choice::Software,
        hardware: video::Source::default(),
        bitrate_720p: 1_000_000,
        limits: Limits::default(),
        people: PeopleLimits::default(),
        trace: None,
    };
    let engine = Engine::start(config).await.unwrap();
    let seeds = Arc::from(super::interleavings::seeds());
    let opening = Opening { name: "main".to_owned(), seeds, read_only: None };
    let board = engine.open_session(opening).await.unwrap();
    (engine, board)
}

async fn join(engine: &Engine) -> Connection {
    let identity = Identity {
        subject: "ada".to_owned(),
        name: "Ada".to_owned(),
        session: "main".to_owned(),
        role: Role::Owner,
    };
    let hello = Hello {
        version: parfocal_sync::PROTOCOL_VERSION,
        session: "main".to_owned(),
        token: String::new(),
        client: "0123456789abcdef0123456789abcdef".to_owned(),
        codecs: Vec::new(),
        resume: None,
        resume_annotations: None,
    };
    let token = TokenName::default();
    let grant = Grant { identity, token, issued: 0, expires: u64::MAX };
    engine.join(hello, grant).await.unwrap()
}

async fn ask(connection: &Connection, seq: u64, name: &str) {
    let (layer_kind, name) = (LayerKind::Points, Some(name.to_owned()));
    let intent = Intent::AddLayer { layer_kind, name, layer: None };
    connection.incoming(ClientMessage::Intent { seq, intent }, 100).await.unwrap();
}

fn names(board: &Board) -> Vec<String> {
    let snapshot = board.snapshot();
    let mut names: Vec<_> = snapshot.scene.layers.iter().map(|l| l.name.clone()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn of_what_is_written_together_only_what_the_store_refuses_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, board) = start(&folder).await;
    let ada = join(&engine).await;
    let gate = Arc::new(Semaphore::new(0));
    let store = engine.shared().store.get().unwrap();
    let fussy = Fussy { store, gate: Arc::clone(&gate) };
    engine.shared().store.set(Actor::spawn(None, fussy, ()).await.unwrap().0);

    // While the first is being written, the others come, and share the next write.
    let asked = [(1, "first"), (2, "good"), (3, "poison"), (4, "better"), (5, "best")];
    let mut waiting = BTreeMap::from(asked);
    for (seq, name) in asked {
        ask(&ada, seq, name).await;
    }
    let all_there = async {
        while names(&board).len() <= asked.len() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), all_there).await.unwrap();
    gate.add_permits(1);
    let mut rejected = Vec::new();
    while !waiting.is_empty() {
        let out = tokio::time::timeout(Duration::from_secs(20), ada.outgoing()).await.unwrap();
        let Out::Text(text) = out.unwrap() else { continue };
        match serde_json::from_slice(&text).unwrap() {
            ServerMessage::Ack { seq, .. } => drop(waiting.remove(&seq)),
            ServerMessage::Reject { seq, code, .. } => {
                rejected.push((seq, code));
                waiting.remove(&seq);
            }
            ServerMessage::Resend => {
                for (&seq, name) in &waiting {
                    ask(&ada, seq, name).await;
                }
            }
            _ => {}
        }
    }
    assert_eq!(rejected, [(3, RejectCode::Limit)]);
    let good = ["best", "better", "first", "good", "image"];
    assert_eq!(names(&board), good);
    drop((ada, board));
    engine.stop().await;
    let (engine, board) = start(&folder).await;
    assert_eq!(names(&board), good, "and so it is on disk");
    engine.stop().await;
}
