//! Which GPU paints which view: a pure machine.
//!
//! A view stays where it is, since its images are in that GPU's memory. A new one joins the others of
//! its session, which show the same images, unless another GPU has much less to do; then views move,
//! one after another, too. All views leave a GPU that fails, at once, and come back one by one. The CPU
//! paints where no GPU can.

mod choice;
mod load;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parfocal_base::{Instant, ViewId};

use self::load::Load;
use crate::machine::device::Device;

/// Views that are remembered: more than are open on any server. Any more are placed anew for each
/// picture.
const MOST_VIEWS: usize = 100_000;
/// A view is looked at again so long after it moved: its images are new there, so that its first
/// pictures took longer.
const SETTLED: Duration = Duration::from_secs(10);

/// Where pictures are painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// On the GPU of this number.
    Gpu(usize),
    /// On the CPU.
    Cpu,
}

/// Why there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is the only GPU.
    Only,
    /// It had the least to do.
    Least,
    /// Other views of the session are painted there.
    Company,
    /// The GPU before had much more to do.
    Relief,
    /// There is no GPU.
    NoGpu,
    /// The GPUs failed so, and are left alone for a while, or are tried by other views first.
    Resting(Arc<str>),
    /// The view's GPU cannot paint this picture.
    Refused(Arc<str>),
    /// The view's GPU has nobody who paints, for a moment.
    Absent,
}

/// A session, and one of its views.
pub type Key = (Arc<str>, ViewId);

/// The machine.
#[derive(Debug, Default)]
pub struct Placement {
    gpus: Vec<Gpu>,
    views: BTreeMap<Key, Seat>,
    /// When a view moved for the sake of load.
    moved: Option<Instant>,
}

#[derive(Clone, Debug, Default)]
struct Gpu {
    device: Device,
    load: Load,
    views: usize,
    /// Since when one picture tries it, after a failure.
    trial: Option<Instant>,
    /// When a view came here last.
    came: Option<Instant>,
    trouble: Arc<str>,
}

#[derive(Clone, Debug)]
struct Seat {
    place: Place,
    why: Why,
    /// Of its pictures there.
    load: Load,
    came: Instant,
    /// Where its last picture was painted, and why there.
    last: Option<(Place, Why)>,
}

impl Placement {
    /// So many GPUs, beside the CPU.
    pub fn new(gpus: usize) -> Self {
        Self { gpus: vec![Gpu::default(); gpus], ..Self::default() }
    }

    /// Where the next picture of a view is painted, and why.
    pub fn place(&mut self, view: &Key, now: Instant) -> (Place, Why) {
        let seat = self.views.get(view);
        let found = match seat {
            Some(Seat { place: Place::Gpu(at), load, came, .. }) => {
                let settled = now.since(*came) >= SETTLED;
                settled.then(|| self.relief(view, *at, load.now(now), now)).flatten()
            }
            _ => self.free(view, now),
        };
        match (found, seat) {
            (Some((gpu, why)), _) => self.seat(view, Place::Gpu(gpu), why, now),
            (None, Some(Seat { place, why, .. })) => (*place, why.clone()),
            (None, None) => self.seat(view, Place::Cpu, self.why_no_gpu(), now),
        }
    }

    /// Where a view's pictures are painted; `None`: nowhere yet, or it is forgotten.
    pub fn place_of(&self, view: &Key) -> Option<Place> {
        self.views.get(view).map(|seat| seat.place)
    }

    /// Where the last picture of a view was painted, and why there.
    pub fn last(&self, view: &Key) -> Option<(Place, Why)> {
        self.views.get(view)?.last.clone()
    }

    /// A picture of a view was painted. Whether it is the first of a GPU that had failed.
    pub fn painted(&mut self, view: &Key, at: (Place, Why), took: Duration, now: Instant) -> bool {
        let place = at.0;
        if let Some(seat) = self.views.get_mut(view) {
            if seat.place == place {
                seat.load.painted(took, now);
            }
            seat.last = Some(at);
        }
        let Some(gpu) = self.gpu_mut(place) else { return false };
        gpu.load.painted(took, now);
        gpu.trial = None;
        gpu.device.succeeded()
    }

    /// A GPU failed, for this reason: its views leave it. For how long it is left alone.
    pub fn failed(&mut self, gpu: usize, why: &Arc<str>, now: Instant) -> Duration {
        let Some(failed) = self.gpus.get_mut(gpu) else { return Duration::ZERO };
        failed.trial = None;
        failed.trouble = Arc::clone(why);
        let rest = failed.device.failed(now);
        let there = self.views.iter().filter(|(_, seat)| seat.place == Place::Gpu(gpu));
        let there: Vec<Key> = there.map(|(view, _)| view.clone()).collect();
        for view in &there {
            self.seat(view, Place::Cpu, Why::Resting(Arc::clone(why)), now);
        }
        rest
    }

    /// A view was closed.
    pub fn forget(&mut self, view: &Key, now: Instant) {
        if let Some(seat) = self.views.remove(view) {
            self.count(seat.place, seat.load.now(now), false, now);
        }
    }

    /// How many views are painted there.
    pub fn views(&self, place: Place) -> usize {
        match place {
            Place::Gpu(at) => self.gpus.get(at).map_or(0, |gpu| gpu.views),
            Place::Cpu => {
                let elsewhere: usize = self.gpus.iter().map(|gpu| gpu.views).sum();
                self.views.len().saturating_sub(elsewhere)
            }
        }
    }

    fn why_no_gpu(&self) -> Why {
        let trouble = self.gpus.iter().map(|gpu| &gpu.trouble).find(|text| !text.is_empty());
        match (self.gpus.is_empty(), trouble) {
            (true, _) => Why::NoGpu,
            (false, Some(why)) => Why::Resting(Arc::clone(why)),
            (false, None) => Why::Absent,
        }
    }

    /// Puts a view there, with its load.
    fn seat(&mut self, view: &Key, place: Place, why: Why, now: Instant) -> (Place, Why) {
        let before = self.views.get(view);
        if before.is_none() && self.views.len() >= MOST_VIEWS {
            return (place, why);
        }
        let load = before.map(|seat| seat.load).unwrap_or_default();
        let last = before.and_then(|seat| seat.last.clone());
        if let Some(seat) = before {
            self.count(seat.place, load.now(now), false, now);
        }
        self.count(place, load.now(now), true, now);
        if why == Why::Relief {
            self.moved = Some(now);
        }
        if let Some(gpu) = self.gpu_mut(place) {
            gpu.came = Some(now);
            gpu.trial = (!gpu.device.is_well()).then_some(now);
        }
        let seat = Seat { place, why: why.clone(), load, came: now, last };
        self.views.insert(view.clone(), seat);
        (place, why)
    }

    /// A view with so much to do came, or went.
    fn count(&mut self, place: Place, load: f64, came: bool, now: Instant) {
        let by = if came { load } else { -load };
        let Some(gpu) = self.gpu_mut(place) else { return };
        gpu.load.change(by, now);
        gpu.views = if came { gpu.views.saturating_add(1) } else { gpu.views.saturating_sub(1) };
    }

    fn gpu_mut(&mut self, place: Place) -> Option<&mut Gpu> {
        match place {
            Place::Gpu(at) => self.gpus.get_mut(at),
            Place::Cpu => None,
        }
    }
}
