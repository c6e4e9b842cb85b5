//! The direction of dependencies, as tables over `cargo metadata`. A new edge is a decision: it is
//! written here, or it is a mistake.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::process::Command;

/// In-house crates that each crate's own code may name. What is not listed is refused.
const MAY_USE: [(&str, &[&str]); 18] = [
    ("base", &[]),
    ("scene", &["base"]),
    ("store", &["base", "scene"]),
    ("data", &["base"]),
    ("render", &["base", "scene"]),
    ("gl", &["base", "scene", "render", "nvidia"]),
    ("encode", &["base"]),
    ("sync", &["base", "scene"]),
    ("auth", &["base"]),
    ("exchange", &["base", "scene"]),
    ("nvidia", &["base", "encode"]),
    // What its tests open instead of the driver's library.
    ("nvenc-stand-in", &["base", "encode"]),
    ("client-native", &["base", "scene", "sync", "encode"]),
    (
        "actors",
        &[
            "base", "scene", "store", "data", "render", "gl", "encode", "nvidia", "sync", "auth",
            "exchange",
        ],
    ),
    ("server", ANY),
    ("tests", ANY),
    // `tests` for its bad networks.
    ("bench", &["base", "client-native", "encode", "gl", "nvidia", "render", "scene", "tests"]),
    ("xtask", &[]),
];

/// In-house crates that a crate's tests may name besides.
const TESTS_MAY_USE: [(&str, &[&str]); 4] = [
    // Its library, which cargo builds beside the tests, with no code of it linked; and what paints.
    ("nvidia", &["nvenc-stand-in", "gl", "render", "scene"]),
    ("tests", &["nvenc-stand-in"]),
    // The whole decode path, end to end.
    ("actors", &["client-native"]),
    // A machine against the other end's machine.
    ("sync", &["auth"]),
];

/// What a crate must not reach at any depth, with the features that it asks for itself and no
/// default ones of its own: `(crates, must not reach, why)`.
const NEVER: [(&[&str], &[&str], &str); 3] = [
    (
        &["base", "scene", "render", "gl", "encode", "nvidia", "auth", "exchange", "sync"],
        &["tokio", "ractor", "axum"],
        "domain crates are machines: no runtime, no actors, no sockets",
    ),
    (&["render", "sync", "exchange"], &["yrs"], "they see the scene's model, not its replica"),
    (
        &["client-native"],
        &["parfocal-actors", "parfocal-render", "ractor", "axum"],
        "a client knows the wire, not the server",
    ),
];

/// Features that bring what is there for tests: kits, and the card that is none.
const FOR_TESTS: [&str; 2] = ["conformance", "stand-in"];

/// Every crate of the product; none names itself.
const ANY: &[&str] = &[
    "base",
    "scene",
    "store",
    "data",
    "render",
    "gl",
    "encode",
    "nvidia",
    "sync",
    "auth",
    "exchange",
    "actors",
    "server",
    "client-native",
];

