//! Areas and lines: their edges and segments, by tile.

use parfocal_render::marks::{Marks, Path, PathKind};

use super::bins::Bins;
use crate::batch::GROUP;

const FILL: u32 = 0;
const STROKE: u32 = 1;
/// Pieces of one item at most, as many as its number has bits for.
const MAX_PIECES: usize = (u32::MAX >> 2) as usize;

/// Adds a path.
pub(super) fn put(marks: &Marks, path: &Path, bins: &mut Bins<'_>) {
    let vertices = marks.vertices_of(path);
    if vertices.is_empty() || vertices.len() > MAX_PIECES {
        return;
    }
    let color = u32::from_le_bytes(path.color);
    match path.kind {
        PathKind::Fill => fill(vertices, color, bins),
        PathKind::Stroke { width, closed } => stroke(vertices, color, width, closed, bins),
    }
}

/// All tiles of a row share the edges that touch it: those to the left of a tile count, too.
fn fill(vertices: &[[f32; 3]], color: u32, bins: &mut Bins<'_>) {
    let bound = |d: usize, pick: fn(f32, f32) -> f32| {
        vertices.iter().map(|v| v[d]).reduce(pick).unwrap_or(f32::NAN)
    };
    let columns = bins.region().touched(1, bound(0, f32::min), bound(0, f32::max));
    let rows = bins.region().touched(0, bound(1, f32::min), bound(1, f32::max));
    if columns.is_empty() || rows.is_empty() {
        return;
    }
    let mut edges: Vec<(u32, [f32; 4])> = Vec::new();
    let before = vertices.iter().cycle().skip(vertices.len() - 1);
    for (a, b) in before.zip(vertices) {
        // A level edge bounds no height.
        if a[1] != b[1] {
            let touched = bins.region().touched(0, a[1].min(b[1]), a[1].max(b[1]));
            edges.extend(touched.map(|row| (row, [a[0], a[1], b[0], b[1]])));
        }
        if edges.len() * 4 > bins.room() {
            return bins.fill_up();
        }
    }
    edges.sort_by_key(|(row, _)| *row);
    let record = bins.record([color]);
    for edges in edges.chunk_by(|a, b| a.0 == b.0) {
        let first = bins.record(edges.iter().flat_map(|(_, edge)| edge.map(f32::to_bits)));
        let item = [FILL | (edges.len() as u32) << 2, record, first];
        if let Some((row, _)) = edges.first() {
            columns.clone().for_each(|column| bins.put(*row, column, item));
        }
        if bins.is_full() {
            return;
        }
    }
}

fn stroke(vertices: &[[f32; 3]], color: u32, width: f32, closed: bool, bins: &mut Bins<'_>) {
    // The first segment joins the ends where it is closed; a lone vertex is a dot.
    let skipped = usize::from(!closed && vertices.len() > 1);
    let before = vertices.iter().cycle().skip(vertices.len() - 1);
    let mut touched: Vec<([u32; 2], [f32; 6])> = Vec::new();
    for (a, b) in before.zip(vertices).skip(skipped) {
        tiles(a, b, width / 2.0 + 0.5, bins, |tile| {
            touched.push((tile, [a[0], a[1], a[2], b[0], b[1], b[2]]));
        });
        if touched.len() * 6 > bins.room() {
            return bins.fill_up();
        }
    }
    if touched.is_empty() {
        return;
    }
    touched.sort_by_key(|(tile, _)| *tile);
    let record = bins.record([color, width.to_bits()]);
    for segments in touched.chunk_by(|a, b| a.0 == b.0) {
        let first = bins.record(segments.iter().flat_map(|(_, s)| s.map(f32::to_bits)));
        let item = [STROKE | (segments.len() as u32) << 2, record, first];
        if let Some(([row, column], _)) = segments.first() {
            bins.put(*row, *column, item);
        }
    }
}

/// The tiles that may be nearer than `reach` to the segment from `a` to `b`.
fn tiles(a: &[f32; 3], b: &[f32; 3], reach: f32, bins: &Bins<'_>, mut each: impl FnMut([u32; 2])) {
    let region = bins.region();
    let [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    for row in region.touched(0, a[1].min(b[1]) - reach, a[1].max(b[1]) + reach) {
        // The part of the segment that is near this row of tiles; all of it where it is level.
        let (mut from, mut to) = (0.0, 1.0);
        if dy.abs() > 1e-3 {
            let top = (row * GROUP) as f32 - reach - 1.0 - a[1];
            let bottom = ((row + 1) * GROUP) as f32 + reach + 1.0 - a[1];
            let (s, t) = (top / dy, bottom / dy);
            from = s.min(t).clamp(0.0, 1.0);
            to = s.max(t).clamp(0.0, 1.0);
        }
        let (s, t) = (a[0] + from * dx, a[0] + to * dx);
        let columns = region.touched(1, s.min(t) - reach - 1.0, s.max(t) + reach + 1.0);
        columns.for_each(|column| each([row, column]));
    }
}
