//! Every crate is held to the workspace's lints, or says in its manifest why it has its own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::fs;

#[test]
fn every_crate_inherits_the_lints_or_documents_its_own() {
    let mut wrong = Vec::new();
    for (name, folder) in common::members() {
        let manifest = fs::read_to_string(common::root().join(&folder).join("Cargo.toml")).unwrap();
        if let Err(why) = lints(&manifest) {
            wrong.push(format!("{name}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "manifests without proper [lints]:\n  {}", wrong.join("\n  "));
}

/// Whether a manifest has `[lints] workspace = true`, or tables of its own under a comment.
fn lints(manifest: &str) -> Result<(), &'static str> {
    let lines: Vec<_> = manifest.lines().map(str::trim).collect();
    if let Some(at) = lines.iter().position(|line| *line == "[lints]") {
        let own = lines.iter().skip(at + 1).take_while(|line| !line.starts_with('['));
        return match own.into_iter().any(|line| line.replace(' ', "") == "workspace=true") {
            true => Ok(()),
            false => Err("[lints] does not say `workspace = true`"),
        };
    }
    let Some(at) = lines.iter().position(|line| line.starts_with("[lints.")) else {
        return Err("no [lints]");
    };
    match at.checked_sub(1).and_then(|before| lines.get(before)) {
        Some(line) if line.starts_with('#') => Ok(()),
        _ => Err("own [lints.*] without a comment above that says why"),
    }
}

#[test]
fn inherited_and_explained_lints_pass_and_others_do_not() {
    assert!(lints("[lints]\nworkspace = true\n").is_ok());
    assert!(lints("# One module talks to C.\n[lints.rust]\nunsafe_code = \"deny\"").is_ok());
    assert!(lints("[lints.rust]\nunsafe_code = \"allow\"").is_err());
    assert!(lints("[lints]\n[dependencies]\nworkspace = true").is_err());
    assert!(lints("[package]").is_err());
}
