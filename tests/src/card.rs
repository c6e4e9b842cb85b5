//! A card that encodes: the library that stands in for NVENC, and checks every call.

use std::sync::Arc;

use parfocal_actors::video::Source;
use parfocal_actors::video::nvenc::{Memory, Nvenc};
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
