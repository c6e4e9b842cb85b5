//! Many viewers of the stage while somebody moves it: `parfocal load` beside the real server, both
//! on this machine.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::Setup;
use crate::row::Report;
use crate::server::{Server, url};

/// How many look.
const VIEWERS: [u16; 4] = [1, 10, 100, 500];
/// Moves of the stage a second.
const RATE: &str = "30";
/// How long pictures are looked at, in seconds.
const SECONDS: u16 = 10;
/// How long the server's processor is watched within that.
const WATCH: Duration = Duration::from_secs(6);
/// Until all are connected and pictures flow.
const SETTLE: Duration = Duration::from_secs(2);
/// All are connected sooner, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn run(setup: &Setup, report: &mut Report) -> Result<()> {
    let program = setup.server.clone().context("needs --server PROGRAM")?;
    let mut cost = Vec::new();
    for viewers in VIEWERS {
        eprintln!("    {viewers} viewers");
        let server = Server::start(Some(&program))?;
        let load = Command::new(&program)
            .args(["load", &url(&server.link), "--json", "--editors", "1", "--rate", RATE])
            .args(["--viewers", &viewers.to_string(), "--seconds", &SECONDS.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start the load")?;
        let begun = Instant::now();
        while server.metric("parfocal_participants")? < f64::from(viewers + 1) {
            if begun.elapsed() > PATIENCE {
                bail!("{viewers} viewers were not all let in");
            }
            sleep(Duration::from_millis(100));
        }
        sleep(SETTLE);
        let (cpu, from) = (server.process.cpu_seconds()?, Instant::now());
        sleep(WATCH);
        let cpu = 100.0 * (server.process.cpu_seconds()? - cpu) / from.elapsed().as_secs_f64();
        let output = load.wait_with_output().context("the load was lost")?;
        let seen: Value = serde_json::from_slice(&output.stdout).context("no report")?;
        let what = |name: &str| format!("{viewers} viewers, 720p, {RATE} moves/s, {name}");
        let of = |path: &str| seen.pointer(path).and_then(Value::as_f64).unwrap_or(f64::NAN);
        for percent in ["p50", "p95", "p99"] {
            let value = of(&format!("/frame_age_ms/{percent}"));
            report.add("pixels", what(&format!("age of a picture, {percent}")), value, "ms");
        }
        report.add("pixels", what("pictures for each"), of("/frames_per_second"), "frames/s");
        report.add("pixels", what("move to ack, p95"), of("/ack_ms/p95"), "ms");
        report.add("pixels", what("the server's processor"), cpu, "% of a core");
        cost.push((f64::from(viewers), cpu));
    }
    if let (Some((few, low)), Some((many, high))) = (cost.get(1), cost.last()) {
        let each = (high - low) / (many - few);
        report.add("pixels", "each further viewer".to_owned(), each, "% of a core");
    }
    Ok(())
}
