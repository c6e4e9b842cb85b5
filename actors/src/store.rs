//! Writes journals. Appends that arrive while one commit is under way share the next one.
//!
//! `NAME@NUMBER` is an old version of a session: it is read, and what is written to it (where people
//! look) is let go.

use std::path::PathBuf;
use std::sync::Arc;

use parfocal_store::{Entry, Kept, Part, Saved, Store, StoreError};
use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort};
use tokio::sync::{OwnedRwLockReadGuard, RwLock};

use crate::admin::Unsaved;
use crate::supervise::Failure;

/// Told once when an entry is on disk, or why it is not; also where the store dies before.
pub struct Written(Option<Then>);

type Then = Box<dyn FnOnce(Result<(), Unsaved>) + Send>;

impl Written {
    /// Calls `then` with the outcome.
    pub fn new(then: impl FnOnce(Result<(), Unsaved>) + Send + 'static) -> Self {
        Self(Some(Box::new(then)))
    }

    fn tell(mut self, result: Result<(), Unsaved>) {
        if let Some(then) = self.0.take() {
            then(result);
        }
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        if let Some(then) = self.0.take() {
            then(Err(Unsaved::RESTARTED));
        }
    }
}

/// What the store does.
pub enum StoreMsg {
    /// Writes entries, all or none.
    Append {
        /// Of which session.
        session: String,
        /// What.
        entries: Vec<Entry>,
        /// Whom to tell.
        written: Written,
    },
    /// Reads a session.
    Load(String, RpcReplyPort<Result<Option<Saved>, StoreError>>),
    /// Reads something, beside all else.
    Read(Job),
    /// Changes something besides the journals, after what was appended before.
    Write(Job),
    /// Commits what was appended; sent to itself.
    Commit,
}

/// Something to do with the store; whether the file is still good for more.
pub type Job = Box<dyn FnOnce(&Store) -> bool + Send>;

/// The session and the number of a version that is looked at like a session.
pub fn version_of(session: &str) -> Option<(&str, u64)> {
    let (name, number) = session.split_once('@')?;
    Some((name, number.parse().ok()?))
}

/// The actor. It opens the file at each start.
pub(crate) struct StoreActor {
    /// The store's file.
    pub path: PathBuf,
    /// Held while the file is open.
    pub in_use: InUse,
}

/// Who takes it for writing knows that nobody has the file open: no actor, and no work that
/// outlived one.
pub(crate) type InUse = Arc<RwLock<()>>;

/// The open store. Its parts go in this order: the file is closed when it is no more in use.
struct OpenStore {
    store: Store,
    _in_use: OwnedRwLockReadGuard<()>,
}

impl std::ops::Deref for OpenStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

/// Its state.
pub(crate) struct StoreState {
    store: Arc<OpenStore>,
    batch: Vec<(String, Entry)>,
    waiting: Vec<(String, Written)>,
}

impl Actor for StoreActor {
    type Msg = StoreMsg;
    type State = StoreState;
    type Arguments = ();

    async fn pre_start(
        &self,
        _: ActorRef<StoreMsg>,
        (): (),
    ) -> Result<StoreState, ActorProcessingErr> {
        let path = self.path.clone();
        let store = tokio::task::spawn_blocking(move || Store::open(&path)).await?;
        let store = store.map_err(|error| Failure(error.to_string()))?;
        let in_use = Arc::clone(&self.in_use).read_owned().await;
        let store = Arc::new(OpenStore { store, _in_use: in_use });
        Ok(StoreState { store, batch: Vec::new(), waiting: Vec::new() })
    }

    async fn handle(
        &self,
        me: ActorRef<StoreMsg>,
        message: StoreMsg,
        state: &mut StoreState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            StoreMsg::Append { session, written, .. } if version_of(&session).is_some() => {
                written.tell(Ok(()));
            }
            StoreMsg::Append { session, entries, written } => {
                let first = state.batch.is_empty();
                state.batch.extend(entries.into_iter().map(|entry| (session.clone(), entry)));
                state.waiting.push((session, written));
                // Behind all appends that wait in the mailbox now: one commit for them all. An
                // actor that is being drained takes no more messages, and commits at once.
                if first && me.send_message(StoreMsg::Commit).is_err() {
                    state.commit().await?;
                }
            }
            StoreMsg::Commit => state.commit().await?,
            StoreMsg::Load(session, reply) => {
                state.commit().await?;
                let store = Arc::clone(&state.store);
                let saved = tokio::task::spawn_blocking(move || load(&store, &session)).await?;
                let failed = saved.as_ref().is_err_and(|error| !error.is_refusal());
                reply.send(saved).ok();
                if failed {
                    return Err(Failure("a session could not be read".to_owned()).into());
                }
            }
            StoreMsg::Read(job) => {
                let store = Arc::clone(&state.store);
                tokio::task::spawn_blocking(move || job(&store));
            }
            StoreMsg::Write(job) => {
                state.commit().await?;
                let store = Arc::clone(&state.store);
                if !tokio::task::spawn_blocking(move || job(&store)).await? {
                    return Err(Failure("the file must be opened again".to_owned()).into());
                }
            }
        }
        Ok(())
    }
}

/// A session, or a version of one, as if nothing but it had ever been.
pub(crate) fn load(store: &Store, session: &str) -> Result<Option<Saved>, StoreError> {
    let Some((name, number)) = version_of(session) else { return store.load(session) };
    let Kept { version, scene, annotations } = store.load_version(name, number)?;
    let part = |snapshot| Part { snapshot, updates: Vec::new() };
    let (scene, annotations, revision) = (part(scene), part(annotations), version.revision);
    Ok(Some(Saved { scene, annotations, revision, receipts: Vec::new() }))
}

impl StoreState {
    async fn commit(&mut self) -> Result<(), ActorProcessingErr> {
        let batch = std::mem::take(&mut self.batch);
        let waiting = std::mem::take(&mut self.waiting);
        if batch.is_empty() {
            return Ok(());
        }
        metrics::histogram!("parfocal_journal_batch_entries").record(batch.len() as f64);
        let store = Arc::clone(&self.store);
        let failed = tokio::task::spawn_blocking(move || store.commit_batch(&batch)).await?;
        for (session, written) in waiting {
            let error = failed.iter().find(|(of, _)| *of == session);
            written.tell(error.map_or(Ok(()), |(_, error)| Err(Unsaved::of(error))));
        }
        // After a failure of the file it must be opened again: end, and be started anew.
        let broken = failed.into_iter().find(|(_, error)| !error.is_refusal());
        broken.map_or(Ok(()), |(_, error)| Err(Failure(error.to_string()).into()))
    }
}
