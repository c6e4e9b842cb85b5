//! What the server's own pages and programs ask of a session's documents: to be on disk, versions,
//! imports, volumes to export.

use std::sync::Arc;

use parfocal_base::LayerId;
use parfocal_data::paint::Volume;
use parfocal_scene::{Author, Intent, Layer, NewAnnotation, Reject, RejectCode};
use parfocal_store::{Blob, Kept, Store, StoreError, Version};
use parking_lot::RwLock;
use ractor::{RpcReplyPort, call};
use tokio::sync::oneshot;

use super::board::Board;
use super::scene::{SceneActor, SceneMsg, SceneState, not_now};
use crate::admin::AdminError;
use crate::store::StoreMsg;

/// What is asked of the scene actor besides intents.
pub enum Request {
    /// Everything is to be on disk.
    Flush(RpcReplyPort<()>),
    /// The documents and what is painted are to be kept as a version; its number.
    SaveVersion(Version, RpcReplyPort<Result<u64, AdminError>>),
    /// Everything is to be as in this version again; the revision that it is.
    Restore(u64, RpcReplyPort<Result<u64, Reject>>),
    /// Annotations are to be added; the revision that has them.
    Import(Vec<NewAnnotation>, Author, RpcReplyPort<Result<u64, Reject>>),
    /// A layer with these labels is to be added; the revision that has it.
    AddPainted(Box<(Layer, Volume)>, RpcReplyPort<Result<u64, Reject>>),
    /// A painted layer, to be read.
    Volume(LayerId, RpcReplyPort<Option<Arc<RwLock<Volume>>>>),
}

/// Who waits until everything up to now is on disk.
pub(crate) enum Waiting {
    Flush(RpcReplyPort<()>),
    SaveVersion(Version, RpcReplyPort<Result<u64, AdminError>>),
    Revision(u64, RpcReplyPort<Result<u64, Reject>>),
    /// A standard Yjs client whose update is in the journal.
    Yjs(Box<dyn FnOnce() + Send>),
}

impl SceneActor {
    pub(super) async fn request(&self, state: &mut SceneState, request: Request) {
        let request = match (request, state.unsaved()) {
            (
                Request::Restore(_, reply)
                | Request::Import(_, _, reply)
                | Request::AddPainted(_, reply),
                Some(why),
            ) => return drop(reply.send(Err(not_now(why)))),
            (Request::SaveVersion(_, reply), Some(why)) => {
                return drop(reply.send(Err(why.into())));
            }
            (request, _) => request,
        };
        let (result, reply) = match request {
            Request::Flush(reply) => return self.wait(state, Waiting::Flush(reply)),
            Request::SaveVersion(version, reply) => {
                return self.wait(state, Waiting::SaveVersion(version, reply));
            }
            Request::Volume(layer, reply) => {
                reply.send(state.keeper.volume(layer)).ok();
                return;
            }
            Request::Restore(number, reply) => (self.restore(state, number).await, reply),
            Request::AddPainted(painted, reply) => {
                let (layer, volume) = *painted;
                let edit = state.keeper.add_painted(layer, volume);
                (edit.map(|edit| self.spread_by_server(state, edit.updates)), reply)
            }
            Request::Import(annotations, by, reply) => {
                let limit = self.board.shared.limits.annotations_per_intent.max(1);
                let mut rest = annotations;
                let mut result = Ok(());
                while !rest.is_empty() && result.is_ok() {
                    let later = rest.split_off(rest.len().min(limit));
                    let intent = Intent::AddAnnotations { annotations: rest };
                    let edit = state.keeper.ask(intent, &by);
                    result = edit.map(|edit| self.spread_by_server(state, edit.updates));
                    rest = later;
                }
                (result, reply)
            }
        };
        match result {
            Ok(()) => self.wait(state, Waiting::Revision(state.keeper.revision, reply)),
            Err(reject) => drop(reply.send(Err(reject))),
        }
    }

    async fn restore(&self, state: &mut SceneState, number: u64) -> Result<(), Reject> {
        let session = self.board.name.clone();
        let read = move |store: &Store| -> Result<(Kept, Vec<Blob>), StoreError> {
            Ok((store.load_version(&session, number)?, store.version_blobs(&session, number, b"")?))
        };
        let unavailable = |error: String| Reject::new(RejectCode::Unavailable, error);
        let kept = self.ask_store(read).await.map_err(unavailable)?;
        let (kept, blobs) = kept.map_err(|error| unavailable(error.to_string()))?;
        let edit = state.keeper.restore(number, &kept, &blobs)?;
        self.spread_by_server(state, edit.updates);
        Ok(())
    }

