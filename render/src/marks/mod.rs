//! Annotations on the canvas, as plain data: areas, lines, points and text.
//!
//! **Places** are canvas pixels from the top left corner, x to the right, y down; the pixel (x, y)
//! is the square from there to (x + 1, y + 1).
//!
//! **Coverage** says which part of a pixel a mark covers:
//! - *Fill*: with w the mean of the winding number over the pixel's square, the distance of w from
//!   the nearest even number. For an outline that does not cross itself that is the area inside
//!   the pixel; where outlines overlap, the even-odd rule.
//! - *Stroke*: of a segment, with d the distance of the pixel's middle from it and r half the width,
//!   clamp(min(r + ½ − d, 2 r), 0, 1), times the weight between its ends; of the whole stroke, the
//!   largest of its segments'. So ends and joins are round, and a stroke never covers itself twice.
//! - *Point*: clamp(½ − s, 0, 1), with s the signed distance (negative inside) of the pixel's middle
//!   from the symbol's outline ([`symbol`]); its face covers clamp(½ − s − edge width, 0, 1), its
//!   edge the rest. A point of radius 0 fills the one pixel that holds its middle.
//! - *Text*: that of its glyphs, at whole pixels; its halo covers what is around them.
//!
//! **Joining.** A mark's colour takes part with its coverage × the colour's alpha × the layer's
//! opacity. Marks are painted one after another; after each the picture has 8 bits a channel.
//! *Opaque* layers take colours for solid, and mix them with black by the layer's opacity.

pub mod letters;
pub mod symbol;

use std::ops::Range;
use std::sync::Arc;

use parfocal_scene::Symbol;

/// Red, green, blue, alpha; sRGB, not multiplied by alpha.
pub type Color = [u8; 4];

/// What a layer of annotations shows. First all paths, then all points, then all texts, each in
/// the order of its list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marks {
    /// Places that paths refer to: x, y, and the weight of a stroke there (0 to 1).
    pub vertices: Vec<[f32; 3]>,
    /// Areas and lines.
    pub paths: Vec<Path>,
    /// Symbols.
    pub points: Vec<Point>,
    /// Lines of text.
    pub texts: Vec<Text>,
}

/// An area or a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Which vertices.
    pub vertices: Range<u32>,
    /// How they are painted.
    pub kind: PathKind,
    /// Of all of it.
    pub color: Color,
}

/// How the vertices of a [`Path`] are painted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PathKind {
    /// The area inside; the last vertex is joined with the first.
    Fill,
    /// Along the vertices.
    Stroke {
        /// In pixels.
        width: f32,
        /// Whether the last vertex is joined with the first.
        closed: bool,
    },
}

/// A symbol.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Its middle.
    pub at: [f32; 2],
    /// Half its size in pixels; 0: one pixel.
    pub radius: f32,
    /// Width of its edge in pixels, within the radius.
    pub edge_width: f32,
    /// Inside.
    pub face: Color,
    /// Around that.
    pub edge: Color,
    /// Its form.
    pub symbol: Symbol,
}

/// A line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// Left end of the baseline; rounded to whole pixels, which keeps letters crisp.
    pub at: [f32; 2],
    /// Height of an em in pixels; at most [`letters::MAX_SIZE`].
    pub size: f32,
    /// What it says.
    pub text: Arc<str>,
    /// Of the letters.
    pub color: Color,
    /// Around them, so that they can be read on anything.
    pub halo: Color,
}

impl Point {
    /// Share of a one-pixel point that its face has; the rest is its edge's.
    pub const DOT_FACE: f32 = 0.4;
}

impl Marks {
    /// The vertices of `path`; none where it refers to what is not there.
    pub fn vertices_of(&self, path: &Path) -> &[[f32; 3]] {
        let Range { start, end } = path.vertices;
        self.vertices.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Whether nothing is shown.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.points.is_empty() && self.texts.is_empty()
    }
}
