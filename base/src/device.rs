//! Pictures that stay on the device that painted them, for encoders that read them there.

use std::any::Any;
use std::fmt;

use crate::frame::Frame;

/// A picture in a device's memory: complete, opaque, and never written again. Encoders of the same
/// device find out what it is by [`Any`]; everybody else reads it into a frame.
pub trait OnDevice: Any + fmt::Debug + Send + Sync {
    /// Width and height in pixels.
    fn size(&self) -> [u32; 2];

    /// Copies it into `frame`, in the frame's format. An I420 frame may have another size, to which
    /// the picture is scaled on the device. May block for as long as the copy takes.
    ///
    /// # Errors
    /// If the device fails, or cannot make such a frame; the frame's content is unspecified then.
    fn read(&self, frame: &mut Frame) -> Result<(), DeviceError>;
}

/// Why a device does not give a picture: a sentence for who runs the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceError(pub String);

impl fmt::Display for DeviceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DeviceError {}
