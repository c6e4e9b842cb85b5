//! A card that encodes: the library that stands in for NVENC, and checks every call.

use std::sync::Arc;

use parfocal_actors::video::Source;
use parfocal_actors::video::nvenc::{Memory, Nvenc};
use parfocal_base::{Frame, PixelFormat};
use parfocal_gl::GlError;
use parfocal_nvidia::stand_in::{Device, api};

/// Its name.
pub const NAME: &str = "stand-in";

/// A machine with that card alone.
pub fn with(device: &Device) -> Source {
    let device = device.clone();
    Source::new(move || {
        let device = device.clone();
        let memory: Memory = Box::new(move || Ok(Box::new(device.clone())));
        Ok(Arc::new(Nvenc::new(api(), vec![(NAME.to_owned(), memory)])?))
    })
}

/// The same machine, where what OpenGL paints (in software) stays on the card. `keep fails` of the card
/// makes that fail.
pub fn that_paints(device: &Device) -> Source {
    let card = device.clone();
    with(device).keeping(move |gl, list| {
        if card.get("keep fails") > 0 {
            return Err(GlError::Keep("the card was told to fail".to_owned()));
        }
        let [width, height] = list.canvas;
        let mut rgba = Frame::new(PixelFormat::Rgba8, width, height);
        gl.render(list, &mut rgba)?;
        Ok(Arc::new(card.picture(rgba)))
    })
}
