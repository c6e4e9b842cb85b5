//! Benchmarks: each prints a table and writes rows of JSON. `cargo xtask bench` runs them all.
//!
//! - [`render`], [`volume`], [`annotations`], [`encode`], [`pipeline`]: the picture's way, part by part and
//!   together.
//! - [`edit`]: a small change, beside a whole new picture.
//! - [`latency`], [`idle`]: the real server as a process ([`server`], [`process`]), seen from
//!   outside. [`sync`]: the same, with other servers beside it.
//! - [`pixels`]: the stream as many viewers get it, and over a link that drops.
//! - [`image`] and [`picture`]: what everybody draws. [`peers`]: others drawing the same, in the
//!   same run. [`row`], [`stats`]: what is reported.
//!
//! Nothing here asserts a duration: machines differ. A claim is a ratio within one run.

mod annotations;
mod edit;
mod encode;
mod idle;
mod image;
mod latency;
mod peers;
mod picture;
mod pipeline;
mod pixels;
mod process;
mod render;
mod row;
mod server;
mod stats;
mod sync;
mod volume;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};

use peers::Peers;
use row::Report;

/// Measure Parfocal, and its peers beside it.
#[derive(Parser)]
struct Args {
    /// Which benchmark
    #[arg(value_enum)]
    benchmark: Benchmark,
    /// Write the rows here, a JSON array with one object a line; beside it, as Markdown
    #[arg(long)]
    json: Option<PathBuf>,
    /// Folder of the peers' programs (`bench/peers`)
    #[arg(long, requires = "python")]
    peers: Option<PathBuf>,
    /// Python interpreter that has the peers' packages
    #[arg(long, requires = "peers")]
    python: Option<PathBuf>,
    /// `server.mjs` of Hocuspocus, where its packages are installed
    #[arg(long, value_name = "FILE")]
    hocuspocus: Option<PathBuf>,
    /// The `y-sweet` program
    #[arg(long, value_name = "PROGRAM")]
    y_sweet: Option<PathBuf>,
    /// `glass-to-glass.mjs`, for pixels in a browser
    #[arg(long, value_name = "FILE")]
    glass: Option<PathBuf>,
    /// The `parfocal` program; needed by latency, idle, pixels and sync
    #[arg(long)]
    server: Option<PathBuf>,
    /// Of sync: this part alone
    #[arg(long, value_enum)]
    only: Option<sync::Part>,
    /// Of pixels: this part alone
    #[arg(long, value_enum, value_name = "PART")]
    pixels: Option<pixels::Part>,
    /// Frames that each measurement takes
    #[arg(long, default_value_t = 120)]
    frames: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Benchmark {
    /// The CPU renderer: milliseconds a frame
    Render,
    /// The CPU renderer: milliseconds a frame of a volume
    Volume,
    /// What annotations cost beyond the image
    Annotations,
    /// The codecs: milliseconds a frame, and likeness
    Encode,
    /// Renderer and H.264 together: frames a second
    Pipeline,
    /// What a small edit costs beside a whole new picture
    Edit,
    /// From an intent to the decoded frame that shows it, through a real server
    Latency,
    /// What a session costs that nobody touches
    Idle,
    /// The stream as many viewers get it, and over a link that drops
    Pixels,
    /// Editing together, beside other servers
    Sync,
    /// No benchmark, but a server that sync measures beside the others
    Relay,
    /// One after another
    All,
}

/// What every benchmark gets.
struct Setup {
    frames: usize,
    peers: Peers,
    hocuspocus: Option<PathBuf>,
    y_sweet: Option<PathBuf>,
    /// The browser's program of [`pixels`].
    glass: Option<PathBuf>,
    server: Option<PathBuf>,
    only: Option<sync::Part>,
    pixels: Option<pixels::Part>,
    /// Where the rows go; other files of a benchmark go beside it.
    json: Option<PathBuf>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let setup = Setup {
        frames: args.frames.max(1),
        peers: Peers::new(args.peers.zip(args.python)),
        hocuspocus: args.hocuspocus,
        y_sweet: args.y_sweet,
        glass: args.glass,
        server: args.server,
        only: args.only,
        pixels: args.pixels,
        json: args.json.clone(),
    };
    if args.benchmark == Benchmark::Relay {
        return sync::relay();
    }
    let mut report = Report::new();
    let wanted = |one| args.benchmark == one || args.benchmark == Benchmark::All;
    if wanted(Benchmark::Render) {
        render::run(&setup, &mut report)?;
    }
    if wanted(Benchmark::Volume) {
        volume::run(&setup, &mut report)?;
    }
    if wanted(Benchmark::Annotations) {
        annotations::run(&setup, &mut report)?;
    }
    if wanted(Benchmark::Encode) {
        encode::run(&setup, &mut report)?;
    }
    if wanted(Benchmark::Pipeline) {
        pipeline::run(&setup, &mut report)?;
    }
    if wanted(Benchmark::Edit) {
        edit::run(&setup, &mut report)?;
    }
    if wanted(Benchmark::Latency) {
        latency::run(&setup, &mut report)?;
    }
    if wanted(Benchmark::Idle) {
        idle::run(&setup, &mut report)?;
    }
    if wanted(Benchmark::Pixels) {
        pixels::run(&setup, &mut report)?;
    }
    if wanted(Benchmark::Sync) {
        sync::run(&setup, &mut report)?;
    }
    print!("{}", report.table());
    if let Some(path) = args.json {
        for (path, text) in [(path.with_extension("md"), report.markdown()), (path, report.json())]
        {
            std::fs::write(&path, text)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(())
}
