//! Pictures as small as a rendition is to be, in front of its encoder.

use parfocal_base::{DeviceError, Frame, PixelFormat};
use parfocal_encode::convert::to_i420;
use parfocal_encode::{EncodeError, EncodedPacket, Scaler};

use super::{ViewEncoder, ViewFrame};

/// Why there is no packet of a picture.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unencoded {
    /// The encoder failed.
    #[error(transparent)]
    Encoder(#[from] EncodeError),
    /// Nobody has it in the host's memory.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// An encoder behind what makes pictures as small as the rendition is to be.
pub(crate) struct Scaled {
    pub(crate) encoder: Box<dyn ViewEncoder>,
    scaler: Scaler,
    small: Frame,
}

impl Scaled {
    pub(crate) fn new(encoder: Box<dyn ViewEncoder>) -> Self {
        Self { encoder, scaler: Scaler::new(), small: Frame::new(PixelFormat::I420, 2, 2) }
    }

    /// Codes a picture at this size: where it is, if the encoder reads that.
    ///
    /// # Errors
    /// If the encoder fails, or nobody has the picture in the host's memory.
    pub(crate) fn encode(
        &mut self,
        frame: &ViewFrame,
        size: [u32; 2],
        key: bool,
    ) -> Result<EncodedPacket, Unencoded> {
        if let Some(picture) = frame.on_device() {
            if let Some(packet) = self.encoder.encode_on_device(picture, size, key) {
                return Ok(packet);
            }
            // What is smaller is made so before it comes to the host.
            if self.encoder.input() == PixelFormat::I420 && picture.size() != size {
                let [width, height] = size;
                let have = (self.small.format(), [self.small.width(), self.small.height()]);
                if have != (PixelFormat::I420, size) {
                    self.small = Frame::new(PixelFormat::I420, width, height);
                }
                picture.read(&mut self.small)?;
                return Ok(self.encoder.encode(&self.small, key)?);
            }
        }
        self.encode_frame(frame.host()?, size, key).map_err(Unencoded::Encoder)
    }

    fn encode_frame(
        &mut self,
        frame: &Frame,
        size: [u32; 2],
        key: bool,
    ) -> Result<EncodedPacket, EncodeError> {
        let video = self.encoder.input() == PixelFormat::I420;
        let converted = (video && frame.format() == PixelFormat::Rgba8).then(|| to_i420(frame));
        let frame = converted.as_ref().unwrap_or(frame);
        let [width, height] = size;
        let smaller = [frame.width(), frame.height()] != size
            && self.scaler.scale(frame, width, height, &mut self.small);
        self.encoder.encode(if smaller { &self.small } else { frame }, key)
    }
}