#[test]
fn every_in_house_edge_is_in_the_table() {
    let mut wrong = Vec::new();
    for (from, to, dev) in edges() {
        let normal = allowed(&MAY_USE, &from);
        let in_tests = dev && allowed(&TESTS_MAY_USE, &from).contains(&to.as_str());
        if !normal.contains(&to.as_str()) && !in_tests {
            let kind = if dev { "tests of " } else { "" };
            wrong.push(format!("{kind}{from} -> {to}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "edges that the tables in xtask/tests/layers.rs do not allow:\n  {}",
        wrong.join("\n  ")
    );
}

#[test]
fn no_crate_of_the_product_asks_for_what_is_there_for_tests() {
    let metadata = common::metadata(&["--no-deps"]);
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let from = short(package["name"].as_str().unwrap());
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        for dependency in dependencies.filter(|it| it["kind"].as_str() != Some("dev")) {
            let asked = dependency["features"].as_array().unwrap().iter();
            let asked = asked.filter(|it| FOR_TESTS.contains(&it.as_str().unwrap()));
            if ANY.contains(&from.as_str()) {
                wrong.extend(asked.map(|it| format!("{from}: {} with {it}", dependency["name"])));
            }
        }
    }
    assert!(wrong.is_empty(), "tests' parts in the product:\n  {}", wrong.join("\n  "));
}

#[test]
fn the_table_names_every_crate_and_no_other() {
    let members: BTreeSet<_> = common::members().into_keys().map(|name| short(&name)).collect();
    let listed: BTreeSet<_> = MAY_USE.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(members, listed);
}

#[test]
fn no_crate_reaches_what_it_must_not_know() {
    let mut wrong = Vec::new();
    for (crates, banned, why) in NEVER {
        for from in crates {
            let graph = tree(&format!("parfocal-{from}"));
            for to in banned {
                if let Some(path) = graph.path_to(to) {
                    wrong.push(format!("{} ({why})", path.join(" -> ")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "dependencies that must not be:\n  {}", wrong.join("\n  "));
}

/// `(from, to, only of tests)` for each dependency between workspace members, short names.
fn edges() -> Vec<(String, String, bool)> {
    let members = common::members();
    let metadata = common::metadata(&["--no-deps"]);
    let mut edges = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let from = short(package["name"].as_str().unwrap());
        for dependency in package["dependencies"].as_array().unwrap() {
            let name = dependency["name"].as_str().unwrap();
            let dev = dependency["kind"].as_str() == Some("dev");
            if members.contains_key(name) && short(name) != from {
                edges.push((from.clone(), short(name), dev));
            }
        }
    }
    edges
}

fn allowed<'a>(table: &'a [(&str, &'a [&'a str])], name: &str) -> &'a [&'a str] {
    table.iter().find(|(from, _)| *from == name).map_or(&[], |(_, to)| *to)
}

fn short(name: &str) -> String {
    name.strip_prefix("parfocal-").unwrap_or(name).to_owned()
}

/// What a package is built with: each package and those that it names.
struct Graph {
    root: String,
    uses: BTreeMap<String, Vec<String>>,
}

impl Graph {
    /// The shortest path from the root to a package called `name`.
    fn path_to(&self, name: &str) -> Option<Vec<String>> {
        let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
        let mut open = VecDeque::from([self.root.as_str()]);
        while let Some(at) = open.pop_front() {
            if at == name {
                let mut path = vec![at.to_owned()];
                while let Some(before) = came_from.get(path.last().unwrap().as_str()) {
                    path.push((*before).to_owned());
                }
                path.reverse();
                return Some(path);
            }
            for next in self.uses.get(at).into_iter().flatten() {
                if *next != self.root && !came_from.contains_key(next.as_str()) {
                    came_from.insert(next, at);
                    open.push_back(next);
                }
            }
        }
        None
    }
}

/// The packages that `package` alone is built with, without its default features and without what
/// only tests and build scripts use. `cargo metadata` unifies the features of the whole workspace;
/// `cargo tree` does not. A package that it has shown already it shows without what it uses.
fn tree(package: &str) -> Graph {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--no-default-features", "--edges", "normal"])
        .args(["--prefix", "depth", "--format", " {p}", "--package", package])
        .current_dir(common::root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut uses: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut stack: Vec<String> = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let mut words = line.split_whitespace();
        let depth: usize = words.next().unwrap().parse().unwrap();
        let name = words.next().unwrap().to_owned();
        stack.truncate(depth);
        if let Some(parent) = stack.last() {
            uses.entry(parent.clone()).or_default().push(name.clone());
        }
        stack.push(name);
    }
    assert_eq!(stack.first().map(String::as_str), Some(package), "cargo tree begins elsewhere");
    Graph { root: package.to_owned(), uses }
}

#[test]
fn a_path_is_found_through_crates_between() {
    let uses = [("a", vec!["b", "c"]), ("b", vec!["d"]), ("c", vec![])];
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    let uses = uses.into_iter().map(|(name, to)| (name.to_owned(), owned(to))).collect();
    let graph = Graph { root: "a".to_owned(), uses };
    assert_eq!(graph.path_to("d").unwrap(), ["a", "b", "d"]);
    assert_eq!(graph.path_to("e"), None);
}
