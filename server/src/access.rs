//! The secret, tokens, and the links that carry them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow};
use parfocal_auth::hs256::DEFAULT_NAME;
use parfocal_auth::{EVERY_SESSION, Hs256, Identity, Issuer, Role, Secret, TokenName};

use crate::cli::TokenArgs;

/// How long the links that `serve` prints are good, in days.
pub const LINK_DAYS: u32 = 30;
const DAY_S: u64 = 24 * 60 * 60;

/// The folder for the secret where none was chosen: `parfocal` in the user's state folder.
///
/// # Errors
/// Where the user has no home.
pub fn default_state() -> Result<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/state"));
    let state = state.or_else(home).context("there is no home folder: give --state DIR")?;
    Ok(state.join("parfocal"))
}

/// Seconds since 1970.
pub fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Milliseconds since 1970.
pub fn unix_now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// What tokens and invitations are signed with. One cannot be taken for the other.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Mints and checks tokens.
    pub tokens: Hs256,
    /// Mints and checks the secrets in invitations' links.
    pub invitations: Hs256,
}

/// The keys of the server: from the variable `PARFOCAL_SECRET`, else from `state`, where they are
/// made at the first start.
///
/// # Errors
/// What is wrong with the secret.
pub fn keys(state: &Path) -> Result<Keys> {
    let secret = match std::env::var("PARFOCAL_SECRET") {
        Ok(text) => Secret::from_bytes(text.into_bytes())
            .map_err(|e| anyhow!("PARFOCAL_SECRET is not usable: {e}"))?,
        Err(_) => {
            std::fs::create_dir_all(state)
                .with_context(|| format!("cannot make the folder {}", state.display()))?;
            Secret::load_or_create(&state.join("secret"))?
        }
    };
    let invitations = Hs256::named(&secret, DEFAULT_NAME, "parfocal-invitation");
    Ok(Keys { tokens: Hs256::new(&secret), invitations })
}

/// A token for a role.
///
/// # Errors
/// When the name cannot stand in a token.
pub fn token(keys: &Hs256, role: Role, session: &str, name: &str, days: u32) -> Result<String> {
    let (name, session) = (name.to_owned(), session.to_owned());
    let identity = Identity { subject: name.clone(), name, session, role };
    let name = TokenName::random(random()?, None);
    Ok(keys.mint(&identity, &name, unix_now(), u64::from(days) * DAY_S)?)
}

/// Bytes that nobody can guess.
///
/// # Errors
/// When the system gives none.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| anyhow!("the system gave no random bytes: {e}"))?;
    Ok(bytes)
}

/// `parfocal token`
///
/// # Errors
/// When there is no usable secret.
pub fn print_token(args: &TokenArgs) -> Result<()> {
    let state = args.state.clone().map_or_else(default_state, Ok)?;
    let session = match args.session.as_str() {
        EVERY_SESSION => EVERY_SESSION.to_owned(),
        name => crate::config::session(name.to_owned())?,
    };
    let name = args.name.clone().unwrap_or_else(|| args.role.to_string());
    println!("{}", token(&keys(&state)?.tokens, args.role, &session, &name, args.days)?);
    Ok(())
}

/// The link that opens `session` with `token`: the token is in the fragment, which browsers do
/// not send.
pub fn link(address: SocketAddr, tls: bool, session: &str, token: &str) -> String {
    format!("{}/s/{session}#token={token}", self::address(address, tls))
}

/// How the server is reached: `http://HOST:PORT`.
pub fn address(address: SocketAddr, tls: bool) -> String {
    let scheme = if tls { "https" } else { "http" };
    // Who listens on every address is found by the machine's name.
    let name = address.ip().is_unspecified().then(host_name).flatten();
    let address = name.map_or_else(|| address.to_string(), |n| format!("{n}:{}", address.port()));
    format!("{scheme}://{address}")
}

fn host_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
