//! A server as a process of its own, measured from outside.

use std::fs;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Ticks a second in `/proc/PID/stat`: Linux has 100 on every architecture that matters here.
const TICKS: f64 = 100.0;
/// A server that was asked to stop saves and ends within this time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Seconds of processor time that a process (a number, or `self`) has used.
pub(crate) fn cpu_seconds_of(process: &str) -> Result<f64> {
    let path = format!("/proc/{process}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    // The name, in parentheses, may hold spaces; user and system time are the 12th and 13th fields
    // after it.
    let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok());
    let used = ticks(11).zip(ticks(12)).context("no processor time in /proc")?;
    Ok((used.0 + used.1) / TICKS)
}

/// A running process; killed when dropped.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn new(child: Child) -> Self {
        Self(child)
    }

    /// Seconds of processor time that it has used.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        cpu_seconds_of(&self.0.id().to_string())
    }

    /// Resident memory in KiB.
    pub(crate) fn memory_kib(&self) -> Result<f64> {
        let path = format!("/proc/{}/status", self.0.id());
        let status = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        kib.context("no memory in /proc")
    }

    /// Asks it to stop, as Ctrl+C does, and waits until it has.
    pub(crate) fn stop(&mut self) -> Result<()> {
        let asked = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        if !asked.context("cannot run kill")?.success() {
            bail!("it has ended before it was asked to");
        }
        let start = Instant::now();
        while self.0.try_wait().context("cannot wait for it")?.is_none() {
            if start.elapsed() > PATIENCE {
                bail!("it was asked to stop and has not");
            }
            sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
