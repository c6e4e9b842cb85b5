//! What must be there after a crash: the session as it was after one of its changes, and after no
//! earlier one than the last that was acknowledged.

use std::collections::BTreeMap;
use std::sync::Arc;

use parfocal_base::LayerId;
use parfocal_scene::{Annotations, Scene};

use crate::machine::ledger::{ClientId, Seen};
use crate::session::keeper::Keeper;

/// What is painted, by layer and voxel; voxels without a label are left out.
pub(super) type Voxels = BTreeMap<LayerId, BTreeMap<Vec<usize>, u32>>;

/// The session after a change, but for what is saved lazily.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    scene: Arc<Scene>,
    annotations: Annotations,
    voxels: Arc<Voxels>,
}

/// One change.
struct Moment {
    state: State,
    /// The ask that it did.
    ask: Option<(ClientId, u64)>,
}

#[derive(Default)]
pub(super) struct History {
    moments: Vec<Moment>,
    /// The last of them that somebody was told to be on disk.
    promised: usize,
    strokes: Option<u64>,
    voxels: Arc<Voxels>,
}

impl History {
    /// Begins anew with the session as it was loaded, which is one of its moments.
    pub(super) fn recovered(&mut self, keeper: &Keeper) {
        self.strokes = None;
        let state = self.state(keeper);
        if self.moments.is_empty() {
            return self.moments.push(Moment { state, ask: None });
        }
        // Of equal ones the receipts tell which it is, but for changes that nobody can ask for
        // again: there the first will do.
        let (answered, lost) = self.receipts(keeper);
        let promised = self.promised;
        let is_it = |moment: &Moment| moment.state == state;
        let from = answered.map_or(promised, |answered| answered.max(promised));
        let of_promised = self.moments.iter().take(lost).skip(from).position(is_it);
        let found = of_promised.map(|at| at + from);
        let found = found.or_else(|| self.moments.iter().rposition(is_it));
        let last = self.moments.last().map(|moment| &moment.state);
        assert!(found.is_some(), "loaded is what never was: {state:#?}\nlast was {last:#?}");
        let found = found.unwrap_or_default();
        assert!(found >= promised, "{found} of {} is loaded, {promised} was promised", self.len());
        let (first, last) = (answered.unwrap_or_default(), lost);
        assert!((first..last).contains(&found), "{found} is loaded, receipts say {first}..{last}");
        self.moments.truncate(found + 1);
    }

    /// The last moment whose ask has a receipt, and the first whose ask has none: that one, and only
    /// that and later ones, would be done again where it is asked again.
    fn receipts(&self, keeper: &Keeper) -> (Option<usize>, usize) {
        let has_receipt = |moment: &Moment| {
            let (client, seq) = moment.ask?;
            Some(keeper.ledger.seen(&client, seq) != Seen::New)
        };
        let answered = self.moments.iter().rposition(|moment| has_receipt(moment) == Some(true));
        let lost = self.moments.iter().position(|moment| has_receipt(moment) == Some(false));
        if let (Some(answered), Some(lost)) = (answered, lost) {
            assert!(answered < lost, "{answered} has a receipt, and {lost} before it has none");
        }
        (answered, lost.unwrap_or(self.len()))
    }

    pub(super) fn changed(&mut self, keeper: &Keeper, ask: Option<(ClientId, u64)>) {
        let again = self.moments.iter().any(|moment| ask.is_some() && moment.ask == ask);
        assert!(!again, "{ask:?} was done twice");
        let state = self.state(keeper);
        self.moments.push(Moment { state, ask });
    }

    /// How much has happened.
    pub(super) fn len(&self) -> usize {
        self.moments.len()
    }

    /// The first `count` moments are on disk.
    pub(super) fn promise(&mut self, count: usize) {
        self.promised = self.promised.max(count.saturating_sub(1));
    }

    /// The model as people see it, without views, which are saved lazily, and without the numbers
    /// of sources, which are of one run of the server.
    fn state(&mut self, keeper: &Keeper) -> State {
        let mut scene = Scene::clone(&keeper.scene);
        scene.views.clear();
        scene.layers.iter_mut().for_each(|layer| layer.source.source = Default::default());
        if self.strokes != Some(keeper.strokes) {
            self.strokes = Some(keeper.strokes);
            self.voxels = Arc::new(voxels(keeper));
        }
        let voxels = Voxels::clone(&self.voxels);
        // Volumes of layers that may come back are kept, and seen by nobody.
        let seen = voxels.into_iter().filter(|(layer, _)| keeper.scene.layer(*layer).is_some());
        let voxels = Arc::new(seen.collect());
        State { scene: Arc::new(scene), annotations: keeper.annotations.clone(), voxels }
    }
}

/// Every voxel that has a label.
fn voxels(keeper: &Keeper) -> Voxels {
    let painted = |layer: LayerId| {
        let volume = keeper.volume(layer)?;
        let volume = volume.read();
        let shape = volume.shape().to_vec();
        let all = (0..shape.iter().product::<usize>()).filter_map(|mut at| {
            let mut voxel = vec![0; shape.len()];
            for (place, length) in voxel.iter_mut().zip(&shape).rev() {
                (*place, at) = (at % length, at / length);
            }
            let label = volume.get(&voxel).unwrap();
            (label > 0).then_some((voxel, label))
        });
        Some((layer, all.collect::<BTreeMap<_, _>>())).filter(|(_, all)| !all.is_empty())
    };
    // Also of layers that were removed, and may come back.
    (0..keeper.scene.next_layer.0).filter_map(|id| painted(LayerId(id))).collect()
}
