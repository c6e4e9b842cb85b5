//! A bad network in front of a server, for the browser tests and for trying one by hand.
//!
//! `relay HOST:PORT LINK` relays to that server over the link, which is JSON as the simulation of
//! the rate control has it (`parfocal_encode::rate::link::Link`):
//!
//! `{"rates": [{"at_ms": 0, "bps": 2000000}], "delay_ms": 20, "buffer_bytes": 65536}`
//!
//! It prints the address where clients connect, and runs until its standard input ends. Its clock
//! begins with the first line of that.

use std::io::{BufRead, stdin};

use anyhow::{Context, Result};
use clap::Parser;
use parfocal_encode::rate::link::Link;
use parfocal_tests::relay::{Relay, Schedule};

/// A bad network in front of a server.
#[derive(Parser)]
struct Args {
    /// The server, HOST:PORT
    server: std::net::SocketAddr,
    /// The link, as JSON
    link: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let link: Link = serde_json::from_str(&args.link).context("this is no link")?;
    let schedule = Schedule::from(&link);
    let relay = Relay::start(args.server, &schedule)?;
    println!("{}", relay.address());
    tokio::task::spawn_blocking(move || {
        for _ in stdin().lock().lines().map_while(Result::ok) {
            relay.begin(&schedule);
        }
    })
    .await?;
    Ok(())
}
