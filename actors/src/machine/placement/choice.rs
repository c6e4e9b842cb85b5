//! Which GPU is the right one for a view.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use parfocal_base::{Instant, ViewId};

use super::{Gpu, Key, Place, Placement, Why};

/// Loads are told apart in these steps where a new view is placed: below, views are counted.
const STEP: f64 = 0.05;
/// A view moves to a GPU that has so much less to do: a third of its time.
const APART: f64 = 0.3;
/// The same for one whose session's other views stay: its images will be in two memories.
const TOGETHER: f64 = 0.6;
/// By so much the busier one of the two must have less to do after a move. It keeps views from
/// moving to and fro.
const GAIN: f64 = 0.1;
/// Moves for the sake of load: one in this time, so that each one's effect is seen.
const MOVE_EVERY: Duration = Duration::from_secs(1);
/// Views come back to a GPU that is not well yet one by one, so often: it gets their images again.
const RETURN_EVERY: Duration = Duration::from_millis(250);
/// A GPU that failed is tried with one picture; if nothing is heard of it for so long, with another.
const TRIAL: Duration = Duration::from_secs(5);

impl Placement {
    /// The GPU for a view that has none.
    pub(super) fn free(&self, view: &Key, now: Instant) -> Option<(usize, Why)> {
        let least = self.least(now, |_| true)?;
        if self.gpus.len() == 1 {
            return Some((least, Why::Only));
        }
        let most = self.gpus.get(least)?.load.now(now) + TOGETHER;
        let well = self.gpus.get(least)?.device.is_well();
        let may = |(at, gpu): &(usize, &Gpu)| {
            *at == least
                || (gpu.admits(now) && gpu.device.is_well() == well && gpu.load.now(now) <= most)
        };
        let gpus = self.gpus.iter().enumerate().filter(may);
        let companies = gpus.map(|(at, _)| (self.company(view, at), Reverse(at)));
        // The first of equals.
        let company = companies.filter(|(company, _)| *company > 0).max();
        Some(company.map_or((least, Why::Least), |(_, Reverse(at))| (at, Why::Company)))
    }

    /// A GPU that has much less to do than GPU `at`, where a view of this load is painted.
    pub(super) fn relief(
        &self,
        view: &Key,
        at: usize,
        load: f64,
        now: Instant,
    ) -> Option<(usize, Why)> {
        let rests = self.moved.is_some_and(|last| now.since(last) < MOVE_EVERY);
        let here = self.gpus.get(at)?.load.now(now);
        if rests || load < GAIN || here <= APART {
            return None;
        }
        let to = self.least(now, |gpu| gpu != at)?;
        let there = self.gpus.get(to)?.load.now(now);
        let apart = if self.company(view, at) > 0 { TOGETHER } else { APART };
        let helps = here - there > apart && there + load + GAIN <= here;
        helps.then_some((to, Why::Relief))
    }

    /// The GPU with the least to do of those that take a view now; what is well goes before what has
    /// failed lately.
    fn least(&self, now: Instant, of: impl Fn(usize) -> bool) -> Option<usize> {
        let mut best = None;
        for (at, gpu) in self.gpus.iter().enumerate().filter(|(at, gpu)| of(*at) && gpu.admits(now))
        {
            let steps = (gpu.load.now(now) / STEP) as u64;
            let rank = (!gpu.device.is_well(), steps, gpu.views);
            if best.is_none_or(|(least, _)| rank < least) {
                best = Some((rank, at));
            }
        }
        best.map(|(_, at)| at)
    }

    /// How many other views of its session are painted on a GPU.
    fn company(&self, view: &Key, gpu: usize) -> usize {
        let first = (Arc::clone(&view.0), ViewId(0));
        let session = self.views.range(first..).take_while(|((session, _), _)| *session == view.0);
        session.filter(|(key, seat)| *key != view && seat.place == Place::Gpu(gpu)).count()
    }
}

impl Gpu {
    /// Whether it takes another view now.
    fn admits(&self, now: Instant) -> bool {
        let tried = self.trial.is_some_and(|since| now.since(since) < TRIAL);
        let came = self.came.is_some_and(|last| now.since(last) < RETURN_EVERY);
        self.device.is_well() || (self.device.may_try(now) && !tried && !came)
    }
}
