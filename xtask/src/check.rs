//! `cargo xtask check`: everything that can be found wrong without running the product.

use anyhow::{Result, bail};

use crate::step::{first_line, note, step};
use crate::{repo, tools, web};

/// Check formatting, lints, TypeScript, the direction of dependencies, and licences.
///
/// Every check runs, also after one has failed; the last line names those that did.
#[derive(clap::Args, Default)]
pub(crate) struct Args {}

/// A named check.
type Check = (&'static str, fn() -> Result<()>);

/// The server embeds the web client, so that it stands before clippy.
const CHECKS: [Check; 7] = [
    ("Web client", web::build),
    ("Formatting", || cargo(&["fmt", "--all", "--check"])),
    ("Clippy", || cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])),
    ("Clippy without default features", bare),
    ("TypeScript", web::check),
    ("Layers, map and lints", || {
        cargo(&["test", "-p", "xtask", "--test", "layers", "--test", "map", "--test", "lints"])
    }),
    ("Licences and bans", deny),
];

pub(crate) fn run(_: &Args) -> Result<()> {
    step("Tools", || tools::ensure(&tools::BUILD, true))?;
    let mut failed = Vec::new();
    for (name, check) in CHECKS {
        if let Err(error) = step(name, check) {
            note(&format!("{error:#}"));
            failed.push(name);
        }
    }
    if !failed.is_empty() {
        bail!("checks that failed: {}", failed.join(", "));
    }
    Ok(())
}

fn cargo(args: &[&str]) -> Result<()> {
    crate::step::run(repo::cargo().args(args))
}

/// The crates whose default features others leave out, as those others see them.
fn bare() -> Result<()> {
    for package in ["parfocal-scene", "parfocal-sync"] {
        cargo(&[
            "clippy",
            "-p",
            package,
            "--no-default-features",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ])?;
    }
    Ok(())
}

fn deny() -> Result<()> {
    if first_line("cargo-deny", &["--version"]).is_none() {
        note("SKIPPED: cargo-deny is not installed (cargo install --locked cargo-deny)");
        return Ok(());
    }
    cargo(&["deny", "check"])
}
