//! Shapes to small pictures with transparency.

use super::{Overlay, text};

/// A small picture to lay over the canvas.
#[derive(Clone, Debug, PartialEq)]
pub struct Sprite {
    /// Left edge on the canvas, in pixels; may be outside.
    pub x: i32,
    /// Top edge.
    pub y: i32,
    /// Pixels of a row.
    pub width: usize,
    /// Rows; red, green, blue, alpha, colours not multiplied by alpha.
    pub pixels: Vec<[u8; 4]>,
}

impl Sprite {
    /// Largest side: a 4K canvas and a margin. A shape beyond it is not drawn.
    const MAX_SIDE: f32 = 5000.0;

    /// An empty sprite that covers `min` to `max`; `None` where that is nothing or too much.
    fn covering(min: [f32; 2], max: [f32; 2]) -> Option<Self> {
        let [x, y] = min.map(|v| v.floor());
        let size = [max[0].ceil() - x, max[1].ceil() - y];
        let fits = |v: f32| (1.0..=Self::MAX_SIDE).contains(&v);
        if !size.iter().all(|&v| fits(v)) || x.abs() > Self::MAX_SIDE || y.abs() > Self::MAX_SIDE {
            return None;
        }
        let [width, height] = size.map(|v| v as usize);
        Some(Self { x: x as i32, y: y as i32, width, pixels: vec![[0; 4]; width * height] })
    }

    /// Row `y` of the canvas: where it begins, and its pixels; `None` outside the sprite.
    pub fn row(&self, y: u32) -> Option<(i32, &[[u8; 4]])> {
        let row = usize::try_from(i64::from(y) - i64::from(self.y)).ok()?;
        let start = row.checked_mul(self.width)?;
        Some((self.x, self.pixels.get(start..start.checked_add(self.width)?)?))
    }
}

/// The pictures of `overlays`, to be laid over the canvas in this order.
pub fn raster(overlays: &[Overlay]) -> Vec<Sprite> {
    overlays.iter().filter_map(sprite).collect()
}

fn sprite(overlay: &Overlay) -> Option<Sprite> {
    match overlay {
        Overlay::Rect { at, size, radius, color } => rect(*at, *size, *radius, *color),
        Overlay::Triangle { corners, color } => triangle(corners, *color),
        Overlay::Text { at, size, text, color } => line(*at, *size, text, *color),
    }
}

fn rect(at: [f32; 2], size: [f32; 2], radius: f32, color: [u8; 4]) -> Option<Sprite> {
    let end = [at[0] + size[0], at[1] + size[1]];
    let radius = radius.min(size[0] / 2.0).min(size[1] / 2.0).max(0.0);
    fill(at, end, color, |p| {
        let inset = |d: usize| (at[d] + radius - p[d]).max(p[d] - end[d] + radius).max(0.0);
        let inside = (0..2).all(|d| p[d] >= at[d] && p[d] < end[d]);
        inside && inset(0).hypot(inset(1)) <= radius.max(f32::EPSILON)
    })
}

fn triangle(corners: &[[f32; 2]; 3], color: [u8; 4]) -> Option<Sprite> {
    let bound = |pick: fn(f32, f32) -> f32, d: usize| {
        corners.iter().map(|c| c[d]).fold(corners[0][d], pick)
    };
    let min = [bound(f32::min, 0), bound(f32::min, 1)];
    let max = [bound(f32::max, 0), bound(f32::max, 1)];
    let side = |a: [f32; 2], b: [f32; 2], p: [f32; 2]| {
        (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
    };
    let [a, b, c] = *corners;
    fill(min, max, color, |p| {
        let sides = [side(a, b, p), side(b, c, p), side(c, a, p)];
        sides.iter().all(|&s| s >= 0.0) || sides.iter().all(|&s| s <= 0.0)
    })
}

/// Samples per pixel and direction: 64 shades of an edge.
const SUBPIXELS: usize = 8;

/// Fills what is `inside`, with smooth edges.
fn fill(
    min: [f32; 2],
    max: [f32; 2],
    color: [u8; 4],
    inside: impl Fn([f32; 2]) -> bool,
) -> Option<Sprite> {
    let mut sprite = Sprite::covering(min, max)?;
    let (x0, y0, width) = (sprite.x as f32, sprite.y as f32, sprite.width);
    let sub = |i: usize| (i as f32 + 0.5) / SUBPIXELS as f32;
    for (at, pixel) in sprite.pixels.iter_mut().enumerate() {
        let (x, y) = (x0 + (at % width) as f32, y0 + (at / width) as f32);
        let hits = (0..SUBPIXELS * SUBPIXELS)
            .filter(|i| inside([x + sub(i % SUBPIXELS), y + sub(i / SUBPIXELS)]))
            .count();
        *pixel = with_coverage(color, hits as f32 / (SUBPIXELS * SUBPIXELS) as f32);
    }
    Some(sprite)
}

fn line(at: [f32; 2], size: f32, text: &str, color: [u8; 4]) -> Option<Sprite> {
    // One em above and half below the baseline hold every glyph of the font that is not stacked.
    let [x, y] = at.map(f32::round);
    let width = text::width(text, size);
    let mut sprite = Sprite::covering([x - size, y - size * 1.5], [x + width + size, y + size])?;
    let (dx, dy) = (x as i32 - sprite.x, y as i32 - sprite.y);
    let row = sprite.width;
    text::draw(text, size, |gx, gy, coverage| {
        let (Ok(px), Ok(py)) = (usize::try_from(gx + dx), usize::try_from(gy + dy)) else { return };
        if px >= row {
            return;
        }
        if let Some(pixel) = sprite.pixels.get_mut(py * row + px) {
            let drawn = with_coverage(color, coverage);
            // Neighbouring letters may share a pixel: the stronger one is seen.
            if drawn[3] > pixel[3] {
                *pixel = drawn;
            }
        }
    });
    Some(sprite)
}

fn with_coverage(color: [u8; 4], coverage: f32) -> [u8; 4] {
    let [r, g, b, a] = color;
    [r, g, b, (f32::from(a) * coverage.clamp(0.0, 1.0)).round() as u8]
}
