//! What a participant's link does, which pictures they get over it, and why no better ones: for
//! their page, for the owner, and for the metrics.

use std::time::Duration;

use parfocal_base::{Instant, ViewId};
use parfocal_encode::allocate::ladder::FPS_SMOOTH;
use parfocal_encode::rate::{Reason, Report, State, Target};
use parfocal_sync::link::{Dropped, Limit, Link, LinkState};
use parfocal_sync::message::{PixelCodec, PixelServerMessage};

use super::board::Board;
use super::encoder::most;
use super::member::Member;
use super::rendition::Spec;
use crate::outbox::Out;
use crate::painter;
use crate::pixels::LinkReport;
use crate::video::Used;

/// A client is told of its link this often while pictures flow: more often nobody reads.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// The first time so long after pictures began to flow: before, nothing is known.
const TELL_AFTER: Duration = Duration::from_millis(250);
/// A link that seems to stand still is looked at once more so much later, before it is said: a
/// message that is a little late comes soon.
const STALLED_FOR: Duration = Duration::from_millis(500);
/// One who could take so many times what the stream has is held back by those who share it.
const HELD_BACK: f64 = 1.25;
/// Sizes are made even, and may miss the canvas by so many pixels.
const ROUNDING: u32 = 2;

/// How somebody's link does, and what they get.
#[derive(Clone, Debug)]
pub struct Quality {
    /// The view that they watch.
    pub view: ViewId,
    /// Format of their pictures.
    pub codec: PixelCodec,
    /// Width and height of their pictures in pixels.
    pub size: [u32; 2],
    /// Pictures a second at most.
    pub fps: u32,
    /// Bits a second at most.
    pub bitrate_bps: u32,
    /// How many get these pictures.
    pub viewers: u32,
    /// How the link does.
    pub rate: Report,
    /// How long their client holds decoded pictures.
    pub held: Duration,
    /// What keeps their pictures from being larger or smoother, if anything.
    pub why: Option<Limit>,
    /// What paints their view, and why that.
    pub renderer: painter::Used,
    /// What encodes their pictures, and why that.
    pub used: Used,
}

impl Quality {
    /// Of a participant at this time; `None` while they get no pictures.
    pub(crate) fn of(board: &Board, member: &Member, now: Instant) -> Option<Self> {
        let report = member.pixels.report(now)?;
        let view = board.views.get(&*member.watched.lock())?.clone();
        let canvas = board.snapshot().scene.views.get(&view.id)?.canvas;
        let renditions = view.renditions.read();
        let rendition = renditions.iter().find(|one| Some(one.serial) == report.rendition)?;
        let spec = rendition.spec();
        let viewers = u32::try_from(rendition.readers.read().len()).unwrap_or(u32::MAX);
        Some(Self {
            view: view.id,
            codec: rendition.codec,
            size: spec.size,
            fps: spec.fps,
            bitrate_bps: spec.bitrate.min(most(canvas, board.shared.bitrate_720p)),
            viewers,
            rate: report.rate,
            held: report.held,
            why: why(canvas, spec, viewers, &report),
            renderer: board.shared.renderers.used(&view.session, view.id),
            used: rendition.used.lock().clone(),
        })
    }

    /// How the link does, by its name on the wire.
    pub const fn state(&self) -> LinkState {
        match self.rate.state {
            State::Idle => LinkState::Idle,
            State::Steady => LinkState::Steady,
            State::Growing => LinkState::Growing,
            State::Congested => LinkState::Congested,
            State::Stalled => LinkState::Stalled,
        }
    }

    /// Pictures that did not come, by reason.
    pub fn dropped(&self) -> Dropped {
        let of = |reason: Reason| self.rate.refused.get(reason as usize).copied().unwrap_or(0);
        Dropped {
            pictures: of(Reason::Pictures),
            bytes: of(Reason::Bytes),
            late: of(Reason::Late),
            slow_start: of(Reason::SlowStart),
            decoder: of(Reason::Decoder),
            paced: of(Reason::Paced),
        }
    }

