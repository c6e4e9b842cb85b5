//! Loads the chunks that views want, a loader for each session, into one cache.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parfocal_base::{ChunkKey, SourceId, ViewId};
use parfocal_data::{LoadEvent, Loader};
use parfocal_sync::message::ServerMessage;
use ractor::{Actor, ActorProcessingErr, ActorRef};

use crate::session::board::Board;
use crate::session::view_board::Poke;
use crate::shared::{Images, Shared};

/// How often failed loads are looked at again; they come back after a second or later.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);
/// Different failures that people are told of in one session; the log has all.
const MAX_NOTICES: usize = 32;

/// What the data actor does.
pub enum DataMsg {
    /// A view wants exactly these chunks, most urgent first.
    Want(Arc<Board>, ViewId, Vec<ChunkKey>),
    /// A view was closed.
    Forget(Arc<Board>, ViewId),
    /// A chunk could not be read.
    Failed(Arc<Board>, String),
    /// Time to look at failed loads again.
    Tick,
}

/// The actor.
pub(crate) struct DataActor {
    pub(crate) shared: Arc<Shared>,
}

/// Its state: loaders and told failures by session.
#[derive(Default)]
pub(crate) struct DataState {
    loaders: BTreeMap<String, SessionLoader>,
    told: BTreeMap<String, HashSet<String>>,
}

struct SessionLoader {
    loader: Loader,
    /// The first source that it may not know: what is painted is opened later.
    sources: SourceId,
}

impl Actor for DataActor {
    type Msg = DataMsg;
    type State = DataState;
    type Arguments = ();

    async fn pre_start(
        &self,
        me: ActorRef<DataMsg>,
        (): (),
    ) -> Result<DataState, ActorProcessingErr> {
        me.send_interval(RETRY_INTERVAL, || DataMsg::Tick);
        // After a restart the views say again what they want.
        for board in self.shared.sessions.read().values() {
            board.poke_views(Poke::Chunks);
        }
        Ok(DataState::default())
    }

    async fn handle(
        &self,
        me: ActorRef<DataMsg>,
        message: DataMsg,
        state: &mut DataState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            DataMsg::Want(board, view, keys) => {
                let loader = state.loaders.entry(board.name.clone());
                let loader = loader.or_insert_with(|| self.loader(&me, &board));
                loader.learn(&self.shared.images);
                loader.loader.set_wanted(view, keys);
            }
            DataMsg::Forget(board, view) => {
                if let Some(SessionLoader { loader, .. }) = state.loaders.get(&board.name) {
                    loader.remove_view(view);
                }
            }
            DataMsg::Failed(board, error) => {
                let told = state.told.entry(board.name.clone()).or_default();
                if told.len() < MAX_NOTICES && told.insert(error.clone()) {
                    let code = "data_unreadable".to_owned();
                    board.say_to_all(&ServerMessage::Notice { code, message: error });
                }
            }
            DataMsg::Tick => state.loaders.values().for_each(|all| all.loader.tick()),
        }
        let waiting: usize = state.loaders.values().map(|all| all.loader.waiting()).sum();
        metrics::gauge!("parfocal_chunks_waiting").set(waiting as f64);
        metrics::gauge!("parfocal_chunk_cache_bytes").set(self.shared.cache.bytes() as f64);
        Ok(())
    }
}

impl DataActor {
    fn loader(&self, me: &ActorRef<DataMsg>, board: &Arc<Board>) -> SessionLoader {
        let (me, board) = (me.clone(), Arc::downgrade(board));
        let report = move |event| report(&me, &board, event);
        let runtime = tokio::runtime::Handle::current();
        let loader = Loader::new(self.shared.cache.clone(), self.shared.clock, runtime, report);
        SessionLoader { loader, sources: SourceId(0) }
    }
}

impl SessionLoader {
    fn learn(&mut self, images: &Images) {
        for (id, source) in images.all_from(self.sources) {
            self.loader.add_source(id, source);
            self.sources = SourceId(id.0.saturating_add(1));
        }
    }
}

fn report(me: &ActorRef<DataMsg>, board: &Weak<Board>, event: LoadEvent) {
    let Some(board) = board.upgrade() else { return };
    match event {
        LoadEvent::Arrived { views, .. } => {
            metrics::counter!("parfocal_chunks_loaded_total").increment(1);
            for view in views {
                if let Some(view) = board.views.get(&view) {
                    view.poke(Poke::Chunks);
                }
            }
        }
        LoadEvent::Failed { error, .. } => {
            metrics::counter!("parfocal_chunks_failed_total").increment(1);
            me.send_message(DataMsg::Failed(board, error.to_string())).ok();
        }
    }
}
