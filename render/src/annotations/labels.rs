//! Words: free-standing text, and labels and measured values beside what they belong to.

use parfocal_scene::{Annotation, Measured, Shape};

use super::canvas::{Bounds, between};
use super::drawing::{Drawing, Style};
use super::measured::describe;
use crate::marks::{Color, Text};
use crate::overlay::text;

/// Text of a smaller em is left out: it cannot be read.
const SMALLEST: f32 = 4.0;
/// Texts of one layer; in a picture of more none can be read.
const MAX_TEXTS: usize = 2000;
/// Lines of one text: more hide the picture.
const MAX_LINES: usize = 20;
/// Between what is drawn and what is written beside it, in canvas pixels.
const GAP: f64 = 5.0;

/// How far, in canvas pixels, texts reach beyond their annotations (across, down) in a layer whose
/// longest has this many characters.
pub(super) fn reach(style: &Style, longest: u32) -> [f64; 2] {
    if longest == 0 || style.em < SMALLEST {
        return [0.0; 2];
    }
    let em = f64::from(style.em);
    let across = f64::from(longest).min(text::MAX_CHARS as f64) * em + GAP;
    [across, (MAX_LINES + 1) as f64 * line_height(em)]
}

fn line_height(em: f64) -> f64 {
    (em * 1.3).round()
}

/// Which part of a block of lines is where it is put.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    /// The middle of the left edge.
    Left,
    /// The middle.
    Middle,
}

/// Text that stands by itself: it begins at its place.
pub(super) fn free(drawing: &mut Drawing<'_>, slot: u32, color: Color, at: &[[f64; 2]]) {
    let Some((_, annotation)) = drawing.index.get(slot) else { return };
    let (Some(&at), Some(words)) = (at.first(), &annotation.text) else { return };
    write(drawing, lines(words), color, at, Held::Left, false);
}

/// What belongs to a point.
pub(super) fn beside_point(
    drawing: &mut Drawing<'_>,
    slot: u32,
    color: Color,
    [x, y]: [f64; 2],
    radius: f64,
) {
    let Some((_, annotation)) = drawing.index.get(slot) else { return };
    let all = words(annotation);
    write(drawing, all, color, [x + radius + GAP, y], Held::Left, false);
}

/// What belongs to a shape: to the right of an area (to the left where there is no room), on a line's middle and off it, or within an
/// angle's outside. As long as anything of the shape is seen, so is this.
pub(super) fn beside_shape(
    drawing: &mut Drawing<'_>,
    slot: u32,
    color: Color,
    outline: &[[f64; 2]],
    bounds: Bounds,
) {
    let Some((_, annotation)) = drawing.index.get(slot) else { return };
    if !drawing.canvas.touches(bounds.low, bounds.high) {
        return;
    }
    let all = words(annotation);
    let em = f64::from(drawing.style.em);
    let size = [width(&all, drawing.style.em), all.len() as f64 * line_height(em)];
    // How far the middle of the words must be from a line, so that they are just off it.
    let off = |[x, y]: [f64; 2]| GAP + (x.abs() * size[0] + y.abs() * size[1]) / 2.0;
    let is_angle = matches!(annotation.measured, Some(Measured::Angle { .. }));
    let (at, held) = match (annotation.shape, outline) {
        (Shape::Polyline, &[a, b, c]) if is_angle => {
            let [a, c] = [direction(b, a), direction(b, c)];
            let out = direction([a[0] + c[0], a[1] + c[1]], [0.0; 2]);
            ([b[0] + out[0] * off(out), b[1] + out[1] * off(out)], Held::Middle)
        }
        (Shape::Line | Shape::Polyline | Shape::Path, _) => {
            let Some((middle, [x, y])) = middle(outline) else { return };
            // Above the line, as far as there is an above.
            let up = if x < 0.0 || (x == 0.0 && y > 0.0) { [-y, x] } else { [y, -x] };
            ([middle[0] + up[0] * off(up), middle[1] + up[1] * off(up)], Held::Middle)
        }
        (Shape::Vector, &[_, tip, ..]) => ([tip[0] + GAP, tip[1]], Held::Left),
        _ => {
            let (left, right) = (bounds.low[0] - GAP - size[0], bounds.high[0] + GAP);
            let full = right + size[0] + GAP > drawing.canvas.size[0];
            let x = if full && left >= GAP { left } else { right };
            ([x, (bounds.low[1] + bounds.high[1]) / 2.0], Held::Left)
        }
    };
    write(drawing, all, color, at, held, true);
}

