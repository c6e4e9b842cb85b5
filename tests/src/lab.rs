//! A server within the test's process, and clients of it.

use std::path::PathBuf;

use anyhow::Result;
use parfocal_actors::video::Source;
use parfocal_auth::Role;
use parfocal_client_native::{Client, Link, Options};
use parfocal_server::cli::ServeArgs;
use parfocal_server::config::Settings;
use parfocal_server::serve::Server;
use tempfile::TempDir;

use crate::{files, within};

/// A canvas that shows the test stack at exactly three pixels a sample would need 480 × 360; this
/// is a little larger, and not in proportion.
pub const CANVAS: [u32; 2] = [512, 400];

/// A server that shows the test stack and its labels in session `lab`.
pub struct Lab {
    /// The server.
    pub server: Server,
    /// Where its files are.
    pub folder: TempDir,
}

impl Lab {
    /// Starts it on a free port, with a state folder of its own.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start() -> Result<Self> {
        Self::configured("").await
    }

    /// The same with a configuration file that says this.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn configured(toml: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let paths = vec![files::stack(folder.path())?, files::labels(folder.path())?];
        Self::showing(folder, paths, toml).await
    }

    /// The same with other images (t, z, y, x), which lie in `folder`.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn showing(folder: TempDir, paths: Vec<PathBuf>, toml: &str) -> Result<Self> {
        Self::begin(folder, paths, toml, Source::default()).await
    }

    /// The test stack on a machine that encodes by this hardware.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn encoding(toml: &str, hardware: Source) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let paths = vec![files::stack(folder.path())?, files::labels(folder.path())?];
        Self::begin(folder, paths, toml, hardware).await
    }

    async fn begin(
        folder: TempDir,
        paths: Vec<PathBuf>,
        toml: &str,
        hardware: Source,
    ) -> Result<Self> {
        let config = folder.path().join("parfocal.toml");
        std::fs::write(&config, toml)?;
        let args = ServeArgs {
            paths,
            axes: Some("tzyx".to_owned()),
            session: Some("lab".to_owned()),
            port: Some(0),
            config: Some(config),
            state: Some(folder.path().join("state")),
            ..ServeArgs::default()
        };
        let server = Server::start(Settings { hardware, ..Settings::resolve(args)? }).await?;
        Ok(Self { server, folder })
    }

    /// A link of this role.
    ///
    /// # Errors
    /// When no token can be made.
    pub fn link(&self, role: Role) -> Result<Link> {
        Ok(self.server.link(role)?.parse()?)
    }

    /// A connected client of this role, whose window is [`CANVAS`] large.
    ///
    /// # Errors
    /// When it is not let in.
    pub async fn client(&self, role: Role) -> Result<Client> {
        self.client_with(role, Options { canvas: Some(CANVAS), ..Options::default() }).await
    }

    /// A connected client with other options.
    ///
    /// # Errors
    /// When it is not let in.
    pub async fn client_with(&self, role: Role, options: Options) -> Result<Client> {
        let link = self.link(role)?;
        Ok(within("a client is let in", Client::connect(&link, options)).await?)
    }
}
