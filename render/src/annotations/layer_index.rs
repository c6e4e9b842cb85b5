//! The annotations of one layer, so that those that a picture shows are found at once.
//!
//! Each has a *slot*, a number under which its properties, extents and box are kept. `order` holds
//! the slots in the order of drawing: older ones first, by name where they are of one age, so that
//! a picture does not depend on how the annotations came.

use std::cmp::Ordering;
use std::sync::Arc;

use imbl::OrdMap;
use imbl::ordmap::DiffItem;
use parfocal_scene::{Annotation, AnnotationId};

use super::column::Column;
use super::own::{self, Own};
use super::plane::{Leaf, Plane};
use super::vertices::{self, Vertices};

/// All annotations of a layer.
pub(super) type Set = OrdMap<AnnotationId, Arc<Annotation>>;

/// More changes than this, and more than every eighth annotation: making all anew is quicker.
const FEW: usize = 256;
/// Planes that are kept: the three orthogonal ones of a volume, and one more. Another one takes the
/// place of that which was not looked at for longest.
const MAX_PLANES: usize = 4;

/// One layer's annotations.
#[derive(Debug, Default)]
pub(super) struct LayerIndex {
    seen: Set,
    /// Coordinates of a vertex.
    axes: usize,
    slots: Vec<Option<(AnnotationId, Arc<Annotation>)>>,
    own: Vec<Own>,
    /// `axes` for each slot.
    extents: Vec<[f64; 2]>,
    vertices: Vec<Box<[f64]>>,
    free: Vec<u32>,
    order: Vec<u32>,
    column: Column,
    /// Most recently looked at first.
    planes: Vec<Plane>,
    /// Bounds of what annotations say themselves; they grow only, until all is made anew.
    widest: f32,
    longest: u32,
}

impl LayerIndex {
    /// Brings it up to date with `set`, whose vertices have `axes` coordinates, for colours by
    /// `feature` and a look at the plane of `shown` axes.
    pub(super) fn update(
        &mut self,
        set: &Set,
        axes: usize,
        feature: Option<&str>,
        shown: Option<[usize; 2]>,
    ) {
        if self.axes != axes || self.column.feature() != feature {
            self.rebuild(set, axes, feature);
        } else if !self.seen.ptr_eq(set) {
            let seen = std::mem::replace(&mut self.seen, set.clone());
            let few = (self.order.len() / 8).max(FEW);
            let changes: Vec<_> = seen.diff(set).take(few + 1).collect();
            if changes.len() > few {
                self.rebuild(set, axes, feature);
            } else {
                changes.iter().for_each(|change| self.change(change));
            }
        }
        self.column.settle(self.own.iter().map(|own| own.value));
        if let Some(shown) = shown {
            self.look_at(shown);
        }
    }

    fn change(&mut self, change: &DiffItem<'_, '_, AnnotationId, Arc<Annotation>>) {
        match change {
            DiffItem::Add(id, annotation) => self.insert(id, annotation),
            DiffItem::Remove(id, annotation) => self.remove(id, annotation),
            DiffItem::Update { old, new } => {
                self.remove(old.0, old.1);
                self.insert(new.0, new.1);
            }
        }
    }

    fn rebuild(&mut self, set: &Set, axes: usize, feature: Option<&str>) {
        let planes: Vec<_> = self.planes.iter().map(|plane| plane.axes).collect();
        *self = Self { seen: set.clone(), axes, column: Column::new(feature), ..Self::default() };
        let mut all: Vec<_> = set.iter().collect();
        // They come by name, and a stable sort leaves those of one age so.
        all.sort_by_key(|(_, annotation)| annotation.created);
        for (id, annotation) in all {
            if let Some(slot) = self.occupy(id, annotation) {
                self.order.push(slot);
            }
        }
        let kept = planes.into_iter().rev().filter(|shown| shown.iter().all(|&a| a < axes));
        kept.for_each(|shown| self.look_at(shown));
    }

    fn insert(&mut self, id: &AnnotationId, annotation: &Arc<Annotation>) {
        let Some(slot) = self.occupy(id, annotation) else { return };
        let at = self.order.partition_point(|&other| self.is_before(other, id, annotation));
        self.order.insert(at, slot);
        for plane in &mut self.planes {
            let extents = extents_of(&self.extents, self.axes, slot);
            plane.insert(leaf(slot, extents, self.own.get(slot as usize), plane.axes));
        }
    }

    fn remove(&mut self, id: &AnnotationId, annotation: &Arc<Annotation>) {
        let at = self.order.partition_point(|&other| self.is_before(other, id, annotation));
        let Some(&slot) = self.order.get(at) else { return };
        let held = self.slots.get_mut(slot as usize);
        // One that does not fit the layer was never taken in.
        let Some((_, annotation)) = held.and_then(|held| held.take_if(|held| held.0 == *id)) else {
            return;
        };
        self.order.remove(at);
        self.column.remove(&annotation);
        for plane in &mut self.planes {
            let extents = extents_of(&self.extents, self.axes, slot);
            plane.remove(&leaf(slot, extents, self.own.get(slot as usize), plane.axes));
        }
        if let Some(own) = self.own.get_mut(slot as usize) {
            *own = Own::default();
        }
        self.free.push(slot);
    }

