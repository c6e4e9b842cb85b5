//! Somebody who moves a view: the stage if their role may, else a view of their own.

use std::f64::consts::TAU;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::stream::{FuturesUnordered, StreamExt};
use parfocal_auth::{Action, Role, allows};
use parfocal_base::ViewId;
use parfocal_client_native::{Client, EditFailure};
use parfocal_scene::{Camera, Intent, Watch};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// Edits of one editor without an answer; past it none is made, as nobody drags on blindly.
const MAX_UNDER_WAY: usize = 64;
/// How far the view is moved, in pixels of its canvas: all of the picture changes.
const RADIUS: f64 = 60.0;
/// How long one round takes, in seconds.
const ROUND_S: f64 = 4.0;
/// Answers that come later than this are not waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Moves the camera of a view in a circle.
pub(super) struct Editor<'a> {
    client: &'a Client,
    view: ViewId,
    /// Where the view looked before.
    camera: Camera,
}

/// What became of the edits.
#[derive(Default)]
pub(super) struct Edits {
    /// Not applied.
    pub(super) refused: u64,
    /// Why the last one was not.
    pub(super) why: Option<EditFailure>,
}

impl Edits {
    fn note<T>(&mut self, result: Result<T, EditFailure>) {
        if let Err(why) = result {
            self.refused += 1;
            self.why = Some(why);
        }
    }
}

impl<'a> Editor<'a> {
    /// Finds out what may be moved.
    ///
    /// # Errors
    /// When the server ends the connection meanwhile.
    pub(super) async fn new(client: &'a Client) -> Result<Self> {
        let people = client.wait_participants(|all| all.iter().any(|p| p.id == client.me()));
        let people = people.await?;
        let me = people.iter().find(|person| person.id == client.me());
        let role = me.and_then(|me| me.role.parse::<Role>().ok());
        let view = if role.is_some_and(|role| allows(role, Action::MoveStage)) {
            ViewId::STAGE
        } else {
            client.watch(Watch::Own).await.context("an editor gets no view of their own")?;
            ViewId::own(client.me())
        };
        let scene = client.wait_for(|scene| scene.views.contains_key(&view)).await?;
        let view_now = scene.views.get(&view).context("the view was closed")?;
        Ok(Self { client, view, camera: view_now.camera })
    }

    /// Edits `rate` times a second until `end`, and puts the view back. `part` (0 to 1): where on
    /// the circle to begin.
    pub(super) async fn run(&self, part: f64, rate: u16, end: Instant) -> Edits {
        let mut edits = Edits::default();
        let mut under_way = FuturesUnordered::new();
        let mut ticks = interval(Duration::from_secs(1) / u32::from(rate.max(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut made = 0_u32;
        loop {
            tokio::select! {
                now = ticks.tick() => {
                    if now >= end {
                        break;
                    }
                    if under_way.len() < MAX_UNDER_WAY {
                        let turn = part + f64::from(made) / (f64::from(rate) * ROUND_S);
                        under_way.push(self.client.edit(self.at(turn)));
                        made = made.wrapping_add(1);
                    }
                }
                Some(result) = under_way.next() => edits.note(result),
            }
        }
        let rest = async {
            while let Some(result) = under_way.next().await {
                edits.note(result);
            }
            edits.note(self.client.edit(self.look(self.camera.center)).await);
        };
        // Whoever does not answer any more is seen in the numbers.
        let _ = timeout(PATIENCE, rest).await;
        edits
    }

    fn at(&self, turn: f64) -> Intent {
        let radius = RADIUS / self.camera.zoom;
        let [y, x] = self.camera.center;
        let (sin, cos) = (turn * TAU).sin_cos();
        self.look([y + radius * sin, x + radius * cos])
    }

    fn look(&self, center: [f64; 2]) -> Intent {
        Intent::SetCamera { view: self.view, center, zoom: self.camera.zoom }
    }
}
