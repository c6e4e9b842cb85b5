//! Puts the built web client where the server embeds it from. A checkout in which it was not
//! built yet still compiles: the page then says how to build it.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?).join("web");
    let dist = here.join("../client-web/dist");
    println!("cargo:rerun-if-changed={}", dist.display());
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    fs::create_dir_all(&out)?;
    if dist.join("index.html").exists() {
        copy(&dist, &out)
    } else {
        let page = "<!doctype html><meta charset=utf-8><title>Parfocal</title><p>The web client \
                    was not built into this server. Run <code>cargo xtask demo</code>, or \
                    <code>npm ci &amp;&amp; npm run build</code> in <code>client-web</code>, and \
                    build the server again.";
        fs::write(out.join("index.html"), page)
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        println!("cargo:rerun-if-changed={}", entry.path().display());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