    /// Whether what is in `slot` is drawn before that annotation.
    fn is_before(&self, slot: u32, id: &AnnotationId, annotation: &Annotation) -> bool {
        self.get(slot).is_some_and(|(other_id, other)| {
            let age = other.created.cmp(&annotation.created);
            age.then_with(|| other_id.cmp(id)) == Ordering::Less
        })
    }

    /// Puts an annotation into a slot; `None` where it does not fit the layer.
    fn occupy(&mut self, id: &AnnotationId, annotation: &Arc<Annotation>) -> Option<u32> {
        let vertices = vertices::flat(annotation, self.axes)?;
        let end = self.extents.len();
        own::extents(annotation, self.axes, &mut self.extents);
        let own = Own::new(annotation, self.column.add(annotation));
        self.widest = self.widest.max(own.edge_width.unwrap_or(0.0));
        self.longest = self.longest.max(own.written);
        let held = Some((id.clone(), Arc::clone(annotation)));
        let Some(slot) = self.free.pop() else {
            self.slots.push(held);
            self.own.push(own);
            self.vertices.push(vertices);
            return u32::try_from(self.slots.len() - 1).ok();
        };
        let at = slot as usize;
        self.extents.copy_within(end.., at * self.axes);
        self.extents.truncate(end);
        *self.slots.get_mut(at)? = held;
        *self.own.get_mut(at)? = own;
        *self.vertices.get_mut(at)? = vertices;
        Some(slot)
    }

    /// Makes the plane of these axes the first one.
    fn look_at(&mut self, shown: [usize; 2]) {
        let known = self.planes.iter().position(|plane| plane.axes == shown);
        let plane = if let Some(at) = known {
            self.planes.remove(at)
        } else {
            let extents = |slot| extents_of(&self.extents, self.axes, slot);
            let leaf = |&slot| leaf(slot, extents(slot), self.own.get(slot as usize), shown);
            Plane::new(shown, self.order.iter().map(leaf).collect())
        };
        self.planes.insert(0, plane);
        self.planes.truncate(MAX_PLANES);
    }

    /// Slots of annotations whose boxes touch `window` (low and high along each of the two axes),
    /// in the order of drawing.
    pub(super) fn within(&self, shown: [usize; 2], window: [[f64; 2]; 2]) -> Vec<u32> {
        let plane = self.planes.iter().find(|plane| plane.axes == shown);
        let Some(plane) = plane.filter(|plane| !plane.is_within(window)) else {
            return self.order.clone();
        };
        let mut found = plane.within(window);
        if found.len() < self.order.len() / 64 {
            let key = |&slot: &u32| self.get(slot).map(|(id, held)| (held.created, id));
            found.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
            return found;
        }
        // Picking many out of the order is quicker than sorting them.
        let mut wanted = vec![false; self.slots.len()];
        for &slot in &found {
            if let Some(wanted) = wanted.get_mut(slot as usize) {
                *wanted = true;
            }
        }
        let is_wanted = |slot: &&u32| wanted.get(**slot as usize).is_some_and(|&wanted| wanted);
        found.clear();
        found.extend(self.order.iter().filter(is_wanted));
        found
    }

    /// Name and annotation of a slot.
    pub(super) fn get(&self, slot: u32) -> Option<&(AnnotationId, Arc<Annotation>)> {
        self.slots.get(slot as usize)?.as_ref()
    }

    /// What a slot's annotation says itself, and its extents.
    #[inline]
    pub(super) fn look(&self, slot: u32) -> Option<(&Own, &[[f64; 2]])> {
        let own = self.own.get(slot as usize)?;
        Some((own, extents_of(&self.extents, self.axes, slot)))
    }

    /// The vertices of a slot's annotation; none of a point.
    pub(super) fn vertices(&self, slot: u32) -> Vertices<'_> {
        let all = self.vertices.get(slot as usize).map_or(&[][..], |all| all);
        Vertices::new(all, self.axes)
    }

    pub(super) const fn column(&self) -> &Column {
        &self.column
    }

    /// No edge is wider, in canvas pixels; but the layer's own may be.
    pub(super) const fn widest(&self) -> f32 {
        self.widest
    }

    /// No text has more characters.
    pub(super) const fn longest(&self) -> u32 {
        self.longest
    }

    /// Bytes in memory, roughly, without the annotations themselves.
    pub(super) fn bytes(&self) -> usize {
        let slot = size_of::<Option<(AnnotationId, Arc<Annotation>)>>() + size_of::<Own>() + 24;
        self.slots.capacity() * slot
            + self.vertices.iter().map(|all| size_of_val::<[f64]>(all)).sum::<usize>()
            + self.extents.capacity() * size_of::<[f64; 2]>()
            + self.planes.iter().map(Plane::bytes).sum::<usize>()
    }
}

#[inline]
fn extents_of(extents: &[[f64; 2]], axes: usize, slot: u32) -> &[[f64; 2]] {
    let start = slot as usize * axes;
    extents.get(start..start + axes).unwrap_or_default()
}

/// The box of an annotation; a point that has a size of its own fills it.
fn leaf(slot: u32, extents: &[[f64; 2]], own: Option<&Own>, axes: [usize; 2]) -> Leaf {
    let radius = own.and_then(|own| own.size).map_or(0.0, |size| f64::from(size) / 2.0);
    let along = |axis: usize| extents.get(axis).copied().unwrap_or_default();
    Leaf::new(slot, axes.map(along).map(|[low, high]| [low - radius, high + radius]))
}