    /// Reads something in the store, beside all else that it does.
    pub(super) async fn ask_store<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Result<T, StoreError>, String> {
        let (found, answer) = oneshot::channel();
        let read = move |store: &Store| {
            let result = read(store);
            let good = result.as_ref().err().is_none_or(StoreError::is_refusal);
            found.send(result).ok();
            good
        };
        self.board.shared.store.send(StoreMsg::Read(Box::new(read)));
        answer.await.map_err(|_| "the store is not there; try again".to_owned())
    }

    /// Tells who waits that everything is on disk.
    pub(super) fn tell(&self, state: &SceneState, waiting: Waiting) {
        match waiting {
            Waiting::Flush(reply) => drop(reply.send(())),
            Waiting::Revision(revision, reply) => drop(reply.send(Ok(revision))),
            Waiting::Yjs(told) => told(),
            Waiting::SaveVersion(version, reply) => {
                let states = match state.keeper.full_states() {
                    Ok(states) => states,
                    Err(error) => {
                        tracing::error!(%error, "a version could not be kept");
                        return;
                    }
                };
                let version = Version { revision: state.keeper.revision, ..version };
                let session = self.board.name.clone();
                let write = move |store: &Store| {
                    let result = store.save_version(&session, &version, &states);
                    let good = result.as_ref().err().is_none_or(StoreError::is_refusal);
                    reply.send(result.map_err(AdminError::from)).ok();
                    good
                };
                self.board.shared.store.send(StoreMsg::Write(Box::new(write)));
            }
        }
    }
}

impl Board {
    /// Keeps the session as it is now as a version; its number.
    ///
    /// # Errors
    /// Why it is not kept.
    pub async fn save_version(&self, version: Version) -> Result<u64, String> {
        let kept = self.request(|reply| Request::SaveVersion(version, reply)).await?;
        kept.map_err(|error| error.to_string())
    }

    /// Brings everything back to a version, for everybody; the revision that shows it, once it is
    /// on disk.
    ///
    /// # Errors
    /// Why nothing was changed.
    pub async fn restore(&self, number: u64) -> Result<u64, Reject> {
        let asked = self.request(|reply| Request::Restore(number, reply)).await;
        asked.unwrap_or_else(|error| Err(Reject::new(RejectCode::Unavailable, error)))
    }

    /// Adds annotations, some thousands at a time; the revision that has them all, once they are
    /// on disk. Each batch is one step of its author.
    ///
    /// # Errors
    /// Why a batch was refused; those before it are there.
    pub async fn import(&self, all: Vec<NewAnnotation>, by: Author) -> Result<u64, Reject> {
        let asked = self.request(|reply| Request::Import(all, by, reply)).await;
        asked.unwrap_or_else(|error| Err(Reject::new(RejectCode::Unavailable, error)))
    }

    /// Adds a layer whose labels were painted elsewhere; the revision that shows it, once it is on
    /// disk.
    ///
    /// # Errors
    /// Why it was not added.
    pub async fn add_painted(&self, layer: Layer, volume: Volume) -> Result<u64, Reject> {
        let painted = Box::new((layer, volume));
        let asked = self.request(|reply| Request::AddPainted(painted, reply)).await;
        asked.unwrap_or_else(|error| Err(Reject::new(RejectCode::Unavailable, error)))
    }

    /// What is painted in a layer; `None` where it is not painted.
    ///
    /// # Errors
    /// When the session is being restarted.
    pub async fn volume(&self, layer: LayerId) -> Result<Option<Arc<RwLock<Volume>>>, String> {
        self.request(|reply| Request::Volume(layer, reply)).await
    }

    /// Waits until everything is on disk.
    ///
    /// # Errors
    /// When the session is being restarted.
    pub async fn flush(&self) -> Result<(), String> {
        self.request(Request::Flush).await
    }

    async fn request<T: Send + 'static>(
        &self,
        request: impl FnOnce(RpcReplyPort<T>) -> Request,
    ) -> Result<T, String> {
        let again = || "the session is being restarted; try again".to_owned();
        let scene = self.scene.get().ok_or_else(again)?;
        let answer = call!(scene, |reply| SceneMsg::Request(request(reply)));
        answer.map_err(|_| again())
    }
}
