//! A link that drops from 10 to 2 Mbit/s and recovers, while the stage moves: how long
//! pictures wait in queues, and how many bits come.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use parfocal_base::ViewId;
use parfocal_client_native::{Client, Link, Options};
use parfocal_scene::Intent;
use parfocal_tests::relay::{Relay, Schedule, Way};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::plot;
use crate::Setup;
use crate::row::Report;
use crate::server::Server;
use crate::stats::Samples;

/// One way.
const DELAY: Duration = Duration::from_millis(20);
/// What waits before the bottleneck: a home router's quarter of a second at the lower rate.
const BUFFER: usize = 64 * 1024;
const FAST: u64 = 10_000_000;
const SLOW: u64 = 2_000_000;
/// When the link drops, when it recovers, and when the run ends.
const DROP: Duration = Duration::from_secs(10);
const RECOVER: Duration = Duration::from_secs(20);
const END: Duration = Duration::from_secs(35);
/// Moves of the stage a second.
const MOVES: u32 = 30;
/// A queue below this is none.
const QUEUE_MS: f64 = 50.0;
/// Bits are counted over this long.
const WINDOW: Duration = Duration::from_millis(500);
const CANVAS: [u32; 2] = [1280, 720];
/// What takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A picture that came.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    /// Since the run began, seconds.
    pub(super) at: f64,
    /// Later than the fastest pictures, without the time that the link takes for its own bytes:
    /// what it waited in queues, milliseconds.
    pub(super) late_ms: f64,
    pub(super) bytes: usize,
}

