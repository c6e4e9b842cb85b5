//! A bad network in front of a server, for the browser tests and for trying one by hand.
//!
//! `relay HOST:PORT LINK` relays to that server over the link, which is JSON as the simulation of
//! the rate control has it (`parfocal_encode::rate::link::Link`):
//!
//! `{"rates": [{"at_ms": 0, "bps": 2000000}], "delay_ms": 20, "buffer_bytes": 65536}`
//!
//! It prints the address where clients connect, and runs until its standard input ends. Its clock
//! begins with each line of that. At the end it prints what its bottleneck towards the clients saw
//! since the clock began, as JSON: `{"waits": [[at, waited]], "passed": [[at, bytes]]}`, times in
//! milliseconds, bytes those of all times.

use std::io::{BufRead, stdin};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use parfocal_encode::rate::link::Link;
use parfocal_tests::relay::{Direction, Relay, Schedule};
use tokio::sync::mpsc;
use tokio::time::{Instant, interval};

/// A bad network in front of a server.
#[derive(Parser)]
struct Args {
    /// The server, HOST:PORT
    server: std::net::SocketAddr,
    /// The link, as JSON
    link: String,
}

/// How often it is noted what has passed.
const NOTED: Duration = Duration::from_millis(100);
/// Lines that wait to be obeyed.
const LINES: usize = 16;

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let link: Link = serde_json::from_str(&args.link).context("this is no link")?;
    let schedule = Schedule::from(&link);
    let relay = Relay::start(args.server, &schedule)?;
    println!("{}", relay.address());
    let (lines, mut begins) = mpsc::channel(LINES);
    std::thread::spawn(move || {
        for _ in stdin().lock().lines().map_while(Result::ok) {
            if lines.blocking_send(()).is_err() {
                return;
            }
        }
    });
    let (mut begun, mut passed) = (Instant::now(), Vec::new());
    let mut beat = interval(NOTED);
    loop {
        tokio::select! {
            line = begins.recv() => {
                let Some(()) = line else { break };
                relay.begin(&schedule);
                begun = Instant::now();
                passed.clear();
            }
            _ = beat.tick() => passed.push((millis(begun.elapsed()), relay.passed(Direction::Down))),
        }
    }
    let waits = relay.waits(Direction::Down).into_iter().filter(|&(at, _)| at >= begun);
    let waits: Vec<_> =
        waits.map(|(at, wait)| (millis(at.duration_since(begun)), millis(wait))).collect();
    println!("{}", serde_json::json!({ "waits": waits, "passed": passed }));
    Ok(())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
