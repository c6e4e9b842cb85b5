//! Overlays: small pictures that are drawn on the host, and laid over the canvas on the device.

use parfocal_render::overlay::{Overlay, Sprite, raster};

use crate::batch::{Batch, Kind};
use crate::error::GlError;
use crate::memory::{Key, Memory};
use crate::staging::Staging;

/// The overlays that were drawn last, and how many sets there were before.
#[derive(Default)]
pub(crate) struct Sprites {
    overlays: Vec<Overlay>,
    drawn: Vec<Sprite>,
    set: u64,
}

impl Sprites {
    /// Adds the operations of these overlays.
    pub(crate) fn paint(
        &mut self,
        overlays: &[Overlay],
        batch: &mut Batch,
        memory: &mut Memory,
    ) -> Result<(), GlError> {
        if self.overlays != overlays {
            self.overlays = overlays.to_vec();
            self.drawn = raster(overlays);
            self.set += 1;
        }
        for (number, sprite) in self.drawn.iter().enumerate() {
            batch.layer();
            // In pieces of whole rows that fit through the staging.
            let rows = (Staging::MOST / 4 / sprite.width.max(1)).clamp(1, sprite.pixels.len());
            let pieces = sprite.pixels.chunks(rows * sprite.width.max(1));
            for (at, pixels) in pieces.enumerate() {
                let key = Key::Sprite(self.set, number, at);
                let fill = |to: &mut [u8]| {
                    to.iter_mut().zip(pixels.as_flattened()).for_each(|(to, from)| *to = *from);
                };
                let found = match memory.find(&key) {
                    Some(found) => Some(found),
                    None => memory.put(&key, pixels.len() * 4, [0; 4], None, fill)?,
                };
                let place = match found {
                    Some(place) => place,
                    None => {
                        batch.send(memory)?;
                        let again = memory.put(&key, pixels.len() * 4, [0; 4], None, fill)?;
                        again.ok_or(GlError::OutOfMemory)?
                    }
                };
                let height = pixels.len() / sprite.width.max(1);
                let [width, height, skipped] =
                    [sprite.width, height, at * rows].map(|n| u32::try_from(n).unwrap_or(0));
                let top = sprite.y.saturating_add_unsigned(skipped).cast_unsigned();
                let params = [sprite.x.cast_unsigned(), top, width, height, place.0];
                batch.op(Kind::Sprite, [width, height], params);
            }
        }
        Ok(())
    }
}
