//! The web client: dependencies, build, type check, tests; and other folders with npm packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::repo;
use crate::step::{command, note, run, run_tee};

/// Folders of the web client that are made from the others.
const MADE: [&str; 2] = ["dist", "node_modules"];

/// Builds the web client into `client-web/dist`, which the server embeds; does nothing where the
/// last build is newer than every source.
pub(crate) fn build() -> Result<()> {
    let folder = folder()?;
    let stamp = repo::cache().join("client-web.built");
    let built = modified(&stamp).filter(|_| folder.join("dist/index.html").is_file());
    if built.is_some_and(|built| built > newest(&folder)) {
        note("client-web/dist is newer than its sources: kept");
        return Ok(());
    }
    install(&folder)?;
    run(&mut command(&folder, "npm", &["run", "build"]))?;
    fs::create_dir_all(repo::cache()).context("cannot create .cache")?;
    fs::write(&stamp, "").with_context(|| format!("cannot write {}", stamp.display()))
}

/// Checks the types of the web client.
pub(crate) fn check() -> Result<()> {
    let folder = folder()?;
    install(&folder)?;
    run(&mut command(&folder, "npm", &["run", "check"]))
}

/// Runs the web client's unit tests; `each` gets every line that they print.
pub(crate) fn test(each: impl FnMut(&str)) -> Result<()> {
    let folder = folder()?;
    install(&folder)?;
    run_tee(command(&folder, "npm", &["test"]).env("NO_COLOR", "1"), each)
}

/// `npm ci`, unless what is installed is what the lock file says.
pub(crate) fn install(folder: &Path) -> Result<()> {
    let installed = modified(&folder.join("node_modules/.package-lock.json"));
    let wanted = modified(&folder.join("package-lock.json"))
        .with_context(|| format!("{} has no package-lock.json", folder.display()))?;
    if installed.is_some_and(|installed| installed >= wanted) {
        return Ok(());
    }
    run(&mut command(folder, "npm", &["ci", "--no-audit", "--no-fund"]))
}

fn folder() -> Result<PathBuf> {
    let folder = repo::root().join("client-web");
    if !folder.join("package.json").is_file() {
        bail!("{} has no package.json: is the clone complete?", folder.display());
    }
    Ok(folder)
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|meta| meta.modified()).ok()
}

/// When the youngest file under `folder` changed, leaving out what is made from the others.
fn newest(folder: &Path) -> SystemTime {
    let mut youngest = SystemTime::UNIX_EPOCH;
    let mut open = vec![folder.to_path_buf()];
    while let Some(path) = open.pop() {
        youngest = youngest.max(modified(&path).unwrap_or(SystemTime::UNIX_EPOCH));
        let Ok(entries) = fs::read_dir(&path) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let made = MADE.iter().any(|name| path == folder.join(name));
            if made || path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else {
                youngest = youngest.max(modified(&path).unwrap_or(SystemTime::UNIX_EPOCH));
            }
        }
    }
    youngest
}
