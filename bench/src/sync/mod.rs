//! Editing together: Parfocal and other Yjs servers under the same load, one after the other.
//!
//! - [`fan_out`], [`memory`], [`large`], [`intents`]: what is measured. [`disk`]: what saving costs
//!   at least.
//! - [`target`]: the servers. [`wire`], [`frames`], [`state`]: how clients speak to them.
//!   [`edits`]: what clients say.
//!
//! Each measurement starts its server anew, with its store on.

mod disk;
mod edits;
mod fan_out;
mod frames;
mod intents;
mod large;
mod memory;
mod relay;
mod state;
mod target;
mod wire;

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::Setup;
use crate::row::Report;
use crate::stats::Samples;
pub(crate) use relay::serve as relay;
use state::State;
use target::{Kind, Target};

/// Observers of one document.
const OBSERVERS: [usize; 4] = [1, 10, 100, 500];
/// Below this many observers a server uses less processor time than the clock's ticks tell apart.
const CPU_FROM: usize = 100;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// One writes, others look on
    Edits,
    /// What connections and documents cost
    Memory,
    /// A large document
    Large,
    /// Parfocal's own channel
    Intents,
}

/// What was measured of one server, in the order of the table.
#[derive(Default)]
struct Figures(Vec<Figure>);

struct Figure {
    metric: String,
    value: f64,
    unit: &'static str,
}

impl Figures {
    fn add(&mut self, metric: String, value: f64, unit: &'static str) {
        self.0.push(Figure { metric, value, unit });
    }

    fn percentiles(&mut self, what: &str, samples: &Samples) {
        for percent in [50.0, 95.0, 99.0] {
            self.add(format!("{what}, p{percent}"), samples.percentile(percent), "ms");
        }
    }

    fn of(&self, metric: &str) -> Option<f64> {
        self.0.iter().find(|figure| figure.metric == metric).map(|figure| figure.value)
    }
}

pub(crate) fn run(setup: &Setup, report: &mut Report) -> Result<()> {
    let program = setup.server.clone();
    let program = program.context("needs --server PROGRAM; `cargo xtask bench` gives it")?;
    let only = setup.only;
    let ours = figures(&Kind::Parfocal(program), only)?;
    let mut peers = Vec::new();
    for (name, kind) in [
        ("bare relay", Some(Kind::Relay)),
        ("Hocuspocus", setup.hocuspocus.clone().map(Kind::Hocuspocus)),
        ("y-sweet", setup.y_sweet.clone().map(Kind::YSweet)),
    ] {
        match kind.as_ref().map(|kind| figures(kind, only)) {
            Some(Ok(figures)) => peers.push((name, figures)),
            Some(Err(error)) => eprintln!("PEER NOT MEASURED: {name}: {error:#}"),
            None => eprintln!("PEER NOT MEASURED: {name}: it is not installed"),
        }
    }
    if wanted(only, Part::Intents) {
        let mut floor = Figures::default();
        floor.percentiles(&intents_what(), &disk::appends()?);
        peers.push(("bare disk", floor));
    }
    for Figure { metric, value, unit } in ours.0 {
        let beside =
            |(name, figures): &(&str, Figures)| Some(((*name).to_owned(), figures.of(&metric)?));
        let beside = peers.iter().filter_map(beside).collect();
        report.add_beside("sync", metric, value, unit, beside);
    }
    Ok(())
}

fn wanted(only: Option<Part>, part: Part) -> bool {
    only.is_none_or(|only| only == part)
}

