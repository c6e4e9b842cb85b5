//! What the scene actor does for standard Yjs clients: state vectors, differences, the gate.

use std::sync::Arc;

use parfocal_auth::{Action, refusal};
use parfocal_base::{Domain, ParticipantId};
use parfocal_scene::replica::Refused;
use parfocal_sync::yjs::{Input, Output, Refusal, UpdateId};

use super::requests::Waiting;
use super::scene::{SceneActor, SceneState, not_now};
use super::yjs::{NOTHING, YjsDocument, YjsDomain};

impl SceneActor {
    pub(super) fn yjs(&self, state: &mut SceneState, of: &Arc<YjsDocument>, output: Output) {
        match output {
            Output::StateVector => {
                let vector = match of.domain() {
                    YjsDomain::Document(Domain::Scene) => state.keeper.document.state_vector(),
                    YjsDomain::Document(Domain::Annotations) => state.keeper.drawn.state_vector(),
                    YjsDomain::Presence => Ok(vec![0]),
                };
                of.feed(Input::StateVector(&vector.unwrap_or_else(|_| vec![0])));
            }
            Output::Diff(have) => {
                let diff = match of.domain() {
                    YjsDomain::Document(Domain::Scene) => state.keeper.document.diff(&have),
                    YjsDomain::Document(Domain::Annotations) => state.keeper.drawn.diff(&have),
                    YjsDomain::Presence => Ok(NOTHING.to_vec()),
                };
                let (of, diff) = (Arc::clone(of), diff.unwrap_or_else(|_| NOTHING.to_vec()));
                // It may hold what is not in the journal yet.
                let feed = move || of.feed(Input::Diff(&diff));
                self.wait(state, Waiting::Yjs(Box::new(feed)));
            }
            Output::Admit { id, update } => self.admit(state, of, id, &update),
            // What the document performs itself.
            Output::Send(_) | Output::Awareness(_) | Output::AwarenessAll => {}
        }
    }

    fn admit(&self, state: &mut SceneState, of: &Arc<YjsDocument>, id: UpdateId, update: &[u8]) {
        let known = match of.domain() {
            YjsDomain::Document(Domain::Scene) => state.keeper.document.knows(update),
            YjsDomain::Document(Domain::Annotations) => state.keeper.drawn.knows(update),
            YjsDomain::Presence => Ok(*update == *NOTHING),
        };
        let denial = if known == Ok(true) {
            None
        } else if !of.may_write() {
            Some(("forbidden", refusal(of.grant.role(), Action::Annotate)))
        } else if let Some(why) = self.board.read_only {
            Some(("read_only", why.to_owned()))
        } else if let Some(why) = state.unsaved() {
            Some(("unavailable", not_now(why).message))
        } else {
            match self.let_in(state, of, update) {
                Ok(notice) => {
                    let notice = notice.as_deref().map(|text| ("reverted", text));
                    of.feed(Input::Admitted { id, notice });
                    return self.saved(state, of, id);
                }
                Err(None) => {
                    metrics::counter!("parfocal_yjs_refused_total", "code" => "resync")
                        .increment(1);
                    return of.feed(Input::Refused { id, refusal: Refusal::Resync });
                }
                Err(Some(denial)) => Some(denial),
            }
        };
        match denial {
            None => {
                of.feed(Input::Admitted { id, notice: None });
                self.saved(state, of, id);
            }
            Some((code, message)) => {
                metrics::counter!("parfocal_yjs_refused_total", "code" => code).increment(1);
                let denied = Refusal::Denied { code, message: &message };
                of.feed(Input::Refused { id, refusal: denied });
            }
        }
    }

    fn let_in(
        &self,
        state: &mut SceneState,
        of: &Arc<YjsDocument>,
        update: &[u8],
    ) -> Result<Option<String>, Option<(&'static str, String)>> {
        let by = of.author();
        let taken = |client| self.board.awareness.lock().is_taken(client, &by.subject);
        match state.keeper.admit(update, &by, &taken) {
            Ok(admission) => {
                self.spread(state, ParticipantId::SERVER, admission.updates);
                self.tell_steps(state, &by.subject);
                Ok((!admission.reverted.is_empty()).then(|| admission.reverted.join("; ")))
            }
            Err(Refused::Resync) => Err(None),
            Err(refused) => Err(Some((refused.code(), refused.to_string()))),
        }
    }

    fn saved(&self, state: &mut SceneState, of: &Arc<YjsDocument>, id: UpdateId) {
        let of = Arc::clone(of);
        self.wait(state, Waiting::Yjs(Box::new(move || of.feed(Input::Saved(id)))));
    }
}
