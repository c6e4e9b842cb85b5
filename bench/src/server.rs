//! The real server as a process of its own: started on a free port, measured from outside.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use parfocal_client_native::Link;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::image::Image;
use crate::process::Process;

/// Positions along t of the stack that is served.
const TIMES: usize = 12;
/// Its file and axes.
const STACK: (&str, &str) = ("stack.npy", "tyx");
/// Roles that the server prints a link for.
const ROLES: [&str; 4] = ["viewer", "annotator", "presenter", "owner"];

/// A running server; ends, and removes its files, when dropped.
pub(crate) struct Server {
    pub(crate) process: Process,
    /// Opens the session as a presenter, who may do all that is measured.
    pub(crate) link: Link,
    links: Vec<(&'static str, Link)>,
    /// Kept open, or what the server prints later would fail.
    _output: BufReader<ChildStdout>,
    program: PathBuf,
    /// What it shows, and the names of its axes.
    shown: (PathBuf, &'static str),
    /// After the process: what it writes to goes last.
    folder: TempDir,
}

impl Server {
    /// Starts `program` on a stack of [`TIMES`] planes.
    pub(crate) fn start(program: Option<&Path>) -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder")?;
        let (name, axes) = STACK;
        let stack = folder.path().join(name);
        Image::generate().write_npy(&stack, TIMES).context("cannot write the stack")?;
        Self::showing(program, folder, (stack, axes))
    }

    /// Starts `program` on a file of `folder` whose axes have these names.
    pub(crate) fn showing(
        program: Option<&Path>,
        folder: TempDir,
        shown: (PathBuf, &'static str),
    ) -> Result<Self> {
        let program = program.context("needs --server PROGRAM; `cargo xtask bench` gives it")?;
        let (process, links, output) = spawn(program, folder.path(), &shown)?;
        let link = presenter(&links)?;
        let program = program.to_owned();
        Ok(Self { process, link, links, _output: output, program, shown, folder })
    }

    /// Stops it as Ctrl+C does, and starts it again with the same state; answers when it did.
    pub(crate) fn restart(&mut self) -> Result<Instant> {
        self.process.stop()?;
        let start = Instant::now();
        (self.process, self.links, self._output) =
            spawn(&self.program, self.folder.path(), &self.shown)?;
        self.link = presenter(&self.links)?;
        Ok(start)
    }

    /// The link of a role.
    pub(crate) fn link_of(&self, role: &str) -> Result<&Link> {
        let found = self.links.iter().find(|(name, _)| *name == role);
        Ok(&found.with_context(|| format!("no link for a {role}"))?.1)
    }

    /// Makes another session, and answers its owner's link.
    pub(crate) fn session(&self, name: &str) -> Result<Link> {
        let owner = self.link_of("owner")?;
        let (address, token) = (owner.address.clone(), &owner.token);
        let body = json!({ "title": name, "name": name }).to_string();
        let mut stream = TcpStream::connect(&address).context("cannot reach the server")?;
        write!(
            stream,
            "POST /v1/sessions HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut text = String::new();
        stream.read_to_string(&mut text).context("cannot read the answer")?;
        let (head, body) = text.split_once("\r\n\r\n").context("the answer is cut off")?;
        if !head.starts_with("HTTP/1.1 201") {
            bail!("no new session: {body}");
        }
        let made: Value = serde_json::from_str(body).context("not JSON")?;
        let token = made["token"].as_str().context("a session without a token")?.to_owned();
        Ok(Link { address, session: name.to_owned(), token })
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

/// A link as the server prints it.
pub(crate) fn url(Link { address, session, token }: &Link) -> String {
    format!("http://{address}/s/{session}#token={token}")
}

/// The process, the links that it printed, and where it prints.
type Life = (Process, Vec<(&'static str, Link)>, BufReader<ChildStdout>);

fn spawn(program: &Path, folder: &Path, (shown, axes): &(PathBuf, &str)) -> Result<Life> {
    let mut child = Command::new(program)
        .arg("serve")
        .arg(shown)
        .args(["--axes", axes, "--port", "0", "--session", "bench", "--state"])
        .arg(folder.join("state"))
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let output = child.stdout.take();
    let process = Process::new(child);
    let mut output = BufReader::new(output.context("no output to read")?);
    Ok((process, read_links(&mut output)?, output))
}

fn presenter(links: &[(&'static str, Link)]) -> Result<Link> {
    let found = links.iter().find(|(role, _)| *role == "presenter");
    Ok(found.context("no link for a presenter")?.1.clone())
}

/// One link for each of [`ROLES`], among the lines that the server prints.
fn read_links(output: &mut impl BufRead) -> Result<Vec<(&'static str, Link)>> {
    let mut links = Vec::new();
    let mut line = String::new();
    while links.len() < ROLES.len() && output.read_line(&mut line)? > 0 {
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        if let Some(&role) = ROLES.iter().find(|role| **role == first) {
            links.push((role, words.next().unwrap_or_default().parse()?));
        }
        line.clear();
    }
    if links.len() < ROLES.len() {
        bail!("the server ended without printing its links; what it says is above");
    }
    Ok(links)
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
    fn the_links_are_found_among_other_lines() {
        let text = ROLES.map(|role| format!("  {role}  http://h:1/s/x#token={role}\n")).concat();
        let links = read_links(&mut format!("Parfocal serves:\n{text}").as_bytes()).unwrap();
        assert_eq!(presenter(&links).unwrap().token, "presenter");
        assert!(read_links(&mut "no link".as_bytes()).is_err());
    }
}
