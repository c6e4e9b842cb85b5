//! The programs that building and testing need, and how to get them.

use std::env;
use std::process::Command;

use anyhow::{Result, bail};

use crate::repo;
use crate::step::{first_line, note, run};

/// Vite and the web client's tests need it.
const OLDEST_NODE: u32 = 20;

/// What a missing tool means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing works without it.
    Must,
    /// It works without, but as this text says.
    Better(&'static str),
}

/// A program, how to recognise it, and the Debian packages that bring it.
#[derive(Clone, Copy)]
pub(crate) struct Tool {
    name: &'static str,
    /// What it is for, after "needed to".
    purpose: &'static str,
    packages: &'static [&'static str],
    need: Need,
    found: fn() -> bool,
}

pub(crate) const NASM: Tool = Tool {
    name: "nasm",
    purpose: "build the assembly of the H.264 encoder",
    packages: &["nasm"],
    need: Need::Better(
        "H.264 will be several times slower. After installing it later: cargo clean -p openh264-sys2",
    ),
    found: || first_line("nasm", &["-v"]).is_some(),
};

pub(crate) const CXX: Tool = Tool {
    name: "a C++ compiler",
    purpose: "build the H.264 encoder",
    packages: &["g++"],
    need: Need::Must,
    found: || {
        let set = env::var("CXX").ok();
        let names = set.iter().map(String::as_str).chain(["c++", "g++", "clang++"]);
        names.into_iter().any(|name| first_line(name, &["--version"]).is_some())
    },
};

pub(crate) const NODE: Tool = Tool {
    name: "Node.js 20 or newer",
    purpose: "build the web client (where the distribution has an older one: nodejs.org)",
    packages: &["nodejs"],
    need: Need::Must,
    found: || {
        first_line("node", &["--version"]).and_then(|v| major(&v)).is_some_and(|v| v >= OLDEST_NODE)
    },
};

pub(crate) const NPM: Tool = Tool {
    name: "npm",
    purpose: "fetch what the web client is built from",
    packages: &["npm"],
    need: Need::Must,
    found: || first_line("npm", &["--version"]).is_some(),
};

pub(crate) const CHROMIUM: Tool = Tool {
    name: "chromium",
    purpose: "run the browser tests",
    packages: &["chromium"],
    need: Need::Must,
    found: || {
        ["chromium", "chromium-browser", "google-chrome"]
            .into_iter()
            .any(|name| first_line(name, &["--version"]).is_some())
    },
};

pub(crate) const FFMPEG: Tool = Tool {
    name: "ffmpeg",
    purpose: "decode our streams with a decoder that is not ours",
    packages: &["ffmpeg"],
    need: Need::Must,
    found: || first_line("ffmpeg", &["-version"]).is_some(),
};

pub(crate) const EGL: Tool = Tool {
    name: "EGL with a driver for OpenGL",
    purpose: "hold the GL renderer against its definition",
    packages: &["libegl1", "libgl1-mesa-dri"],
    need: Need::Must,
    found: || {
        let known = Command::new("/sbin/ldconfig").arg("-p").output();
        let known = known.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        known.is_ok_and(|known| known.contains("libEGL.so.1") && known.contains("libEGL_mesa.so.0"))
    },
};

/// What every build of the whole needs.
pub(crate) const BUILD: [Tool; 4] = [CXX, NODE, NPM, NASM];

pub(crate) fn is_there(tool: &Tool) -> bool {
    (tool.found)()
}

/// Makes sure that `tools` are there: installs what is missing when that is possible and
/// `install` allows it; else names each, with the command that brings it.
///
/// # Errors
/// Where a tool that must be there is missing in the end.
pub(crate) fn ensure(tools: &[Tool], install: bool) -> Result<()> {
    let missing = |tool: &&Tool| !(tool.found)();
    let absent: Vec<&Tool> = tools.iter().filter(missing).collect();
    if absent.is_empty() {
        note("all there");
        return Ok(());
    }
    for tool in &absent {
        note(&format!("missing: {}, needed to {}", tool.name, tool.purpose));
    }
    let packages: Vec<_> = absent.iter().flat_map(|tool| tool.packages).copied().collect();
    if install && can_install() {
        if let Err(error) = apt_install(&packages) {
            note(&format!("{error:#}"));
        }
    } else {
        note(&format!("install: {}", by_hand(&packages)));
    }
    let absent: Vec<&Tool> = absent.into_iter().filter(missing).collect();
    for tool in &absent {
        if let Need::Better(consequence) = tool.need {
            note(&format!("going on without {}: {consequence}", tool.name));
        }
    }
    let must: Vec<_> = absent.iter().filter(|t| t.need == Need::Must).map(|t| t.name).collect();
    if !must.is_empty() {
        bail!("{} missing; install with: {}", must.join(", "), by_hand(&packages));
    }
    Ok(())
}

/// Installs Debian packages, refreshing the package lists only if the first try fails.
pub(crate) fn apt_install(packages: &[&str]) -> Result<()> {
    if try_install(packages).is_ok() {
        return Ok(());
    }
    run(apt().args(["-q", "update"]))?;
    try_install(packages)
}

/// Whether packages can be installed without asking anybody: root, on a system with apt.
pub(crate) fn can_install() -> bool {
    first_line("id", &["-u"]).as_deref() == Some("0")
        && first_line("apt-get", &["--version"]).is_some()
}

fn try_install(packages: &[&str]) -> Result<()> {
    run(apt().args(["-q", "install", "-y", "--no-install-recommends"]).args(packages))
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").current_dir(repo::root());
    command
}

/// The exact command where there is apt; else what to look for.
fn by_hand(packages: &[&str]) -> String {
    let list = packages.join(" ");
    if first_line("apt-get", &["--version"]).is_some() {
        format!("sudo apt-get update && sudo apt-get install -y {list}")
    } else {
        format!("with your system's package manager, what Debian calls {list}")
    }
}

/// The first number of a version such as `v20.1.0`.
fn major(version: &str) -> Option<u32> {
    version.trim_start_matches('v').split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_read_with_and_without_a_v() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("18.1"), Some(18));
        assert_eq!(major("unknown"), None);
    }
}
