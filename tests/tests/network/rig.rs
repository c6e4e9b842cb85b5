//! A server whose stage is moved, and viewers behind relays.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use parfocal_auth::Role;
use parfocal_base::ViewId;
use parfocal_client_native::core::Event;
use parfocal_client_native::{Client, Link as SessionLink, Options};
use parfocal_encode::rate::link::Link;
use parfocal_scene::Intent;
use parfocal_sync::message::PixelCodec;
use parfocal_sync::pixel::PixelHeader;
use parfocal_tests::files::{self, TEXTURED};
use parfocal_tests::relay::{Relay, Schedule};
use parfocal_tests::{Lab, within};
use tempfile::TempDir;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::scenario;

/// Small, as debug builds are slow, and with [`files::textured`] worth 2.7 Mbit/s.
pub(crate) const CANVAS: [u32; 2] = [640, 360];
/// Between two edits: 50 a second.
const EDIT_EVERY: Duration = Duration::from_millis(20);

/// One at a time: each needs the machine for itself.
pub(crate) static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A link of the simulation's table, with its rates and buffer divided by `rates`, and in
/// `times` less time.
pub(crate) fn link(name: &str, rates: u32, times: u32) -> Link {
    let table = scenario::table();
    let found = table.iter().find(|scenario| scenario.name == name);
    let mut link = found.unwrap_or_else(|| panic!("no scenario {name:?}")).link.clone();
    for rate in link.rates.to_mut() {
        rate.bps /= rates;
        rate.at_ms /= times;
    }
    link.buffer_bytes /= rates as usize;
    link
}

/// A server whose stage shows something else with each edit.
pub(crate) struct Rig {
    pub(crate) lab: Lab,
    _alone: tokio::sync::MutexGuard<'static, ()>,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let image = files::textured(folder.path()).unwrap();
        Self::showing(folder, image).await
    }

    /// The same with another image, which lies in `folder`.
    pub(crate) async fn showing(folder: TempDir, image: PathBuf) -> Self {
        let alone = ALONE.lock().await;
        let lab = Lab::showing(folder, vec![image], "bitrate = 40000").await.unwrap();
        Self { lab, _alone: alone }
    }

    /// Somebody near the server who moves the stage until this is dropped.
    pub(crate) async fn motion(&self) -> Motion {
        self.motion_of(CANVAS).await
    }

    /// The same where the stage is as large as this.
    pub(crate) async fn motion_of(&self, canvas: [u32; 2]) -> Motion {
        Motion::of_stage(&self.lab.link(Role::Presenter).unwrap(), canvas).await
    }

    /// A relay in front of the server.
    pub(crate) fn relay(&self, link: &Link) -> Relay {
        Relay::start(self.lab.server.address, &Schedule::from(link)).unwrap()
    }

    /// Somebody behind `relay` who decodes and shows their pictures.
    pub(crate) async fn client(&self, relay: &Relay, role: Role) -> Client {
        let address = relay.address().to_string();
        let link = SessionLink { address, ..self.lab.link(role).unwrap() };
        let options = Options { canvas: Some(CANVAS), ..Options::default() };
        within("let in", Client::connect(&link, options)).await.unwrap()
    }

    /// Somebody behind `relay`, or near the server.
    pub(crate) async fn viewer(&self, relay: Option<&Relay>) -> Viewer {
        self.viewer_of(relay, PixelCodec::H264).await
    }

    /// The same of somebody who takes this codec only.
    pub(crate) async fn viewer_of(&self, relay: Option<&Relay>, codec: PixelCodec) -> Viewer {
        let link = self.lab.link(Role::Viewer).unwrap();
        let address = relay.map_or(link.address, |relay| relay.address().to_string());
        Viewer::connect(&SessionLink { address, ..link }, codec).await
    }
}

/// Edits that go on until this is dropped.
pub(crate) struct Motion(JoinHandle<()>);

impl Drop for Motion {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Motion {
    /// Of the stage, by somebody who sees no pictures.
    pub(crate) async fn of_stage(link: &SessionLink, canvas: [u32; 2]) -> Self {
        let options = Options { codecs: Vec::new(), canvas: Some(canvas), ..Options::default() };
        let presenter = within("let in", Client::connect(link, options)).await.unwrap();
        Self::of(Arc::new(presenter), ViewId::STAGE)
    }

    pub(crate) fn of(client: Arc<Client>, view: ViewId) -> Self {
        Self(tokio::spawn(async move {
            let mut beat = interval(EDIT_EVERY);
            beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
            for plane in (0..TEXTURED[0]).cycle() {
                beat.tick().await;
                let there = Intent::SetPoint { view, axis: 0, value: plane as f64 };
                let client = Arc::clone(&client);
                // Whoever moves does not wait for the answer.
                tokio::spawn(async move { client.edit(there).await.is_ok() });
            }
        }))
    }
}

/// A picture as it arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) at: Instant,
    pub(crate) header: PixelHeader,
    pub(crate) bytes: usize,
    pub(crate) age: Duration,
}

/// A client that decodes nothing, and what it got.
pub(crate) struct Viewer {
    pub(crate) client: Arc<Client>,
    seen: Arc<Mutex<Vec<Seen>>>,
    reading: JoinHandle<()>,
}

impl Viewer {
    pub(crate) async fn connect(link: &SessionLink, codec: PixelCodec) -> Self {
        let options = Options {
            codecs: vec![codec],
            decode: false,
            scene: false,
            canvas: Some(CANVAS),
            ..Options::default()
        };
        let client = Arc::new(Client::start(link, options).unwrap());
        let (mut events, seen) = (client.events(), Arc::<Mutex<Vec<Seen>>>::default());
        let into = Arc::clone(&seen);
        let reading = tokio::spawn(async move {
            loop {
                match events.recv().await {
                    Ok(Event::Picture { header, bytes, age: Some(age) }) => {
                        let at = Instant::now();
                        into.lock().unwrap().push(Seen { at, header, bytes, age });
                    }
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => panic!("events were missed"),
                    Err(RecvError::Closed) => return,
                }
            }
        });
        within("let in", client.live()).await.unwrap();
        Self { client, seen, reading }
    }

    /// What has come so far, tiles of stills aside.
    pub(crate) fn pictures(&self) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|seen| seen.header.tile.is_none()).copied().collect()
    }

    /// Waits for the first picture.
    pub(crate) async fn first(&self) {
        let first = async {
            while self.pictures().is_empty() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        within("the first picture", first).await;
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.reading.abort();
    }
}
