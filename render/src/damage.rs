//! Which rows of a picture differ from those of the picture before.
//!
//! A stroke, a moved point or a painted chunk changes a few rows: the others are copied from the
//! picture before, which costs a tenth of painting them. The answer errs to one side only: a row that
//! is called the same is the same.

use std::ops::Range;
use std::sync::Arc;

use crate::dense::same as same_bricks;
use crate::draw_list::{
    Content, DrawLayer, DrawList, Paint, Patch, Plane, Sampled, Tile, Transfer, Volume, VolumePaint,
};
use crate::marks::{Marks, Path, PathKind, Point, Text};
use crate::overlay::{Overlay, raster};

/// The rows of a picture that may differ from the picture before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage(Vec<bool>);

/// Lines of text reach less than that above and below their baseline, in ems.
const TEXT_REACH: f32 = 2.0;

impl Damage {
    /// Whether some row of `rows` may differ.
    pub fn touches(&self, rows: Range<usize>) -> bool {
        let end = rows.end.min(self.0.len());
        self.0.get(rows.start..end).unwrap_or_default().contains(&true)
    }

    /// How many rows may differ.
    pub fn rows(&self) -> usize {
        self.0.iter().filter(|row| **row).count()
    }

    fn all(&mut self) {
        self.0.fill(true);
    }

    fn add(&mut self, rows: Range<u32>) {
        let end = (rows.end as usize).min(self.0.len());
        self.0.get_mut(rows.start as usize..end).unwrap_or_default().fill(true);
    }

    /// All rows that the places from `top` to `bottom` touch.
    fn span(&mut self, [top, bottom]: [f64; 2]) {
        if top.is_nan() || bottom.is_nan() {
            return self.all();
        }
        // Saturates outside of the canvas.
        self.add((top.floor() - 1.0) as u32..(bottom.ceil() + 1.0) as u32);
    }
}

/// What differs between two pictures, given all that they are painted from.
pub fn damage(before: &DrawList, after: &DrawList) -> Damage {
    let mut damage = Damage(vec![false; after.canvas[1] as usize]);
    let same_stage = before.canvas == after.canvas
        && before.background == after.background
        && before.layers.len() == after.layers.len();
    if !same_stage {
        damage.all();
        return damage;
    }
    for (before, after) in before.layers.iter().zip(&after.layers) {
        layer(before, after, &mut damage);
    }
    if before.overlays != after.overlays {
        overlays(&before.overlays, &mut damage);
        overlays(&after.overlays, &mut damage);
    }
    damage
}

fn layer(before: &DrawLayer, after: &DrawLayer, damage: &mut Damage) {
    let alike = before.opacity == after.opacity && before.blending == after.blending;
    match (&before.content, &after.content) {
        (Content::Sampled(before), Content::Sampled(after)) => {
            sampled(before, after, alike, damage);
        }
        (Content::Marks(before), Content::Marks(after)) if alike => marks(before, after, damage),
        (Content::Volume(before), Content::Volume(after))
            if alike && same_volume(before, after) => {}
        _ => damage.all(),
    }
}

fn sampled(before: &Sampled, after: &Sampled, alike: bool, damage: &mut Damage) {
    let alike = alike
        && same_paint(&before.paint, &after.paint)
        && before.patches == after.patches
        && before.planes.len() == after.planes.len();
    if !alike {
        for patch in before.patches.iter().chain(&after.patches) {
            damage.add(patch.pixels[0].clone());
        }
        return;
    }
    for patch in &after.patches {
        let planes = [before.planes.get(patch.plane), after.planes.get(patch.plane)];
        if let [Some(before), Some(after)] = planes {
            plane(before, after, patch, damage);
        }
    }
}

fn same_paint(before: &Paint, after: &Paint) -> bool {
    match (before, after) {
        (Paint::Labels, Paint::Labels) => true,
        (Paint::Image(before), Paint::Image(after)) => same_transfer(before, after),
        _ => false,
    }
}

fn same_transfer(before: &Transfer, after: &Transfer) -> bool {
    (Arc::ptr_eq(&before.table, &after.table) || before.table == after.table)
        && before.limits == after.limits
        && before.gamma == after.gamma
        && before.linear == after.linear
}

/// Any difference between two volumes may be seen anywhere.
fn same_volume(before: &Volume, after: &Volume) -> bool {
    let same_paint = match (&before.paint, &after.paint) {
        (VolumePaint::Labels, VolumePaint::Labels) => true,
        (VolumePaint::Image(a, mode_a), VolumePaint::Image(b, mode_b)) => {
            same_transfer(a, b) && mode_a == mode_b
        }
        _ => false,
    };
    same_paint
        && (before.step, before.every, before.rays) == (after.step, after.every, after.rays)
        && before.bricks.spacing == after.bricks.spacing
        && same_bricks(&before.bricks, &after.bricks)
}