    /// What their client is told.
    fn link(&self) -> Link {
        Link {
            estimate_bps: self.rate.estimate_bps,
            queue_ms: u32::try_from(self.rate.queue.as_millis()).unwrap_or(u32::MAX),
            state: self.state(),
            why: self.why,
            width: self.size[0],
            height: self.size[1],
            fps: self.fps,
            bitrate_bps: self.bitrate_bps,
            viewers: self.viewers,
            dropped: self.dropped(),
        }
    }
}

/// What keeps pictures from being as large as the canvas, and smooth; a ceiling also where it only
/// makes them coarser, as the user asked for that.
fn why(canvas: [u32; 2], spec: Spec, viewers: u32, report: &LinkReport) -> Option<Limit> {
    let LinkReport { target, ceiling, .. } = report;
    let small = spec.size.iter().zip(canvas).any(|(&got, whole)| got + ROUNDING < whole);
    let choppy = spec.fps < FPS_SMOOTH;
    let held_back = f64::from(spec.bitrate) * HELD_BACK < f64::from(target.bitrate_bps);
    let capped = !held_back && ceiling.is_some_and(|most| most <= target.bitrate_bps);
    if !small && !choppy && !capped {
        return None;
    }
    Some(if small && is_decoder_full(spec, *target) || choppy && target.fps <= spec.fps {
        Limit::Decoder
    } else if capped {
        Limit::Ceiling
    } else if viewers > 1 && held_back {
        Limit::Shared
    } else {
        Limit::Link
    })
}

/// Whether the next larger size, half as high again at most, is more than the decoder follows.
fn is_decoder_full(spec: Spec, target: Target) -> bool {
    let short = spec.size.into_iter().min().unwrap_or(0);
    short + short / 2 > target.max_height
}

/// When a client is to be told of its link, and what was counted of it. Nothing is told while
/// nothing flows.
#[derive(Debug, Default)]
pub(crate) struct Telling {
    due: Option<Instant>,
    told: Option<Instant>,
    /// The link seemed to stand still when it was looked at last.
    stalled: bool,
    refused: [u64; 6],
}

impl Telling {
    /// A picture went out.
    pub(crate) fn flowed(&mut self, now: Instant) {
        let soon = self.told.map_or(now, |told| told + TELL_EVERY).max(now + TELL_AFTER);
        self.due.get_or_insert(soon);
    }

    /// When to tell, if anything flowed since it was told last.
    pub(crate) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// What to tell now; counted in the metrics. What stands still is looked at again, so that
    /// the end of that is told too.
    pub(crate) fn tell(&mut self, now: Instant, quality: Option<&Quality>) -> Option<Out> {
        let stalled = quality.is_some_and(|quality| quality.rate.state == State::Stalled);
        let again = std::mem::replace(&mut self.stalled, stalled);
        self.due = stalled.then(|| now + if again { TELL_EVERY } else { STALLED_FOR });
        if stalled && !again {
            return None;
        }
        self.told = Some(now);
        let quality = quality?;
        self.count(quality);
        let message = PixelServerMessage::Link(quality.link());
        serde_json::to_string(&message).ok().map(|text| Out::Text(text.into()))
    }

    fn count(&mut self, quality: &Quality) {
        let Report { estimate_bps, queue, refused, .. } = quality.rate;
        metrics::histogram!("parfocal_link_estimate_bits_per_second").record(estimate_bps);
        metrics::histogram!("parfocal_link_queue_seconds").record(queue.as_secs_f64());
        metrics::histogram!("parfocal_presenter_delay_seconds").record(quality.held.as_secs_f64());
        for (reason, (now, before)) in Reason::ALL.iter().zip(refused.iter().zip(self.refused)) {
            metrics::counter!("parfocal_pictures_refused_total", "reason" => reason.name())
                .increment(now.saturating_sub(before));
        }
        self.refused = refused;
    }
}

/// Heights by which renditions are counted: up to so many pixels.
const HEIGHTS: [(u32, &str); 5] =
    [(270, "270"), (360, "360"), (540, "540"), (720, "720"), (1080, "1080")];

