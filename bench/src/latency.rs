//! From sending an intent to holding the decoded picture that shows it, through a real server on
//! loopback; and from connecting to the first picture.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use parfocal_base::ViewId;
use parfocal_client_native::{Client, Link, Options};
use parfocal_scene::{Intent, LayerChange, Scene};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::Setup;
use crate::row::Report;
use crate::server::Server;
use crate::stats::{Samples, millis};

/// Canvas of the session.
const CANVAS: [u32; 2] = [1280, 720];
/// Between intents: a slider that is dragged, 30 changes a second.
const EVERY: Duration = Duration::from_millis(33);
/// Intents before the measured ones, until every chunk has been read once.
const WARM: usize = 15;
/// Connections for the time to the first picture.
const CONNECTIONS: usize = 10;
/// What takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes the `at`th intent of a drag.
type Drag = fn(&Scene, usize) -> Option<Intent>;

pub(crate) fn run(setup: &Setup, report: &mut Report) -> Result<()> {
    let server = Server::start(setup.server.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let first = first_pictures(&server.link).await?;
        let client = Client::connect(&server.link, Options::default()).await?;
        client.canvas(CANVAS).await;
        let frames = setup.frames * 2;
        for (name, drag) in [
            ("camera", camera as Drag),
            ("time, data in memory", point),
            ("contrast, journalled", contrast),
        ] {
            let times =
                drag_through(&client, drag, frames).await.with_context(|| name.to_owned())?;
            for percent in [50.0, 95.0, 99.0] {
                let metric = format!("intent to decoded picture, 720p, {name}, p{percent}");
                report.add("latency", metric, times.picture.percentile(percent), "ms");
            }
            let metric = format!("intent to ack, {name}, p50");
            report.add("latency", metric, times.ack.percentile(50.0), "ms");
        }
        for percent in [50.0, 95.0] {
            let metric = format!("connect to first decoded picture, p{percent}");
            report.add("latency", metric, first.percentile(percent), "ms");
        }
        client.close().await;
        Ok(())
    })
}

/// Milliseconds from sending.
#[derive(Default)]
struct Times {
    ack: Samples,
    picture: Samples,
}

async fn drag_through(client: &Client, drag: Drag, frames: usize) -> Result<Times> {
    let mut times = Times::default();
    let mut beat = interval(EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for at in 0..frames + WARM {
        beat.tick().await;
        let scene = client.scene().context("the mirror is empty")?;
        let intent = drag(&scene, at).context("the scene is not the expected one")?;
        let start = Instant::now();
        let acked = timeout(PATIENCE, client.edit(intent)).await.context("no ack")??;
        let ack = millis(start);
        let shows = client.wait_frame(|header| header.revision >= acked.revision);
        timeout(PATIENCE, shows).await.context("no picture shows the change")??;
        if at >= WARM {
            times.ack.push(ack);
            times.picture.push(millis(start));
        }
    }
    Ok(times)
}

async fn first_pictures(link: &Link) -> Result<Samples> {
    let mut times = Samples::default();
    for _ in 0..CONNECTIONS {
        let start = Instant::now();
        let client = Client::connect(link, Options::default()).await?;
        timeout(PATIENCE, client.next_frame()).await.context("no first picture")??;
        times.push(millis(start));
        client.close().await;
    }
    Ok(times)
}

/// Forth and back over a few pixels.
fn camera(scene: &Scene, at: usize) -> Option<Intent> {
    let view = scene.views.get(&ViewId::STAGE)?;
    let shift = if at.is_multiple_of(2) { 3.0 } else { -3.0 } / view.camera.zoom;
    let [vertical, horizontal] = view.camera.center;
    let center = [vertical, horizontal + shift];
    Some(Intent::SetCamera { view: ViewId::STAGE, center, zoom: view.camera.zoom })
}

/// Along the first axis, which is time.
fn point(scene: &Scene, at: usize) -> Option<Intent> {
    let axis = scene.dims.axes.first()?;
    let value = axis.start + axis.step * (at % axis.count()) as f64;
    Some(Intent::SetPoint { view: ViewId::STAGE, axis: 0, value })
}

/// The upper limit of the first layer.
fn contrast(scene: &Scene, at: usize) -> Option<Intent> {
    let layer = scene.layers.first()?;
    let [low, high] = layer.contrast_limits_range;
    let high = low + (high - low) * (0.5 + 0.01 * (at % 40) as f64);
    Some(Intent::SetLayer { layer: layer.id, change: LayerChange::ContrastLimits([low, high]) })
}
