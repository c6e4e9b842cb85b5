//! The table of bad networks, and what must be kept on each.

use std::borrow::Cow;

use parfocal_encode::rate::link::{Link, Rate, Stall};

/// What the people do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Motion {
    /// The view moves all the time.
    Always,
    /// It moves for some seconds and rests for some; a lossless still follows at rest.
    Bursts,
    /// It rests for so many milliseconds, without a still, after it moved for ten seconds.
    Rest(u32),
}

/// What is done over which link.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub name: &'static str,
    pub link: Link,
    pub motion: Motion,
    pub viewers: usize,
    /// A download that takes all it can get, in milliseconds from and to.
    pub download: Option<(u32, u32)>,
    /// Milliseconds that the decoder takes for a picture of 1080 lines.
    pub decode_ms: f64,
    pub limits: Limits,
}

/// What 800 seeds kept; `docs/rate-control.md` says what is known of the worst. An infinite limit, or 0 of
/// a share, says nothing.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// 95 of 100 pictures wait less than this behind others, in milliseconds.
    pub queue_p95: f64,
    /// After the last fall of the rate no picture waits over 50 ms after this, in milliseconds.
    pub settle: f64,
    /// After the last rise of the rate 80 % of it are aimed at after this, in milliseconds.
    pub recovery: f64,
    /// Longest time without a picture while the view moves, in milliseconds.
    pub freeze: f64,
    /// Share of the link that is used while the view moves, after five seconds.
    pub used: f64,
    /// How often a minute the bit rate falls by a quarter where the link has not.
    pub falls: f64,
    /// Jain's index over what viewers got in the second half.
    pub fair: f64,
}

const NONE: f64 = f64::INFINITY;
/// Thirty seconds each, so that a fall at 10 s and a rise at 16 s leave time after both.
pub const SECONDS: u64 = 30;

fn link(bps: &[Rate], delay_ms: f64, jitter_ms: f64, buffer_kb: usize) -> Link {
    Link {
        rates: Cow::Owned(bps.to_vec()),
        delay_ms,
        jitter_ms,
        buffer_bytes: buffer_kb * 1024,
        stalls: Cow::Borrowed(&[]),
        batch_ms: 0.0,
    }
}

const fn rate(at_ms: u32, bps: u32) -> Rate {
    Rate { at_ms, bps }
}

const fn stall(at_ms: u32, for_ms: u32) -> Stall {
    Stall { at_ms, for_ms }
}

#[rustfmt::skip]
const fn limits(queue_p95: f64, settle: f64, recovery: f64, freeze: f64, used: f64, falls: f64) -> Limits {
    Limits { queue_p95, settle, recovery, freeze, used, falls, fair: 0.0 }
}

const K: u32 = 1_000;
const M: u32 = 1_000_000;

#[rustfmt::skip]
const FALL_AND_RISE: &[Rate] = &[rate(0, 10 * M), rate(8_000, 2 * M), rate(16_000, 10 * M)];
#[rustfmt::skip]
const COLLAPSE: &[Rate] = &[rate(0, 20 * M), rate(8_000, 500 * K), rate(16_000, 5 * M)];
#[rustfmt::skip]
const MOBILE: &[Rate] = &[
    rate(0, 6 * M), rate(4_000, 3 * M), rate(7_000, 8 * M), rate(10_000, 4 * M), rate(13_000, 1_500 * K),
    rate(17_000, 5 * M), rate(20_000, 9 * M), rate(24_000, 4 * M),
];
#[rustfmt::skip]
const GLITCHES: &[Stall] = &[
    stall(5_100, 120), stall(7_700, 250), stall(11_300, 90), stall(14_050, 300), stall(18_900, 150), stall(23_450, 400),
];

fn plain() -> Scenario {
    Scenario {
        name: "",
        link: link(&[], 0.0, 0.0, 0),
        motion: Motion::Always,
        viewers: 1,
        download: None,
        decode_ms: 6.0,
        limits: limits(NONE, NONE, NONE, NONE, 0.0, NONE),
    }
}

