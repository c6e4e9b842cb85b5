//! Enough sockets: the system bounds how many files a process may have open.

use anyhow::{Context, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Sockets of a client: state and pixels.
const SOCKETS: u64 = 2;
/// Files besides: the runtime's, the terminal, and sockets that are being closed.
const BESIDES: u64 = 64;

/// Lets this process have as many sockets as `clients` need, as far as the system allows.
///
/// # Errors
/// When it does not.
pub(super) fn allow(clients: usize) -> Result<()> {
    let wanted = (clients as u64).saturating_mul(SOCKETS).saturating_add(BESIDES);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // None: as many as anybody likes.
    if current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    if let Some(most) = maximum.filter(|&most| most < wanted) {
        bail!(
            "{clients} clients need {wanted} open files, and this system allows {most} \
             (`ulimit -Hn`): have that raised, or give fewer --viewers"
        );
    }
    setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum })
        .with_context(|| format!("cannot open {wanted} files: try `ulimit -n {wanted}` before"))
}
