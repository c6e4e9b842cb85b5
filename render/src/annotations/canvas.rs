//! From world coordinates to places on the canvas, and only as much as is seen there.

use parfocal_scene::View;

/// The canvas of a view.
#[derive(Clone, Copy, Debug)]
pub(super) struct Canvas {
    /// Width and height.
    pub(super) size: [f64; 2],
    center: [f64; 2],
    /// Pixels per world unit.
    pub(super) zoom: f64,
}

impl Canvas {
    /// `None` where the camera makes no sense.
    pub(super) fn new(view: &View) -> Option<Self> {
        let (center, zoom) = (view.camera.center, view.camera.zoom);
        let sane = center.iter().all(|c| c.is_finite()) && zoom.is_finite() && zoom > 0.0;
        sane.then(|| Self { size: view.canvas.map(f64::from), center, zoom })
    }

    /// Place (x, y) of world coordinates (vertical, horizontal).
    #[inline]
    pub(super) fn place(&self, vertical: f64, horizontal: f64) -> [f64; 2] {
        let x = (horizontal - self.center[1]) * self.zoom + self.size[0] / 2.0;
        [x, (vertical - self.center[0]) * self.zoom + self.size[1] / 2.0]
    }

    /// World coordinates that the canvas and `margin` pixels around it show: low and high along
    /// the vertical and the horizontal axis.
    pub(super) fn window(&self, margin: [f64; 2]) -> [[f64; 2]; 2] {
        [1, 0].map(|d: usize| {
            let half = (self.size[d] / 2.0 + margin[d]) / self.zoom;
            [self.center[1 - d] - half, self.center[1 - d] + half]
        })
    }

    /// Whether the box from `low` to `high` touches the canvas.
    #[inline]
    pub(super) fn touches(&self, low: [f64; 2], high: [f64; 2]) -> bool {
        (0..2).all(|d| high[d] >= 0.0 && low[d] <= self.size[d])
    }
}

/// A box of places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    pub(super) low: [f64; 2],
    pub(super) high: [f64; 2],
}

impl Bounds {
    /// Of places, whatever else is known of them behind their two coordinates.
    pub(super) fn of<const N: usize>(places: &[[f64; N]]) -> Self {
        let mut bounds = Self { low: [f64::INFINITY; 2], high: [f64::NEG_INFINITY; 2] };
        for place in places {
            for ((low, high), v) in bounds.low.iter_mut().zip(&mut bounds.high).zip(place) {
                (*low, *high) = (low.min(*v), high.max(*v));
            }
        }
        bounds
    }

    pub(super) fn grown(self, by: f64) -> Self {
        Self { low: self.low.map(|v| v - by), high: self.high.map(|v| v + by) }
    }

    pub(super) fn holds(&self, other: &Self) -> bool {
        (0..2).all(|d| other.low[d] >= self.low[d] && other.high[d] <= self.high[d])
    }

    /// The larger of width and height.
    pub(super) fn side(&self) -> f64 {
        (self.high[0] - self.low[0]).max(self.high[1] - self.low[1])
    }
}

/// Leaves out places that are nearer than a quarter of a pixel to the one before; the last stays.
pub(super) fn thin_out(places: &mut Vec<[f64; 2]>) {
    const NEAR: f64 = 0.25;
    let Some(&last) = places.last() else { return };
    let near =
        |a: &[f64; 2], b: &[f64; 2]| (a[0] - b[0]).abs() < NEAR && (a[1] - b[1]).abs() < NEAR;
    places.dedup_by(|next, kept| near(next, kept));
    if places.len() > 1 && places.last() != Some(&last) {
        places.push(last);
    }
}

