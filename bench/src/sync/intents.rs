//! Many participants who edit at once through Parfocal's own channel, with the journal on.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval_at, timeout};

use super::edits::{corners, polygon};
use super::state::State;
use crate::server::Server;
use crate::stats::{Samples, millis};

/// Participants.
pub(crate) const CLIENTS: u32 = 100;
/// Intents a second of all together.
pub(crate) const RATE: u32 = 500;
/// Intents of each before those that are counted.
const WARM: usize = 5;
/// Intents of each that are counted.
const INTENTS: usize = 75;
/// What takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Milliseconds from sending to the ack; every intent moves the polygon of who sends it.
pub(crate) async fn acks(server: &Server, layer: u64, client: u64) -> Result<Samples> {
    let mut states = Vec::new();
    for at in 0..CLIENTS {
        let mut state = State::join(server.link_of("annotator")?, client + u64::from(at)).await?;
        let mut annotation = polygon(layer, at as usize);
        annotation["id"] = json!(format!("intent-{at}"));
        let add = json!({ "kind": "add_annotations", "annotations": [annotation] });
        state.edit(&add).await?;
        states.push(state);
    }
    let start = Instant::now() + Duration::from_millis(200);
    let mut tasks = JoinSet::new();
    for (at, state) in (0..CLIENTS).zip(states) {
        // Evenly, as people's edits are not in step.
        let begin = start + at * Duration::from_secs(1) / RATE;
        tasks.spawn(edit(state, at, begin));
    }
    let mut all = Samples::default();
    while let Some(one) = tasks.join_next().await {
        all.append(one.context("a client panicked")??);
    }
    Ok(all)
}

async fn edit(mut state: State, who: u32, begin: Instant) -> Result<Samples> {
    let mut acks = Samples::default();
    let mut beat = interval_at(begin.into(), CLIENTS * Duration::from_secs(1) / RATE);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut sent: Vec<(u64, Instant)> = Vec::new();
    let mut acked = 0;
    while acked < WARM + INTENTS {
        tokio::select! {
            _ = beat.tick(), if sent.len() < WARM + INTENTS => {
                let vertices = corners([500.0 + sent.len() as f64, 500.0 + f64::from(who)]);
                let at = Instant::now();
                let seq = state.ask(&json!({
                    "kind": "change_annotation", "annotation": format!("intent-{who}"),
                    "change": { "property": "vertices", "value": vertices },
                })).await?;
                sent.push((seq, at));
            }
            answer = timeout(PATIENCE, state.answer()) => {
                let answer = answer.context("no answer")??;
                let (seq, at) = sent.get(acked).context("more answers than intents")?;
                anyhow::ensure!(answer.seq == *seq, "an answer is missing");
                if acked >= WARM {
                    acks.push(millis(*at));
                }
                acked += 1;
            }
        }
    }
    Ok(acks)
}
