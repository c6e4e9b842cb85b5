//! Other programs that draw the same picture, as Python programs of `bench/peers`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::image::{Image, LIMITS, SHAPE};

/// A peer: its name in the rows, its program, and whether it draws on a display.
pub(crate) struct Peer {
    name: &'static str,
    program: &'static str,
    display: bool,
}

/// Mesa's software OpenGL, drawing directly.
pub(crate) const LLVMPIPE: Peer = Peer { name: "llvmpipe", program: "llvmpipe.py", display: false };
/// VTK's off-screen rendering, as trame's remote view uses it.
pub(crate) const VTK: Peer = Peer { name: "vtk", program: "vtk_remote.py", display: false };
/// napari's screenshot of its canvas.
pub(crate) const NAPARI: Peer =
    Peer { name: "napari", program: "napari_screenshot.py", display: true };

/// What a peer must not exceed, so that a hanging one does not hang the rest.
const SECONDS: &str = "180";
/// Peers take fewer frames than we do, or nobody would wait for them.
pub(crate) const FEWER: usize = 4;

/// The peers of this run.
pub(crate) struct Peers {
    programs: Option<(PathBuf, PathBuf)>,
}

/// What a peer is asked to draw.
#[derive(Clone, Copy)]
pub(crate) struct Task<'a> {
    /// NPY file with the layers.
    pub(crate) image: &'a Path,
    pub(crate) canvas: [u32; 2],
    pub(crate) layers: usize,
    /// Frames that we take.
    pub(crate) frames: usize,
    /// Where the peer puts its first frame, as bare RGB bytes.
    pub(crate) picture: Option<&'a Path>,
}

impl Peers {
    /// The folder of the programs and the interpreter; without them no peer is measured.
    pub(crate) fn new(programs: Option<(PathBuf, PathBuf)>) -> Self {
        Self { programs }
    }

    /// Whether there are any.
    pub(crate) const fn is_there(&self) -> bool {
        self.programs.is_some()
    }

    /// Writes `image` where peers find it; `None` where there are no peers.
    pub(crate) fn image(&self, image: &Image) -> Result<Option<PathBuf>> {
        if self.programs.is_none() {
            eprintln!("PEERS NOT MEASURED: no --peers and --python given");
            return Ok(None);
        }
        let path = std::env::temp_dir().join(format!("parfocal-bench-{}.npy", std::process::id()));
        image
            .write_npy(&path, SHAPE[0])
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Some(path))
    }

    /// A program of the folder, to be run by the interpreter, which ends when it hangs; `None`
    /// where there are no peers.
    pub(crate) fn command(&self, program: &str) -> Option<Command> {
        let (folder, python) = self.programs.as_ref()?;
        let mut command = Command::new("timeout");
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.arg(SECONDS).arg(python).arg(folder.join(program));
        Some(command)
    }

    /// Runs a peer and gives what it reports; says loudly why where it can't.
    pub(crate) fn run(&self, peer: &Peer, task: Task<'_>) -> Option<(String, Value)> {
        let (folder, python) = self.programs.as_ref()?;
        reported(peer.name, measure(peer, folder, python, task))
    }

    /// Runs VTK's ray casting of a volume with these options, likewise.
    pub(crate) fn run_volume(&self, options: &[(&str, String)]) -> Option<(String, Value)> {
        let mut command = self.command("vtk_volume.py")?;
        command.args(options.iter().flat_map(|(name, value)| [*name, value.as_str()]));
        reported(VTK.name, answer(command))
    }
}

fn reported(name: &str, report: Result<Value>) -> Option<(String, Value)> {
    match report {
        Ok(value) => {
            eprintln!("    {name}: {}", value["version"].as_str().unwrap_or("?"));
            Some((name.to_owned(), value))
        }
        Err(error) => {
            eprintln!("PEER NOT MEASURED: {name}: {error:#}");
            None
        }
    }
}

fn measure(peer: &Peer, folder: &Path, python: &Path, task: Task<'_>) -> Result<Value> {
    let mut command = Command::new("timeout");
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command.arg(SECONDS);
    if peer.display {
        command.args(["xvfb-run", "-a", "-s", "-screen 0 2560x1440x24"]);
    }
    let [width, height] = task.canvas;
    let options = [
        ("--width", width.to_string()),
        ("--height", height.to_string()),
        ("--layers", task.layers.to_string()),
        ("--frames", (task.frames / FEWER).max(10).to_string()),
        ("--low", LIMITS[0].to_string()),
        ("--high", LIMITS[1].to_string()),
    ];
    command.arg(python).arg(folder.join(peer.program)).arg("--image").arg(task.image);
    command.args(options.iter().flat_map(|(name, value)| [*name, value.as_str()]));
    if let Some(picture) = task.picture {
        command.arg("--picture").arg(picture);
    }
    answer(command)
}

/// What a peer prints last.
fn answer(mut command: Command) -> Result<Value> {
    let output = command.stdin(Stdio::null()).output().context("cannot run it")?;
    let last = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.trim().lines().last().unwrap_or_default().to_owned()
    };
    if !output.status.success() {
        bail!("{} ({})", last(&output.stderr), output.status);
    }
    let line = last(&output.stdout);
    serde_json::from_str(&line).with_context(|| format!("it printed: {line}"))
}

/// The values at `pointer` (JSON Pointer) of each peer's report.
pub(crate) fn values(reports: &[(String, Value)], pointer: &str) -> Vec<(String, f64)> {
    let value =
        |(name, report): &(String, Value)| Some((name.clone(), report.pointer(pointer)?.as_f64()?));
    reports.iter().filter_map(value).collect()
}
