//! The children of a supervisor: started, watched, started again as [`Restarts`] decides.
//!
//! Every supervising actor owns a [`Children`], overrides `handle_supervisor_evt` with
//! [`Children::ended`], and turns its `Restart` message into [`Children::restart`]. (ractor's own
//! default stops the parent when a child ends, even when it was asked to.)

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::BoxFuture;
use parfocal_base::time::Clock;
use parfocal_scene::replica::CommitError;
use ractor::{Actor, ActorCell, ActorId, ActorProcessingErr, SpawnErr, SupervisionEvent};

use crate::address::Address;
use crate::machine::restart::{Decision, Ended, Kind, Restarts};

type Start =
    Box<dyn Fn(ActorCell) -> BoxFuture<'static, Result<ActorCell, SpawnErr>> + Send + Sync>;

struct Child {
    start: Start,
    restarts: Restarts,
    cell: Option<ActorCell>,
}

/// What a supervisor does after a child ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing.
    Nothing,
    /// Send itself `Restart(name)` after this time.
    RestartAfter(String, Duration),
    /// The named child fails too often.
    GiveUp(String),
}

/// The children of one supervisor, by name.
pub(crate) struct Children {
    clock: Clock,
    by_name: HashMap<String, Child>,
    names: HashMap<ActorId, String>,
}

impl Children {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, by_name: HashMap::new(), names: HashMap::new() }
    }

    /// Starts a child that `make` makes, now and after failures; it lives at `address`.
    ///
    /// # Errors
    /// When its `pre_start` fails the first time; then it is not supervised.
    pub(crate) async fn start<A, F>(
        &mut self,
        parent: ActorCell,
        name: impl Into<String>,
        kind: Kind,
        address: &Address<A::Msg>,
        make: F,
    ) -> Result<(), SpawnErr>
    where
        A: Actor,
        F: Fn() -> (A, A::Arguments) + Send + Sync + 'static,
    {
        let (name, address) = (name.into(), address.clone());
        let start: Start = Box::new(move |parent| {
            let ((actor, arguments), address) = (make(), address.clone());
            Box::pin(async move {
                let (actor, _) = Actor::spawn_linked(None, actor, arguments, parent).await?;
                address.set(actor.clone());
                Ok(actor.get_cell())
            })
        });
        let cell = start(parent).await?;
        self.names.insert(cell.get_id(), name.clone());
        self.by_name.insert(name, Child { start, restarts: Restarts::new(kind), cell: Some(cell) });
        Ok(())
    }

    /// Ends a child for good.
    pub(crate) fn stop(&mut self, name: &str) {
        if let Some(child) = self.by_name.remove(name)
            && let Some(cell) = child.cell
        {
            self.names.remove(&cell.get_id());
            cell.stop(None);
        }
    }

    /// A child started or ended. What ended is counted, with its reason.
    pub(crate) fn ended(&mut self, event: &SupervisionEvent) -> Next {
        let (cell, why, text) = match event {
            SupervisionEvent::ActorTerminated(cell, _, reason) => match reason.as_deref() {
                Some("killed") => (cell, Ended::Killed, "killed".to_owned()),
                other => (cell, Ended::Stopped, other.unwrap_or_default().to_owned()),
            },
            SupervisionEvent::ActorFailed(cell, error) => {
                (cell, reason_of(error), error.to_string())
            }
            _ => return Next::Nothing,
        };
        let Some(name) = self.names.remove(&cell.get_id()) else { return Next::Nothing };
        self.failed(name, why, &text)
    }

    /// Starts a child again.
    pub(crate) async fn restart(&mut self, parent: ActorCell, name: String) -> Next {
        let Some(child) = self.by_name.get_mut(&name) else { return Next::Nothing };
        if child.cell.is_some() {
            // It was ended and started under the same name meanwhile.
            return Next::Nothing;
        }
        match (child.start)(parent).await {
            Ok(cell) => {
                self.names.insert(cell.get_id(), name);
                child.cell = Some(cell);
                Next::Nothing
            }
            Err(error) => self.failed(name, Ended::Failed, &error.to_string()),
        }
    }

    fn failed(&mut self, name: String, why: Ended, text: &str) -> Next {
        let Some(child) = self.by_name.get_mut(&name) else { return Next::Nothing };
        child.cell = None;
        let kind = name.split(' ').next().unwrap_or_default().to_owned();
        if why != Ended::Stopped {
            tracing::warn!(actor = name, reason = why.as_str(), text, "an actor ended");
            metrics::counter!(
                "parfocal_actor_restarts_total", "actor" => kind, "reason" => why.as_str()
            )
            .increment(1);
        }
        match child.restarts.ended(self.clock.now(), why) {
            Decision::RestartAfter(wait) => Next::RestartAfter(name, wait),
            Decision::GiveUp => {
                self.by_name.remove(&name);
                Next::GiveUp(name)
            }
            Decision::Forget => {
                self.by_name.remove(&name);
                Next::Nothing
            }
        }
    }
}

/// What our own handlers return; every other error that reaches a supervisor came from a panic,
/// which ractor hands over as its text.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(pub(crate) String);

impl From<CommitError> for Failure {
    fn from(error: CommitError) -> Self {
        Self(error.to_string())
    }
}

fn reason_of(error: &ActorProcessingErr) -> Ended {
    if error.is::<Failure>() { Ended::Failed } else { Ended::Panicked }
}
