//! How a picture lies in memory.

use parfocal_base::PixelFormat;

use super::error::CudaError;

/// Longest side in pixels: sums over a scaled picture's areas fit 32 bits up to here.
pub const MAX_SIDE: u32 = 4096;
/// Rows of pictures for the encoder begin at multiples of this, as memory that CUDA pitches does.
const ALIGNMENT: u32 = 256;

/// How a picture's planes lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Y, then U and V alternating. What NVENC likes best.
    Nv12,
    /// Y, then U, then V.
    I420,
    /// 4 bytes a pixel, opaque: what GL paints. Converted before it is encoded.
    Rgba,
}

/// Where everything is within a picture's memory. Bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// How the planes lie.
    pub layout: Layout,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// From a row of Y to the next.
    pub pitch: u32,
    /// From a row of chroma to the next; 0 where there is none.
    pub chroma_pitch: u32,
}

impl Shape {
    /// Rows aligned as an encoder wants them. `Err` for a side of 0 or over [`MAX_SIDE`].
    pub fn padded(layout: Layout, width: u32, height: u32) -> Result<Self, CudaError> {
        check(width, height)?;
        let pitch = width.next_multiple_of(ALIGNMENT);
        let (pitch, chroma_pitch) = match layout {
            Layout::Nv12 => (pitch, pitch),
            Layout::I420 => (pitch, pitch / 2),
            Layout::Rgba => (4 * pitch, 0),
        };
        Ok(Self { layout, width, height, pitch, chroma_pitch })
    }

    /// I420 without padding: byte for byte a frame of [`PixelFormat::I420`].
    pub fn tight(width: u32, height: u32) -> Result<Self, CudaError> {
        check(width, height)?;
        let chroma_pitch = width.div_ceil(2);
        Ok(Self { layout: Layout::I420, width, height, pitch: width, chroma_pitch })
    }

    /// RGBA without padding: byte for byte a frame of [`PixelFormat::Rgba8`].
    pub fn rgba(width: u32, height: u32) -> Result<Self, CudaError> {
        check(width, height)?;
        let (layout, pitch) = (Layout::Rgba, 4 * width);
        Ok(Self { layout, width, height, pitch, chroma_pitch: 0 })
    }

    /// Where U and V begin; in NV12 they alternate, and RGBA ends there.
    pub const fn chroma(&self) -> [usize; 2] {
        let first = self.pitch as usize * self.height as usize;
        match self.layout {
            Layout::Nv12 => [first, first + 1],
            Layout::I420 => [first, first + self.chroma_bytes()],
            Layout::Rgba => [first, first],
        }
    }

    /// All bytes.
    pub const fn bytes(&self) -> usize {
        let luma = self.pitch as usize * self.height as usize;
        match self.layout {
            Layout::Nv12 => luma + self.chroma_bytes(),
            Layout::I420 => luma + 2 * self.chroma_bytes(),
            Layout::Rgba => luma,
        }
    }

    /// The format of frames that have these very bytes; `None` where rows are padded.
    pub fn format(&self) -> Option<PixelFormat> {
        let of = |shape: Result<Self, CudaError>| shape.as_ref() == Ok(self);
        match self.layout {
            Layout::I420 if of(Self::tight(self.width, self.height)) => Some(PixelFormat::I420),
            Layout::Rgba if of(Self::rgba(self.width, self.height)) => Some(PixelFormat::Rgba8),
            _ => None,
        }
    }

    const fn chroma_bytes(&self) -> usize {
        self.chroma_pitch as usize * self.height.div_ceil(2) as usize
    }
}

pub(crate) fn check(width: u32, height: u32) -> Result<(), CudaError> {
    let fits = |side| (1..=MAX_SIDE).contains(&side);
    if fits(width) && fits(height) { Ok(()) } else { Err(CudaError::Size { width, height }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_follow_one_another_without_overlap() {
        let nv12 = Shape::padded(Layout::Nv12, 320, 240).unwrap();
        assert_eq!((nv12.pitch, nv12.chroma()[0], nv12.bytes()), (512, 512 * 240, 512 * 360));
        let i420 = Shape::padded(Layout::I420, 320, 240).unwrap();
        assert_eq!(i420.chroma(), [512 * 240, 512 * 240 + 256 * 120]);
        assert_eq!(i420.bytes(), 512 * 360);
    }

    #[test]
    fn a_tight_picture_is_a_frame_also_at_odd_sizes() {
        for (width, height) in [(1, 1), (5, 3), (1920, 1080), (4096, 4096)] {
            for (shape, format) in [
                (Shape::tight(width, height).unwrap(), PixelFormat::I420),
                (Shape::rgba(width, height).unwrap(), PixelFormat::Rgba8),
            ] {
                assert_eq!(shape.format(), Some(format), "{width}x{height}");
                assert_eq!(shape.bytes(), format.bytes(width, height), "{width}x{height}");
            }
        }
        assert_eq!(Shape::padded(Layout::I420, 320, 240).unwrap().format(), None);
    }

    #[test]
    fn impossible_sizes_are_refused() {
        for (width, height) in [(0, 1), (1, 0), (4097, 1), (1, u32::MAX)] {
            let refused = Shape::padded(Layout::Nv12, width, height);
            assert_eq!(refused, Err(CudaError::Size { width, height }));
        }
    }
}