fn plane(before: &Plane, after: &Plane, patch: &Patch, damage: &mut Damage) {
    let same_grid = before.tile == after.tile
        && before.first == after.first
        && before.across == after.across
        && before.tiles.len() == after.tiles.len();
    if !same_grid {
        return damage.add(patch.pixels[0].clone());
    }
    for (i, (old, new)) in before.tiles.iter().zip(&after.tiles).enumerate() {
        if !same_tile(old.as_ref(), new.as_ref()) {
            let first = (after.first[0] + i / after.across.max(1)) * after.tile[0];
            damage.add(rows_of(patch, first..first + after.tile[0]));
        }
    }
}

/// The list before keeps its chunks alive, so that no other one can be where they are.
fn same_tile(before: Option<&Tile>, after: Option<&Tile>) -> bool {
    match (before, after) {
        (None, None) => true,
        (Some(before), Some(after)) => {
            Arc::ptr_eq(&before.chunk, &after.chunk)
                && before.base == after.base
                && before.strides == after.strides
        }
        _ => false,
    }
}

/// The rows of the canvas that read `texels` of a patch, and perhaps one more on either side.
fn rows_of(patch: &Patch, texels: Range<usize>) -> Range<u32> {
    let (rows, read) = (&patch.pixels[0], &patch.texels[0]);
    if texels.end <= read.start || texels.start >= read.end {
        return 0..0;
    }
    let map = patch.map[0];
    let row = |texel: f64| (texel - map.origin) / map.step - 0.5;
    // A row reads the texels beside its own place; what lies beyond the patch reads its edge.
    let (above, below) = (texels.start <= read.start, texels.end >= read.end);
    let from = if above { 0.0 } else { row(texels.start as f64 - 1.0).floor() - 1.0 };
    let to = if below { f64::INFINITY } else { row(texels.end as f64 + 1.0).ceil() + 1.0 };
    (from as u32).max(rows.start)..(to as u32).min(rows.end)
}

fn marks(before: &Marks, after: &Marks, damage: &mut Damage) {
    let same_path = |a: &Path, b: &Path| {
        a.kind == b.kind && a.color == b.color && before.vertices_of(a) == after.vertices_of(b)
    };
    let (old, new) = changed(&before.paths, &after.paths, same_path);
    old.iter().for_each(|path| damage.span(span_of_path(before, path)));
    new.iter().for_each(|path| damage.span(span_of_path(after, path)));

    let (old, new) = changed(&before.points, &after.points, PartialEq::eq);
    old.iter().chain(new).for_each(|point| damage.span(span_of_point(point)));

    let (old, new) = changed(&before.texts, &after.texts, PartialEq::eq);
    old.iter().chain(new).for_each(|text| damage.span(span_of_text(text)));
}

/// What is left of two lists without their common beginning and end. Marks are painted in their
/// order: where none of these is, the same ones are painted in the same order.
fn changed<'a, T>(
    before: &'a [T],
    after: &'a [T],
    same: impl Fn(&T, &T) -> bool,
) -> (&'a [T], &'a [T]) {
    let head = before.iter().zip(after).take_while(|(a, b)| same(a, b)).count();
    let (before, after) =
        (before.get(head..).unwrap_or_default(), after.get(head..).unwrap_or_default());
    let ends = before.iter().rev().zip(after.iter().rev());
    let tail = ends.take_while(|(a, b)| same(a, b)).count();
    let cut = |list: &'a [T]| list.get(..list.len() - tail).unwrap_or_default();
    (cut(before), cut(after))
}

fn span_of_path(marks: &Marks, path: &Path) -> [f64; 2] {
    let reach = match path.kind {
        PathKind::Fill => 0.0,
        PathKind::Stroke { width, .. } => f64::from(width) / 2.0 + 1.0,
    };
    let rows = marks.vertices_of(path).iter().map(|vertex| f64::from(vertex[1]));
    rows.fold([f64::INFINITY, f64::NEG_INFINITY], |[top, bottom], y| {
        // `min` would step over what is not a number.
        if y.is_nan() || top.is_nan() {
            [f64::NAN; 2]
        } else {
            [top.min(y - reach), bottom.max(y + reach)]
        }
    })
}

fn span_of_point(point: &Point) -> [f64; 2] {
    let (at, reach) = (f64::from(point.at[1]), f64::from(point.radius.max(0.0)) + 1.0);
    [at - reach, at + reach]
}

fn span_of_text(text: &Text) -> [f64; 2] {
    let (at, reach) = (f64::from(text.at[1]), f64::from(text.size * TEXT_REACH) + 2.0);
    [at - reach, at + reach]
}

