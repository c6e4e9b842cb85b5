//! Draws what a browser's mirror says, with the slow reference renderer, for the browser tests.
//!
//! `reference-picture IMAGE… [--axes LETTERS]` opens the images as the server does. Then each line
//! of standard input, `{"view": NUMBER, "scene": …}` with the scene as `window.parfocal.scene` gives
//! it, is answered on standard output by a line `WIDTH HEIGHT` and the rows of the picture in RGBA.
//! What cannot be drawn is answered by a line `error REASON`.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use parfocal_base::{Frame, LayerId, ViewId};
use parfocal_scene::{Look, Scene, Settings, View};
use parfocal_server::cli::ServeArgs;
use parfocal_server::config::Settings as ServerSettings;
use parfocal_server::serve::Server;
use parfocal_tests::picture;
use serde::Deserialize;

/// A session of the server that opens the images here.
const SESSION: &str = "reference";

#[derive(Deserialize)]
struct Question {
    view: ViewId,
    scene: Mirror,
}

/// The part of the scene that a browser keeps; where its samples come from is not in it.
#[derive(Deserialize)]
struct Mirror {
    /// Bottom first.
    layers: Vec<MirrorLayer>,
    settings: Settings,
    views: BTreeMap<ViewId, View>,
}

#[derive(Deserialize)]
struct MirrorLayer {
    id: LayerId,
    #[serde(flatten)]
    look: Look,
}

#[tokio::main]
async fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut args = arguments()?;
    args.state = Some(folder.path().to_owned());
    let server = Server::start(ServerSettings::resolve(args)?).await?;
    let board = server.engine.session(SESSION).context("the session is not open")?;
    let opened = board.snapshot().scene;
    for line in std::io::stdin().lock().lines() {
        let drawn = draw(&server, &opened, &line?).await;
        let mut out = std::io::stdout().lock();
        match drawn {
            Ok(frame) => {
                writeln!(out, "{} {}", frame.width(), frame.height())?;
                out.write_all(frame.data())?;
            }
            Err(error) => writeln!(out, "error {error:#}")?,
        }
        out.flush()?;
    }
    Ok(())
}

async fn draw(server: &Server, opened: &Scene, line: &str) -> Result<Frame> {
    let Question { view, scene } = serde_json::from_str(line).context("not a question")?;
    let scene = with_mirror(opened, scene)?;
    picture::expected(&scene, view, &server.engine.shared().images).await
}

/// The scene as opened here, with everything that the browser knows in its place.
fn with_mirror(opened: &Scene, mirror: Mirror) -> Result<Scene> {
    let mut layers = Vec::new();
    for MirrorLayer { id, look } in mirror.layers {
        let mut layer = opened.layer(id).with_context(|| format!("no layer {id}"))?.clone();
        layer.look = look;
        layers.push(layer);
    }
    Ok(Scene { layers, settings: mirror.settings, views: mirror.views, ..opened.clone() })
}

fn arguments() -> Result<ServeArgs> {
    let mut args =
        ServeArgs { session: Some(SESSION.to_owned()), port: Some(0), ..ServeArgs::default() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--axes" => args.axes = Some(words.next().context("--axes needs letters")?),
            option if option.starts_with('-') => bail!("unknown option {option}"),
            path => args.paths.push(PathBuf::from(path)),
        }
    }
    Ok(args)
}
