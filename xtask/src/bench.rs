//! `cargo xtask bench`: benchmarks in release mode, with their peers in the same run.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::step::{command, note, step};
use crate::{repo, tools, web};

/// Every benchmark of `parfocal-bench`, in the order in which they run.
const ALL: [&str; 5] = ["render", "encode", "pipeline", "latency", "idle"];
/// Those that start the real server.
const WITH_SERVER: [&str; 2] = ["latency", "idle"];

/// Python packages of each peer; one that can't be installed leaves the others alone.
const PEERS: [(&str, &[&str]); 3] = [
    ("Mesa llvmpipe (moderngl)", &["numpy", "moderngl"]),
    ("VTK", &["numpy", "vtk", "pillow"]),
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

/// Run benchmarks in release mode; print a table and write `bench/*.json` into the target folder.
///
/// Peers (Mesa llvmpipe, VTK's off-screen rendering, napari's screenshot) are Python programs,
/// installed by pip into a virtual environment of the target folder, and measured in the same run
/// on the same image. One that can't be installed is named and left out.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which: render, encode, pipeline, latency, idle. Without a name: all
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
    let python = if args.no_peers { None } else { step("Peers", || Ok(peers(&folder)))? };
    for name in names {
        step(&format!("Benchmark {name}"), || measure(&target, name, python.as_deref()))?;
    }
    note(&format!("rows are in {}", folder.display()));
    Ok(())
}

fn measure(target: &Path, name: &str, python: Option<&Path>) -> Result<()> {
    let json = target.join("bench").join(format!("{name}.json"));
    let program = target.join("release/parfocal-bench");
    let mut bench = command(&repo::root(), &program.to_string_lossy(), &[name, "--json"]);
    bench.arg(json).arg("--server").arg(target.join("release/parfocal"));
    if let Some(python) = python {
        bench.arg("--peers").arg(repo::root().join("bench/peers")).arg("--python").arg(python);
    }
    crate::step::run(&mut bench)
}

/// The interpreter of an environment with as many peers as can be had; `None` without Python.
fn peers(folder: &Path) -> Option<PathBuf> {
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
