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

fn cases() -> u64 {
    std::env::var("PARFOCAL_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2)
}

fn worst(scenario: &Scenario) -> Measured {
    let only: Option<u64> = std::env::var("PARFOCAL_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = only.map_or(0..cases(), |seed| seed..seed + 1);
    let mut all: Option<Measured> = None;
    for seed in seeds {
        let one = run(scenario, seed);
        let w = all.get_or_insert(one);
        w.queue_p95 = w.queue_p95.max(one.queue_p95);
        w.settle = w.settle.max(one.settle);
        w.recovery = w.recovery.max(one.recovery);
        w.freeze = w.freeze.max(one.freeze);
        w.used = w.used.min(one.used);
        w.falls = w.falls.max(one.falls);
        w.fair = w.fair.min(one.fair);
        w.fps = w.fps.min(one.fps);
        w.height = w.height.min(one.height);
    }
    all.unwrap()
}

#[test]
fn every_network_keeps_its_limits() {
    let only = std::env::var("PARFOCAL_SCENARIO").ok();
    let mut wrong = Vec::new();
    println!("{:22} queue settle recover freeze  used falls  fair  fps lines", "");
    for scenario in table().iter().filter(|s| only.as_deref().is_none_or(|name| name == s.name)) {
        let got = worst(scenario);
        let Measured { queue_p95, settle, recovery, freeze, used, falls, fair, fps, height } = got;
        println!(
            "{:22} {queue_p95:5.0} {settle:6.0} {recovery:7.0} {freeze:6.0} {used:5.2} {falls:5.1} {fair:5.2} {fps:4} {height:5}",
            scenario.name
        );
        let limits = scenario.limits;
        let kept = queue_p95 <= limits.queue_p95
            && settle <= limits.settle
            && recovery <= limits.recovery
            && freeze <= limits.freeze
            && used >= limits.used
            && falls <= limits.falls
            && fair >= limits.fair;
        if !kept {
            wrong.push(format!("{}: {got:?} against {limits:?}", scenario.name));
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
