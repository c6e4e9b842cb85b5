//! The machine: groups of viewers that split, merge and keep within a budget.

use std::collections::BTreeMap;
use std::time::Duration;

use parfocal_base::{Instant, ParticipantId};

use super::keys::Requests;
use super::ladder::{Canvas, Ladder, Limits, STEPS, useful_bps};
use super::{Budget, KEY_INTERVAL, Rendition, RenditionId, Viewer};
use crate::codec::{Codec, MIN_BITRATE};

/// Who can take so many times what a group gets deserves better; and a group is not made slower by
/// one who can take only this part of what its middle one can.
const APART: f64 = 1.8;
/// Renditions that are closer than this are as good as the same; and a viewer joins a group whose
/// rate is at most this much above theirs.
const ALIKE: f64 = 1.25;
/// A group follows a worse member, where nobody can be moved for want of encoders, down to this
/// part of what its middle one can take.
const FOLLOW_LEAST: f64 = 0.25;
/// How long one must be worse before they leave: a glitch of a link is over sooner.
const WORSE_AFTER: Duration = Duration::from_millis(300);
/// How long one must be better before they leave.
const BETTER_AFTER: Duration = Duration::from_secs(2);
/// How long two renditions must be alike before they become one.
const ALIKE_AFTER: Duration = Duration::from_secs(4);
/// An encoder's rate is raised in steps of at least this: less is not seen.
const RAISE: f64 = 1.03;

/// Where a viewer sits.
#[derive(Clone, Copy, Debug)]
struct Seat {
    codec: Codec,
    /// What gets through to them, in bit/s; no more than what is useful.
    takes: f64,
    limits: Limits,
    /// Whose pictures they get.
    on: Option<RenditionId>,
    /// Whose pictures they are to get.
    to: RenditionId,
    /// When they may be given a key picture of `to`, if they need one.
    key_at: Instant,
    requests: Requests,
    better_since: Option<Instant>,
    worse_since: Option<Instant>,
}

/// One rendition.
#[derive(Clone, Copy, Debug)]
struct Group {
    id: RenditionId,
    codec: Codec,
    bps: f64,
    limits: Limits,
    ladder: Ladder,
    last_key: Option<Instant>,
    /// Since when it has been like the next better one.
    alike_since: Option<Instant>,
}

/// The allocator of one view. It is cheap: call it whenever targets may have changed, some ten
/// times a second.
#[derive(Clone, Debug, Default)]
pub struct Allocator {
    seats: BTreeMap<ParticipantId, Seat>,
    /// Ordered by id.
    groups: Vec<Group>,
    next: u32,
}

impl Allocator {
    /// Decides who shares what from now on. `canvas` is the rendered picture's size in pixels.
    pub fn plan(
        &mut self,
        now: Instant,
        canvas: Canvas,
        viewers: &[Viewer],
        budget: Budget,
    ) -> Vec<Rendition> {
        let most = budget.view.min(self.groups.len().saturating_add(budget.server)).max(1);
        let new = self.seat(now, canvas, viewers);
        for id in new {
            self.place(now, canvas, id, most);
        }
        self.leave(now, canvas, most);
        self.merge(now, most);
        self.close();
        self.tune(now, canvas);
        self.groups.iter().map(|group| self.rendition(now, canvas, group)).collect()
    }

    /// A key picture of `rendition` was made: who waited for one gets its pictures from now on.
    pub fn key_made(&mut self, now: Instant, rendition: RenditionId) {
        if let Some(group) = self.groups.iter_mut().find(|group| group.id == rendition) {
            group.last_key = Some(now);
        }
        for seat in self.seats.values_mut().filter(|seat| seat.to == rendition) {
            seat.on = Some(rendition);
        }
    }

    /// A viewer can show nothing before the next key picture. Who asks often waits longer.
    pub fn request_key(&mut self, now: Instant, viewer: ParticipantId) {
        if let Some(seat) = self.seats.get_mut(&viewer).filter(|seat| seat.on.is_some()) {
            seat.on = None;
            seat.key_at = seat.requests.ask(now);
        }
    }

    /// Takes what viewers say; who has no seat yet.
    fn seat(&mut self, now: Instant, canvas: Canvas, viewers: &[Viewer]) -> Vec<ParticipantId> {
        let mut before = std::mem::take(&mut self.seats);
        let mut new = Vec::new();
        for viewer in viewers {
            let limits =
                Limits { max_height: viewer.target.max_height, max_fps: viewer.target.fps };
            let useful = f64::from(useful_bps(canvas, limits)) * weight(viewer.codec);
            let takes = f64::from(viewer.target.bitrate_bps).min(useful).max(MIN_BITRATE.into());
            let seat = before.remove(&viewer.id).filter(|seat| seat.codec == viewer.codec);
            if seat.is_none() {
                new.push(viewer.id);
            }
            let seat = seat.unwrap_or(Seat {
                codec: viewer.codec,
                takes,
                limits,
                on: None,
                to: RenditionId(u32::MAX),
                key_at: now,
                requests: Requests::default(),
                better_since: None,
                worse_since: None,
            });
            self.seats.insert(viewer.id, Seat { takes, limits, ..seat });
        }
        new
    }

