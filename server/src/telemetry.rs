//! Logs and metrics.

use std::io::IsTerminal;
use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// Buckets of every `_seconds` histogram: from a tenth of a millisecond, what a small picture
/// takes to paint, to a second, after which nobody waits.
const SECONDS: [f64; 13] =
    [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0];

/// Buckets of every `_bits_per_second` histogram: from what shows a slide show to what no picture
/// needs.
const BITS_PER_SECOND: [f64; 10] = [1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 2e7, 5e7, 1e8];

/// Samples of histograms are put into their buckets so often.
const UPKEEP: Duration = Duration::from_secs(5);

/// Starts logging to standard error. What is logged follows `RUST_LOG`.
pub fn logs(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colors())
        // It would print that it cannot print, and panic where that fails too (a full disk).
        .log_internal_errors(false);
    // A second call, in a process with several servers, changes nothing.
    let _ = if json { logs.json().try_init() } else { logs.compact().try_init() };
}

/// Colours are for people: not for files and pipes, nor for who has said so (<https://no-color.org>).
fn colors() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stderr().is_terminal() && !unwanted
}

/// The process's metrics, in the Prometheus text format when asked.
pub fn metrics() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let handle = HANDLE.get_or_init(|| {
        let suffix = Matcher::Suffix("_seconds".to_owned());
        let builder = PrometheusBuilder::new().set_buckets_for_metric(suffix, &SECONDS).ok()?;
        let suffix = Matcher::Suffix("_bits_per_second".to_owned());
        let builder = builder.set_buckets_for_metric(suffix, &BITS_PER_SECOND).ok()?;
        let handle = builder.install_recorder().ok()?;
        describe();
        Some(handle)
    });
    handle.as_ref()
}

/// Keeps histograms from growing while nobody scrapes; never ends.
pub async fn upkeep() {
    let mut every = tokio::time::interval(UPKEEP);
    loop {
        every.tick().await;
        if let Some(handle) = metrics() {
            handle.run_upkeep();
        }
    }
}

fn describe() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};
    describe_counter!("parfocal_frames_rendered_total", "Pictures painted, by renderer and device");
    describe_counter!(
        "parfocal_gl_failures_total",
        "Failures of a GPU, after each of which its views were painted elsewhere for a while"
    );
    describe_counter!(
        "parfocal_kept_pictures_total",
        "Pictures that stayed on the GPU that painted them, by device"
    );
    describe_counter!(
        "parfocal_kept_failures_total",
        "Pictures that could not stay on a GPU, or not be read there, by device and reason"
    );
    describe_counter!("parfocal_frames_encoded_total", "Pictures encoded, by codec and encoder");
    describe_counter!(
        "parfocal_encoded_bytes_total",
        "Bytes that encoders made, by codec and encoder"
    );
    describe_counter!(
        "parfocal_encoder_failures_total",
        "Failures of NVENC, by reason; after each, software encoded that stream"
    );
    describe_counter!(
        "parfocal_encoder_returns_total",
        "Streams that NVENC encoded again after a failure"
    );
    describe_counter!("parfocal_sent_bytes_total", "Bytes sent to clients, by channel");
    describe_counter!("parfocal_intents_total", "Intents, by result");
    describe_counter!("parfocal_actor_restarts_total", "Actors that ended, by kind and reason");
    describe_counter!("parfocal_connections_closed_total", "Closed connections, by reason");
    describe_counter!("parfocal_slow_clients_total", "Clients closed because they read too slowly");
    describe_counter!("parfocal_keyframe_requests_total", "Key pictures that clients asked for");
    describe_counter!("parfocal_chunks_loaded_total", "Chunks read");
    describe_counter!("parfocal_chunks_failed_total", "Chunks that could not be read");
    describe_gauge!("parfocal_participants", "Connected participants");
    describe_gauge!("parfocal_chunks_waiting", "Chunks that are wanted and not there yet");
    describe_gauge!("parfocal_chunk_cache_bytes", "Bytes of decoded chunks in memory");
    describe_histogram!("parfocal_render_seconds", "Painting one picture, by renderer and device");
    describe_gauge!("parfocal_render_views", "Views that are painted on a device");
    describe_histogram!("parfocal_encode_seconds", "Encoding one picture, by codec and encoder");
    describe_histogram!(
        "parfocal_client_decode_seconds",
        "From arrival to display, as clients say"
    );
    describe_counter!(
        "parfocal_pictures_refused_total",
        "Painted pictures that a client had no room for, by reason"
    );
    describe_gauge!("parfocal_renditions", "Encoded streams, by codec and height at most");
    describe_histogram!(
        "parfocal_link_estimate_bits_per_second",
        "What a client's link carries; each client once a second while pictures flow"
    );
    describe_histogram!(
        "parfocal_link_queue_seconds",
        "How long messages wait on the way to a client; each client once a second"
    );
    describe_histogram!(
        "parfocal_presenter_delay_seconds",
        "How long a client holds decoded pictures; each client once a second"
    );
    describe_histogram!("parfocal_journal_batch_entries", "Journal entries of one commit");
}
