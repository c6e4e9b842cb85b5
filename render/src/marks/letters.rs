//! A line of text as coverages, for every painter the same.

use crate::overlay::text;

/// Coverages of a line of text and of what is around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Letters {
    /// Left edge, in pixels from the left end of the baseline.
    pub left: i32,
    /// Top edge, from the baseline.
    pub top: i32,
    /// Pixels of a row.
    pub width: usize,
    /// Rows; of letter and halo, 0 to 255, together 255 at most.
    pub pixels: Vec<[u8; 2]>,
}

/// Largest height of an em in pixels: a title on a 4K canvas. The longest text is 2 MiB then.
pub const MAX_SIZE: f32 = 96.0;

impl Letters {
    /// Draws `text` at an em of `size` pixels.
    pub fn new(text: &str, size: f32) -> Self {
        let size = if size.is_finite() { size.clamp(0.0, MAX_SIZE) } else { 0.0 };
        let halo = halo_radius(size);
        let margin = halo.ceil() as i32 + 1;
        let mut dots = Vec::new();
        text::draw(text, size, |x, y, coverage| {
            if coverage > 0.0 {
                dots.push((x, y, coverage.min(1.0)));
            }
        });
        let bound = |of: fn(&(i32, i32, f32)) -> i32| {
            let all = dots.iter().map(of);
            Some((all.clone().min()? - margin, all.max()? + margin))
        };
        let [Some((left, right)), Some((top, bottom))] = [bound(|d| d.0), bound(|d| d.1)] else {
            return Self { left: 0, top: 0, width: 0, pixels: Vec::new() };
        };
        let [width, height] = [right - left + 1, bottom - top + 1].map(|n| n as usize);
        let mut ink = vec![0.0_f32; width * height];
        for (x, y, coverage) in dots {
            if let Some(pixel) = ink.get_mut((y - top) as usize * width + (x - left) as usize) {
                // Neighbouring letters may share a pixel: the stronger one is seen.
                *pixel = pixel.max(coverage);
            }
        }
        let around = spread(&ink, width, halo);
        let bytes = |(ink, around): (&f32, &f32)| {
            let letter = (ink * 255.0).round() as u8;
            [letter, ((around * 255.0).round() as u8).saturating_sub(letter)]
        };
        let pixels = ink.iter().zip(&around).map(bytes).collect();
        Self { left, top, width, pixels }
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.pixels.len().checked_div(self.width).unwrap_or(0)
    }
}

/// How far the halo reaches: a line that is seen beside letters of this size, and no blot.
fn halo_radius(size: f32) -> f32 {
    (size * 0.16).clamp(1.6, 6.0)
}

/// The largest value within `radius`, fading over the last pixel. Nothing stands nearer to the
/// rows' ends than that, so that rows may be taken as one.
fn spread(from: &[f32], width: usize, radius: f32) -> Vec<f32> {
    let reach = (radius + 0.5).ceil() as isize;
    let mut out = from.to_vec();
    for dy in -reach..=reach {
        for dx in -reach..=reach {
            let part = (radius + 0.5 - (dx as f32).hypot(dy as f32)).clamp(0.0, 1.0);
            if part == 0.0 {
                continue;
            }
            let shift = dy * width as isize + dx;
            let (to, from) = (
                out.get_mut(shift.min(0).unsigned_abs()..).unwrap_or_default(),
                from.get(shift.max(0).unsigned_abs()..).unwrap_or_default(),
            );
            for (to, from) in to.iter_mut().zip(from) {
                *to = to.max(from * part);
            }
        }
    }
    out
}