/// Everything, or one part; each with a server that has just started.
fn figures(kind: &Kind, only: Option<Part>) -> Result<Figures> {
    let mut figures = Figures::default();
    // The relay has no documents, and intents are Parfocal's own.
    let can = |part| match part {
        Part::Edits => true,
        Part::Memory | Part::Large => !matches!(kind, Kind::Relay),
        Part::Intents => matches!(kind, Kind::Parfocal(_)),
    };
    for part in Part::value_variants().iter().copied().filter(|&part| wanted(only, part)) {
        if can(part) {
            eprintln!("    {}: {part:?}", kind.name());
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            match part {
                Part::Edits => fan_out(kind, &mut figures)?,
                Part::Memory => runtime.block_on(memory(kind, &mut figures))?,
                Part::Large => runtime.block_on(large(kind, &mut figures))?,
                Part::Intents => runtime.block_on(intents(kind, &mut figures))?,
            }
        }
    }
    Ok(figures)
}

fn fan_out(kind: &Kind, figures: &mut Figures) -> Result<()> {
    let server = kind.start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let layers = runtime.block_on(add_layers(&server))?;
    let mut missing = 0;
    for observers in OBSERVERS {
        let measured = fan_out::measure(&server, observers, layers.shapes, fresh())
            .with_context(|| format!("{observers} observers"))?;
        let plural = if observers == 1 { "observer" } else { "observers" };
        let what = |name: &str| format!("{observers} {plural}, 25 edits/s, {name}");
        figures.percentiles(&what("edit to receipt"), &measured.receipt);
        figures.percentiles(&what("edit to ack"), &measured.ack);
        if observers >= CPU_FROM {
            figures.add(what("processor for each receipt"), measured.cpu, "µs");
        }
        missing += measured.missing;
    }
    figures.add("receipts that never came, of all".to_owned(), missing as f64, "receipts");
    Ok(())
}

async fn memory(kind: &Kind, figures: &mut Figures) -> Result<()> {
    let server = kind.start()?;
    let layers = add_layers(&server).await?;
    let each = memory::per_connection(&server, layers.shapes, fresh()).await?;
    figures.add("500 connections at rest, memory of each".to_owned(), each, "KiB");
    drop(server);
    let each = memory::per_document(&kind.start()?, fresh()).await?;
    figures.add("100 documents of 50 annotations, memory of each".to_owned(), each, "KiB");
    Ok(())
}

async fn large(kind: &Kind, figures: &mut Figures) -> Result<()> {
    let mut server = kind.start()?;
    let layers = add_layers(&server).await?;
    let large = large::measure(&mut server, layers.points, fresh()).await?;
    let what = |name: &str| format!("100,000 annotations, {name}");
    figures.add(what("opened, p50"), large.open.percentile(50.0), "ms");
    figures.add(what("opened, from the start of the server"), large.cold, "ms");
    figures.add(what("size of sync step 2"), large.bytes as f64 / 1024.0, "KiB");
    figures.add(what("memory of the server then"), large.memory / 1024.0, "MiB");
    Ok(())
}

async fn intents(kind: &Kind, figures: &mut Figures) -> Result<()> {
    let server = kind.start()?;
    let layers = add_layers(&server).await?;
    let ours = server.parfocal().context("no Parfocal")?;
    let acks = intents::acks(ours, layers.shapes, fresh()).await?;
    figures.percentiles(&intents_what(), &acks);
    Ok(())
}

fn intents_what() -> String {
    format!("{} clients, {} intents/s, intent to ack", intents::CLIENTS, intents::RATE)
}

/// Numbers of the layers that annotations are put into.
struct Layers {
    shapes: u64,
    points: u64,
}

/// Parfocal keeps annotations in layers, and must be asked for some; to others they are numbers.
async fn add_layers(target: &Target) -> Result<Layers> {
    let Some(server) = target.parfocal() else { return Ok(Layers { shapes: 1, points: 2 }) };
    let mut state = State::join(&server.link, fresh()).await?;
    Ok(Layers { shapes: state.layer("shapes").await?, points: state.layer("points").await? })
}

/// A client id that nobody has had, as far apart as many measurements need. 53 bits.
fn fresh() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (now.as_micros() as u64) & ((1 << 53) - 1)
}
