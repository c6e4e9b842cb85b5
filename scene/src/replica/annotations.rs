//! The annotations' document, and its mirror.

use serde_json::Value;
use yrs::{Any, Doc, Map, MapRef, Out, ReadTxn, Transact, TransactionMut};

use super::copies::{ClientReplica, Layout, ServerReplica};
use super::foreign::ROOT;
use super::json::{to_any, to_json};
use super::layout::{count_removal, number, set};
use super::shadow::Shadow;
use super::walk::CLIENT;
use super::{CommitError, SchemaError, size};
use crate::model::{Annotation, AnnotationId, AnnotationWrite, Limits};

/// Version of the layout of annotations, in the document as `meta.schema`.
pub const ANNOTATIONS_SCHEMA: u32 = 1;
/// Longest update of an annotations document that a client reads, in bytes: twice the state of
/// 100,000 polygons. No longer message leaves the server either.
pub const MAX_ANNOTATIONS_UPDATE: usize = 64 << 20;
/// Longest that the server reads of what it has saved itself: what can be written can be read.
const MAX_SAVED: usize = 1 << 30;
/// Client ids from here on are the server's. Yjs takes its own below 2^32; one in 512 of those
/// that yrs takes below 2^53 falls in here, and has to be taken again.
pub const SERVER_CLIENTS: u64 = CLIENT - (1 << 44);
/// Epochs in milliseconds fit until the year 2248, with as much room again above them.
const EPOCHS: u64 = 1 << 43;

/// The writable document of one session's annotations in one epoch. Epochs rise: the milliseconds
/// since 1970 will do.
pub type AnnotationDocument = ServerReplica<AnnotationLayout>;

/// A client's read-only copy of the annotations.
pub type AnnotationMirror = ClientReplica<AnnotationLayout>;

/// The root maps of annotations.
pub struct AnnotationLayout {
    /// Each annotation as one plain value, by its name.
    pub(super) annotations: MapRef,
    /// The subject to which a Yjs client id is bound, by that id in decimal.
    pub(super) writers: MapRef,
    /// `schema`, `removals` and `collected`.
    pub(super) meta: MapRef,
    /// Where foreign updates are tried out, while there are foreign writers.
    pub(super) shadow: Option<Shadow>,
    /// Bytes of all annotations; `None`: not counted yet.
    size: Option<usize>,
    pub(super) bounds: Bounds,
}

/// How large the document and one update of a foreign writer may be, in bytes.
pub(super) struct Bounds {
    pub(super) document: usize,
    pub(super) update: usize,
}

impl Layout for AnnotationLayout {
    type Write = AnnotationWrite;

    const MAX_UPDATE: usize = MAX_ANNOTATIONS_UPDATE;
    const MAX_SAVED: usize = MAX_SAVED;
    const RISES: bool = true;

    fn of(doc: &Doc) -> Self {
        Self {
            annotations: doc.get_or_insert_map(ROOT),
            writers: doc.get_or_insert_map("writers"),
            meta: doc.get_or_insert_map("meta"),
            shadow: None,
            size: None,
            bounds: Bounds {
                document: Limits::MOST_DOCUMENT_BYTES,
                update: Limits::MOST_UPDATE_BYTES,
            },
        }
    }

    fn client(epoch: u64) -> u64 {
        SERVER_CLIENTS + epoch % EPOCHS
    }

    fn check<T: ReadTxn>(
        &mut self,
        txn: &T,
        writes: &[AnnotationWrite],
    ) -> Result<(), CommitError> {
        let grows =
            |write: &AnnotationWrite| size::grows(write.before.as_deref(), write.after.as_deref());
        let most = self.bounds.document;
        let full = self.size(txn) >= most && writes.iter().any(grows);
        if full { Err(CommitError::Full(most)) } else { Ok(()) }
    }

    fn write(&mut self, txn: &mut TransactionMut<'_>, writes: &[AnnotationWrite]) {
        let plain = |annotation| to_any(&serde_json::to_value(annotation).unwrap_or_default());
        let all = writes.iter().map(|write| (&*write.id.0, write.after.as_deref().map(plain)));
        self.put(txn, all);
    }

