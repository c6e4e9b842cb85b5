//! From samples to colours.

use crate::draw_list::{AMBIENT, SHINE, SHININESS, Volume, VolumePaint};

/// Entries of the tables, less one: so many that rounding to one is not seen.
const LAST: usize = 4095;

/// Colours of a volume's samples.
pub(super) struct Shade {
    /// Sample value of the first colour.
    pub(super) low: f32,
    scale: f32,
    /// Sample value of the last colour.
    pub(super) high: f32,
    /// Colours by normalised intensity, channels from 0 to 255; and the alpha of a sample in fog.
    table: Vec<[f32; 4]>,
}

impl Shade {
    pub(super) fn new(volume: &Volume, opacity: f64) -> Self {
        let VolumePaint::Image(transfer, _) = &volume.paint else {
            return Self { low: 0.0, scale: 1.0, high: 1.0, table: Vec::new() };
        };
        let entry = |i: usize| {
            let t = (i as f64 / LAST as f64).powf(transfer.gamma);
            let [r, g, b] = transfer.table.at(t).map(|c| c as f32);
            let alpha = 1.0 - (1.0 - opacity * t).powf(volume.step);
            [r, g, b, alpha as f32]
        };
        Self {
            low: transfer.limits[0] as f32,
            scale: (1.0 / transfer.range()) as f32,
            high: transfer.limits[1] as f32,
            table: (0..=LAST).map(entry).collect(),
        }
    }

    /// The normalised intensity.
    #[inline(always)]
    pub(super) fn t(&self, value: f32) -> f32 {
        ((value - self.low) * self.scale).clamp(0.0, 1.0)
    }

    /// Colour, and alpha in fog, of a normalised intensity.
    #[inline(always)]
    pub(super) fn entry(&self, t: f32) -> [f32; 4] {
        let at = (t * LAST as f32 + 0.5) as usize;
        self.table.get(at).copied().unwrap_or_default()
    }

    /// The colour of a normalised intensity, covering all.
    #[inline(always)]
    pub(super) fn solid(&self, t: f32) -> [f32; 4] {
        let [r, g, b, _] = self.entry(t);
        [r, g, b, 1.0]
    }
}

/// A surface's colour where it faces the viewer by `lambda`.
#[inline(always)]
pub(super) fn lit(color: [f32; 3], lambda: f32, shines: bool) -> [f32; 4] {
    let shine = if shines { 255.0 * SHINE * lambda.powi(SHININESS) } else { 0.0 };
    let [r, g, b] = color.map(|c| (c * (AMBIENT + (1.0 - AMBIENT) * lambda) + shine).min(255.0));
    [r, g, b, 1.0]
}
