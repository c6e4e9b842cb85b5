//! Text in DejaVu Sans (Bitstream Vera licence), which has the letters of all units and of most
//! scripts that file names are written in.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};

static FONT: LazyLock<Option<FontRef<'static>>> =
    LazyLock::new(|| FontRef::try_from_slice(dejavu::sans::regular()).ok());

/// Longest text in characters: more does not fit a canvas.
pub(crate) const MAX_CHARS: usize = 120;

/// `text` cut to [`MAX_CHARS`], with an ellipsis where something was cut.
pub(crate) fn shorten(text: &str) -> String {
    if text.chars().count() <= MAX_CHARS {
        return text.to_owned();
    }
    text.chars().take(MAX_CHARS - 1).chain(['\u{2026}']).collect()
}

/// Width in pixels of `text` at an em of `size` pixels.
pub(crate) fn width(text: &str, size: f32) -> f32 {
    glyphs(text, size).1
}

/// Calls `each` with (x, y, coverage) for the pixels of `text` whose baseline begins at (0, 0).
pub(crate) fn draw(text: &str, size: f32, mut each: impl FnMut(i32, i32, f32)) {
    let Some(font) = FONT.as_ref() else { return };
    for glyph in glyphs(text, size).0 {
        let Some(outline) = font.outline_glyph(glyph) else { continue };
        let min = outline.px_bounds().min;
        outline.draw(|x, y, coverage| {
            each(min.x as i32 + x as i32, min.y as i32 + y as i32, coverage);
        });
    }
}

/// Placed glyphs and the width of all.
fn glyphs(text: &str, size: f32) -> (Vec<Glyph>, f32) {
    let Some(font) = FONT.as_ref() else { return (Vec::new(), 0.0) };
    let scale =
        PxScale::from(size * font.height_unscaled() / font.units_per_em().unwrap_or(1000.0));
    let scaled = font.as_scaled(scale);
    let mut x = 0.0;
    let mut last = None;
    let mut out = Vec::new();
    for letter in text.chars().take(MAX_CHARS) {
        let id = scaled.glyph_id(letter);
        x += last.map_or(0.0, |last| scaled.kern(last, id));
        out.push(id.with_scale_and_position(scale, point(x, 0.0)));
        x += scaled.h_advance(id);
        last = Some(id);
    }
    (out, x)
}
