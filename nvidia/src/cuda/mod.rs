//! CUDA: devices, their memory, conversion, GL textures, pictures that stay, read-back.

mod convert;
mod device;
mod driver;
mod error;
mod interop;
mod keep;
mod kernels;
mod memory;
mod picture;
mod readback;
mod shape;
mod stream;

pub use self::convert::{Colours, Converter, Rgba, Rows};
pub use self::device::{Device, DeviceInfo, device_count};
pub use self::error::{CudaError, OLDEST_DRIVER};
pub use self::interop::{GlTexture, MappedTexture};
pub use self::keep::{DevicePicture, Keeper, KeptTexture};
pub(crate) use self::memory::copy_rows;
pub use self::memory::{DeviceBuffer, PinnedBuffer};
pub use self::picture::{Lent, PictureLease, PictureMut, PicturePool};
pub use self::readback::{Readback, Reading, copy_on_device};
pub use self::shape::{Layout, MAX_SIDE, Shape};
pub use self::stream::{Event, Stream};