    /// Finds a rendition for one viewer, or makes one.
    fn place(&mut self, now: Instant, canvas: Canvas, id: ParticipantId, most: usize) {
        let Some(&seat) = self.seats.get(&id) else { return };
        let same = || self.groups.iter().filter(|group| group.codec == seat.codec);
        let below = same()
            .filter(|group| group.bps <= ALIKE * seat.takes)
            .max_by(|a, b| a.bps.total_cmp(&b.bps))
            .map(|group| (group.id, group.bps));
        let lowest = same().min_by(|a, b| a.bps.total_cmp(&b.bps)).map(|group| group.id);
        let near = below.filter(|&(_, bps)| seat.takes < APART * bps).map(|(id, _)| id);
        let full = self.groups.len() >= most;
        let to = match near.or(lowest.filter(|_| full).map(|lowest| below.map_or(lowest, |b| b.0)))
        {
            Some(to) => to,
            None => self.open(canvas, &seat),
        };
        self.go(now, id, to);
    }

    fn open(&mut self, canvas: Canvas, seat: &Seat) -> RenditionId {
        let id = RenditionId(self.next);
        self.next = self.next.wrapping_add(1);
        let ladder = Ladder::new(canvas, worth(seat.codec, seat.takes), seat.limits);
        self.groups.push(Group {
            id,
            codec: seat.codec,
            bps: seat.takes,
            limits: seat.limits,
            ladder,
            last_key: None,
            alike_since: None,
        });
        id
    }

    fn go(&mut self, now: Instant, id: ParticipantId, to: RenditionId) {
        if let Some(seat) = self.seats.get_mut(&id).filter(|seat| seat.to != to) {
            seat.to = to;
            seat.key_at = seat.key_at.max(now);
            (seat.better_since, seat.worse_since) = (None, None);
        }
    }

    /// What the members of a group take, least first.
    fn takes(&self, id: RenditionId) -> Vec<f64> {
        let mut takes: Vec<f64> =
            self.seats.values().filter(|seat| seat.to == id).map(|seat| seat.takes).collect();
        takes.sort_by(f64::total_cmp);
        takes
    }

    /// Moves those who are much worse or much better than their group.
    fn leave(&mut self, now: Instant, canvas: Canvas, most: usize) {
        let middles: BTreeMap<_, _> = self
            .groups
            .iter()
            .map(|group| (group.id, (middle(&self.takes(group.id)), group.bps)))
            .collect();
        let mut leaving = Vec::new();
        for (&id, seat) in &mut self.seats {
            let Some(&(Some(middle), bps)) = middles.get(&seat.to) else { continue };
            let worse = seat.takes * APART < middle;
            let better = seat.takes > APART * bps;
            let since = |since: &mut Option<Instant>, is: bool, after: Duration| {
                *since = is.then(|| since.unwrap_or(now));
                since.is_some_and(|since| now.since(since) >= after)
            };
            let worse = since(&mut seat.worse_since, worse, WORSE_AFTER);
            let better = since(&mut seat.better_since, better, BETTER_AFTER);
            if worse || better {
                leaving.push((id, worse));
            }
        }
        // The worst first: where one encoder is left, it goes to who suffers most.
        leaving.sort_by(|a, b| {
            let takes = |id| self.seats.get(id).map_or(0.0, |seat: &Seat| seat.takes);
            takes(&a.0).total_cmp(&takes(&b.0))
        });
        for (id, _) in leaving {
            // One who left may have made the group what this one needs.
            self.place(now, canvas, id, most);
        }
    }

