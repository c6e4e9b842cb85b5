//! Rate control against bad networks, in virtual time. `scenario.rs` is the table of networks and
//! limits. `PARFOCAL_CASES=1000 cargo test --release -p parfocal-encode --test network -- --nocapture`
//! runs more seeds and prints the worst figures.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "a test"
)]

mod run;
mod scenario;
mod tcp;
mod viewer;

use run::{Measured, run};
use scenario::{Scenario, table};

/// Seeds of each network that are tried everywhere; `PARFOCAL_CASES` raises it. Thousands were tried
/// when the limits were set (`docs/rate-control.md`); so few already fail where something is wrong.
const CASES: u64 = 3;
/// Seeds of a network that are named where they do not keep its limits.
const NAMED: usize = 8;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// What each seed gave.
fn runs(scenario: &Scenario) -> Vec<(u64, Measured)> {
    let all = 0..number("PARFOCAL_CASES").unwrap_or(CASES);
    let seeds = number("PARFOCAL_SEED").map_or(all, |seed| seed..seed + 1);
    seeds.map(|seed| (seed, run(scenario, seed))).collect()
}

/// The worst of each figure.
fn worst(runs: &[(u64, Measured)]) -> Measured {
    let most = |get: fn(&Measured) -> f64| runs.iter().map(|(_, m)| get(m)).fold(0.0, f64::max);
    let least =
        |get: fn(&Measured) -> f64| runs.iter().map(|(_, m)| get(m)).fold(f64::INFINITY, f64::min);
    Measured {
        queue_p95: most(|m| m.queue_p95),
        settle: most(|m| m.settle),
        recovery: most(|m| m.recovery),
        freeze: most(|m| m.freeze),
        used: least(|m| m.used),
        falls: most(|m| m.falls),
        fair: least(|m| m.fair),
        fps: runs.iter().map(|(_, m)| m.fps).min().unwrap_or(0),
        height: runs.iter().map(|(_, m)| m.height).min().unwrap_or(0),
    }
}

fn keeps(got: &Measured, limits: &scenario::Limits) -> bool {
    got.queue_p95 <= limits.queue_p95
        && got.settle <= limits.settle
        && got.recovery <= limits.recovery
        && got.freeze <= limits.freeze
        && got.used >= limits.used
        && got.falls <= limits.falls
        && got.fair >= limits.fair
}

#[test]
fn every_network_keeps_its_limits() {
    let only = std::env::var("PARFOCAL_SCENARIO").ok();
    let mut wrong = Vec::new();
    println!("{:22} queue settle recover freeze  used falls  fair  fps lines", "");
    for scenario in table().iter().filter(|s| only.as_deref().is_none_or(|name| name == s.name)) {
        let runs = runs(scenario);
        let got = worst(&runs);
        let Measured { queue_p95, settle, recovery, freeze, used, falls, fair, fps, height } = got;
        println!(
            "{:22} {queue_p95:5.0} {settle:6.0} {recovery:7.0} {freeze:6.0} {used:5.2} {falls:5.1} {fair:5.2} {fps:4} {height:5}",
            scenario.name
        );
        let limits = scenario.limits;
        let failed: Vec<_> = runs.iter().filter(|(_, got)| !keeps(got, &limits)).collect();
        if !failed.is_empty() {
            let named: Vec<String> =
                failed.iter().take(NAMED).map(|(seed, got)| format!("  {seed}: {got:?}")).collect();
            let (name, count, of, named) =
                (scenario.name, failed.len(), runs.len(), named.join("\n"));
            wrong.push(format!("{name}, {count} of {of} seeds, against {limits:?}:\n{named}"));
        }
    }
    assert!(wrong.is_empty(), "limits that were not kept:\n{}", wrong.join("\n"));
}

/// `PARFOCAL_WRITE=1` writes the table anew.
#[test]
fn the_documentation_has_this_table() {
    const BEGIN: &str = "<!-- scenarios -->\n";
    const END: &str = "<!-- /scenarios -->";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/rate-control.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (got, after) = rest.split_once(END).unwrap();
    let head = "| name | network | queue | settle | recovery | freeze | used | falls | fair |\n";
    let line = "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
    let rows: String = table().iter().map(|scenario| scenario.row() + "\n").collect();
    let wanted = format!("{head}{line}{rows}");
    if std::env::var_os("PARFOCAL_WRITE").is_some() {
        std::fs::write(path, format!("{before}{BEGIN}{wanted}{END}{after}")).unwrap();
    } else {
        assert!(got == wanted, "docs/rate-control.md is old: run this test with PARFOCAL_WRITE=1");
    }
}
