//! Where the annotations of a layer lie in one plane: an R-tree over their boxes.

use std::ops::ControlFlow;

use rstar::{AABB, Envelope, RTree, RTreeNode, RTreeObject};

/// A tree over the boxes along two axes of a layer.
#[derive(Debug)]
pub(super) struct Plane {
    /// Which axes (vertical, horizontal).
    pub(super) axes: [usize; 2],
    tree: RTree<Leaf>,
}

/// A box, in single precision, rounded outwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Leaf {
    low: [f32; 2],
    high: [f32; 2],
    slot: u32,
}

impl RTreeObject for Leaf {
    type Envelope = AABB<[f32; 2]>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.low, self.high)
    }
}

impl Leaf {
    /// Of annotation `slot`, which extends from `low` to `high` along each axis.
    pub(super) fn new(slot: u32, extents: [[f64; 2]; 2]) -> Self {
        let [low, high] = outwards(extents);
        Self { low, high, slot }
    }
}

/// Lower and upper corner in single precision, which must hold what the double ones hold.
fn outwards(extents: [[f64; 2]; 2]) -> [[f32; 2]; 2] {
    let low = extents.map(|[low, _]| (low as f32).next_down().max(f32::MIN));
    [low, extents.map(|[_, high]| (high as f32).next_up().min(f32::MAX))]
}

impl Plane {
    pub(super) fn new(axes: [usize; 2], leaves: Vec<Leaf>) -> Self {
        Self { axes, tree: RTree::bulk_load(leaves) }
    }

    pub(super) fn insert(&mut self, leaf: Leaf) {
        self.tree.insert(leaf);
    }

    pub(super) fn remove(&mut self, leaf: &Leaf) {
        self.tree.remove(leaf);
    }

    /// Whether all that there is touches `window`.
    pub(super) fn is_within(&self, window: [[f64; 2]; 2]) -> bool {
        let [low, high] = outwards(window);
        AABB::from_corners(low, high).contains_envelope(&self.tree.root().envelope())
    }

    /// The slots of all whose boxes touch `window` (low and high along each axis).
    pub(super) fn within(&self, window: [[f64; 2]; 2]) -> Vec<u32> {
        let [low, high] = outwards(window);
        let mut found = Vec::new();
        let window = AABB::from_corners(low, high);
        let _ = self.tree.locate_in_envelope_intersecting_int(window, |leaf| {
            found.push(leaf.slot);
            ControlFlow::<()>::Continue(())
        });
        found
    }

    /// Bytes of the tree, roughly: its leaves, and a quarter as much for what holds them.
    pub(super) fn bytes(&self) -> usize {
        self.tree.size() * size_of::<RTreeNode<Leaf>>() * 5 / 4
    }
}
