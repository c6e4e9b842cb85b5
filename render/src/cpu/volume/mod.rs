//! Volumes, painted along rays: `field` reads texels, `walk` goes along a ray and steps over cells in
//! which nothing can change what is seen, `gather` holds what each mode makes of the samples.

mod field;
mod fog;
mod gather;
mod shade;
mod surface;
mod walk;

use std::sync::Arc;

use parfocal_scene::Blending;

use super::paint::Pixel;
use crate::dense::{Dense, DenseCache, Voxel, Voxels};
use crate::draw_list::{Mode, Volume, VolumePaint};
use field::Field;
use fog::Fog;
use gather::{Attenuated, Average, Gather, Largest, Smallest};
use shade::Shade;
use surface::{First, Surface};

/// What a ray makes: a colour with channels from 0 to 255, and an alpha from 0 to 1.
type Seen = [f32; 4];

/// A volume with all that does not change from ray to ray.
pub(super) struct Ready<'a> {
    volume: &'a Volume,
    dense: Arc<Dense>,
    shade: Shade,
    blending: Blending,
    /// What is applied after the rays.
    opacity: f32,
}

/// Buffer of one thread: what the rays of a row make.
pub(super) type Row = Vec<Seen>;

impl<'a> Ready<'a> {
    pub(super) fn new(
        volume: &'a Volume,
        blending: Blending,
        opacity: f64,
        cache: &mut DenseCache,
    ) -> Self {
        let labels = matches!(volume.paint, VolumePaint::Labels);
        let fog = matches!(volume.paint, VolumePaint::Image(_, Mode::Translucent));
        Self {
            volume,
            dense: cache.get(&volume.bricks, labels),
            shade: Shade::new(volume, opacity),
            blending,
            opacity: if fog { 1.0 } else { opacity as f32 },
        }
    }

    /// Paints the volume's share of a band whose first row is `first`.
    pub(super) fn paint(&self, first: u32, width: usize, band: &mut [Pixel], row: &mut Row) {
        let every = self.volume.every.max(1);
        let across = (width as u32).div_ceil(every) as usize;
        let mut shown = None;
        for (y, pixels) in (first..).zip(band.chunks_exact_mut(width.max(1))) {
            let block = y / every;
            if shown != Some(block) {
                row.clear();
                row.resize(across, [0.0; 4]);
                match &self.dense.voxels {
                    Voxels::U8(voxels) => self.row(voxels, block, row),
                    Voxels::U16(voxels) => self.row(voxels, block, row),
                    Voxels::F32(voxels) => self.row(voxels, block, row),
                    Voxels::U32(voxels) => self.row(voxels, block, row),
                }
                shown = Some(block);
            }
            for (pixels, seen) in pixels.chunks_mut(every as usize).zip(row.iter()) {
                if seen[3] > 0.0 {
                    pixels.iter_mut().for_each(|pixel| self.join(*seen, pixel));
                }
            }
        }
    }

    fn row<V: Voxel>(&self, voxels: &[V], block: u32, row: &mut [Seen]) {
        let field = Field::new(&self.dense, voxels, self.volume);
        let shade = &self.shade;
        let VolumePaint::Image(_, mode) = &self.volume.paint else {
            return walk::row(self.volume, &field, block, Surface::new(First::Label, shade), row);
        };
        match *mode {
            Mode::Mip => self.walk(&field, block, Largest::new(shade), row),
            Mode::Minip => self.walk(&field, block, Smallest::new(shade), row),
            Mode::Average => self.walk(&field, block, Average::new(shade), row),
            Mode::AttenuatedMip { attenuation } => {
                let fade = (attenuation * self.volume.step) as f32;
                self.walk(&field, block, Attenuated::new(shade, fade), row);
            }
            Mode::Translucent => self.walk(&field, block, Fog::new(shade), row),
            Mode::Iso { threshold } => {
                let first = First::Least(threshold as f32);
                self.walk(&field, block, Surface::new(first, shade), row);
            }
        }
    }

    fn walk<V: Voxel>(
        &self,
        field: &Field<'_, V>,
        block: u32,
        gather: impl Gather,
        row: &mut [Seen],
    ) {
        walk::row(self.volume, field, block, gather, row);
    }

    fn join(&self, [r, g, b, alpha]: Seen, pixel: &mut Pixel) {
        let a = alpha * self.opacity;
        for (dst, src) in pixel.iter_mut().zip([r, g, b]) {
            let below = f32::from(*dst);
            let joined = match self.blending {
                Blending::Opaque => a * src,
                Blending::Translucent => a * src + (1.0 - a) * below,
                Blending::Additive => below + a * src,
                Blending::Minimum => a * src.min(below) + (1.0 - a) * below,
            };
            *dst = joined.round() as u8; // saturates
        }
    }
}