/// Counts a rendition in the metrics, or takes it out.
pub(crate) fn count_rendition(codec: PixelCodec, [_, height]: [u32; 2], by: f64) {
    if height == 0 {
        return;
    }
    let class = HEIGHTS.iter().find(|(most, _)| height <= *most).map_or("more", |(_, name)| name);
    metrics::gauge!("parfocal_renditions", "codec" => codec.as_str(), "height" => class)
        .increment(by);
}

#[cfg(test)]
mod tests {
    use parfocal_encode::rate::{RateConfig, RateControl};

    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1000)
    }

    fn spec(size: [u32; 2], fps: u32, bitrate: u32) -> Spec {
        Spec { size, fps, bitrate, ..Spec::default() }
    }

    fn report(bitrate_bps: u32, max_height: u32, ceiling: Option<u32>) -> LinkReport {
        LinkReport {
            rate: RateControl::new(RateConfig::default()).report(at(0)),
            target: Target { bitrate_bps, fps: 60, max_height },
            ceiling,
            held: Duration::ZERO,
            rendition: Some(1),
        }
    }

    const CANVAS: [u32; 2] = [1920, 1080];

    #[test]
    fn a_picture_as_large_as_its_canvas_and_smooth_is_limited_by_nothing() {
        let why = why(CANVAS, spec([1920, 1080], 30, 4_000_000), 1, &report(4_000_000, 2160, None));
        assert_eq!(why, None);
    }

    #[test]
    fn a_smaller_one_says_what_limits_it() {
        let small = spec([960, 540], 30, 1_200_000);
        let why = |viewers, report| why(CANVAS, small, viewers, &report);
        assert_eq!(why(1, report(1_200_000, 2160, None)), Some(Limit::Link));
        assert_eq!(why(1, report(1_000_000, 2160, Some(1_000_000))), Some(Limit::Ceiling));
        assert_eq!(why(1, report(1_200_000, 2160, Some(10_000_000))), Some(Limit::Link));
        assert_eq!(why(1, report(9_000_000, 720, None)), Some(Limit::Decoder));
        assert_eq!(why(12, report(2_000_000, 2160, None)), Some(Limit::Shared));
        assert_eq!(why(12, report(1_200_000, 2160, None)), Some(Limit::Link));
    }

    #[test]
    fn a_client_is_told_once_a_second_while_pictures_flow_and_never_at_rest() {
        let mut telling = Telling::default();
        assert_eq!(telling.due(), None);
        let mut told = Vec::new();
        for ms in (0..3000).step_by(20) {
            telling.flowed(at(ms));
            if telling.due().is_some_and(|due| due <= at(ms)) {
                telling.tell(at(ms), None);
                told.push(ms);
            }
        }
        assert_eq!(told, [260, 1260, 2260]);
        assert_eq!(telling.due(), Some(at(3260)), "the last of it is told");
        telling.tell(at(3260), None);
        assert_eq!(telling.due(), None);
    }

    #[test]
    fn a_link_that_stands_still_is_told_after_a_second_look_and_until_it_moves_again() {
        let quality = |state| Quality {
            view: ViewId::STAGE,
            codec: PixelCodec::H264,
            size: CANVAS,
            fps: 30,
            bitrate_bps: 1,
            viewers: 1,
            rate: Report { state, ..report(1, 1, None).rate },
            held: Duration::ZERO,
            why: None,
            renderer: painter::Used::default(),
            used: Used::default(),
        };
        let (still, well) = (quality(State::Stalled), quality(State::Idle));
        let mut telling = Telling::default();
        telling.flowed(at(0));
        assert!(telling.tell(at(250), Some(&still)).is_none());
        assert_eq!(telling.due(), Some(at(750)));
        assert!(telling.tell(at(750), Some(&still)).is_some());
        assert_eq!(telling.due(), Some(at(1750)));
        assert!(telling.tell(at(1750), Some(&well)).is_some());
        assert_eq!(telling.due(), None);
        telling.flowed(at(2000));
        assert!(telling.tell(at(2750), Some(&still)).is_none(), "a new one");
    }
}
