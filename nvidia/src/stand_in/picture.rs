//! Pictures that a painter has left on a device.

use parfocal_base::{DeviceError, Frame, OnDevice, PixelFormat};

use super::Device;
use crate::cuda::{Colours, Rows};
use crate::reference;

/// A picture on a device. Reading it fails where the device's `read fails` is set; the device counts
/// in `read`.
#[derive(Debug)]
pub struct Picture {
    pub(super) device: Device,
    pub(super) rgba: Frame,
}

impl OnDevice for Picture {
    fn size(&self) -> [u32; 2] {
        [self.rgba.width(), self.rgba.height()]
    }

    fn read(&self, frame: &mut Frame) -> Result<(), DeviceError> {
        if self.device.get("read fails") > 0 {
            return Err(DeviceError("the stand-in was told to fail".to_owned()));
        }
        self.device.set("read", self.device.get("read") + 1);
        match frame.format() {
            PixelFormat::Rgba8 => frame.data_mut().copy_from_slice(self.rgba.data()),
            PixelFormat::I420 => {
                let (width, height, meta) = (frame.width(), frame.height(), frame.meta);
                let colours = Colours::Video;
                *frame = reference::convert(&self.rgba, Rows::TopDown, width, height, colours);
                frame.meta = meta;
            }
        }
        Ok(())
    }
}
