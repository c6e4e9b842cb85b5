//! The scene's document, and its mirror.

use yrs::{Doc, ReadTxn, Transact, TransactionMut};

use super::copies::{ClientReplica, Layout, ServerReplica};
use super::layout::{Roots, SCHEMA, Writer, set};
use super::{CommitError, MAX_UPDATE, SchemaError, read};
use crate::model::{Scene, Write};

/// The writable document of one session's scene in one epoch. Epochs are taken at random; an empty
/// document is filled by [`Scene::to_writes`].
pub type Document = ServerReplica<SceneLayout>;

/// A client's read-only copy of the scene.
pub type Mirror = ClientReplica<SceneLayout>;

/// The scene: layers, views, settings (`layout.rs`).
pub struct SceneLayout {
    roots: Roots,
    writer: Writer,
}

impl Layout for SceneLayout {
    type Write = Write;

    const MAX_UPDATE: usize = MAX_UPDATE;
    const MAX_SAVED: usize = MAX_UPDATE;
    const RISES: bool = false;

    fn of(doc: &Doc) -> Self {
        Self { roots: Roots::of(doc), writer: Writer::default() }
    }

    fn client(epoch: u64) -> u64 {
        epoch
    }

    fn check<T: ReadTxn>(&mut self, txn: &T, writes: &[Write]) -> Result<(), CommitError> {
        Writer::check(&self.roots, txn, writes)
    }

    fn write(&mut self, txn: &mut TransactionMut<'_>, writes: &[Write]) {
        set(&self.roots.scene, txn, "schema", &SCHEMA.into());
        for write in writes {
            self.writer.write(&self.roots, txn, write);
        }
        self.writer.renew(&self.roots, txn);
    }
}

impl Document {
    /// The scene that the document holds.
    ///
    /// # Errors
    /// Nothing, or nothing readable, was loaded.
    pub fn scene(&self) -> Result<Scene, SchemaError> {
        scene(&self.doc, &self.layout)
    }
}

impl Mirror {
    /// The scene as it is here.
    ///
    /// # Errors
    /// [`SchemaError::Empty`] before the first update.
    pub fn scene(&self) -> Result<Scene, SchemaError> {
        scene(&self.doc, &self.layout)
    }

    /// The document itself, to look at its layout.
    #[cfg(test)]
    pub(super) const fn doc_for_tests(&self) -> &Doc {
        &self.doc
    }
}

fn scene(doc: &Doc, layout: &SceneLayout) -> Result<Scene, SchemaError> {
    let txn = doc.try_transact().map_err(|_| SchemaError::Busy)?;
    read::scene(&layout.roots, &txn)
}
