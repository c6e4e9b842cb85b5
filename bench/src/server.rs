//! The real server as a process of its own: started on a free port, measured from outside.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use parfocal_client_native::Link;

use crate::image::Image;

/// Positions along t of the stack that is served.
const TIMES: usize = 12;
/// Ticks a second in `/proc/PID/stat`: Linux has 100 on every architecture that matters here.
const TICKS: f64 = 100.0;
/// The role that may do all that is measured.
const ROLE: &str = "presenter";

/// A running server; ends, and removes its files, when dropped.
pub(crate) struct Server {
    child: Child,
    folder: PathBuf,
    /// Opens the session as a presenter.
    pub(crate) link: Link,
    /// Kept open, or what the server prints later would fail.
    _output: BufReader<ChildStdout>,
}

impl Server {
    /// Starts `program` on a stack of [`TIMES`] planes.
    pub(crate) fn start(program: Option<&Path>) -> Result<Self> {
        let program = program.context("needs --server PROGRAM; `cargo xtask bench` gives it")?;
        let folder = std::env::temp_dir().join(format!("parfocal-bench-{}", std::process::id()));
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let stack = folder.join("stack.npy");
        Image::generate().write_npy(&stack, TIMES).context("cannot write the stack")?;
        let mut child = Command::new(program)
            .arg("serve")
            .arg(&stack)
            .args(["--axes", "tyx", "--port", "0", "--session", "bench", "--state"])
            .arg(folder.join("state"))
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut output = BufReader::new(child.stdout.take().context("no output to read")?);
        let link = read_link(&mut output);
        if link.is_err() {
            child.kill().ok();
        }
        Ok(Self { child, folder, link: link?, _output: output })
    }

    /// Seconds of processor time that the server has used.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        let path = format!("/proc/{}/stat", self.child.id());
        let stat = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        // The name, in parentheses, may hold spaces; user and system time are the 12th and 13th
        // fields after it.
        let fields: Vec<_> =
            stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok());
        let used = ticks(11).zip(ticks(12)).context("no processor time in /proc")?;
        Ok((used.0 + used.1) / TICKS)
    }

    /// Resident memory in MiB.
    pub(crate) fn memory_mib(&self) -> Result<f64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        Ok(kib.context("no memory in /proc")? / 1024.0)
    }

    /// Sum of a metric over its labels; 0 where it has not been counted yet.
    pub(crate) fn metric(&self, name: &str) -> Result<f64> {
        let mut stream =
            TcpStream::connect(&self.link.address).context("cannot reach the server")?;
        let host = &self.link.address;
        write!(stream, "GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text).context("cannot read the metrics")?;
        if !text.starts_with("HTTP/1.1 200") {
            bail!("the server gave no metrics: {}", text.lines().next().unwrap_or_default());
        }
        Ok(sum(&text, name))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// The link for [`ROLE`] among the lines that the server prints.
fn read_link(output: &mut impl BufRead) -> Result<Link> {
    let mut line = String::new();
    while output.read_line(&mut line)? > 0 {
        let mut words = line.split_whitespace();
        if words.next() == Some(ROLE) {
            return Ok(words.next().unwrap_or_default().parse()?);
        }
        line.clear();
    }
    bail!("the server ended without printing a link; what it says is above")
}

/// Adds the samples of `name`, whatever their labels, in the Prometheus text format.
fn sum(text: &str, name: &str) -> f64 {
    let value = |line: &str| {
        let rest = line.strip_prefix(name)?;
        if !rest.starts_with([' ', '{']) {
            return None;
        }
        rest.rsplit(' ').next()?.trim().parse::<f64>().ok()
    };
    text.lines().filter_map(value).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_a_metric_are_added_and_others_left_out() {
        let text = "# HELP a_total x\na_total{codec=\"h264\"} 3\na_total{codec=\"jpeg\"} 4.5\na_total_more 100\n";
        assert_eq!(sum(text, "a_total"), 7.5);
        assert_eq!(sum(text, "b_total"), 0.0);
    }

    #[test]
    fn the_link_is_found_among_other_lines() {
        let text = "Parfocal serves:\n  viewer  http://h:1/s/x#token=a\n  presenter  http://h:1/s/x#token=b\n";
        let link = read_link(&mut text.as_bytes()).unwrap();
        assert_eq!((link.token.as_str(), link.address.as_str()), ("b", "h:1"));
        assert!(read_link(&mut "no link".as_bytes()).is_err());
    }
}
