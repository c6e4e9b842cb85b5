//! What connections and documents cost a server that rests.

use std::time::Duration;

use anyhow::Result;
use serde_json::Value;
use tokio::time::sleep;

use super::edits::{Writer, polygon};
use super::fan_out::connect;
use super::target::Target;
use super::wire::{Door, Wire};

/// Connections to one document.
const CONNECTIONS: usize = 500;
/// Documents with one connection each.
const DOCUMENTS: usize = 100;
/// Parfocal takes ten requests a second of one user.
const BETWEEN: Duration = Duration::from_millis(110);
/// Annotations of a document: those of a short session.
const ANNOTATIONS: usize = 50;
/// Until a server has put away what opening took.
const SETTLE: Duration = Duration::from_secs(3);

/// KiB of the server for each connection, to a document with next to nothing in it.
pub(crate) async fn per_connection(target: &Target, layer: u64, client: u64) -> Result<f64> {
    fill(target, &target.writer()?, 1, layer, client).await?;
    // The first connection pays for what all share.
    let reader = target.reader()?;
    let first = connect(&reader, 1).await?;
    sleep(SETTLE).await;
    let before = target.process().memory_kib()?;
    let rest = connect(&reader, CONNECTIONS).await?;
    sleep(SETTLE).await;
    let after = target.process().memory_kib()?;
    drop((first, rest));
    Ok((after - before) / CONNECTIONS as f64)
}

/// KiB of the server for each small document with one connection.
pub(crate) async fn per_document(target: &Target, client: u64) -> Result<f64> {
    let mut kept = Vec::new();
    let mut before = 0.0;
    // The first document pays for what all share.
    for at in 0..=DOCUMENTS as u64 {
        if at == 1 {
            sleep(SETTLE).await;
            before = target.process().memory_kib()?;
        }
        let (door, layer) = target.another(&format!("document-{at}"), client + at).await?;
        kept.push(fill(target, &door, ANNOTATIONS, layer, client + at).await?);
        sleep(BETWEEN).await;
    }
    sleep(SETTLE).await;
    let after = target.process().memory_kib()?;
    drop(kept);
    Ok((after - before) / DOCUMENTS as f64)
}

/// Puts annotations into a document, and stays connected.
async fn fill(target: &Target, door: &Door, count: usize, layer: u64, client: u64) -> Result<Wire> {
    let mut wire = Wire::open(door).await?.wire;
    let writer = Writer::new(client);
    let annotation = |at: usize| (format!("first-{client}-{at}"), polygon(layer, at));
    let annotations: Vec<_> = (0..count).map(annotation).collect();
    put(target, &mut wire, &writer, &annotations).await?;
    Ok(wire)
}

/// Writes annotations, and waits until the server has taken them.
pub(crate) async fn put(
    target: &Target,
    wire: &mut Wire,
    writer: &Writer,
    annotations: &[(String, Value)],
) -> Result<()> {
    let update = writer.set(annotations)?;
    wire.send(wire.dialect.update(&update)).await?;
    while wire.acknowledged(writer, target.acks()).await? == 0 {}
    Ok(())
}
