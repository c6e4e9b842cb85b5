//! One picture to be painted, and what becomes of it.

use std::sync::Arc;
use std::time::Duration;

use parfocal_base::frame::FrameMut;

use crate::session::board::Snapshot;
use crate::session::view::ViewMsg;
use crate::session::view_board::ViewBoard;

/// One picture to be painted. Dropped unpainted (the renderer died), it tells its view.
pub struct Job {
    pub(crate) board: Arc<ViewBoard>,
    pub(crate) snapshot: Snapshot,
    pub(crate) frame: Option<FrameMut>,
    pub(crate) outcome: Outcome,
    /// It is to be a still, of what the view shows as this picture.
    pub(crate) still: Option<u64>,
    /// It may be painted with less care, if that is quicker: `every` of `DrawList::hasten`.
    pub(crate) hasty: Option<u32>,
}

/// How painting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not at all; the view tries again.
    Lost,
    /// Published.
    Painted {
        /// Every chunk was there at the wanted level.
        complete: bool,
        /// It was painted with less care.
        hasty: bool,
        /// How long it took.
        took: Duration,
    },
    /// The view is not in the scene any more.
    NoView,
}

impl Drop for Job {
    fn drop(&mut self) {
        match (self.still, self.outcome) {
            (None, outcome) => self.board.address.send(ViewMsg::Painted(outcome)),
            (Some(_), Outcome::Lost) => self.board.address.send(ViewMsg::StillLost),
            (Some(_), _) => true,
        };
    }
}

impl Job {
    /// Whether it is to be a still.
    pub(crate) const fn is_still(&self) -> bool {
        self.still.is_some()
    }
}