    /// Makes one of two renditions that are alike, and of the closest ones where there are too many.
    fn merge(&mut self, now: Instant, most: usize) {
        // What nobody is to get any more ends by itself.
        let wanted = |id| self.seats.values().any(|seat| seat.to == id);
        let mut order: Vec<(Codec, f64, RenditionId)> = self
            .groups
            .iter()
            .filter(|group| wanted(group.id))
            .map(|group| (group.codec, group.bps, group.id))
            .collect();
        order.sort_by(|a, b| {
            (a.0 as u8, a.1).partial_cmp(&(b.0 as u8, b.1)).unwrap_or(std::cmp::Ordering::Equal)
        });
        let mut pairs: Vec<(f64, RenditionId, RenditionId)> = order
            .windows(2)
            .filter_map(|pair| match pair {
                [low, high] if low.0 == high.0 => Some((high.1 / low.1.max(1.0), low.2, high.2)),
                _ => None,
            })
            .collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let over = order.len() > most;
        for (ratio, low, high) in pairs {
            let Some(group) = self.groups.iter_mut().find(|group| group.id == low) else {
                continue;
            };
            group.alike_since = (ratio < ALIKE).then(|| group.alike_since.unwrap_or(now));
            let alike = group.alike_since.is_some_and(|since| now.since(since) >= ALIKE_AFTER);
            if !alike && !over {
                continue;
            }
            // Fewer viewers need a key picture if the smaller group moves.
            let fewer = self.takes(low).len() < self.takes(high).len();
            let (from, to) = if fewer { (low, high) } else { (high, low) };
            let moved: Vec<_> =
                self.seats.iter().filter(|(_, seat)| seat.to == from).map(|(&id, _)| id).collect();
            for id in moved {
                self.go(now, id, to);
            }
            // One pair at a time: the others' neighbours have changed.
            return;
        }
    }

    /// Ends renditions that nobody gets, or is to get.
    fn close(&mut self) {
        let used = |id| self.seats.values().any(|seat| seat.to == id || seat.on == Some(id));
        self.groups.retain(|group| used(group.id));
    }

    /// Sets rates and sizes by who is in.
    fn tune(&mut self, now: Instant, canvas: Canvas) {
        for at in 0..self.groups.len() {
            let Some(id) = self.groups.get(at).map(|group| group.id) else { continue };
            let takes = self.takes(id);
            let Some(middle) = middle(&takes) else { continue };
            // Those who are about to leave do not count.
            let counted = takes.iter().copied().find(|takes| takes * APART >= middle);
            let least = takes.first().copied().unwrap_or(middle);
            let stuck = self.is_stuck(now, id);
            let bps =
                if stuck { least.max(FOLLOW_LEAST * middle) } else { counted.unwrap_or(middle) };
            let members = || self.seats.values().filter(|seat| seat.to == id);
            let limits = Limits {
                max_height: members().map(|seat| seat.limits.max_height).min().unwrap_or(u32::MAX),
                max_fps: members().map(|seat| seat.limits.max_fps).min().unwrap_or(60),
            };
            if let Some(group) = self.groups.get_mut(at) {
                if bps < group.bps || bps > RAISE * group.bps {
                    group.bps = bps;
                }
                group.limits = limits;
                group.ladder.follow(now, canvas, worth(group.codec, group.bps), limits);
            }
        }
    }

    /// Whether a worse member has long wanted to leave, and cannot.
    fn is_stuck(&self, now: Instant, id: RenditionId) -> bool {
        let worse =
            |seat: &&Seat| seat.worse_since.is_some_and(|since| now.since(since) > WORSE_AFTER * 2);
        self.seats.values().filter(|seat| seat.to == id).any(|seat| worse(&seat))
    }

    fn rendition(&self, now: Instant, canvas: Canvas, group: &Group) -> Rendition {
        let rung = group.ladder.rung();
        // Who asks for PNG asks for every pixel.
        let step = if group.codec == Codec::Png { 0 } else { rung.step };
        let size = canvas.scaled(STEPS.get(step).copied().unwrap_or((1, 1)));
        let (mut members, mut joining, mut key_at) = (Vec::new(), Vec::new(), None::<Instant>);
        for (&id, seat) in &self.seats {
            if seat.on == Some(group.id) {
                members.push(id);
            }
            if seat.to == group.id && seat.on != Some(group.id) {
                joining.push(id);
                key_at = Some(key_at.map_or(seat.key_at, |at| at.min(seat.key_at)));
            }
        }
        let earliest = group.last_key.map_or(now, |last| last + KEY_INTERVAL);
        Rendition {
            id: group.id,
            codec: group.codec,
            width: size.width,
            height: size.height,
            fps: rung.fps,
            bitrate_bps: group.bps as u32,
            members,
            joining,
            key_at: key_at.map(|at| at.max(earliest)),
        }
    }
}

/// The middle of sorted values, the upper one of two.
fn middle(sorted: &[f64]) -> Option<f64> {
    sorted.get(sorted.len() / 2).copied()
}

/// Bits that a codec takes for what H.264 takes one for, about.
const fn weight(codec: Codec) -> f64 {
    match codec {
        Codec::H264 => 1.0,
        Codec::Jpeg => 8.0,
        Codec::Png => 40.0,
    }
}

fn worth(codec: Codec, bps: f64) -> u32 {
    (bps / weight(codec)) as u32
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
