//! `ARCHITECTURE.md` names every crate's folder, and only paths that exist.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::fs;

/// Endings by which a word in code font is taken for a file.
const FILES: [&str; 12] = [
    ".rs", ".ts", ".tsx", ".toml", ".md", ".json", ".lock", ".html", ".css", ".py", ".npy", ".tif",
];

#[test]
fn the_map_names_every_crate() {
    let map = read_map();
    let named: Vec<_> = paths(&map).into_iter().map(|path| path.text).collect();
    let missing: Vec<_> = common::members()
        .into_values()
        .map(|folder| format!("{}/", folder.display()))
        .filter(|folder| !named.iter().any(|path| path.starts_with(folder)))
        .collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md does not name: {}", missing.join(", "));
}

#[test]
fn the_map_names_only_what_exists() {
    let root = common::root();
    let wrong: Vec<_> = paths(&read_map())
        .into_iter()
        .filter(|path| !root.join(&path.text).exists())
        .map(|path| format!("line {}: {}", path.line, path.text))
        .collect();
    assert!(wrong.is_empty(), "ARCHITECTURE.md names what is not there:\n  {}", wrong.join("\n  "));
}

fn read_map() -> String {
    let path = common::root().join("ARCHITECTURE.md");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[derive(Debug, PartialEq)]
struct Named {
    line: usize,
    text: String,
}

/// The paths that a Markdown text names: words in code font, and the first word of each line of an
/// indented or fenced block, where they look like a path from the root: `folder/`, `folder/file.rs`
/// or `FILE.md`. A path ends before `:` or `#` (an item inside the file).
fn paths(markdown: &str) -> Vec<Named> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (line, text) in (1..).zip(markdown.lines()) {
        if text.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        let words: Vec<&str> = if fenced || text.starts_with("    ") {
            text.split_whitespace().take(1).collect()
        } else {
            text.split('`').skip(1).step_by(2).collect()
        };
        let texts = words.into_iter().filter_map(path);
        found.extend(texts.map(|text| Named { line, text: text.to_owned() }));
    }
    found
}

/// The path in a word, if it looks like one.
fn path(word: &str) -> Option<&str> {
    let path = word.split([':', '#']).next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let file = FILES.iter().any(|ending| path.ends_with(ending) && path.len() > ending.len());
    // A served path (`/healthz`), a build product and a home are no paths of the repository.
    let ours = !path.starts_with(['/', '~']) && !path.starts_with("target/");
    (ours && path.chars().all(plain) && (path.ends_with('/') || file)).then_some(path)
}

#[test]
fn paths_are_told_from_other_code() {
    let text = "See `base/src/lib.rs`, `scene/` and `Frame`; `a/b` is a ratio, `/healthz` a route.\n\
                ```\nsync/   the wire\ncargo xtask demo\n```\n`docs/protocol.md#hello`";
    let texts: Vec<_> = paths(text).into_iter().map(|named| (named.line, named.text)).collect();
    let expected = [(1, "base/src/lib.rs"), (1, "scene/"), (3, "sync/"), (6, "docs/protocol.md")];
    assert_eq!(texts, expected.map(|(line, text)| (line, text.to_owned())));
}
