//! `cargo xtask test`: every test, in the order in which failures are cheapest to find.

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::dataset::{self, Sample};
use crate::step::{command, note, run_tee, step};
use crate::{repo, tools, web};

/// The crate whose tests start a real server, and browsers in front of it.
const WHOLE: &str = "parfocal-tests";

/// Run the tests: Rust, the web client's, and those with real browsers in front of a real server.
///
/// Needs what `demo` needs, and for the browser tests chromium and ffmpeg; what is missing is
/// installed by apt when you are root, else named with the command that installs it.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Only a part of them
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Only Rust tests with this in their name; leaves out what Node runs
    filter: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Each crate's own tests, and the web client's
    Unit,
    /// The tests of the whole (`tests/`): server, native client, browsers, foreign decoder, foreign
    /// Yjs clients
    Browser,
}

/// Tests counted from what the runners print.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
    ignored: u64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let unit = args.only != Some(Part::Browser);
    let browser = args.only != Some(Part::Unit);
    step("Tools", || tools::ensure(&tools::BUILD, true))?;
    if unit {
        step("Tools of the Rust tests", || tools::ensure(&[tools::EGL], true))?;
    }
    if browser {
        step("Tools of the browser tests", || {
            tools::ensure(&[tools::CHROMIUM, tools::FFMPEG], true)
        })?;
    }
    // Before cargo: the server embeds it.
    step("Web client", web::build)?;

    let mut tally = Tally::default();
    let mut broken = Vec::new();
    let mut part = |name: &'static str, work: &mut dyn FnMut(&mut Tally) -> Result<()>| {
        if let Err(error) = step(name, || work(&mut tally)) {
            note(&format!("{error:#}"));
            broken.push(name);
        }
    };
    if unit && args.filter.is_none() {
        part("Web client tests", &mut |tally| web::test(|line| tally.read(line)));
    }
    if unit {
        part("Rust tests", &mut |tally| {
            cargo_test(&["--workspace", "--exclude", WHOLE], args.filter.as_deref(), tally)
        });
    }
    if browser {
        part("Tests of the whole", &mut |tally| {
            cargo_test(&["-p", WHOLE], args.filter.as_deref(), tally)
        });
    }
    if browser && args.filter.is_none() {
        part("Interop tests", &mut interop_tests);
        part("Browser tests", &mut browser_tests);
    }
    println!("\n{} passed, {} failed, {} ignored", tally.passed, tally.failed, tally.ignored);
    if !broken.is_empty() {
        bail!("failed: {}", broken.join(", "));
    }
    if tally == Tally::default() {
        bail!("no test ran: is the filter right?");
    }
    Ok(())
}

fn cargo_test(packages: &[&str], filter: Option<&str>, tally: &mut Tally) -> Result<()> {
    let mut cargo = repo::cargo();
    cargo.args(["test", "--no-fail-fast"]).args(packages).args(filter);
    run_tee(&mut cargo, |line| tally.read(line))
}

/// Pages of a real browser before the built program, on the images of the demo.
fn browser_tests(tally: &mut Tally) -> Result<()> {
    images_and_programs()?;
    node_tests("browser", tally)
}

/// Other people's Yjs clients before the built program.
fn interop_tests(tally: &mut Tally) -> Result<()> {
    images_and_programs()?;
    web::install(&repo::root().join("tests/interop"))?;
    node_tests("interop", tally)
}

fn images_and_programs() -> Result<()> {
    let (sample, _) = dataset::prepare(Sample::default())?;
    if sample != Sample::default() {
        note("THESE TESTS DO NOT RUN ON THE REAL IMAGES, but on the built-in sample");
    }
    let ours = [(WHOLE, "reference-picture"), (WHOLE, "relay"), (WHOLE, "parfocal-with-card")];
    for (package, program) in [("parfocal-server", "parfocal")].into_iter().chain(ours) {
        crate::step::run(repo::cargo().args(["build", "-p", package, "--bin", program]))?;
    }
    // The library that the last one opens.
    crate::step::run(repo::cargo().args(["build", "-p", "parfocal-nvenc-stand-in"]))?;
    Ok(())
}

/// The tests in a folder of `tests/`, with Node's own runner.
fn node_tests(name: &str, tally: &mut Tally) -> Result<()> {
    let folder = repo::root().join("tests").join(name);
    let mut files = Vec::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    files.sort();
    let target = repo::target()?;
    // One file at a time: what is shown in time is measured as well.
    let mut node =
        command(&folder, "node", &["--test", "--test-concurrency=1", "--test-reporter=spec"]);
    node.args(&files);
    node.env("PARFOCAL_PROGRAMS", target.join("debug"));
    node.env("PARFOCAL_EVIDENCE", target.join("browser-tests"));
    run_tee(&mut node, |line| tally.read(line))
}

impl Tally {
    /// Adds what a summary line of libtest, vitest or Node's runner says; ignores other lines.
    fn read(&mut self, line: &str) {
        let line = line.trim();
        let summary = line
            .strip_prefix("test result:")
            .or_else(|| line.strip_prefix("Tests "))
            .map(|text| text.split(['.', ';', '|']).collect::<Vec<_>>());
        for part in summary.unwrap_or_default() {
            let mut words = part.split_whitespace();
            let (Some(count), Some(what)) = (words.next(), words.next()) else { continue };
            self.add(what, count);
        }
        if let Some((what, count)) = line.trim_start_matches(['#', 'ℹ', ' ']).split_once(' ')
            && line.starts_with(['#', 'ℹ'])
        {
            self.add(what, count);
        }
    }

    fn add(&mut self, what: &str, count: &str) {
        let count = count.parse().unwrap_or(0);
        match what {
            "passed" | "pass" => self.passed += count,
            "failed" | "fail" => self.failed += count,
            "ignored" | "skipped" => self.ignored += count,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Tally {
        let mut tally = Tally::default();
        tally.read(line);
        tally
    }

    #[test]
    fn summaries_of_the_three_runners_are_counted() {
        let libtest =
            "test result: FAILED. 7 passed; 1 failed; 2 ignored; 0 measured; 3 filtered out";
        assert_eq!(read(libtest), Tally { passed: 7, failed: 1, ignored: 2 });
        let vitest = "      Tests  1 failed | 12 passed (13)";
        assert_eq!(read(vitest), Tally { passed: 12, failed: 1, ignored: 0 });
        assert_eq!(read("# pass 5"), Tally { passed: 5, failed: 0, ignored: 0 });
        assert_eq!(read("ℹ fail 2"), Tally { passed: 0, failed: 2, ignored: 0 });
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(read("test a_thing_passed ... ok"), Tally::default());
        assert_eq!(read(" Test Files  2 passed (2)"), Tally::default());
    }
}
