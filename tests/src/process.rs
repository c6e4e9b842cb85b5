//! The `parfocal` program itself, to be killed and started again.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use parfocal_auth::Role;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::within;

/// A running program.
pub struct Process {
    child: Child,
    /// One link for each role, in the order of [`Role::ALL`].
    links: Vec<String>,
}

impl Process {
    /// Starts `parfocal serve` with these arguments, and waits until it has printed its links.
    ///
    /// # Errors
    /// What it said instead.
    pub async fn serve(state: &Path, port: u16, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(program()?);
        command.args(["serve", "--port", &port.to_string()]).args(arguments);
        Self::start(command.arg("--state").arg(state)).await
    }

    /// As [`Process::serve`] on any port, in a network namespace of its own, on every address that
    /// it is given there. Takes root.
    ///
    /// # Errors
    /// What it said instead.
    pub async fn serve_apart(state: &Path, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new("unshare");
        command.arg("--net").arg(program()?).args(["serve", "--port", "0", "--host", "0.0.0.0"]);
        command.arg("--insecure").args(arguments);
        Self::start(command.arg("--state").arg(state)).await
    }

    /// As [`Process::serve`] on any port, and writes all that it logs, and it logs all, to `log`.
    ///
    /// # Errors
    /// What it said instead.
    pub async fn serve_logged(state: &Path, arguments: &[&str], log: &Path) -> Result<Self> {
        let mut command = Command::new(program()?);
        command.args(["serve", "--port", "0"]).args(arguments).env("RUST_LOG", "trace");
        command.stderr(std::fs::File::create(log)?);
        Self::start(command.arg("--state").arg(state)).await
    }

    /// As [`Process::serve`] on any port, and writes what it logs to `log`. A limit that
    /// [`Process::limit_files`] sets makes its writes fail, as a full disk does.
    ///
    /// # Errors
    /// What it said instead.
    pub async fn serve_on_small_disk(state: &Path, arguments: &[&str], log: &Path) -> Result<Self> {
        let mut command = Command::new("sh");
        // Else the first write beyond the limit ends the process.
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(program()?);
        command.args(["serve", "--port", "0"]).args(arguments).stderr(std::fs::File::create(log)?);
        Self::start(command.arg("--state").arg(state)).await
    }

    /// As [`Process::serve`] on any port, from a shell whose limit of open files is as low as many
    /// systems have it.
    ///
    /// # Errors
    /// What it said instead.
    pub async fn serve_with_few_files(state: &Path) -> Result<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -S -n 128; exec \"$0\" \"$@\""]).arg(program()?);
        command.args(["serve", "--port", "0"]);
        Self::start(command.arg("--state").arg(state)).await
    }

    /// From now on no file of it may grow beyond so many bytes; `None`: as large as it likes.
    ///
    /// # Errors
    /// When this machine cannot say so to a process.
    pub async fn limit_files(&self, bytes: Option<u64>) -> Result<()> {
        let bytes = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        let mut prlimit = Command::new("prlimit");
        prlimit.args(["--pid", &self.id().to_string(), &format!("--fsize={bytes}:")]);
        let status = prlimit.status().await.context("prlimit (util-linux) is missing")?;
        anyhow::ensure!(status.success(), "prlimit: {status}");
        Ok(())
    }

    /// What the program complains about instead of serving.
    ///
    /// # Errors
    /// When it serves all the same.
    pub async fn refusal(state: &Path, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(program()?);
        command.args(["serve", "--port", "0"]).args(arguments).arg("--state").arg(state);
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output();
        let output = within("the program ends", output).await?;
        anyhow::ensure!(!output.status.success(), "it ended well");
        Ok(String::from_utf8(output.stderr)?)
    }

    async fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let output = child.stdout.take().context("the program has no output")?;
        let mut lines = BufReader::new(output).lines();
        let mut links = Vec::new();
        while links.len() < Role::ALL.len() {
            let line = within("the program prints its links", lines.next_line()).await?;
            let Some(line) = line else { bail!("the program ended before it listened") };
            links.extend(
                line.split_whitespace().filter(|w| w.contains("#token=")).map(str::to_owned),
            );
        }
        // What it prints later must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, links })
    }

    /// What another run of the program prints, of which this one is asked something.
    ///
    /// # Errors
    /// What it complains about.
    pub async fn ask(&self, state: &Path, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(program()?);
        command.args(arguments).arg("--url").arg(format!("http://{}", self.address()));
        let output = command.arg("--state").arg(state).output();
        let output = within("the command ends", output).await?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "{complaint}");
        Ok(String::from_utf8(output.stdout)?)
    }

    /// The link of a role.
    pub fn link(&self, role: Role) -> &str {
        let at = Role::ALL.iter().position(|&other| other == role);
        at.and_then(|at| self.links.get(at)).map_or("", String::as_str)
    }

    /// Where it listens: `HOST:PORT`.
    pub fn address(&self) -> &str {
        let link = self.link(Role::Owner);
        link.split('/').nth(2).unwrap_or_default()
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Kills it as a power cut would, and waits until it is gone.
    ///
    /// # Errors
    /// When it is gone already.
    pub async fn kill(mut self) -> Result<()> {
        self.child.kill().await?;
        Ok(())
    }

    /// Asks it to stop, as `kill` and service managers do, and waits until it has.
    ///
    /// # Errors
    /// When it ended with a failure.
    pub async fn terminate(mut self) -> Result<()> {
        let asked = Command::new("kill").arg(self.id().to_string()).status().await?;
        anyhow::ensure!(asked.success(), "it cannot be asked to stop");
        let ended = within("the program stops", self.child.wait()).await?;
        anyhow::ensure!(ended.success(), "it stopped with a failure: {ended}");
        Ok(())
    }

    /// The value of a metric, summed over its labels; 0 where there is none yet.
    ///
    /// # Errors
    /// When the program does not answer.
    pub async fn metric(&self, name: &str) -> Result<f64> {
        let text = http_get(self.address(), "/metrics").await?;
        let of =
            |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']));
        let values = text.lines().filter(of).filter_map(|line| line.rsplit(' ').next());
        Ok(values.filter_map(|value| value.parse::<f64>().ok()).sum())
    }
}

/// The body of a page of a server on this machine.
///
/// # Errors
/// When it does not answer.
pub async fn http_get(address: &str, path: &str) -> Result<String> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut socket = tokio::net::TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    within("the server answers", socket.read_to_string(&mut answer)).await?;
    let (_, body) = answer.split_once("\r\n\r\n").context("the answer is cut off")?;
    Ok(body.to_owned())
}

/// The program as cargo has built it for these tests: beside the folder of the test programs.
/// Asking cargo from here for the server's own would build half of it anew, since its dependencies
/// have other features there.
fn program() -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let profile = here.parent().and_then(Path::parent).context("the test lies nowhere")?;
    let program =
        profile.join("parfocal-under-test").with_extension(std::env::consts::EXE_EXTENSION);
    anyhow::ensure!(
        program.exists(),
        "{} is missing: `cargo test -p parfocal-tests` makes it",
        program.display()
    );
    Ok(program)
}
