//! `parfocal load`: many clients of a running server in this process, and what they see of it.
//!
//! Each is a whole client: two sockets, a mirror, acknowledgements. Without `--decode` pictures are
//! counted and acknowledged as they arrive, so that this takes little of the machine it measures.
//!
//! - `editor`: who moves the view meanwhile.
//! - `report`: from the clients' numbers to what is printed.
//! - `files`: enough sockets.

mod editor;
mod report;

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use futures_util::future::{join_all, try_join_all};
use futures_util::stream::{self, StreamExt};
use parfocal_client_native::core::stats::Stats;
use parfocal_client_native::{Client, ClientError, Link, Options, Status};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::cli::LoadArgs;
use editor::Editor;
use report::Seen;
pub use report::{Quantiles, Report};

/// Clients that connect at a time: as many as come together when a lecture begins.
const CONNECTING: usize = 16;
/// The first client is let in within this time, or nobody is there.
const FIRST: Duration = Duration::from_secs(10);
/// The others are, or the server or this machine has too much to do.
const OTHERS: Duration = Duration::from_secs(30);
/// Until the pictures that a joiner, or a movement that begins, brings about have come.
const SETTLE: Duration = Duration::from_secs(1);
/// Between two lines that say how it goes.
const PROGRESS: Duration = Duration::from_secs(1);

/// `parfocal load`
///
/// # Errors
/// One line that says what is wrong and what to do.
pub fn run(args: &LoadArgs) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(load(args))?;
    if args.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}

/// Connects, measures, leaves; says how it goes on standard error.
///
/// # Errors
/// See [`run`].
pub async fn load(args: &LoadArgs) -> Result<Report> {
    let link: Link = args.link.parse().context("this is no link of a session")?;
    if args.clients() == 0 {
        bail!("nobody is to connect: give --viewers or --editors");
    }
    crate::files::allow(args.clients())?;
    let clients = connect(args, &link).await?;
    sleep(SETTLE).await;
    let editors = clients.iter().take(usize::from(args.editors)).map(Editor::new);
    let editors = try_join_all(editors).await?;
    let begin = Instant::now() + SETTLE;
    let end = begin + Duration::from_secs(args.seconds.into());
    let editing = (0_u16..).zip(&editors).map(|(n, editor)| {
        let part = f64::from(n) / f64::from(args.editors);
        editor.run(part, args.rate, end)
    });
    let (seen, edits) = tokio::join!(measure(&clients, begin, end), join_all(editing));
    let mut report = Report::new(args, &seen);
    for edit in edits {
        report.refused += edit.refused;
        if let Some(why) = edit.why {
            eprintln!("An edit failed: {why}");
        }
    }
    for client in &clients {
        if let Status::Stopped(stop) = client.status() {
            report.lost += 1;
            eprintln!("A client was sent away: {} ({})", stop.message, stop.code);
        }
    }
    join_all(clients.into_iter().map(Client::close)).await;
    Ok(report)
}

/// Everybody is let in, or it fails. Editors come first.
async fn connect(args: &LoadArgs, link: &Link) -> Result<Vec<Client>> {
    let wanted = args.clients();
    let begun = Instant::now();
    // A server that is not there, or a bad token, is said once and soon.
    let mut clients =
        vec![connect_one(args, link, 0).await.map_err(|why| refused(why, 0, wanted))?];
    let mut others =
        stream::iter(1..wanted).map(|n| connect_one(args, link, n)).buffered(CONNECTING);
    while let Some(client) = others.next().await {
        clients.push(client.map_err(|why| refused(why, clients.len(), wanted))?);
        if clients.len().is_multiple_of(100) && clients.len() < wanted {
            eprintln!("{} of {wanted} clients are connected", clients.len());
        }
    }
    eprintln!("{wanted} clients are connected, after {:.1} s", begun.elapsed().as_secs_f64());
    Ok(clients)
}

/// Why a client was not let in.
enum Refusal {
    Client(ClientError),
    Silence(String),
}

async fn connect_one(args: &LoadArgs, link: &Link, n: usize) -> Result<Client, Refusal> {
    let options = Options {
        decode: args.decode,
        // Only who moves a view must know where it is.
        scene: n < usize::from(args.editors),
        canvas: Some(args.size),
        ..Options::default()
    };
    let patience = if n == 0 { FIRST } else { OTHERS };
    match timeout(patience, Client::connect(link, options)).await {
        Ok(client) => client.map_err(Refusal::Client),
        Err(_) => Err(Refusal::Silence(link.address.clone())),
    }
}

fn refused(why: Refusal, inside: usize, wanted: usize) -> anyhow::Error {
    match (why, inside) {
        (Refusal::Silence(address), 0) => {
            anyhow!("no server answers at {address}: is it running, and is the link its own?")
        }
        (Refusal::Silence(_), _) => anyhow!(
            "{inside} of {wanted} clients were let in, and then one had no answer for {} s: the \
             server or this machine has too much to do; give fewer --viewers",
            OTHERS.as_secs()
        ),
        (Refusal::Client(why), 0) => anyhow!("the server refuses the link: {why}"),
        (Refusal::Client(why), _) => {
            anyhow!("{inside} of {wanted} clients were let in, and then the server refused: {why}")
        }
    }
}

/// What all of them see from `begin` to `end`.
async fn measure(clients: &[Client], begin: Instant, end: Instant) -> Seen {
    sleep_until(begin).await;
    let before = stats(clients).await;
    let (mut last, mut last_at) = (before.clone(), begin);
    while last_at < end {
        sleep_until((last_at + PROGRESS).min(end)).await;
        let (now, now_at) = (stats(clients).await, Instant::now());
        let seen = Seen::between(&last, &now, now_at - last_at);
        eprintln!("{:>4.0} s  {}", (now_at - begin).as_secs_f64(), seen.line());
        (last, last_at) = (now, now_at);
    }
    Seen::between(&before, &last, last_at - begin)
}

async fn stats(clients: &[Client]) -> Vec<Stats> {
    join_all(clients.iter().map(Client::stats)).await
}
