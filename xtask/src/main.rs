//! The project's own commands: `cargo xtask demo | test | check | bench | ci`.
//!
//! - [`demo`]: tools, web client, server, dataset, serve. [`dataset`] fetches, [`blobs`] generates.
//! - [`test`], [`check`], [`bench`]: what each runs, in order.
//! - [`tools`]: which programs are needed, where they come from. [`web`]: the web client's build.
//! - [`step`]: named, timed steps and the commands that they run. [`repo`]: where things are.
//!
//! Belongs here: what a person or continuous integration would otherwise type by hand.
//! What must be *decided* about a product's behaviour does not.

mod bench;
mod blobs;
mod check;
mod dataset;
mod demo;
mod repo;
mod step;
mod test;
mod tools;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Parfocal's project commands. From a fresh clone: `cargo xtask demo`, then `cargo xtask test`.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Args),
    Test(test::Args),
    Check(check::Args),
    Bench(bench::Args),
    Ci(CiArgs),
}

/// Run what continuous integration runs: `check`, then `test`.
///
/// Both run even where the first fails, so that one run shows everything that is wrong.
#[derive(clap::Args)]
struct CiArgs {}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Ci(_) => ci(),
    };
    let Err(error) = done else { return ExitCode::SUCCESS };
    // The chain of causes on one line; a backtrace of this program would help nobody.
    eprintln!("\nerror: {error:#}");
    ExitCode::FAILURE
}

fn ci() -> anyhow::Result<()> {
    let checked = check::run(&check::Args::default());
    if let Err(error) = &checked {
        step::note(&format!("check failed: {error:#}. The tests run all the same."));
    }
    let tested = test::run(&test::Args::default());
    checked.and(tested)
}