/// name · rate over time, one way delay ms, jitter ms, buffer KiB · limits: queue p95 ms, settle ms,
/// recovery ms, freeze ms, used, falls a minute
#[rustfmt::skip]
pub fn table() -> Vec<Scenario> {
  vec![
    Scenario { name: "local network",        link: link(&[rate(0, 100 * M)], 0.5, 0.2, 512),   limits: limits(10.0, NONE, NONE, 100.0, 0.2, 2.0), ..plain() },
    Scenario { name: "10 Mbit/s",            link: link(&[rate(0, 10 * M)], 20.0, 0.5, 256),   limits: limits(40.0, NONE, NONE, 250.0, 0.88, 10.0), ..plain() },
    Scenario { name: "2 Mbit/s",             link: link(&[rate(0, 2 * M)], 20.0, 0.5, 128),    limits: limits(60.0, NONE, NONE, 400.0, 0.9, 10.0), ..plain() },
    Scenario { name: "0.3 Mbit/s",           link: link(&[rate(0, 300 * K)], 40.0, 1.0, 64),   limits: limits(60.0, NONE, NONE, 700.0, 0.85, 16.0), ..plain() },
    Scenario { name: "round trip 300 ms",    link: link(&[rate(0, 20 * M)], 150.0, 1.0, 1024), limits: limits(50.0, NONE, NONE, 1200.0, 0.3, 12.0), ..plain() },
    Scenario { name: "10 to 2 to 10",        link: link(FALL_AND_RISE, 20.0, 0.5, 256),        limits: limits(40.0, 800.0, 8000.0, 350.0, 0.7, 10.0), ..plain() },
    Scenario { name: "the same, jitter",     link: link(FALL_AND_RISE, 20.0, 5.0, 256),        limits: limits(50.0, 2500.0, 10000.0, 450.0, 0.55, 16.0), ..plain() },
    Scenario { name: "the same, 300 ms",     link: link(FALL_AND_RISE, 150.0, 1.0, 1024),      limits: limits(90.0, 4500.0, NONE, 1200.0, 0.35, 10.0), ..plain() },
    Scenario { name: "the same, bursts",     link: link(FALL_AND_RISE, 20.0, 0.5, 256), motion: Motion::Bursts, limits: limits(65.0, 2500.0, 10000.0, 750.0, 0.55, 18.0), ..plain() },
    Scenario { name: "20 to 0.5 to 5",       link: link(COLLAPSE, 20.0, 1.0, 256),             limits: limits(50.0, 5000.0, 12000.0, 5000.0, 0.65, 10.0), ..plain() },
    Scenario { name: "mobile",               link: link(MOBILE, 30.0, 4.0, 512),               limits: limits(60.0, 4000.0, NONE, 700.0, 0.55, 12.0), ..plain() },
    Scenario { name: "wireless, stalls",     link: Link { stalls: Cow::Borrowed(GLITCHES), ..link(&[rate(0, 20 * M)], 5.0, 3.0, 512) }, limits: limits(40.0, NONE, NONE, 500.0, 0.55, 20.0), ..plain() },
    Scenario { name: "jitter 15 ms",         link: link(&[rate(0, 10 * M)], 30.0, 15.0, 512),  limits: limits(80.0, NONE, NONE, 500.0, 0.4, 22.0), ..plain() },
    Scenario { name: "small buffer",         link: link(&[rate(0, 10 * M)], 20.0, 0.5, 32),    limits: limits(45.0, NONE, NONE, 500.0, 0.6, 18.0), ..plain() },
    Scenario { name: "large buffer",         link: link(&[rate(0, 5 * M)], 20.0, 0.5, 2048),   limits: limits(55.0, NONE, NONE, 450.0, 0.9, 10.0), ..plain() },
    Scenario { name: "proxy in 20 ms steps", link: Link { batch_ms: 20.0, ..link(&[rate(0, 10 * M)], 20.0, 0.5, 256) }, limits: limits(30.0, NONE, NONE, 350.0, 0.7, 22.0), ..plain() },
    Scenario { name: "beside a download",    link: link(&[rate(0, 20 * M)], 20.0, 0.5, 256), download: Some((8_000, 18_000)), limits: limits(130.0, NONE, NONE, 1400.0, 0.2, 8.0), ..plain() },
    Scenario { name: "bursts and stills",    link: link(&[rate(0, 8 * M)], 20.0, 1.0, 256), motion: Motion::Bursts, limits: limits(45.0, NONE, NONE, 450.0, 0.6, 28.0), ..plain() },
    Scenario { name: "a long rest",          link: link(&[rate(0, 10 * M)], 40.0, 1.0, 256), motion: Motion::Rest(12_000), limits: limits(50.0, NONE, NONE, 400.0, 0.75, 10.0), ..plain() },
    Scenario { name: "slow decoder",         link: link(&[rate(0, 50 * M)], 10.0, 1.0, 512), decode_ms: 60.0, limits: limits(15.0, NONE, NONE, 900.0, 0.3, 2.0), ..plain() },
    Scenario { name: "two on one link",      link: link(&[rate(0, 10 * M)], 20.0, 0.5, 256), viewers: 2, limits: Limits { fair: 0.6, ..limits(80.0, NONE, NONE, 450.0, 0.85, 26.0) }, ..plain() },
    Scenario { name: "five on one link",     link: link(&[rate(0, 20 * M)], 20.0, 0.5, 256), viewers: 5, limits: Limits { fair: 0.6, ..limits(90.0, NONE, NONE, 1100.0, 0.9, 30.0) }, ..plain() },
]
}

impl Scenario {
    /// The line of the table in the documentation.
    pub fn row(&self) -> String {
        let limits = self.limits;
        let below = |limit: f64| if limit.is_finite() { format!("{limit}") } else { "".to_owned() };
        let above = |limit: f64| if limit > 0.0 { format!("{limit}") } else { "".to_owned() };
        let cells = [
            self.name.to_owned(),
            self.network(),
            below(limits.queue_p95),
            below(limits.settle),
            below(limits.recovery),
            below(limits.freeze),
            above(limits.used),
            below(limits.falls),
            above(limits.fair),
        ];
        format!("| {} |", cells.join(" | "))
    }

    fn network(&self) -> String {
        let link = &self.link;
        let rates: Vec<String> =
            link.rates.iter().map(|rate| format!("{}", f64::from(rate.bps) / 1e6)).collect();
        let mut words = vec![format!("{} Mbit/s, {} ms", rates.join(" → "), 2.0 * link.delay_ms)];
        if link.jitter_ms >= 3.0 {
            words.push(format!("jitter {} ms", link.jitter_ms));
        }
        words.push(format!("buffer {} KiB", link.buffer_bytes / 1024));
        if !link.stalls.is_empty() {
            words.push(format!("{} stalls", link.stalls.len()));
        }
        if let Some((from, to)) = self.download {
            words.push(format!("a download for {} s", (to - from) / 1000));
        }
        match self.motion {
            Motion::Always => {}
            Motion::Bursts => words.push("movements, rests and stills".to_owned()),
            Motion::Rest(ms) => words.push(format!("{} s of rest", ms / 1000)),
        }
        if self.decode_ms > 20.0 {
            words.push(format!("{} ms to decode 1080 lines", self.decode_ms));
        }
        words.join(", ")
    }
}
