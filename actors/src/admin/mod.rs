//! What the server does to sessions besides joining them. Each part is a few functions of
//! [`Engine`](crate::engine::Engine); who may call them is decided before.
//!
//! - [`sessions`]: list, make, rename, archive, delete; open one that is asked for.
//! - [`access`]: invitations, and what is withdrawn.
//! - [`links`]: short links to views.
//! - [`streams`]: which pictures everybody gets.
//! - [`versions`]: keep, list, restore, forget.
//! - [`annotations`], [`labels`], [`files`]: what is taken home, and brought back.

pub mod access;
pub mod annotations;
mod error;
pub mod files;
pub mod labels;
mod labels_in;
pub mod links;
pub mod sessions;
pub mod streams;
pub mod versions;

use std::time::Duration;

use parfocal_base::LayerId;
use parfocal_scene::{Layer, Scene};
use parfocal_store::{Store, StoreError};

pub use error::{AdminError, Kind, Unsaved};

use crate::engine::Engine;
use crate::store::{Job, StoreMsg};

/// Waiting for the store: it may be writing a large document for somebody else.
const STORE_TIMEOUT: Duration = Duration::from_secs(20);

/// The session of the store that holds what is of no session: withdrawals of tokens for all of them,
/// and short links. No session of people can be called that.
pub const SERVER: &str = parfocal_auth::EVERY_SESSION;

impl Engine {
    /// Reads from the store.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, AdminError> {
        self.with_store(StoreMsg::Read, work).await
    }

    /// Changes the store, after what was journalled before.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, AdminError> {
        self.with_store(StoreMsg::Write, work).await
    }

    async fn with_store<T: Send + 'static>(
        &self,
        message: fn(Job) -> StoreMsg,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, AdminError> {
        let (tell, told) = tokio::sync::oneshot::channel();
        let job: Job = Box::new(move |store| {
            let done = work(store);
            let is_well = done.as_ref().err().is_none_or(StoreError::is_refusal);
            tell.send(done).ok();
            is_well
        });
        if !self.shared.store.send(message(job)) {
            return Err(AdminError::unavailable("the store is not there: try again in a moment"));
        }
        match tokio::time::timeout(STORE_TIMEOUT, told).await {
            Ok(Ok(done)) => Ok(done?),
            _ => Err(AdminError::unavailable("the store does not answer: try again in a moment")),
        }
    }
}

/// Does what takes long beside everything else.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AdminError> + Send + 'static,
) -> Result<T, AdminError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(AdminError::unavailable("the server failed: its log says why")))
}

fn layer_of(scene: &Scene, id: LayerId) -> Result<&Layer, AdminError> {
    scene.layers.iter().find(|layer| layer.id == id).ok_or_else(|| {
        AdminError::new(Kind::NotFound, "layer_unknown", format!("there is no layer {id}"))
    })
}