fn words(annotation: &Annotation) -> Vec<String> {
    let mut all = annotation.text.as_deref().map(lines).unwrap_or_default();
    all.extend(annotation.measured.as_ref().map(describe));
    all
}

fn lines(text: &str) -> Vec<String> {
    text.lines().take(MAX_LINES).map(text::shorten).collect()
}

fn width(lines: &[String], em: f32) -> f64 {
    lines.iter().map(|line| f64::from(text::width(line, em))).fold(0.0, f64::max)
}

/// Writes lines, moved into the canvas if they are to be `kept` in it.
fn write(
    drawing: &mut Drawing<'_>,
    lines: Vec<String>,
    color: Color,
    at: [f64; 2],
    held: Held,
    kept: bool,
) {
    let em = drawing.style.em;
    if em < SMALLEST || color[3] == 0 {
        return;
    }
    let size = [width(&lines, em), lines.len() as f64 * line_height(f64::from(em))];
    let mut low = match held {
        Held::Left => [at[0], at[1] - size[1] / 2.0],
        Held::Middle => [at[0] - size[0] / 2.0, at[1] - size[1] / 2.0],
    };
    if kept {
        for d in 0..2 {
            low[d] = low[d].min(drawing.canvas.size[d] - size[d] - GAP).max(GAP);
        }
    }
    let mut line = Bounds { low, high: [low[0] + size[0], low[1]] };
    for words in lines {
        let top = line.high[1];
        line.high[1] += line_height(f64::from(em));
        line.low[1] = top;
        let seen = line.grown(f64::from(em));
        let full = drawing.marks.texts.len() >= MAX_TEXTS;
        if full || words.trim().is_empty() || !drawing.canvas.touches(seen.low, seen.high) {
            continue;
        }
        // The middle of the line is that of its capitals, which are 0.73 em high.
        let base = (top + line.high[1]) / 2.0 + 0.365 * f64::from(em);
        let at = [low[0] as f32, base as f32];
        let halo = halo(color);
        let color = [color[0], color[1], color[2], 255];
        drawing.marks.texts.push(Text { at, size: em, text: words.into(), color, halo });
    }
}

/// Dark around light letters, light around dark ones: read on anything.
fn halo([r, g, b, _]: Color) -> Color {
    let luma = 0.2126 * f32::from(r) + 0.7152 * f32::from(g) + 0.0722 * f32::from(b);
    if luma > 100.0 { [8, 10, 14, 235] } else { [255, 255, 255, 235] }
}

/// Of length 1, from `a` to `b`; none where they are the same.
fn direction(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    let way = [b[0] - a[0], b[1] - a[1]];
    let length = way[0].hypot(way[1]);
    if length > 0.0 { way.map(|v| v / length) } else { [0.0; 2] }
}

/// The place half-way along a line, and the direction there.
fn middle(line: &[[f64; 2]]) -> Option<([f64; 2], [f64; 2])> {
    let steps = || line.iter().zip(line.iter().skip(1));
    let length = |(a, b): (&[f64; 2], &[f64; 2])| (b[0] - a[0]).hypot(b[1] - a[1]);
    let mut left = steps().map(length).sum::<f64>() / 2.0;
    for (a, b) in steps() {
        let step = length((a, b));
        if step >= left && step > 0.0 {
            return Some((between(*a, *b, left / step), direction(*a, *b)));
        }
        left -= step;
    }
    line.first().map(|&at| (at, [1.0, 0.0]))
}
