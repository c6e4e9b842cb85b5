//! A link that drops from 10 to 2 Mbit/s and recovers, while the stage moves: how long
//! pictures wait in queues, and how many bits come. The same for a peer beside it ([`trame`]).

use std::time::Duration;

use anyhow::{Context, Result};
use parfocal_base::ViewId;
use parfocal_client_native::{Client, Link, Options};
use parfocal_scene::Intent;
use parfocal_tests::relay::{Relay, Schedule, Way};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::{plot, trame};
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
pub(super) const END: Duration = Duration::from_secs(35);
/// Moves of the stage a second.
const MOVES: u32 = 30;
/// A queue below this is none.
const QUEUE_MS: f64 = 50.0;
/// Bits are counted over this long.
const WINDOW: Duration = Duration::from_millis(500);
pub(super) const CANVAS: [u32; 2] = [1280, 720];
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

/// What our stage shows, for who shows the same beside it.
#[derive(Clone, Copy)]
pub(super) struct Look {
    /// Canvas pixels per sample.
    pub(super) zoom: f64,
    pub(super) limits: [f64; 2],
}

/// The curve goes beside the rows.
pub(crate) fn run(setup: &Setup, report: &mut Report) -> Result<()> {
    let server = Server::start(setup.server.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (seen, keys, look) = runtime.block_on(measure(&server))?;
    drop((runtime, server));
    let peer = trame::step(setup, look);
    let what = |name: &str| format!("10 → 2 → 10 Mbit/s, 20 ms, {name}");
    let beside = peer.as_deref().map(figures);
    for (at, (name, value, unit)) in figures(&seen).into_iter().enumerate() {
        let beside = beside.as_ref().map(|rows| (trame::NAME.to_owned(), rows[at].1));
        report.add_beside("pixels", what(name), value, unit, beside.into_iter().collect());
    }
    report.add("pixels", what("key pictures"), f64::from(keys), "pictures");
    if let Some(json) = &setup.json {
        let path = json.with_file_name("step-response.svg");
        let step = plot::Step {
            ours: &seen,
            peer: peer.as_deref().map(|seen| (trame::NAME, seen)),
            times: [DROP, RECOVER, END].map(|time| time.as_secs_f64()),
            rates: [FAST, SLOW].map(|rate| rate as f64 / 1e6),
        };
        plot::write(&path, &step)?;
        eprintln!("    the curve is in {}", path.display());
    }
    Ok(())
}

/// Name, value and unit of what the pictures say.
fn figures(seen: &[Seen]) -> [(&'static str, f64, &'static str); 8] {
    let between = |from: Duration, to: Duration| {
        let (from, to) = (from.as_secs_f64(), to.as_secs_f64());
        seen.iter().filter(move |one| (from..to).contains(&one.at))
    };
    let mut late = Samples::default();
    between(DROP + Duration::from_secs(1), RECOVER).for_each(|one| late.push(one.late_ms));
    let worst = between(DROP, RECOVER).map(|one| one.late_ms).fold(0.0, f64::max);
    let settled = between(DROP, RECOVER).rfind(|one| one.late_ms > QUEUE_MS);
    let settled = settled.map_or(0.0, |one| one.at - DROP.as_secs_f64());
    let early = DROP - Duration::from_secs(4);
    let before = rate(seen, early, DROP);
    let back = back_at(seen, 0.8 * before).unwrap_or(f64::NAN);
    let pictures = between(early, DROP).count() as f64 / (DROP - early).as_secs_f64();
    let gaps = seen.windows(2).map(|pair| (pair[1].at - pair[0].at) * 1000.0);
    let after = rate(seen, DROP + Duration::from_secs(2), RECOVER);
    [
        ("pictures before", pictures, "frames/s"),
        ("rate before", before / 1e6, "Mbit/s"),
        ("rate after the drop", after / 1e6, "Mbit/s"),
        ("greatest delay after the drop", worst, "ms"),
        ("until it stays below 50 ms", settled, "s"),
        ("delay from 1 s after the drop, p95", late.percentile(95.0), "ms"),
        ("until 80 % of the rate are back", back, "s"),
        ("longest wait for a picture", gaps.fold(0.0, f64::max), "ms"),
    ]
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

/// The link; it begins with the pictures that count.
pub(super) fn schedule() -> Schedule {
    let way = |rate| Way::with_rate(rate, DELAY, BUFFER);
    let phases = [(Duration::ZERO, way(FAST)), (DROP, way(SLOW)), (RECOVER, way(FAST))];
    Schedule::down(way(FAST), &phases)
}

/// Makes ages what was waited in queues, as [`Seen::late_ms`] says.
pub(super) fn waits(seen: &mut [Seen]) {
    for one in &mut *seen {
        let slow = (DROP.as_secs_f64()..RECOVER.as_secs_f64()).contains(&one.at);
        let rate = if slow { SLOW } else { FAST } as f64;
        one.late_ms -= one.bytes as f64 * 8.0 / rate * 1000.0;
    }
    // Not the very fastest: one that was cut by the drop seems to have taken no time at all.
    let mut late = Samples::default();
    seen.iter().for_each(|one| late.push(one.late_ms));
    let fastest = late.percentile(5.0);
    seen.iter_mut().for_each(|one| one.late_ms = (one.late_ms - fastest).max(0.0));
}

/// The pictures that came, how many of them were keys, and what they show.
async fn measure(server: &Server) -> Result<(Vec<Seen>, u32, Look)> {
    let schedule = schedule();
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
    waits(&mut seen);
    let look = look(&mover)?;
    viewer.close().await;
    mover.close().await;
    Ok((seen, keys, look))
}

fn look(client: &Client) -> Result<Look> {
    let scene = client.scene().context("the mirror is empty")?;
    let view = scene.views.get(&ViewId::STAGE).context("no stage")?;
    let layer = scene.layers.first().context("no layer")?;
    Ok(Look { zoom: view.camera.zoom, limits: layer.look.contrast_limits })
}
