//! What a session costs that somebody looks at and nobody touches.

use std::time::Duration;

use anyhow::{Context, Result};
use parfocal_client_native::{Client, Options};
use tokio::time::{sleep, timeout};

use crate::Setup;
use crate::row::Report;
use crate::server::Server;

/// Until the first pictures, and the lossless one, have been sent.
const SETTLE: Duration = Duration::from_secs(3);
/// How long nothing happens.
const WATCH: Duration = Duration::from_secs(10);
/// A first picture takes longer only if something is wrong.
const PATIENCE: Duration = Duration::from_secs(10);
/// Counter of painted pictures.
const RENDERED: &str = "parfocal_frames_rendered_total";

pub(crate) fn run(setup: &Setup, report: &mut Report) -> Result<()> {
    let server = Server::start(setup.server.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        for viewers in [1_usize, 5] {
            let mut clients = Vec::new();
            for _ in 0..viewers {
                clients.push(Client::connect(&server.link, Options::default()).await?);
            }
            for client in &clients {
                timeout(PATIENCE, client.next_frame()).await.context("no first picture")??;
            }
            sleep(SETTLE).await;
            let (frames, cpu) = (server.metric(RENDERED)?, server.process.cpu_seconds()?);
            sleep(WATCH).await;
            let cpu = 100.0 * (server.process.cpu_seconds()? - cpu) / WATCH.as_secs_f64();
            let frames = server.metric(RENDERED)? - frames;
            let plural = if viewers == 1 { "viewer" } else { "viewers" };
            let what = |name: &str| format!("{viewers} {plural}, 10 s untouched, {name}");
            report.add("idle", what("processor"), cpu, "% of a core");
            report.add("idle", what("pictures painted"), frames, "pictures");
            report.add(
                "idle",
                what("resident memory"),
                server.process.memory_kib()? / 1024.0,
                "MiB",
            );
            for client in clients {
                client.close().await;
            }
        }
        Ok(())
    })
}