/// The part of an area within `window` (I. Sutherland and G. Hodgman, 1974).
pub(super) fn clip_area<const N: usize>(
    mut outline: Vec<[f64; N]>,
    window: Bounds,
) -> Vec<[f64; N]> {
    if window.holds(&Bounds::of(&outline)) {
        return outline;
    }
    for (d, side, inward) in [
        (0, window.low[0], 1.0),
        (0, window.high[0], -1.0),
        (1, window.low[1], 1.0),
        (1, window.high[1], -1.0),
    ] {
        let inside = |p: &[f64; N]| (p[d] - side) * inward;
        let mut kept = Vec::with_capacity(outline.len() + 2);
        let Some(&last) = outline.last() else { return outline };
        let mut a = last;
        for &b in &outline {
            let (from, to) = (inside(&a), inside(&b));
            if (from < 0.0) != (to < 0.0) {
                kept.push(between(a, b, from / (from - to)));
            }
            if to >= 0.0 {
                kept.push(b);
            }
            a = b;
        }
        outline = kept;
    }
    outline
}

/// Calls `each` with the parts of a line (places with what else is known of them) within `window`.
pub(super) fn clip_line<const N: usize>(
    line: &[[f64; N]],
    window: Bounds,
    mut each: impl FnMut(&[[f64; N]]),
) {
    let mut part: Vec<[f64; N]> = Vec::new();
    for (a, b) in line.iter().zip(line.iter().skip(1)) {
        let Some([from, to]) = seen_part(a, b, window) else { continue };
        let start = between(*a, *b, from);
        if part.last() != Some(&start) {
            if part.len() > 1 {
                each(&part);
            }
            part.clear();
            part.push(start);
        }
        // Exactly the vertex, so that the next segment is seen to go on from it.
        part.push(if to < 1.0 { between(*a, *b, to) } else { *b });
    }
    if part.len() > 1 {
        each(&part);
    }
}

/// From which to which share of its length a segment is within `window` (Y.-D. Liang and
/// B. Barsky, 1984).
fn seen_part<const N: usize>(a: &[f64; N], b: &[f64; N], window: Bounds) -> Option<[f64; 2]> {
    let [mut from, mut to] = [0.0_f64, 1.0_f64];
    for d in 0..2.min(N) {
        let (start, way) = (a[d], b[d] - a[d]);
        if way == 0.0 {
            if start < window.low[d] || start > window.high[d] {
                return None;
            }
            continue;
        }
        let [enter, leave] = [(window.low[d] - start) / way, (window.high[d] - start) / way];
        (from, to) = (from.max(enter.min(leave)), to.min(enter.max(leave)));
    }
    (from <= to).then_some([from, to])
}

/// What lies at this share of the way from `a` to `b`.
pub(super) fn between<const N: usize>(a: [f64; N], b: [f64; N], share: f64) -> [f64; N] {
    if share <= 0.0 {
        return a;
    }
    std::array::from_fn(|i| a[i] + (b[i] - a[i]) * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Bounds = Bounds { low: [0.0; 2], high: [10.0; 2] };

    #[test]
    fn a_line_that_leaves_and_returns_is_two_lines() {
        let line = [[2.0, 2.0], [2.0, 12.0], [8.0, 12.0], [8.0, 5.0], [9.0, 5.0]];
        let mut parts = Vec::new();
        clip_line(&line, WINDOW, |part| parts.push(part.to_vec()));
        let expected = [vec![[2.0, 2.0], [2.0, 10.0]], vec![[8.0, 10.0], [8.0, 5.0], [9.0, 5.0]]];
        assert_eq!(parts, expected);
    }

    #[test]
    fn an_area_is_cut_to_what_is_seen() {
        let all = vec![[-50.0, -50.0], [50.0, -50.0], [50.0, 50.0], [-50.0, 50.0]];
        let cut = clip_area(all, WINDOW);
        assert_eq!(Bounds::of(&cut), WINDOW);
        assert!(clip_area(vec![[20.0, 0.0], [30.0, 0.0], [30.0, 9.0]], WINDOW).is_empty());
    }

    #[test]
    fn what_lies_close_together_is_left_out_but_not_the_last() {
        let mut line = vec![[0.0, 0.0], [0.1, 0.0], [0.2, 0.1], [1.0, 0.0], [1.1, 0.1]];
        thin_out(&mut line);
        assert_eq!(line, [[0.0, 0.0], [1.0, 0.0], [1.1, 0.1]]);
    }
}
