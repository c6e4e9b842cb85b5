//! A folder in which the program is started again and again.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use parfocal_auth::Role;
use parfocal_client_native::{Client, Link, Options};
use parfocal_tests::process::Process;
use parfocal_tests::{files, within};

/// Where a program keeps its sessions, and what it serves.
pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
    image: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let image = files::stack(folder.path()).unwrap();
        Self { folder, image }
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.state().join("sessions.redb")
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    fn arguments(&self) -> [&str; 3] {
        [self.image.to_str().unwrap(), "--axes", "tzyx"]
    }

    pub(crate) async fn serve(&self) -> Process {
        self.serve_with(&[]).await
    }

    pub(crate) async fn serve_with(&self, more: &[&str]) -> Process {
        let (log, arguments) = (self.folder.path().join("log"), [&self.arguments(), more].concat());
        Process::serve_on_small_disk(&self.state(), &arguments, &log).await.unwrap()
    }

    pub(crate) async fn refusal(&self) -> String {
        Process::refusal(&self.state(), &self.arguments()).await.unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Else the folder could not be removed.
        read_only(&self.store(), false);
    }
}

/// Whether nobody, not even root, may write to a file from now on, or everybody may again. Says
/// loudly where that cannot be had.
pub(crate) fn read_only(file: &Path, on: bool) -> bool {
    let mut chattr = std::process::Command::new("chattr");
    let done = chattr.arg(if on { "+i" } else { "-i" }).arg(file).stderr(Stdio::null()).status();
    let done = done.is_ok_and(|status| status.success());
    if on && !done {
        eprintln!("NOT TESTED: `chattr +i {}` is not possible here", file.display());
    }
    done
}

/// A client of this role that asks for pictures of this size.
pub(crate) async fn client(server: &Process, role: Role, canvas: Option<[u32; 2]>) -> Client {
    let link: Link = server.link(role).parse().unwrap();
    let options = Options { canvas, ..Options::default() };
    within("connected", Client::connect(&link, options)).await.unwrap()
}
