//! The pages, the two WebSockets, the API, health and metrics.

mod api;
mod assets;
mod origin;
mod pixels;
mod rates;
mod socket;
mod state;
mod yjs;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use parfocal_actors::engine::Engine;
use parfocal_auth::Verifier;
use parfocal_sync::{PIXELS_PATH, STATE_PATH};
use tokio::sync::Semaphore;

use crate::access::Keys;
use crate::config::Settings;

/// What every handler needs.
#[derive(Clone)]
pub struct Front {
    /// The supervision tree.
    pub engine: Engine,
    /// Checks tokens.
    pub verifier: Arc<dyn Verifier>,
    /// Mints tokens and invitations.
    pub keys: Keys,
    /// Origins that may connect besides the server's own.
    pub allowed_origins: Arc<[String]>,
    /// Whether the owner of one session may make others.
    pub owners_create_sessions: bool,
    /// How often each may ask.
    pub(crate) rates: Arc<rates::Rates>,
    /// A permit for each file that may be made or read at a time.
    pub(crate) files: Arc<Semaphore>,
}

impl Front {
    /// What handlers need for this engine.
    pub fn new(engine: Engine, keys: Keys, settings: &Settings) -> Self {
        Self {
            engine,
            verifier: Arc::new(keys.tokens.clone()),
            keys,
            allowed_origins: settings.allowed_origins.clone().into(),
            owners_create_sessions: settings.owners_create_sessions,
            rates: Arc::default(),
            files: Arc::new(Semaphore::new(api::FILES_AT_ONCE)),
        }
    }
}

/// Scripts, styles and workers come from here alone; nobody may frame the page.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; connect-src 'self'; \
    img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Every route of the server.
pub fn router(front: Front) -> Router {
    Router::new()
        .route("/", get(assets::page))
        .route("/s/{session}", get(assets::page))
        .route("/i", get(assets::page))
        .route("/l/{code}", get(assets::page))
        .route("/assets/{*path}", get(assets::asset))
        .route("/api/colormaps", get(assets::colormaps))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route(STATE_PATH, get(state::upgrade))
        .route(PIXELS_PATH, get(pixels::upgrade))
        .route("/y/{session}/{domain}", get(yjs::y_websocket))
        .route("/hocuspocus", get(yjs::hocuspocus))
        .merge(api::router(&front))
        .fallback(assets::root_file)
        .with_state(front)
}

/// Headers of every page and asset.
pub(crate) const fn safe_headers() -> [(HeaderName, &'static str); 3] {
    [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ]
}

/// Ready: everybody can do everything. What is not ready may still show pictures to who is here.
async fn ready(axum::extract::State(front): axum::extract::State<Front>) -> impl IntoResponse {
    match front.engine.readiness() {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}

async fn metrics() -> impl IntoResponse {
    let Some(handle) = crate::telemetry::metrics() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "metrics could not be set up\n").into_response();
    };
    handle.run_upkeep();
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, handle.render()).into_response()
}
