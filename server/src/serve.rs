//! `parfocal serve`: opens the data, starts the tree and the listener, prints the links.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::TokioTimer;
use parfocal_actors::engine::{Config, Engine};
use parfocal_actors::video::Source;
use parfocal_auth::{EVERY_SESSION, Hs256, Role};
use sha2::{Digest, Sha256};

use crate::cli::ServeArgs;
use crate::config::Settings;
use crate::http::{Front, router};
use crate::open::{Opened, canonical, open_all};
use crate::{access, files, telemetry};

/// A request's head arrives within this time, or its socket is closed.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long open connections get to end by themselves when the server stops.
const DRAIN: Duration = Duration::from_secs(3);

/// A running server.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// The supervision tree.
    pub engine: Engine,
    /// Mints tokens.
    pub keys: Hs256,
    /// What was opened, and what was not.
    pub opened: Opened,
    settings: Settings,
    handle: Handle<SocketAddr>,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
    upkeep: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Opens the data, starts the tree and listens.
    ///
    /// # Errors
    /// One line that says what is wrong and what to do.
    pub async fn start(settings: Settings) -> Result<Self> {
        telemetry::metrics();
        files::raise(settings.people.participants);
        let keys = access::keys(&settings.state)?;
        let listener = listen(settings.address)?;
        let address = listener.local_addr()?;
        let engine = Engine::start(Config {
            store: store_file(&settings)?,
            cache_bytes: settings.cache_bytes,
            render_threads: settings.threads,
            renderer: settings.renderer,
            gl_devices: settings.gl_devices.clone(),
            encoder: settings.encoder,
            hardware: settings.hardware.clone(),
            bitrate_720p: settings.bitrate_720p,
            limits: settings.limits.clone(),
            people: settings.people,
            trace: settings.trace.clone(),
        })
        .await?;
        let mut opened = open_all(&settings, &engine.shared().images).await?;
        let asked = settings.paths.len() + settings.labels.len();
        if asked > 0 && opened.seeds.is_empty() {
            bail!("none of the images could be opened:\n  {}", opened.warnings.join("\n  "));
        }
        engine.serve(std::mem::take(&mut opened.seeds));
        engine.open_main(&settings.session, access::unix_now_ms()).await?;
        let front = Front::new(engine.clone(), keys.clone(), &settings);
        let keys = keys.tokens;
        let upkeep = tokio::spawn(telemetry::upkeep());
        let handle = Handle::new();
        let serving = serve(listener, &settings, front, handle.clone()).await?;
        Ok(Self { address, engine, keys, opened, settings, handle, serving, upkeep })
    }

    /// A link that opens the session in a role.
    ///
    /// # Errors
    /// When no token can be made.
    pub fn link(&self, role: Role) -> Result<String> {
        let session = &self.settings.session;
        let name = role.to_string();
        let token = access::token(&self.keys, role, session, &name, access::LINK_DAYS)?;
        Ok(access::link(self.address, self.settings.tls.is_some(), session, &token))
    }

    /// A link that opens the list of all sessions, as their owner.
    ///
    /// # Errors
    /// When no token can be made.
    pub fn admin_link(&self) -> Result<String> {
        let days = access::LINK_DAYS;
        let token = access::token(&self.keys, Role::Owner, EVERY_SESSION, "owner", days)?;
        let base = access::address(self.address, self.settings.tls.is_some());
        Ok(format!("{base}/#token={token}"))
    }

    /// Tells clients to come back later, writes the journal, and ends.
    pub async fn stop(self) {
        self.engine.stop().await;
        self.handle.graceful_shutdown(Some(DRAIN));
        let _ = self.serving.await;
        self.upkeep.abort();
    }
}

/// Runs until Ctrl+C or SIGTERM.
///
/// # Errors
/// See [`Server::start`].
pub fn run(args: Box<ServeArgs>) -> Result<()> {
    run_on(args, Source::default())
}

