//! Marks painted into bands.
//!
//! `prepare` sorts marks into the bands that they touch; then each band paints its own: `fill` and
//! `stroke` gather what a path covers in a `mask`, `points` and `text` know it for each pixel.
//! `blend` joins eight pixels at a time.

mod bins;
mod blend;
mod fill;
mod mask;
mod points;
mod stroke;
mod text;

use parfocal_scene::Blending;

use super::paint::Pixel;
use crate::marks::{Marks, Path, PathKind, Point};
use bins::Bins;
use blend::{Band, Palette};
pub(super) use mask::Mask;
pub(super) use text::Cache;
use text::Placed;

/// Marks with all that does not change from band to band.
pub(super) struct Ready<'a> {
    marks: &'a Marks,
    texts: Vec<Placed<'a>>,
    palette: Palette,
    /// Numbers of paths and of texts; points.
    path_bins: Bins<u32>,
    text_bins: Bins<u32>,
    point_bins: Bins<Point>,
}

impl<'a> Ready<'a> {
    /// Prepares `marks` for a picture of `height` rows.
    pub(super) fn new(
        marks: &'a Marks,
        blending: Blending,
        opacity: f64,
        height: u32,
        letters: &mut Cache,
    ) -> Self {
        let texts: Vec<_> = marks.texts.iter().map(|text| letters.place(text)).collect();
        let rows = |number: &u32| {
            let path = marks.paths.get(*number as usize);
            path.map_or([f32::NAN; 2], |path| rows_of_path(marks, path))
        };
        let path_bins = Bins::new(height, &numbers(marks.paths.len()), rows);
        let rows = |number: &u32| texts.get(*number as usize).map_or([f32::NAN; 2], Placed::rows);
        let text_bins = Bins::new(height, &numbers(texts.len()), rows);
        let point_bins = Bins::new(height, &marks.points, rows_of_point);
        let palette = Palette::new(blending, opacity);
        Self { marks, texts, palette, path_bins, text_bins, point_bins }
    }

    /// Paints band `number`, whose first row is `first`.
    pub(super) fn paint(
        &self,
        number: usize,
        first: u32,
        width: usize,
        pixels: &mut [Pixel],
        mask: &mut Mask,
    ) {
        let height = pixels.len() / width.max(1);
        let mut band = Band { pixels, width, height, first };
        let paths = self.path_bins.of(number).flatten();
        for path in paths.filter_map(|&i| self.marks.paths.get(i as usize)) {
            let vertices = self.marks.vertices_of(path);
            let ink = (path.color, self.palette);
            match path.kind {
                PathKind::Fill => fill::paint(vertices, ink, mask, &mut band),
                PathKind::Stroke { width, closed } => {
                    stroke::paint(vertices, width, closed, ink, mask, &mut band);
                }
            }
        }
        for points in self.point_bins.of(number) {
            points::paint(points, self.palette, &mut band);
        }
        let texts = self.text_bins.of(number).flatten();
        for text in texts.filter_map(|&i| self.texts.get(i as usize)) {
            text::paint(text, self.palette, &mut band);
        }
    }
}

/// Of that many marks; there are far fewer than 2^32.
fn numbers(count: usize) -> Vec<u32> {
    (0..u32::try_from(count).unwrap_or(u32::MAX)).collect()
}

fn rows_of_point(point: &Point) -> [f32; 2] {
    let reach = if point.radius > 0.0 { point.radius + 0.5 } else { 0.0 };
    [point.at[1] - reach, point.at[1] + reach]
}

fn rows_of_path(marks: &Marks, path: &Path) -> [f32; 2] {
    let reach = match path.kind {
        PathKind::Fill => 0.0,
        PathKind::Stroke { width, .. } => width / 2.0 + 0.5,
    };
    let [mut top, mut bottom] = [f32::INFINITY, f32::NEG_INFINITY];
    for vertex in marks.vertices_of(path) {
        (top, bottom) = (top.min(vertex[1]), bottom.max(vertex[1]));
    }
    [top - reach, bottom + reach]
}
