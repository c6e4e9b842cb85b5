//! The vertices of an annotation, side by side: a picture reads those of thousands, and following
//! a pointer to each would take longer than drawing them.

use parfocal_scene::{Annotation, Shape};

/// World coordinates, one for each axis of the layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vertices<'a> {
    all: &'a [f64],
    /// Coordinates of each.
    axes: usize,
}

impl<'a> Vertices<'a> {
    pub(super) const fn new(all: &'a [f64], axes: usize) -> Self {
        Self { all, axes }
    }

    pub(super) fn iter(self) -> impl DoubleEndedIterator<Item = &'a [f64]> {
        self.all.chunks_exact(self.axes.max(1))
    }

    pub(super) fn get(self, at: usize) -> Option<&'a [f64]> {
        let start = at.checked_mul(self.axes)?;
        self.all.get(start..start.checked_add(self.axes)?)
    }

    /// How many at the beginning are below `value` along an axis that they rise along; with
    /// `or_at` also those that are there.
    pub(super) fn count_below(self, axis: usize, value: f64, or_at: bool) -> usize {
        let count = self.all.len().checked_div(self.axes).unwrap_or(0);
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            let at = self.get(middle).and_then(|vertex| vertex.get(axis));
            if at.is_some_and(|&at| at < value || (or_at && at == value)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// All coordinates of an annotation, one vertex after another; none of a point, whose extents say
/// where it is. `None` where its vertices do not have `axes` finite coordinates each.
pub(super) fn flat(annotation: &Annotation, axes: usize) -> Option<Box<[f64]>> {
    let fits = |vertex: &Vec<f64>| vertex.len() == axes && vertex.iter().all(|v| v.is_finite());
    if axes == 0 || annotation.vertices.is_empty() || !annotation.vertices.iter().all(fits) {
        return None;
    }
    let is_point = annotation.shape == Shape::Point;
    let vertices = if is_point { &[] } else { annotation.vertices.as_slice() };
    Some(vertices.iter().flatten().copied().collect())
}
