//! Tracks: a tail that fades into the past, and a head where the track is now.

use parfocal_scene::Symbol;

use super::drawing::Drawing;
use super::labels;
use super::own::Own;
use super::slice::Hidden;
use super::vertices::Vertices;
use crate::marks::Color;

/// Draws what is seen of a track. Where time is shown, or there is none, that is all of it.
pub(super) fn draw(drawing: &mut Drawing<'_>, slot: u32, own: &Own, extents: &[[f64; 2]]) {
    let (color, width) = (drawing.edge_color(own), drawing.edge_width(own));
    let vertices = drawing.index.vertices(slot);
    let Some(now) = drawing.slice.time else {
        return tail(drawing, vertices.iter(), |_| Some(1.0), width, color);
    };
    let [first, last] = extents.get(now.axis).copied().unwrap_or_default();
    let length = drawing.style.tail_length * now.step;
    let (begin, half) = (now.at - length, now.step / 2.0);
    if first > now.at + half || last < begin.min(now.at - half) {
        return;
    }
    if length > 0.0 {
        let seen = during(vertices, now.axis, [begin, now.at]);
        let weight = |at: &[f64]| Some((at.get(now.axis)? - begin) / length);
        tail(drawing, seen.iter().map(Vec::as_slice), weight, width, color);
    }
    let Some(head) = place_at(vertices, &now).filter(|at| drawing.slice.passes(at, at)) else {
        return;
    };
    let seen = drawing.sight.see(|axis| head.get(axis).copied());
    if let Some(seen) = seen.filter(|seen| seen[0] >= drawing.sight.near()) {
        let at = drawing.sight.place(seen);
        let radius = (1.4 * f64::from(width)).max(2.5);
        drawing.point(at, radius, 0.0, [color, color], Symbol::Disc);
        if own.written > 0 {
            labels::beside_point(drawing, slot, color, at, radius);
        }
    }
}

/// A line along those of `vertices` between which it is in the slice.
fn tail<'a>(
    drawing: &mut Drawing<'_>,
    mut vertices: impl Iterator<Item = &'a [f64]>,
    weight: impl Fn(&[f64]) -> Option<f64>,
    width: f32,
    color: Color,
) {
    let mut line: Vec<[f64; 4]> = Vec::new();
    let Some(mut a) = vertices.next() else { return };
    for b in vertices {
        let at = |vertex: &[f64]| {
            let [behind, x, y] = drawing.sight.see(|axis| vertex.get(axis).copied())?;
            Some([behind, x, y, weight(vertex)?.clamp(0.0, 1.0)])
        };
        if drawing.slice.passes(a, b) {
            if line.is_empty() {
                line.extend(at(a));
            }
            line.extend(at(b));
        } else {
            drawing.way(&line, width, color);
            line.clear();
        }
        a = b;
    }
    drawing.way(&line, width, color);
}

/// Where a track is now; its ends hold for half a step.
fn place_at(vertices: Vertices<'_>, now: &Hidden) -> Option<Vec<f64>> {
    let near = |vertex: &&[f64]| {
        vertex.get(now.axis).is_some_and(|time| (time - now.at).abs() <= now.step / 2.0)
    };
    let (first, last) = (vertices.iter().next()?, vertices.iter().next_back()?);
    if now.at <= *first.get(now.axis)? {
        return Some(first).filter(near).map(<[f64]>::to_vec);
    }
    if now.at >= *last.get(now.axis)? {
        return Some(last).filter(near).map(<[f64]>::to_vec);
    }
    during(vertices, now.axis, [now.at, now.at]).pop()
}

/// The vertices within a time, and where the track is at its begin and end. Vertices rise along
/// the axis of time.
fn during(vertices: Vertices<'_>, axis: usize, [begin, end]: [f64; 2]) -> Vec<Vec<f64>> {
    let first = vertices.count_below(axis, begin, false);
    let last = vertices.count_below(axis, end, true);
    let cut = |at: usize, when: f64| {
        let (a, b) = (vertices.get(at.checked_sub(1)?)?, vertices.get(at)?);
        let share = (when - a.get(axis)?) / (b.get(axis)? - a.get(axis)?);
        let between = |(a, b): (&f64, &f64)| a + (b - a) * share;
        share.is_finite().then(|| a.iter().zip(b).map(between).collect())
    };
    let within = (first..last).filter_map(|at| vertices.get(at)).map(<[f64]>::to_vec);
    cut(first, begin).into_iter().chain(within).chain(cut(last, end)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_track_is_cut_between_its_vertices() {
        let track = Vertices::new(&[0.0, 0.0, 2.0, 4.0, 3.0, 10.0], 2);
        assert_eq!(during(track, 0, [1.0, 2.5]), [[1.0, 2.0], [2.0, 4.0], [2.5, 7.0]]);
        assert_eq!(during(track, 0, [-5.0, 9.0]), [[0.0, 0.0], [2.0, 4.0], [3.0, 10.0]]);
        assert_eq!(during(track, 0, [1.0, 1.0]), [[1.0, 2.0], [1.0, 2.0]]);
        assert!(during(track, 0, [5.0, 6.0]).is_empty());
    }
}
