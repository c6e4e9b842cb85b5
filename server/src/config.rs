//! The configuration file, and how it and the command line become settings.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use parfocal_actors::painter::{GlDevices, Renderer};
use parfocal_actors::video;
use parfocal_scene::Limits;
use parfocal_sync::limits::{MAX_PARTICIPANTS, PeopleLimits};
use serde::Deserialize;

use crate::access::default_state;
use crate::cli::ServeArgs;

/// A commented file with every option.
pub const SAMPLE: &str = include_str!("parfocal.toml");

/// Longest session name in bytes: it stands in links and logs.
const MAX_SESSION_NAME: usize = 64;
/// Largest configuration file in bytes.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// What a file may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "described in parfocal.toml")]
pub struct File {
    pub paths: Vec<PathBuf>,
    pub labels: Vec<PathBuf>,
    pub session: Option<String>,
    pub host: Option<IpAddr>,
    pub port: Option<u16>,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    pub insecure: bool,
    pub allowed_origins: Vec<String>,
    pub owners_create_sessions: Option<bool>,
    pub state: Option<PathBuf>,
    pub cache: Option<u64>,
    pub threads: Option<usize>,
    pub renderer: Option<Renderer>,
    pub gl_devices: Option<GlDevices>,
    pub encoder: Option<video::Choice>,
    pub bitrate: Option<u32>,
    pub log_json: bool,
    pub trace: Option<PathBuf>,
    pub limits: Limits,
    pub people: PeopleLimits,
}

/// All that `serve` needs, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Images.
    pub paths: Vec<PathBuf>,
    /// Labels.
    pub labels: Vec<PathBuf>,
    /// Names of the axes of the images.
    pub axes: Option<String>,
    /// Name of the session.
    pub session: String,
    /// Where to listen.
    pub address: SocketAddr,
    /// Certificate chain and private key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Other origins that may connect.
    pub allowed_origins: Vec<String>,
    /// Whether the owner of one session may make others.
    pub owners_create_sessions: bool,
    /// Folder of the secret.
    pub state: PathBuf,
    /// Whether `state` was chosen, and so holds this server's sessions alone.
    pub state_is_own: bool,
    /// Bytes of decoded chunks.
    pub cache_bytes: u64,
    /// Threads that paint.
    pub threads: usize,
    /// What paints.
    pub renderer: Renderer,
    /// On which devices of OpenGL, if that is not left to the server.
    pub gl_devices: Option<GlDevices>,
    /// What encodes video.
    pub encoder: video::Choice,
    /// Hardware to encode with: this machine's, which tests replace.
    pub hardware: video::Source,
    /// Bits per second of a 1280 × 720 stream.
    pub bitrate_720p: u32,
    /// Logs as JSON lines.
    pub log_json: bool,
    /// The file that a trace is written to.
    pub trace: Option<PathBuf>,
    /// How much people may draw in one session.
    pub limits: Limits,
    /// How many people, and how fast each.
    pub people: PeopleLimits,
}

impl Settings {
    /// Joins the command line with the file that it names; the command line goes first.
    ///
    /// # Errors
    /// What is wrong with either, and what would be right.
    pub fn resolve(args: ServeArgs) -> Result<Self> {
        let file = args.config.as_deref().map(read).transpose()?.unwrap_or_default();
        let host = args.host.or(file.host).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let port = args.port.or(file.port).unwrap_or(7420);
        let tls = args.tls_cert.or(file.tls_cert).zip(args.tls_key.or(file.tls_key));
        let insecure = args.insecure || file.insecure;
        if !host.is_loopback() && tls.is_none() && !insecure {
            bail!(
                "{host} can be reached from outside, and tokens would travel in clear: give \
                 --tls-cert and --tls-key, or --insecure behind a proxy that adds TLS"
            );
        }
        let renderer = args.renderer.or(file.renderer).unwrap_or_default();
        let gl_devices = args.gl_devices.or(file.gl_devices);
        ensure!(
            renderer != Renderer::Cpu || gl_devices.is_none(),
            "the renderer cpu takes no GPU: leave gl_devices out, or let renderer be auto or gl"
        );
        let chosen = args.state.or(file.state);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = args.threads.or(file.threads).filter(|&n| n > 0).unwrap_or(cores);
        let cache = args.cache.or(file.cache).unwrap_or(1024).clamp(64, 1 << 20);
        let bitrate = args.bitrate.or(file.bitrate).unwrap_or(6000).clamp(100, 40_000);
        Ok(Self {
            paths: [file.paths, args.paths].concat(),
            labels: [file.labels, args.labels].concat(),
            axes: args.axes,
            session: session(args.session.or(file.session).unwrap_or_else(|| "main".into()))?,
            address: SocketAddr::new(host, port),
            tls,
            allowed_origins: file.allowed_origins,
            owners_create_sessions: file.owners_create_sessions.unwrap_or(true),
            state_is_own: chosen.is_some(),
            state: chosen.map_or_else(default_state, Ok)?,
            cache_bytes: cache << 20,
            threads: threads.min(64),
            renderer,
            gl_devices,
            encoder: args.encoder.or(file.encoder).unwrap_or_default(),
            hardware: video::Source::default(),
            bitrate_720p: bitrate * 1000,
            log_json: args.log_json || file.log_json,
            trace: args.trace.or(file.trace),
            limits: checked(file.limits)?,
            people: checked_people(file.people)?,
        })
    }
}

