//! From an encoded picture to pixels.

use parfocal_base::{Frame, PixelFormat};
use parfocal_encode::{DecodeError, Decoder};
use parfocal_sync::message::PixelCodec;
use parfocal_sync::pixel::PixelHeader;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::still::{Misplaced, StillCanvas};

/// Largest side of a picture that is decoded: a canvas has at most this.
const MAX_SIDE: u16 = 4096;

/// Why there are no pixels.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// Of H.264.
    #[error(transparent)]
    H264(#[from] DecodeError),
    /// H.264 gave no picture for this packet.
    #[error("the packet gave no picture: a key is needed")]
    NoPicture,
    /// Of a JPEG or PNG.
    #[error("the picture cannot be decoded: {0}")]
    Still(String),
    /// A tile of a still.
    #[error("the tile does not lie on its canvas, or refers to a still that is not there")]
    Tile,
    /// Pixels and header tell different sizes, or too large ones.
    #[error(
        "the picture has {found:?} pixels, its header says {told:?} (at most {MAX_SIDE} a side)"
    )]
    Size {
        /// Of the pixels.
        found: [u32; 2],
        /// Of the header.
        told: [u32; 2],
    },
}

/// Decodes the pictures of one connection.
#[derive(Default)]
pub struct PictureDecoder {
    /// Made for the first H.264 picture.
    h264: Option<Decoder>,
    still: Option<StillCanvas>,
}

impl From<Misplaced> for PictureError {
    fn from(_: Misplaced) -> Self {
        Self::Tile
    }
}

impl PictureDecoder {
    /// The picture: I420 from H.264, RGBA from JPEG and PNG. Of a still with its last tile, before
    /// that `None`; and `None` where the still that is shown is of the same moment or a later one.
    /// Takes milliseconds of CPU.
    pub fn decode(
        &mut self,
        header: &PixelHeader,
        data: &[u8],
    ) -> Result<Option<Frame>, PictureError> {
        if header.tile.is_some() {
            return self.tile(header, data);
        }
        let told = [u32::from(header.width), u32::from(header.height)];
        let frame = match header.codec {
            PixelCodec::H264 => self.h264(data)?,
            PixelCodec::Jpeg => jpeg(data, told)?,
            PixelCodec::Png => png(data, told)?,
        };
        same_size([frame.width(), frame.height()], told)?;
        // The next one may refer to it, whoever shows it.
        if self.still.as_ref().is_some_and(|still| still.is_after(header)) {
            return Ok(None);
        }
        if let Some(still) = &mut self.still {
            still.uncover();
        }
        Ok(Some(frame))
    }

    fn tile(&mut self, header: &PixelHeader, data: &[u8]) -> Result<Option<Frame>, PictureError> {
        let told = [u32::from(header.width), u32::from(header.height)];
        let canvas = header.canvas.map(u32::from);
        same_size(canvas, canvas)?;
        let known =
            self.still.take_if(|still| !still.is_of(header)).is_none() && self.still.is_some();
        // A tile without bytes is one that this client has.
        let tile = match (data.is_empty(), known) {
            (true, false) => return Err(PictureError::Tile),
            (true, true) => None,
            (false, _) => Some(png(data, told)?),
        };
        let still = self.still.get_or_insert_with(|| StillCanvas::new(header));
        Ok(still.put(header, tile.as_ref())?)
    }

    fn h264(&mut self, data: &[u8]) -> Result<Frame, PictureError> {
        let decoder = match self.h264.take() {
            Some(decoder) => self.h264.insert(decoder),
            None => self.h264.insert(Decoder::new()?),
        };
        decoder.decode(data)?.ok_or(PictureError::NoPicture)
    }
}

fn same_size(found: [u32; 2], told: [u32; 2]) -> Result<(), PictureError> {
    let fits = told.iter().all(|&side| side <= u32::from(MAX_SIDE));
    if found == told && fits { Ok(()) } else { Err(PictureError::Size { found, told }) }
}

fn jpeg(data: &[u8], told: [u32; 2]) -> Result<Frame, PictureError> {
    let still = |error: zune_jpeg::errors::DecodeErrors| PictureError::Still(error.to_string());
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(ColorSpace::RGBA)
        .set_max_width(usize::from(MAX_SIDE))
        .set_max_height(usize::from(MAX_SIDE));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(data), options);
    decoder.decode_headers().map_err(still)?;
    let (width, height) = decoder.dimensions().unwrap_or((0, 0));
    same_size([width, height].map(|side| u32::try_from(side).unwrap_or(u32::MAX)), told)?;
    let mut frame = Frame::new(PixelFormat::Rgba8, told[0], told[1]);
    decoder.decode_into(frame.data_mut()).map_err(still)?;
    Ok(frame)
}

fn png(data: &[u8], told: [u32; 2]) -> Result<Frame, PictureError> {
    let still = |error: png::DecodingError| PictureError::Still(error.to_string());
    let mut decoder = png::Decoder::new(std::io::Cursor::new(data));
    decoder.set_transformations(
        png::Transformations::normalize_to_color8() | png::Transformations::ALPHA,
    );
    let mut reader = decoder.read_info().map_err(still)?;
    let info = reader.info();
    same_size([info.width, info.height], told)?;
    let mut frame = Frame::new(PixelFormat::Rgba8, told[0], told[1]);
    match reader.output_color_type() {
        (png::ColorType::Rgba, png::BitDepth::Eight) => {
            reader.next_frame(frame.data_mut()).map_err(still)?;
        }
        (png::ColorType::GrayscaleAlpha, png::BitDepth::Eight) => {
            let mut grey = vec![0; frame.data().len() / 2];
            reader.next_frame(&mut grey).map_err(still)?;
            let pixels = frame.data_mut().as_chunks_mut::<4>().0.iter_mut();
            for (to, &[grey, alpha]) in pixels.zip(grey.as_chunks::<2>().0) {
                *to = [grey, grey, grey, alpha];
            }
        }
        _ => return Err(PictureError::Still("it is not a picture of 8 bits".to_owned())),
    }
    Ok(frame)
}