fn overlays(overlays: &[Overlay], damage: &mut Damage) {
    for sprite in raster(overlays) {
        let top = f64::from(sprite.y);
        let rows = sprite.pixels.len() / sprite.width.max(1);
        damage.span([top, top + rows as f64]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parfocal_base::{Chunk, Samples};
    use parfocal_scene::{Blending, Symbol};

    use crate::colormap;
    use crate::draw_list::{AxisMap, Bricks, Rays};

    const CANVAS: [u32; 2] = [64, 128];

    fn tile(value: u8) -> Option<Tile> {
        let chunk = Chunk::new(vec![16, 64], Samples::U8(vec![value; 1024]))?;
        Some(Tile { chunk: Arc::new(chunk), base: 0, strides: [64, 1] })
    }

    /// Eight tiles of 16 rows below each other, one texel a pixel, and a few points on them.
    fn list() -> DrawList {
        let table = colormap("gray").unwrap_or_else(|| unreachable!("gray is a colormap"));
        let paint =
            Paint::Image(Transfer { table, limits: [0.0, 255.0], gamma: 1.0, linear: true });
        let patch = Patch {
            pixels: [0..128, 0..64],
            plane: 0,
            map: [AxisMap { origin: -0.5, step: 1.0 }; 2],
            texels: [0..128, 0..64],
        };
        let plane =
            Plane { tile: [16, 64], first: [0, 0], across: 1, tiles: (0..8).map(tile).collect() };
        let sampled = Sampled { paint, planes: vec![plane], patches: vec![patch] };
        let points = [20.0, 60.0, 100.0].map(|y| Point {
            at: [30.0, y],
            radius: 3.0,
            edge_width: 1.0,
            face: [255; 4],
            edge: [0, 0, 0, 255],
            symbol: Symbol::Disc,
        });
        let marks = Marks { points: points.to_vec(), ..Marks::default() };
        let layer = |content| DrawLayer { opacity: 1.0, blending: Blending::Translucent, content };
        DrawList {
            canvas: CANVAS,
            background: [0; 3],
            layers: vec![layer(Content::Sampled(sampled)), layer(Content::Marks(marks))],
            overlays: Vec::new(),
            complete: true,
        }
    }

    fn changed_rows(change: impl FnOnce(&mut [DrawLayer])) -> Vec<usize> {
        let before = list();
        let mut after = before.clone();
        change(&mut after.layers);
        let damage = damage(&before, &after);
        (0..128).filter(|&row| damage.touches(row..row + 1)).collect()
    }

    fn points(layers: &mut [DrawLayer]) -> &mut Vec<Point> {
        match layers.last_mut().map(|layer| &mut layer.content) {
            Some(Content::Marks(marks)) => &mut marks.points,
            _ => unreachable!("the points are the last layer"),
        }
    }

    #[test]
    fn the_same_picture_has_no_damage() {
        assert!(changed_rows(|_| ()).is_empty());
    }

    #[test]
    fn a_moved_point_damages_where_it_was_and_where_it_is() {
        let rows = changed_rows(|layers| points(layers)[1].at[1] = 80.0);
        assert!(rows.contains(&57) && rows.contains(&83));
        assert!(rows.iter().all(|row| (54..67).contains(row) || (74..87).contains(row)));
    }

    #[test]
    fn a_point_that_comes_between_others_damages_its_own_rows_alone() {
        let rows = changed_rows(|layers| {
            let points = points(layers);
            let new = Point { at: [5.0, 110.0], ..points[0] };
            points.insert(1, new);
        });
        assert!(rows.iter().all(|row| (104..117).contains(row)));
        assert!(rows.contains(&110));
    }

    #[test]
    fn a_chunk_that_was_painted_on_damages_the_rows_that_show_it() {
        let rows = changed_rows(|layers| {
            if let Some(Content::Sampled(sampled)) = layers.first_mut().map(|l| &mut l.content) {
                sampled.planes[0].tiles[3] = tile(9);
            }
        });
        assert!((47..65).all(|row| rows.contains(&row)));
        assert!(rows.iter().all(|row| (44..68).contains(row)));
    }

    #[test]
    fn another_angle_on_a_volume_damages_all() {
        let eye = |x: f64| Rays {
            corner: [0.0; 3],
            across: [0.0, 0.0, 1.0],
            down: [0.0, 1.0, 0.0],
            view: [-1.0, 0.0, 0.0],
            eye: Some([9.0, 0.0, x]),
        };
        let volume = |rays| {
            let bricks = Bricks {
                shape: [1; 3],
                brick: [1; 3],
                origin: [0; 3],
                grid: [1; 3],
                bricks: vec![None],
                spacing: [1.0; 3],
            };
            let paint = VolumePaint::Labels;
            Content::Volume(Box::new(Volume { paint, bricks, rays, step: 1.0, every: 1 }))
        };
        let damaged = |from, to| {
            let (mut before, mut after) = (list(), list());
            (before.layers[0].content, after.layers[0].content) = (volume(from), volume(to));
            damage(&before, &after).rows()
        };
        assert_eq!(damaged(eye(1.0), eye(1.0)), 0);
        assert_eq!(damaged(eye(1.0), eye(2.0)), 128);
    }

    #[test]
    fn another_contrast_damages_all() {
        let rows = changed_rows(|layers| layers[0].opacity = 0.5);
        assert_eq!(rows.len(), 128);
    }
}