/// Bounds that other parts of the program rely on cannot be raised.
fn checked(limits: Limits) -> Result<Limits> {
    let Limits { document_bytes, update_bytes, .. } = limits;
    for (name, value, most) in [
        ("document_bytes", document_bytes, Limits::MOST_DOCUMENT_BYTES),
        ("update_bytes", update_bytes, Limits::MOST_UPDATE_BYTES),
    ] {
        ensure!(value <= most, "limits.{name} is at most {most}, not {value}");
    }
    Ok(limits)
}

fn checked_people(people: PeopleLimits) -> Result<PeopleLimits> {
    let PeopleLimits { participants, intents_per_second } = people;
    ensure!(
        (1..=MAX_PARTICIPANTS).contains(&participants),
        "people.participants is from 1 to {MAX_PARTICIPANTS}, not {participants}"
    );
    ensure!(intents_per_second > 0, "people.intents_per_second is at least 1");
    Ok(people)
}

fn read(path: &Path) -> Result<File> {
    let name = path.display();
    let size = std::fs::metadata(path).with_context(|| format!("cannot read {name}"))?.len();
    ensure!(size <= MAX_FILE_BYTES, "{name} is no configuration file: it has {size} bytes");
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    toml::from_str(&text).with_context(|| format!("{name} is not right; see `parfocal config`"))
}

/// A session's name stands in a link: letters, digits, `-`, `_` and `.` only.
///
/// # Errors
/// What a name may be.
pub fn session(name: String) -> Result<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    ensure!(
        !name.is_empty() && name.len() <= MAX_SESSION_NAME && name.chars().all(fits),
        "a session's name has 1 to {MAX_SESSION_NAME} letters, digits, '-', '_' or '.': {name:?}"
    );
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_a_valid_file_and_names_every_option_once() {
        let all: String = SAMPLE
            .lines()
            .filter_map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')))
            .map(|line| format!("{line}\n"))
            .collect();
        let file: File = toml::from_str(&all).unwrap();
        assert_eq!(file.port, Some(7420));
        assert_eq!(file.allowed_origins.len(), 1);
        assert!(toml::from_str::<File>(SAMPLE).is_ok());
    }

    #[test]
    fn a_public_address_needs_tls_or_the_word_insecure() {
        let args = |insecure| ServeArgs {
            host: Some(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            insecure,
            state: Some("x".into()),
            ..ServeArgs::default()
        };
        let error = Settings::resolve(args(false)).unwrap_err().to_string();
        assert!(error.contains("--tls-cert"), "{error}");
        assert!(Settings::resolve(args(true)).is_ok());
    }

    #[test]
    fn devices_of_opengl_are_not_asked_for_beside_the_cpu() {
        let args = |renderer: &str| ServeArgs {
            renderer: Some(renderer.parse().unwrap()),
            gl_devices: Some("0,1".parse().unwrap()),
            state: Some("x".into()),
            ..ServeArgs::default()
        };
        let error = Settings::resolve(args("cpu")).unwrap_err().to_string();
        assert!(error.contains("leave gl_devices out"), "{error}");
        assert!(Settings::resolve(args("auto")).unwrap().gl_devices.is_some());
    }

    #[test]
    fn a_session_name_must_fit_into_a_link() {
        for wrong in ["", "a b", "../x", "é", &"x".repeat(65)] {
            assert!(session(wrong.to_owned()).is_err(), "{wrong}");
        }
        assert!(session("lab-7_b.2".to_owned()).is_ok());
    }
}
