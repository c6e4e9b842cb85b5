//! Rate control against bad networks, in virtual time. `scenario.rs` is the table of networks and
//! limits. `PARFOCAL_CASES=1000 cargo test --release -p parfocal-encode --test network -- --nocapture`
//! runs more seeds and prints the worst figures, and those of the middle.

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

/// Seeds of each network that are tried everywhere; `PARFOCAL_CASES` raises it. Hundreds were tried
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

/// The worst of each figure, and its middle.
fn worst_and_middle(runs: &[(u64, Measured)]) -> [Measured; 2] {
    let sorted = |get: fn(&Measured) -> f64| {
        let mut all: Vec<f64> = runs.iter().map(|(_, m)| get(m)).collect();
        all.sort_by(f64::total_cmp);
        all
    };
    let least = |get| {
        let all = sorted(get);
        [all[0], all[all.len() / 2]]
    };
    let most = |get| {
        let all = sorted(get);
        [all[all.len() - 1], all[all.len() / 2]]
    };
    let fps = least(|m| m.fps.into());
    let height = least(|m| m.height.into());
    [0, 1].map(|at| Measured {
        queue_p95: most(|m| m.queue_p95)[at],
        settle: most(|m| m.settle)[at],
        recovery: most(|m| m.recovery)[at],
        freeze: most(|m| m.freeze)[at],
        used: least(|m| m.used)[at],
        falls: most(|m| m.falls)[at],
        fair: least(|m| m.fair)[at],
        keys: most(|m| m.keys)[at],
        fps: fps[at] as u32,
        height: height[at] as u32,
    })
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
    println!("{:22} queue settle recover freeze  used falls  fair keys  fps lines", "");
    for scenario in table().iter().filter(|s| only.as_deref().is_none_or(|name| name == s.name)) {
        let runs = runs(scenario);
        for (got, name) in worst_and_middle(&runs).into_iter().zip([scenario.name, "    middle"]) {
            let Measured {
                queue_p95,
                settle,
                recovery,
                freeze,
                used,
                falls,
                fair,
                keys,
                fps,
                height,
            } = got;
            println!(
                "{name:22} {queue_p95:5.0} {settle:6.0} {recovery:7.0} {freeze:6.0} {used:5.2} {falls:5.1} {fair:5.2} {keys:4} {fps:4} {height:5}",
            );
        }
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