    fn committed(&mut self, update: &[u8]) {
        if self.shadow.as_mut().is_some_and(|shadow| shadow.apply(update).is_err()) {
            self.shadow = None;
        }
    }
}

impl AnnotationLayout {
    /// Bytes of all annotations.
    pub(super) fn size<T: ReadTxn>(&mut self, txn: &T) -> usize {
        *self.size.get_or_insert_with(|| size::all(&self.annotations, txn))
    }

    /// What was `before` bytes is `after` bytes now.
    pub(super) fn resize(&mut self, before: usize, after: usize) {
        self.size = self.size.map(|size| (size + after).saturating_sub(before));
    }

    /// Sets or removes annotations.
    pub(super) fn put<'a>(
        &mut self,
        txn: &mut TransactionMut<'_>,
        all: impl Iterator<Item = (&'a str, Option<Any>)>,
    ) {
        set(&self.meta, txn, "schema", &ANNOTATIONS_SCHEMA.into());
        let mut removed = false;
        for (key, value) in all {
            let before = size::entry(&self.annotations, txn, key);
            match value {
                Some(value) if self.annotations.get(txn, key) != Some(Out::Any(value.clone())) => {
                    self.annotations.insert(txn, key, value);
                }
                Some(_) => {}
                None => removed |= self.annotations.remove(txn, key).is_some(),
            }
            self.resize(before, size::entry(&self.annotations, txn, key));
        }
        if removed {
            count_removal(&self.meta, txn);
        }
    }
}

impl AnnotationDocument {
    /// From now on keeps these bounds of its bytes instead of the largest.
    pub fn keep_bounds(&mut self, limits: &Limits) {
        self.layout.bounds = Bounds {
            document: limits.document_bytes.min(Limits::MOST_DOCUMENT_BYTES),
            update: limits.update_bytes.min(Limits::MOST_UPDATE_BYTES),
        };
    }

    /// All annotations that the document holds, in no order. One that cannot be read stands beside
    /// the others as an error: pass over it.
    ///
    /// # Errors
    /// The document is of another version.
    pub fn annotations(
        &self,
    ) -> Result<impl Iterator<Item = (AnnotationId, Result<Annotation, SchemaError>)>, SchemaError>
    {
        annotations(&self.doc, &self.layout)
    }
}

impl AnnotationMirror {
    /// All annotations as they are here, as [`AnnotationDocument::annotations`] answers them; none
    /// before the first update.
    ///
    /// # Errors
    /// The document is of another version.
    pub fn annotations(
        &self,
    ) -> Result<impl Iterator<Item = (AnnotationId, Result<Annotation, SchemaError>)>, SchemaError>
    {
        annotations(&self.doc, &self.layout)
    }
}

fn annotations(
    doc: &Doc,
    layout: &AnnotationLayout,
) -> Result<
    impl Iterator<Item = (AnnotationId, Result<Annotation, SchemaError>)> + use<>,
    SchemaError,
> {
    let txn = doc.try_transact().map_err(|_| SchemaError::Busy)?;
    match layout.meta.get(&txn, "schema") {
        None => {}
        Some(_) if number(&layout.meta, &txn, "schema") == u64::from(ANNOTATIONS_SCHEMA) => {}
        Some(other) => {
            let found = other.to_string(&txn);
            return Err(SchemaError::Version { found, known: ANNOTATIONS_SCHEMA });
        }
    }
    // Values are counted references: this copies none of them.
    let all = layout.annotations.iter(&txn).map(|(key, value)| (AnnotationId::from(key), value));
    let all: Vec<(AnnotationId, Out)> = all.collect();
    Ok(all.into_iter().map(|(id, value)| {
        let annotation = read(&id, &value);
        (id, annotation)
    }))
}

fn read(id: &AnnotationId, value: &Out) -> Result<Annotation, SchemaError> {
    let malformed = |reason: String| {
        let place = format!("annotations.{id}");
        SchemaError::Malformed { place, reason }
    };
    if !id.is_valid() {
        return Err(malformed("its key is no name of an annotation".into()));
    }
    let Out::Any(value) = value else { return Err(malformed("it is not a plain value".into())) };
    let value: Value = to_json(value);
    serde_json::from_value(value).map_err(|error| malformed(error.to_string()))
}
