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
    bins: [Bins; 3],
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
        let bins = [
            Bins::new(height, marks.paths.iter().map(|path| rows_of_path(marks, path))),
            Bins::new(height, marks.points.iter().map(rows_of_point)),
            Bins::new(height, texts.iter().map(Placed::rows)),
        ];
        Self { marks, texts, palette: Palette::new(blending, opacity), bins }
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
        let mut band = Band { pixels, width, first };
        let [paths, points, texts] = &self.bins;
        for path in paths.of(number).iter().filter_map(|&i| self.marks.paths.get(i as usize)) {
            let vertices = self.marks.vertices_of(path);
            let ink = (path.color, self.palette);
            match path.kind {
                PathKind::Fill => fill::paint(vertices, ink, mask, &mut band),
                PathKind::Stroke { width, closed } => {
                    stroke::paint(vertices, width, closed, ink, mask, &mut band);
                }
            }
        }
        points::paint(&self.marks.points, points.of(number), self.palette, &mut band);
        for text in texts.of(number).iter().filter_map(|&i| self.texts.get(i as usize)) {
            text::paint(text, self.palette, &mut band);
        }
    }
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
