//! `cargo xtask bench`: benchmarks in release mode, with their peers in the same run.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::step::{command, note, step};
use crate::{repo, tools, web};

/// Every benchmark of `parfocal-bench`, in the order in which they run.
const ALL: [&str; 10] = [
    "render",
    "volume",
    "annotations",
    "edit",
    "encode",
    "pipeline",
    "latency",
    "idle",
    "pixels",
    "sync",
];
/// Those that start the real server.
const WITH_SERVER: [&str; 4] = ["latency", "idle", "pixels", "sync"];
/// Looks through a browser, too.
const PIXELS: &str = "pixels";
/// Its peers are other servers; those of the others draw.
const SYNC: &str = "sync";

/// Files of the Hocuspocus peer, in `bench/peers/hocuspocus`.
const HOCUSPOCUS: [&str; 3] = ["package.json", "package-lock.json", "server.mjs"];
/// On crates.io; with its own lock file, without which it does not build.
const Y_SWEET: [&str; 2] = ["y-sweet", "0.9.1"];

/// Python packages of each peer; one that can't be installed leaves the others alone.
const PEERS: [(&str, &[&str]); 4] = [
    ("Mesa llvmpipe (moderngl)", &["numpy", "moderngl"]),
    ("VTK", &["numpy", "vtk", "pillow"]),
    ("trame", &["numpy", "vtk", "trame", "trame-vtk", "aiohttp"]),
    ("napari", &["numpy", "napari[pyside6]", "pillow"]),
];
/// Debian packages with the software OpenGL and the display that the peers draw on.
const PEER_PACKAGES: [&str; 14] = [
    "xvfb",
    "xauth",
    "libegl1",
    "libgl1-mesa-dri",
    "libglx-mesa0",
    "libopengl0",
    "libdbus-1-3",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxkbcommon-x11-0",
];

/// Run benchmarks in release mode; print a table and write `bench/*.json` and `bench/*.md` into the
/// target folder.
///
/// Peers that draw (Mesa llvmpipe, VTK's off-screen rendering, napari's screenshot) are Python
/// programs, installed by pip into a virtual environment of the target folder, and measured in the
/// same run on the same image; so is trame's remote view, which pixels streams over the same link.
/// Peers of sync (Hocuspocus, y-sweet) are installed there by npm and cargo, and get the same load.
/// One that can't be installed is named and left out.
///
/// Pixels takes about six minutes. It looks through Chromium, too, where that is installed, and
/// draws what a link that drops does: `bench/step-response.svg` in the target folder.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which: render, volume, annotations, edit, encode, pipeline, latency, idle, pixels, sync. Without a name: all
    names: Vec<String>,
    /// Measure Parfocal alone
    #[arg(long)]
    no_peers: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let names: Vec<&str> = if args.names.is_empty() {
        ALL.to_vec()
    } else {
        args.names.iter().map(String::as_str).collect()
    };
    if let Some(unknown) = names.iter().find(|name| !ALL.contains(name)) {
        bail!("there is no benchmark \"{unknown}\"; there are: {}", ALL.join(", "));
    }
    step("Tools", || tools::ensure(&tools::BUILD, true))?;
    if names.iter().any(|name| WITH_SERVER.contains(name)) {
        step("Web client", web::build)?;
        step("Server (release)", || {
            crate::step::run(repo::cargo().args(["build", "--release", "-p", "parfocal-server"]))
        })?;
    }
    step("Benchmarks (release)", || {
        crate::step::run(repo::cargo().args(["build", "--release", "-p", "parfocal-bench"]))
    })?;
    let target = repo::target()?;
    let folder = target.join("bench");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let mut peers = Peers::default();
    if !args.no_peers && names.iter().any(|name| *name != SYNC) {
        peers.python = step("Peers that draw", || Ok(drawing(&folder)))?;
    }
    if !args.no_peers && names.contains(&SYNC) {
        peers.hocuspocus = found("Hocuspocus", step("Hocuspocus", || hocuspocus(&folder)));
        peers.y_sweet = found("y-sweet", step("y-sweet", || y_sweet(&folder)));
    }
    for name in names {
        step(&format!("Benchmark {name}"), || measure(&target, name, &peers))?;
    }
    note(&format!("rows are in {}", folder.display()));
    Ok(())
}

/// What was installed.
#[derive(Default)]
struct Peers {
    /// An interpreter that has the packages of those that draw.
    python: Option<PathBuf>,
    /// A program for node.
    hocuspocus: Option<PathBuf>,
    y_sweet: Option<PathBuf>,
}

fn measure(target: &Path, name: &str, peers: &Peers) -> Result<()> {
    let json = target.join("bench").join(format!("{name}.json"));
    let program = target.join("release/parfocal-bench");
    let mut bench = command(&repo::root(), &program.to_string_lossy(), &[name, "--json"]);
    bench.arg(json).arg("--server").arg(target.join("release/parfocal"));
    if name == PIXELS && tools::is_there(&tools::CHROMIUM) {
        bench.arg("--glass").arg(repo::root().join("tests/browser/glass-to-glass.mjs"));
    }
    if let Some(python) = &peers.python {
        bench.arg("--peers").arg(repo::root().join("bench/peers")).arg("--python").arg(python);
    }
    if let Some(program) = &peers.hocuspocus {
        bench.arg("--hocuspocus").arg(program);
    }
    if let Some(program) = &peers.y_sweet {
        bench.arg("--y-sweet").arg(program);
    }
    crate::step::run(&mut bench)
}

fn found(peer: &str, program: Result<PathBuf>) -> Option<PathBuf> {
    program.map_err(|error| note(&format!("PEER NOT MEASURED: {peer}: {error:#}"))).ok()
}

/// The program for node, with its packages beside it.
fn hocuspocus(folder: &Path) -> Result<PathBuf> {
    let (from, to) = (repo::root().join("bench/peers/hocuspocus"), folder.join("hocuspocus"));
    fs::create_dir_all(&to).with_context(|| format!("cannot create {}", to.display()))?;
    for name in HOCUSPOCUS {
        fs::copy(from.join(name), to.join(name)).with_context(|| format!("cannot copy {name}"))?;
    }
    web::install(&to)?;
    Ok(to.join("server.mjs"))
}

/// The program, built once for each version.
fn y_sweet(folder: &Path) -> Result<PathBuf> {
    let [name, version] = Y_SWEET;
    let root = folder.join(format!("{name}-{version}"));
    let program = root.join("bin").join(name);
    if !program.is_file() {
        let mut cargo = repo::cargo();
        cargo.args(["install", name, "--version", version, "--locked", "--root"]).arg(&root);
        crate::step::run(cargo.arg("--target-dir").arg(root.join("build")))?;
    }
    Ok(program)
}

/// The interpreter of an environment with as many peers as can be had; `None` without Python.
fn drawing(folder: &Path) -> Option<PathBuf> {
    if tools::can_install()
        && let Err(error) = tools::apt_install(&PEER_PACKAGES)
    {
        note(&format!("peers that draw on a display may fail: {error:#}"));
    }
    let python = folder.join("venv/bin/python");
    let mut make = command(folder, "python3", &["-m", "venv", "venv"]);
    if !python.is_file()
        && let Err(error) = crate::step::run(&mut make)
    {
        note(&format!("PEERS NOT MEASURED, no Python environment: {error:#}"));
        return None;
    }
    for (peer, packages) in PEERS {
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let mut pip = command(folder, &python.to_string_lossy(), &install);
        if let Err(error) = crate::step::run(pip.args(packages)) {
            note(&format!("PEER NOT MEASURED: {peer}: {error:#}"));
        }
    }
    Some(python)
}