/// The same with other hardware than this machine's, for tests.
///
/// # Errors
/// See [`Server::start`].
pub fn run_on(args: Box<ServeArgs>, hardware: Source) -> Result<()> {
    let settings = Settings { hardware, ..Settings::resolve(*args)? };
    telemetry::logs(settings.log_json);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = Server::start(settings).await?;
        // Before anybody is told that it runs: who asks it to stop at once is heard.
        let stopped = until_stopped()?;
        print_welcome(&server)?;
        tokio::select! {
            () = stopped => {}
            () = server.engine.ended() => bail!("the server's actors have ended; see the log above"),
        }
        eprintln!("Stopping: the sessions are saved, clients will reconnect.");
        server.stop().await;
        Ok(())
    })
}

fn print_welcome(server: &Server) -> Result<()> {
    let Server { opened, settings, .. } = server;
    println!("Parfocal {} serves session \"{}\":", env!("CARGO_PKG_VERSION"), settings.session);
    for line in &opened.lines {
        println!("  {line}");
    }
    if opened.lines.is_empty() {
        println!("  nothing yet: start with `parfocal serve PATH…` to show images");
    }
    for warning in &opened.warnings {
        println!("  warning: {warning}");
    }
    println!("\nOpen one of these links; each carries its role:");
    for role in Role::ALL {
        println!("  {:<10} {}", role.to_string(), server.link(role)?);
    }
    println!("\nAll sessions of this server, to make, archive and delete them:");
    println!("  {:<10} {}", "sessions", server.admin_link()?);
    if let Some(trace) = &settings.trace {
        println!(
            "\nA trace is written to {}: open it in https://ui.perfetto.dev.",
            trace.display()
        );
    }
    println!("\nCtrl+C stops the server. Sessions are kept in {}.", settings.state.display());
    Ok(())
}

/// From now on listens for Ctrl+C and SIGTERM.
fn until_stopped() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn listen(address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            anyhow!("{address} is taken: stop what listens there, or give another --port (0: any)")
        }
        ErrorKind::PermissionDenied => {
            anyhow!("no permission to listen on {address}: take a --port above 1023")
        }
        ErrorKind::AddrNotAvailable => {
            anyhow!("{address} is not an address of this machine: give another --host")
        }
        _ => anyhow!("cannot listen on {address}: {error}"),
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

async fn serve(
    listener: TcpListener,
    settings: &Settings,
    front: Front,
    handle: Handle<SocketAddr>,
) -> Result<tokio::task::JoinHandle<std::io::Result<()>>> {
    let app = router(front).into_make_service_with_connect_info::<SocketAddr>();
    // Without TCP_NODELAY a small message waits for the acknowledgement of the one before it.
    let mut server = axum_server::from_tcp(listener)?.handle(handle);
    let mut http = server.http_builder().http1();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    let Some((cert, key)) = &settings.tls else {
        let server = server.acceptor(NoDelayAcceptor::new());
        return Ok(tokio::spawn(server.serve(app)));
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let tls = RustlsConfig::from_pem_file(cert, key).await.with_context(|| {
        format!("cannot use the TLS files {} and {}", cert.display(), key.display())
    })?;
    let acceptor = RustlsAcceptor::new(tls).acceptor(NoDelayAcceptor::new());
    Ok(tokio::spawn(server.acceptor(acceptor).serve(app)))
}

/// The same images find their sessions again; other images get a file of their own, unless a
/// state folder was chosen.
fn store_file(settings: &Settings) -> Result<PathBuf> {
    let folder = if settings.state_is_own {
        settings.state.clone()
    } else {
        let mut hash = Sha256::new();
        for path in canonical(&settings.paths).iter().chain(&canonical(&settings.labels)) {
            hash.update(path.as_os_str().as_encoded_bytes());
            hash.update([0]);
        }
        let digest = hash.finalize();
        let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        settings.state.join(name)
    };
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    Ok(folder.join("sessions.redb"))
}
