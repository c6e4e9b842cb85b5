//! From the clients' numbers to what is printed.

use std::fmt;
use std::time::Duration;

use parfocal_client_native::core::histogram::Histogram;
use parfocal_client_native::core::stats::Stats;
use serde::Serialize;

use crate::cli::LoadArgs;

/// What all clients together saw in some time.
#[derive(Debug, Default)]
pub(super) struct Seen {
    clients: usize,
    time: Duration,
    pictures: u64,
    /// Of the client that got fewest.
    least: u64,
    bytes: u64,
    dropped: u64,
    reconnects: u64,
    age: Histogram,
    ack: Histogram,
}

impl Seen {
    /// What came to each client's numbers `before` until they were those `after`.
    pub(super) fn between(before: &[Stats], after: &[Stats], time: Duration) -> Self {
        let mut seen = Self { clients: after.len(), time, least: u64::MAX, ..Self::default() };
        for (before, after) in before.iter().zip(after) {
            let pictures = frames(after) - frames(before);
            seen.pictures += pictures;
            seen.least = seen.least.min(pictures);
            seen.bytes += bytes(after) - bytes(before);
            seen.dropped += dropped(after) - dropped(before);
            seen.reconnects += after.connections - before.connections;
            seen.age.merge(&after.picture_age.since(&before.picture_age));
            seen.ack.merge(&after.ack_time.since(&before.ack_time));
        }
        seen
    }

    /// How it goes, in a line.
    pub(super) fn line(&self) -> String {
        let age = Quantiles::of(&self.age);
        let ack = Quantiles::of(&self.ack);
        format!(
            "{:>5.1} pictures/s each   age p50 {} p99 {} ms   ack p50 {} p99 {} ms",
            self.per_client(self.pictures),
            shown(age.p50),
            shown(age.p99),
            shown(ack.p50),
            shown(ack.p99),
        )
    }

    fn per_second(&self, count: u64) -> f64 {
        count as f64 / self.time.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    fn per_client(&self, count: u64) -> f64 {
        self.per_second(count) / self.clients.max(1) as f64
    }
}

/// Pictures of the stream, without the tiles of stills.
fn frames(stats: &Stats) -> u64 {
    stats.pictures - stats.tiles
}

fn bytes(stats: &Stats) -> u64 {
    stats.picture_bytes + stats.state_bytes
}

/// Pictures that came, or should have come, and were not shown.
fn dropped(stats: &Stats) -> u64 {
    stats.dropped + stats.gaps + stats.decode_failures + stats.passed_over
}

/// Milliseconds that one half, 95 % and 99 % stayed within; none where nothing was counted.
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Quantiles {
    pub p50: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
}

impl Quantiles {
    fn of(histogram: &Histogram) -> Self {
        let at = |q| histogram.quantile(q).map(|time| rounded(time.as_secs_f64() * 1000.0));
        Self { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
    }
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn shown(millis: Option<f64>) -> String {
    millis.map_or_else(|| "-".to_owned(), |millis| format!("{millis:.1}"))
}

/// What is printed. Its fields are those of the JSON object.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Clients that only looked.
    pub viewers: u16,
    /// Clients that looked and edited.
    pub editors: u16,
    /// How long was measured.
    pub seconds: u16,
    /// Whether pictures were decoded.
    pub decode: bool,
    /// Pictures per second that a client got, on average.
    pub frames_per_second: f64,
    /// The same of the client that got fewest.
    pub frames_per_second_least: f64,
    /// From the server's reading of the scene to the arrival (with decoding: the showing) here.
    pub frame_age_ms: Quantiles,
    /// From sending an edit to reading its acknowledgement.
    pub ack_ms: Quantiles,
    /// Pictures missing, not decoded or passed over, of all clients.
    pub dropped: u64,
    /// Of all clients.
    pub bytes_per_second: f64,
    /// Connections that broke and were taken up again.
    pub reconnects: u64,
    /// Clients that the server sent away for good.
    pub lost: u64,
    /// Edits that were not applied.
    pub refused: u64,
}

impl Report {
    pub(super) fn new(args: &LoadArgs, seen: &Seen) -> Self {
        Self {
            viewers: args.viewers,
            editors: args.editors,
            seconds: args.seconds,
            decode: args.decode,
            frames_per_second: rounded(seen.per_client(seen.pictures)),
            frames_per_second_least: rounded(seen.per_second(seen.least)),
            frame_age_ms: Quantiles::of(&seen.age),
            ack_ms: Quantiles::of(&seen.ack),
            dropped: seen.dropped,
            bytes_per_second: seen.per_second(seen.bytes).round(),
            reconnects: seen.reconnects,
            lost: 0,
            refused: 0,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { viewers, editors, seconds, .. } = self;
        writeln!(f, "\nviewers {viewers}, editors {editors}, seconds {seconds}\n")?;
        writeln!(f, "{:<24}{:>9}{:>9}{:>9}", "milliseconds", "p50", "p95", "p99")?;
        for (name, Quantiles { p50, p95, p99 }) in
            [("age of a picture", self.frame_age_ms), ("acknowledgement", self.ack_ms)]
        {
            writeln!(f, "{name:<24}{:>9}{:>9}{:>9}", shown(p50), shown(p95), shown(p99))?;
        }
        let (mean, least) = (self.frames_per_second, self.frames_per_second_least);
        writeln!(f, "\npictures per second     {mean:>9.1} each, {least:.1} at least")?;
        writeln!(f, "megabytes per second    {:>9.1} in all", self.bytes_per_second / 1e6)?;
        for (name, count) in [
            ("pictures dropped", self.dropped),
            ("edits refused", self.refused),
            ("connections renewed", self.reconnects),
            ("clients sent away", self.lost),
        ] {
            writeln!(f, "{name:<24}{count:>9}")?;
        }
        Ok(())
    }
}
