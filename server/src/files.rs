//! Enough sockets: the system bounds how many files a process may have open.

use anyhow::{Context, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Sockets of a client: state and pixels.
const SOCKETS: u64 = 2;
/// Files besides: the runtime's, the terminal, and sockets that are being closed.
const BESIDES: u64 = 64;

/// Lets this process open as many files as the system allows it: a server is not what the low limit
/// of a shell protects from. Says so where that is not enough for one session full of people.
pub(crate) fn raise(participants: usize) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let most = if raised.is_ok() { maximum } else { current };
    let wanted = needed(participants);
    if let Some(most) = most.filter(|&most| most < wanted) {
        tracing::warn!(
            "this system lets a process open {most} files (`ulimit -Hn`), and {participants} people \
             in a session need {wanted}: have that raised, or the last ones cannot connect"
        );
    }
}

fn needed(clients: usize) -> u64 {
    (clients as u64).saturating_mul(SOCKETS).saturating_add(BESIDES)
}

/// Lets this process have as many sockets as `clients` need, as far as the system allows.
///
/// # Errors
/// When it does not.
pub(crate) fn allow(clients: usize) -> Result<()> {
    let wanted = needed(clients);
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
