//! From a hand's movement to the pixels that show it, glass to glass: the pictures say which one
//! they are (`parfocal_tests::counter`), and are read where they are shown.
//!
//! The headless client's time begins with the intent and ends where a window would get the decoded
//! picture. Chromium's begins with the event of the page's slider and ends at the first animation
//! frame that finds the picture on the page's canvas. Neither has the input device, the
//! compositor or the display in it. What nobody can go below is the *floor*: the link's way there and back, and
//! the time that it takes for the bytes of a picture.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use parfocal_client_native::{Client, Link, Options};
use parfocal_tests::counter;
use parfocal_tests::relay::{Relay, Schedule, Way};
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::Setup;
use crate::row::Report;
use crate::server::{Server, url};
use crate::stats::Samples;

/// Of the shaped link, one way.
const DELAY: Duration = Duration::from_millis(20);
const RATE: u64 = 10_000_000;
const BUFFER: usize = 256 * 1024;
/// Between movements: 30 a second.
const EVERY: Duration = Duration::from_millis(33);
/// Of the headless client; the page's is about as large.
const CANVAS: [u32; 2] = [1280, 720];
/// What takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// What one viewer saw.
struct Seen {
    times: Samples,
    /// Movements that were never seen.
    lost: usize,
    /// Of a picture, mean.
    bytes: f64,
    canvas: [u64; 2],
}

pub(crate) fn run(setup: &Setup, report: &mut Report) -> Result<()> {
    let count = setup.frames * 2;
    for shaped in [false, true] {
        let native = behind(setup, shaped, |link, runtime| {
            runtime.block_on(headless(link, count)).map(Some)
        });
        rows(report, "headless client", shaped, native?);
        let page = behind(setup, shaped, |link, _| chromium(setup, link, count));
        rows(report, "Chromium", shaped, page?);
    }
    Ok(())
}

/// Lets somebody look at a fresh server, through the link or without.
fn behind(
    setup: &Setup,
    shaped: bool,
    look: impl FnOnce(&Link, &Runtime) -> Result<Option<Seen>>,
) -> Result<Option<Seen>> {
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    let stack = counter::stack(folder.path()).context("cannot write the stack")?;
    let server = Server::showing(setup.server.as_deref(), folder, (stack, "tzyx"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let _inside = runtime.enter();
    let down = Way::with_rate(RATE, DELAY, BUFFER);
    let up = Way { delay: DELAY, ..Way::OPEN };
    let relay = shaped
        .then(|| Relay::start(server.link.address.parse()?, &Schedule::constant(up, down)))
        .transpose()?;
    let address = relay.as_ref().map(|relay| relay.address().to_string());
    let link = Link { address: address.unwrap_or(server.link.address), ..server.link };
    look(&link, &runtime)
}

async fn headless(link: &Link, count: usize) -> Result<Seen> {
    let options = Options { canvas: Some(CANVAS), ..Options::default() };
    let client = Client::connect(link, options).await?;
    timeout(PATIENCE, client.next_frame()).await.context("no first picture")??;
    let before = client.stats().await;
    let seen = counter::glass_to_glass(&client, EVERY, count).await?;
    let after = client.stats().await;
    client.close().await;
    let bytes = (after.picture_bytes - before.picture_bytes) as f64;
    let mut times = Samples::default();
    seen.iter().flatten().for_each(|time| times.push(time.as_secs_f64() * 1e3));
    Ok(Seen {
        lost: seen.iter().filter(|time| time.is_none()).count(),
        bytes: bytes / (after.pictures - before.pictures).max(1) as f64,
        times,
        canvas: CANVAS.map(u64::from),
    })
}

/// The real page, driven by `tests/browser/glass-to-glass.mjs`.
fn chromium(setup: &Setup, link: &Link, count: usize) -> Result<Option<Seen>> {
    let Some(program) = &setup.glass else {
        eprintln!("CHROMIUM NOT MEASURED: no --glass given");
        return Ok(None);
    };
    let output = Command::new("node")
        .arg(program)
        .args([&url(link), &count.to_string(), &EVERY.as_millis().to_string()])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run node")?;
    if !output.status.success() {
        bail!("{} failed ({})", program.display(), output.status);
    }
    let seen: Value = serde_json::from_slice(&output.stdout).context("no report")?;
    let all = seen["times"].as_array().context("no times")?;
    let mut times = Samples::default();
    all.iter().filter_map(Value::as_f64).for_each(|time| times.push(time));
    Ok(Some(Seen {
        lost: all.len() - times.count(),
        bytes: seen["picture_bytes"].as_f64().context("no sizes")?,
        times,
        canvas: [0, 1].map(|side| seen["canvas"][side].as_u64().unwrap_or_default()),
    }))
}

fn rows(report: &mut Report, who: &str, shaped: bool, seen: Option<Seen>) {
    let Some(Seen { times, lost, bytes, canvas: [width, height] }) = seen else { return };
    let way = if shaped { "20 ms, 10 Mbit/s" } else { "loopback" };
    let what = |name: &str| format!("glass to glass, {way}, {who}, {width}x{height}, {name}");
    for percent in [50.0, 95.0, 99.0] {
        let value = times.percentile(percent);
        report.add("pixels", what(&format!("p{percent}")), value, "ms");
    }
    report.add("pixels", what("never seen"), lost as f64, "movements");
    if shaped {
        let own = bytes * 8.0 / RATE as f64;
        let floor = (2.0 * DELAY.as_secs_f64() + own) * 1e3;
        report.add("pixels", what("floor"), floor, "ms");
    }
}
