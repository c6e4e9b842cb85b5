//! The same with the kernel's own queue: the server in a network namespace of its own, behind a
//! token bucket filter, and the clients in another one.
//!
//! The test runs itself again inside a new namespace, so that nothing is left behind, whatever
//! happens. Where that is not possible (it takes root, `ip`, `tc` and `unshare`), it says so.

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use parfocal_auth::Role;
use parfocal_client_native::Link;
use parfocal_sync::message::PixelCodec;
use parfocal_tests::{files, process::Process, within};
use tokio::process::Command;
use tokio::time::sleep;

use crate::figures::Run;
use crate::rig::{self, CANVAS, Motion, Viewer};

/// Set where the test runs inside.
const INSIDE: &str = "PARFOCAL_INSIDE_A_NAMESPACE";
/// The two ends of the wire.
const CLIENTS: &str = "10.99.0.1";
const SERVER: &str = "10.99.0.2";
/// Kilobits a second, before, during and after the drop.
const RATES: [u32; 3] = [3000, 600, 3000];
/// When the rate changes, in milliseconds.
const CHANGES: [u64; 2] = [4000, 8000];
const END: u64 = 17_000;
const NAME: &str = "kernel::over_the_queue_of_a_kernel_a_drop_is_followed_and_a_rise_too";

#[tokio::test(flavor = "multi_thread")]
async fn over_the_queue_of_a_kernel_a_drop_is_followed_and_a_rise_too() {
    if std::env::var_os(INSIDE).is_some() {
        return drop_and_rise().await;
    }
    let _alone = rig::ALONE.lock().await;
    if let Err(why) = can_run().await {
        // Past the capture of what tests print.
        let loudly = format!("\n### NOT TESTED OVER THE KERNEL'S QUEUE: {why:#} ###\n\n");
        std::io::stderr().write_all(loudly.as_bytes()).unwrap();
        return;
    }
    let mut inside = Command::new("unshare");
    inside.arg("--net").arg(std::env::current_exe().unwrap()).args([NAME, "--exact"]);
    inside.arg("--nocapture").env(INSIDE, "1").kill_on_drop(true);
    let ended = tokio::time::timeout(Duration::from_secs(60), inside.output()).await;
    let output = ended.expect("it ends").unwrap();
    let said = |bytes| String::from_utf8_lossy(bytes).into_owned();
    println!("{}", said(&output.stdout));
    assert!(output.status.success(), "{}", said(&output.stderr));
}

/// Tries what is needed, in a namespace that is gone at once.
async fn can_run() -> Result<()> {
    let tries = "ip link add name pf0 type veth peer name pf1 && ip link set lo up && \
                 tc qdisc add dev pf0 root tbf rate 1mbit burst 16kb latency 100ms";
    run("unshare", &["--net", "sh", "-c", tries]).await.map(drop)
}

async fn run(program: &str, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new(program);
    let output = command.args(arguments).stdin(Stdio::null()).kill_on_drop(true).output();
    let output = within(program, output).await.with_context(|| format!("no {program}"))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program} {arguments:?}: {}", complaint.trim());
    Ok(String::from_utf8(output.stdout)?)
}

/// Within the namespace of process `id`.
async fn there(id: &str, words: &str) -> Result<String> {
    let all: Vec<&str> = ["-t", id, "-n"].into_iter().chain(words.split(' ')).collect();
    run("nsenter", &all).await
}

/// A wire to the namespace of process `id`, which is the server.
async fn wire(id: &str) -> Result<()> {
    run("ip", &["link", "set", "lo", "up"]).await?;
    run("ip", &["link", "add", "clients", "type", "veth", "peer", "name", "server"]).await?;
    run("ip", &["link", "set", "server", "netns", id]).await?;
    run("ip", &["addr", "add", &format!("{CLIENTS}/30"), "dev", "clients"]).await?;
    run("ip", &["link", "set", "clients", "up"]).await?;
    there(id, &format!("ip addr add {SERVER}/30 dev server")).await?;
    there(id, "ip link set server up").await?;
    shape(id, "add", RATES[0]).await
}

/// The bucket is small, so that the rate holds for single pictures, and the queue large.
async fn shape(id: &str, how: &str, kbit: u32) -> Result<()> {
    let bucket = format!("tbf rate {kbit}kbit burst 8kb limit 256kb");
    there(id, &format!("tc qdisc {how} dev server root {bucket}")).await.map(drop)
}

/// Milliseconds that the kernel's queue takes to drain at this rate.
async fn backlog(id: &str, kbit: u32) -> f64 {
    let said = there(id, "tc -s -j qdisc show dev server").await.unwrap();
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    said[0]["backlog"].as_f64().unwrap() * 8.0 / f64::from(kbit)
}

async fn drop_and_rise() {
    let folder = tempfile::tempdir().unwrap();
    let image = files::textured(folder.path()).unwrap();
    let arguments = ["--axes", "tzyx", "--bitrate", "40000", image.to_str().unwrap()];
    let server = Process::serve_apart(&folder.path().join("state"), &arguments).await.unwrap();
    let id = server.id().to_string();
    wire(&id).await.unwrap();
    let link = |role| {
        let link: Link = server.link(role).parse().unwrap();
        let port = link.address.rsplit(':').next().unwrap_or_default();
        Link { address: format!("{SERVER}:{port}"), ..link.clone() }
    };
    let _motion = Motion::of_stage(&link(Role::Presenter), CANVAS).await;
    let viewer = Viewer::connect(&link(Role::Viewer), PixelCodec::H264).await;
    viewer.first().await;
    let (begun, mut queue) = (Instant::now(), Vec::new());
    let mut phase = 0;
    loop {
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap();
        if CHANGES.get(phase).is_some_and(|&at| ms >= at) {
            phase += 1;
            shape(&id, "change", RATES[phase]).await.unwrap();
        } else if ms >= END {
            break;
        }
        queue.push((ms, backlog(&id, RATES[phase]).await));
        sleep(Duration::from_millis(40)).await;
    }
    let run = Run::of(&viewer, None, begun);
    let [drop, rise] = CHANGES;
    let late = queue.iter().filter(|&&(at, wait)| at > drop && at < rise && wait > 250.0);
    let settle = late.map(|&(at, _)| at - drop).max().unwrap_or(0);
    let recovery = run.recovery(rise, 0.75 * f64::from(RATES[2]) * 1e3);
    println!("tbf, before the drop: {}", run.between(1000, drop));
    println!("after it: {}; settled after {settle} ms", run.between(drop + 1500, rise));
    println!("after the rise: {}; back after {recovery:.0} ms", run.between(rise, END));
    assert!(settle < 2500, "the kernel's queue stays: {queue:?}");
    assert!(recovery < 9000.0, "the rate is not back");
    assert_eq!(run.from(0).keys, 0, "no key picture was needed");
    let stats = viewer.client.stats().await;
    assert_eq!((stats.connections, stats.gaps), (1, 0), "the connection holds");
}
