//! The embedded web client.

use axum::Json;
use axum::extract::Path;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::safe_headers;

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/web"]
struct Web;

/// The page: the same for every session, which it reads from its own address.
pub(super) async fn page() -> Response {
    serve("index.html", "no-cache")
}

/// Files whose names hold a hash of their content, so that they never change.
pub(super) async fn asset(Path(path): Path<String>) -> Response {
    serve(&format!("assets/{path}"), "public, max-age=31536000, immutable")
}

/// Other files at the root, such as the icon.
pub(super) async fn root_file(uri: Uri) -> Response {
    serve(uri.path().trim_start_matches('/'), "public, max-age=3600")
}

fn serve(path: &str, cache: &'static str) -> Response {
    let Some(file) = Web::get(path) else {
        return (StatusCode::NOT_FOUND, "there is nothing here\n").into_response();
    };
    let headers = [(header::CONTENT_TYPE, media_type(path)), (header::CACHE_CONTROL, cache)];
    (safe_headers(), headers, file.data).into_response()
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" | "webmanifest" => "application/json",
        _ => "application/octet-stream",
    }
}

/// Every colormap as a strip of colours: `[{name, stops: ["#rrggbb", …]}]`.
pub(super) async fn colormaps() -> Response {
    let strips = parfocal_render::colormap_strips();
    let strips: Vec<_> = strips
        .into_iter()
        .map(|strip| serde_json::json!({ "name": strip.name, "stops": strip.stops }))
        .collect();
    ([(header::CACHE_CONTROL, "public, max-age=3600")], Json(strips)).into_response()
}