/// The curve goes beside the rows.
pub(crate) fn run(setup: &Setup, report: &mut Report) -> Result<()> {
    let server = Server::start(setup.server.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (seen, keys) = runtime.block_on(measure(&server))?;
    let what = |name: &str| format!("10 → 2 → 10 Mbit/s, 20 ms, {name}");
    let between = |from: Duration, to: Duration| {
        let (from, to) = (from.as_secs_f64(), to.as_secs_f64());
        seen.iter().filter(move |one| (from..to).contains(&one.at))
    };
    let mut late = Samples::default();
    between(DROP + Duration::from_secs(1), RECOVER).for_each(|one| late.push(one.late_ms));
    let worst = between(DROP, RECOVER).map(|one| one.late_ms).fold(0.0, f64::max);
    let settled = between(DROP, RECOVER).rfind(|one| one.late_ms > QUEUE_MS);
    let settled = settled.map_or(0.0, |one| one.at - DROP.as_secs_f64());
    let before = rate(&seen, DROP - Duration::from_secs(4), DROP);
    let back = back_at(&seen, 0.8 * before).unwrap_or(f64::NAN);
    let gaps = seen.windows(2).map(|pair| (pair[1].at - pair[0].at) * 1000.0);
    report.add("pixels", what("rate before"), before / 1e6, "Mbit/s");
    report.add(
        "pixels",
        what("rate after the drop"),
        rate(&seen, DROP + Duration::from_secs(2), RECOVER) / 1e6,
        "Mbit/s",
    );
    report.add("pixels", what("greatest delay after the drop"), worst, "ms");
    report.add("pixels", what("until it stays below 50 ms"), settled, "s");
    report.add("pixels", what("delay from 1 s after the drop, p95"), late.percentile(95.0), "ms");
    report.add("pixels", what("until 80 % of the rate are back"), back, "s");
    report.add("pixels", what("longest wait for a picture"), gaps.fold(0.0, f64::max), "ms");
    report.add("pixels", what("key pictures"), f64::from(keys), "pictures");
    if let Some(json) = &setup.json {
        plot::write(&json.with_extension("svg"), &seen, [DROP, RECOVER, END], [FAST, SLOW])?;
        note(json);
    }
    Ok(())
}

fn note(json: &Path) {
    eprintln!("    the curve is in {}", json.with_extension("svg").display());
}

/// Bits a second between two times.
fn rate(seen: &[Seen], from: Duration, to: Duration) -> f64 {
    let (from, to) = (from.as_secs_f64(), to.as_secs_f64());
    let within = seen.iter().filter(|one| (from..to).contains(&one.at));
    within.map(|one| one.bytes as f64 * 8.0).sum::<f64>() / (to - from)
}

/// When so many bits a second are reached again, in seconds after the link recovered.
fn back_at(seen: &[Seen], bps: f64) -> Option<f64> {
    let steps = (RECOVER.as_millis()..END.as_millis()).step_by(100);
    let mut times = steps.map(|at| Duration::from_millis(at as u64));
    let at = times.find(|&at| rate(seen, at, at + WINDOW) >= bps)?;
    Some((at + WINDOW - RECOVER).as_secs_f64())
}

/// The pictures that came, and how many of them were keys.
async fn measure(server: &Server) -> Result<(Vec<Seen>, u32)> {
    let way = |rate| Way::with_rate(rate, DELAY, BUFFER);
    let phases = [(Duration::ZERO, way(FAST)), (DROP, way(SLOW)), (RECOVER, way(FAST))];
    let schedule = Schedule::down(Way::with_rate(FAST, DELAY, BUFFER), &phases);
    let relay = Relay::start(server.link.address.parse()?, &schedule)?;
    let through = Link { address: relay.address().to_string(), ..server.link.clone() };
    let viewer = Client::connect(&through, Options::default()).await?;
    viewer.canvas(CANVAS).await;
    timeout(PATIENCE, viewer.next_frame()).await.context("no first picture")??;
    let mover = Client::connect(&server.link, Options { codecs: Vec::new(), ..Options::default() });
    let mover = mover.await?;
    relay.begin(&schedule);
    let begun = Instant::now();
    let moves = async {
        let mut ticks = interval(Duration::from_secs(1) / MOVES);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        for at in 0_u32.. {
            ticks.tick().await;
            if begun.elapsed() > END {
                break;
            }
            let scene = mover.scene().context("the mirror is empty")?;
            let view = scene.views.get(&ViewId::STAGE).context("no stage")?;
            let turn = f64::from(at) / 15.0;
            let center = [
                view.camera.center[0] + 1.5 * turn.sin(),
                view.camera.center[1] + 1.5 * turn.cos(),
            ];
            let zoom = view.camera.zoom;
            mover.edit(Intent::SetCamera { view: ViewId::STAGE, center, zoom }).await.ok();
        }
        anyhow::Ok(())
    };
    let looks = async {
        let (mut seen, mut keys, mut before) = (Vec::new(), 0, 0);
        while begun.elapsed() < END {
            let Ok(frame) = timeout(Duration::from_secs(3), viewer.next_frame()).await else {
                continue;
            };
            let frame = frame?;
            if frame.header.exact {
                continue;
            }
            let bytes = viewer.stats().await.picture_bytes;
            let at = begun.elapsed().as_secs_f64();
            let age = at * 1000.0 - frame.header.captured_us as f64 / 1000.0;
            keys += u32::from(frame.header.key);
            seen.push(Seen { at, late_ms: age, bytes: (bytes - before) as usize });
            before = bytes;
        }
        anyhow::Ok((seen, keys))
    };
    let (moved, looked) = tokio::join!(moves, looks);
    moved?;
    let (mut seen, keys) = looked?;
    if let Some(first) = seen.first_mut() {
        first.bytes = 0;
    }
    for one in &mut seen {
        let slow = (DROP.as_secs_f64()..RECOVER.as_secs_f64()).contains(&one.at);
        let rate = if slow { SLOW } else { FAST } as f64;
        one.late_ms -= one.bytes as f64 * 8.0 / rate * 1000.0;
    }
    // Not the very fastest: one that was cut by the drop seems to have taken no time at all.
    let mut late = Samples::default();
    seen.iter().for_each(|one| late.push(one.late_ms));
    let fastest = late.percentile(5.0);
    seen.iter_mut().for_each(|one| one.late_ms = (one.late_ms - fastest).max(0.0));
    viewer.close().await;
    mover.close().await;
    Ok((seen, keys))
}
