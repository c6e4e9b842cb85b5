//! trame's remote view through the same link: a server and a viewer of `bench/peers`.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use parfocal_tests::relay::Relay;
use serde_json::Value;

use super::step::{CANVAS, END, Look, Seen, schedule, waits};
use crate::Setup;
use crate::image::Image;
use crate::process::Process;

/// The name in the rows.
pub(super) const NAME: &str = "trame";

/// What came of a view that shows the same as ours; says loudly why where it can't.
pub(super) fn step(setup: &Setup, look: Look) -> Option<Vec<Seen>> {
    let file = match setup.peers.image(&Image::generate()) {
        Ok(file) => file?,
        Err(error) => return not_measured(&error),
    };
    let seen = measure(setup, &file, look);
    std::fs::remove_file(&file).ok();
    seen.map_or_else(|error| not_measured(&error), Some)
}

fn not_measured<T>(error: &anyhow::Error) -> Option<T> {
    eprintln!("PEER NOT MEASURED: {NAME}: {error:#}");
    None
}

fn measure(setup: &Setup, file: &Path, look: Look) -> Result<Vec<Seen>> {
    let [width, height] = CANVAS.map(|side| side.to_string());
    let canvas = ["--width", &width, "--height", &height];
    let mut command = setup.peers.command("trame_remote.py").context("no Python")?;
    command.arg("--image").arg(file).args(canvas);
    let [low, high] = look.limits;
    for (name, value) in [("--zoom", look.zoom), ("--low", low), ("--high", high)] {
        command.arg(name).arg(value.to_string());
    }
    let mut server = Program::start(command)?;
    let opened = server.json()?;
    eprintln!("    {NAME}: {}", opened["version"].as_str().unwrap_or("?"));
    let port = opened["port"].as_u64().and_then(|port| u16::try_from(port).ok());
    let view = opened["view"].as_str().context("no view")?;

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let _inside = runtime.enter();
    let relay = Relay::start(([127, 0, 0, 1], port.context("no port")?).into(), &schedule())?;
    let mut command = setup.peers.command("trame_viewer.py").context("no Python")?;
    let seconds = END.as_secs_f64().to_string();
    command.args(["--url", &format!("ws://{}/ws", relay.address()), "--view", view]);
    command.args(canvas).args(["--seconds", &seconds]);
    let mut viewer = Program::start(command)?;
    viewer.json().context("no first picture")?;
    relay.begin(&schedule());
    writeln!(server.input, "begin")?;
    let begun = server.json()?["begun"].as_f64().context("it has not begun")?;
    let pictures: Vec<[f64; 3]> = serde_json::from_value(viewer.json()?)?;
    let pictures = pictures.into_iter().filter(|[_, sent, _]| *sent >= begun);
    let mut seen: Vec<_> = pictures
        .map(|[at, sent, bytes]| Seen {
            at: at - begun,
            late_ms: (at - sent) * 1000.0,
            bytes: bytes as usize,
        })
        .collect();
    if seen.is_empty() {
        bail!("no picture came");
    }
    waits(&mut seen);
    Ok(seen)
}

/// A running program: what it reads and prints. The server ends when its input does, the viewer
/// after its time.
struct Program {
    _process: Process,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Program {
    fn start(mut command: Command) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot run it")?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let output = BufReader::new(output.context("no output")?).lines();
        Ok(Self { _process: Process::new(child), input: input.context("no input")?, output })
    }

    /// The next line that it prints.
    fn json(&mut self) -> Result<Value> {
        let line = self.output.next().context("it has ended")??;
        serde_json::from_str(&line).with_context(|| format!("it printed: {line}"))
    }
}
