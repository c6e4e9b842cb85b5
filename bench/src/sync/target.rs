//! The servers that are measured, each started fresh, as a process of its own.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use parfocal_client_native::Link;
use tempfile::TempDir;

use super::frames::Dialect;
use super::state::State;
use super::wire::Door;
use crate::process::Process;
use crate::server::Server;

/// A server listens within this time.
const PATIENCE: Duration = Duration::from_secs(30);
/// The document that clients share.
const SHARED: &str = "annotations";

/// Which server.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// The program `parfocal`.
    Parfocal(PathBuf),
    /// `server.mjs` in a folder where `@hocuspocus/server` is installed.
    Hocuspocus(PathBuf),
    /// The program `y-sweet`.
    YSweet(PathBuf),
    /// This program, as [`super::relay`].
    Relay,
}

impl Kind {
    /// In the table.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Parfocal(_) => "Parfocal",
            Self::Hocuspocus(_) => "Hocuspocus",
            Self::YSweet(_) => "y-sweet",
            Self::Relay => "bare relay",
        }
    }

    /// Starts it, with its store on.
    pub(crate) fn start(&self) -> Result<Target> {
        let running = match self {
            Self::Parfocal(program) => Running::Parfocal(Box::new(Server::start(Some(program))?)),
            Self::Hocuspocus(_) | Self::YSweet(_) | Self::Relay => {
                let folder = tempfile::tempdir().context("cannot make a folder")?;
                Running::Peer { life: self.spawn(folder.path())?, folder }
            }
        };
        Ok(Target { kind: self.clone(), running })
    }

    fn spawn(&self, folder: &Path) -> Result<Life> {
        match self {
            Self::Parfocal(_) => bail!("it is started elsewhere"),
            Self::Hocuspocus(program) => {
                let mut command = Command::new("node");
                command.arg(program).arg(folder);
                announced(&mut command)
            }
            Self::Relay => announced(Command::new(std::env::current_exe()?).arg("relay")),
            Self::YSweet(program) => y_sweet(program, folder),
        }
    }
}

/// The acknowledgement of an update.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acks {
    /// A message that says so: Hocuspocus's SyncStatus.
    Status,
    /// The writer is sent its own update. (y-sweet answers its own status message after that, and
    /// Nagle's algorithm holds it back for 40 ms more.)
    Returned,
}

/// A running server.
pub(crate) struct Target {
    kind: Kind,
    running: Running,
}

enum Running {
    Parfocal(Box<Server>),
    Peer { life: Life, folder: TempDir },
}

/// A running peer.
struct Life {
    process: Process,
    address: String,
    /// Kept open, or what it prints later would fail.
    _output: Option<BufReader<ChildStdout>>,
}

impl Target {
    /// Parfocal itself.
    pub(crate) fn parfocal(&self) -> Option<&Server> {
        match &self.running {
            Running::Parfocal(server) => Some(server),
            Running::Peer { .. } => None,
        }
    }

    pub(crate) fn process(&self) -> &Process {
        match &self.running {
            Running::Parfocal(server) => &server.process,
            Running::Peer { life, .. } => &life.process,
        }
    }

    /// Stops it so that it saves, and starts it again on what it saved; answers when it did.
    pub(crate) fn restart(&mut self) -> Result<Instant> {
        match &mut self.running {
            Running::Parfocal(server) => server.restart(),
            Running::Peer { life, folder } => {
                life.process.stop()?;
                let start = Instant::now();
                *life = self.kind.spawn(folder.path())?;
                Ok(start)
            }
        }
    }

    /// Where the shared document is read.
    pub(crate) fn reader(&self) -> Result<Door> {
        match &self.running {
            Running::Parfocal(server) => Ok(ours(server.link_of("viewer")?)),
            Running::Peer { life, .. } => Ok(self.peer(life, SHARED)),
        }
    }

    /// Where the shared document is written, and acknowledged.
    pub(crate) fn writer(&self) -> Result<Door> {
        match &self.running {
            Running::Parfocal(server) => Ok(acknowledged(server.link_of("annotator")?)),
            Running::Peer { life, .. } => Ok(self.peer(life, SHARED)),
        }
    }

    /// Where another document is written, and the layer that its annotations are to be put into.
    pub(crate) async fn another(&self, name: &str, client: u64) -> Result<(Door, u64)> {
        match &self.running {
            Running::Parfocal(server) => {
                let link = server.session(name)?;
                let layer = State::join(&link, client).await?.layer("shapes").await?;
                Ok((acknowledged(&link), layer))
            }
            Running::Peer { life, .. } => Ok((self.peer(life, name), 1)),
        }
    }

    fn peer(&self, life: &Life, document: &str) -> Door {
        let (path, dialect) = match self.kind {
            Kind::YSweet(_) | Kind::Relay => {
                (format!("/d/{document}/ws/{document}"), Dialect::Plain)
            }
            _ => {
                let (document, token) = (document.to_owned(), "anybody".to_owned());
                ("/".to_owned(), Dialect::Named { document, token })
            }
        };
        Door { address: life.address.clone(), path, protocols: None, dialect }
    }

    /// How a writer knows that an update was taken.
    pub(crate) fn acks(&self) -> Acks {
        match self.kind {
            Kind::YSweet(_) | Kind::Relay => Acks::Returned,
            _ => Acks::Status,
        }
    }
}

/// Parfocal's annotations, as Hocuspocus's provider writes them: what is saved is acknowledged.
fn acknowledged(link: &Link) -> Door {
    let (document, token) = (format!("{}/annotations", link.session), link.token.clone());
    let (address, path) = (link.address.clone(), "/hocuspocus".to_owned());
    Door { address, path, protocols: None, dialect: Dialect::Named { document, token } }
}

/// Parfocal's annotations, as y-websocket reads them.
fn ours(link: &Link) -> Door {
    Door {
        address: link.address.clone(),
        path: format!("/y/{}/annotations", link.session),
        protocols: Some(format!("parfocal.y, bearer.{}", link.token)),
        dialect: Dialect::Plain,
    }
}

/// A server that prints its version and its address.
fn announced(command: &mut Command) -> Result<Life> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let output = child.stdout.take();
    let process = Process::new(child);
    let mut output = BufReader::new(output.context("no output to read")?);
    let mut line = String::new();
    output.read_line(&mut line).context("it printed no address")?;
    let (_, address) = line.trim().split_once(' ').context("it printed no address")?;
    Ok(Life { process, address: address.to_owned(), _output: Some(output) })
}

/// It cannot be asked which port it took, so that it is given one that was free just now.
fn y_sweet(program: &Path, folder: &Path) -> Result<Life> {
    let free = TcpListener::bind("127.0.0.1:0").context("no free port")?;
    let address = free.local_addr().context("no free port")?;
    drop(free);
    let child = Command::new(program)
        .arg("serve")
        .arg(folder)
        .args(["--port", &address.port().to_string()])
        .env("RUST_LOG", "error")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let process = Process::new(child);
    let start = Instant::now();
    while TcpStream::connect(address).is_err() {
        if start.elapsed() > PATIENCE {
            bail!("it does not listen");
        }
        sleep(Duration::from_millis(5));
    }
    Ok(Life { process, address: address.to_string(), _output: None })
}
