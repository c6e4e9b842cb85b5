//! The header before each encoded picture: 48 bytes, little endian.

use bytes::{Bytes, BytesMut};
use parfocal_base::ViewId;

use crate::message::PixelCodec;
use crate::wire::{Reader, WireError};

/// Bytes of an encoded [`PixelHeader`].
pub const HEADER_BYTES: usize = 48;

/// What a client must know about a picture before it decodes it.
///
/// | offset | type | field |
/// | --- | --- | --- |
/// | 0 | u8 | layout of this header: 2 |
/// | 1 | u8 | codec: 0 JPEG, 1 H.264, 2 PNG |
/// | 2 | u8 | flags: 1 key, 2 complete, 4 exact, 8 tile |
/// | 3 | u8 | 0 |
/// | 4 | u32 | sequence |
/// | 8 | u32 | view |
/// | 12 | u16 | width |
/// | 14 | u16 | height |
/// | 16 | u64 | revision |
/// | 24 | u64 | captured, µs of the server's clock |
/// | 32 | u32 | render, µs |
/// | 36 | u32 | encode, µs |
/// | 40 | u16 | tile: x of its left side on the canvas; else 0 |
/// | 42 | u16 | tile: y of its upper side; else 0 |
/// | 44 | u16 | width of the canvas |
/// | 46 | u16 | height of the canvas |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelHeader {
    /// Format of the picture that follows.
    pub codec: PixelCodec,
    /// Decoding can start here.
    pub key: bool,
    /// Everything is drawn at the resolution that the view asks for.
    pub complete: bool,
    /// The pixels are exactly the rendered ones.
    pub exact: bool,
    /// Counts up by one for each picture sent to this client; a gap means loss.
    pub sequence: u32,
    /// The view that it shows.
    pub view: ViewId,
    /// Pixels.
    pub width: u16,
    /// Pixels.
    pub height: u16,
    /// Revision of the document that it shows.
    pub revision: u64,
    /// When the scene was read, microseconds of the server's clock.
    pub captured_us: u64,
    /// Microseconds that rendering took.
    pub render_us: u32,
    /// Microseconds that encoding took.
    pub encode_us: u32,
    /// Where a tile of a still belongs, from the upper left corner of the canvas, pixels; `None`
    /// for a whole picture. A tile without bytes is the same as in the still before.
    pub tile: Option<[u16; 2]>,
    /// Width and height that the view was rendered at, pixels. A whole picture may be smaller.
    pub canvas: [u16; 2],
}

/// The layout that this crate writes and reads.
const LAYOUT: u8 = 2;
const KEY: u8 = 1;
const COMPLETE: u8 = 2;
const EXACT: u8 = 4;
const TILE: u8 = 8;

impl PixelHeader {
    /// The 48 bytes.
    pub fn encode(&self) -> [u8; HEADER_BYTES] {
        let flag = |on: bool, bit: u8| if on { bit } else { 0 };
        let flags = flag(self.key, KEY)
            | flag(self.complete, COMPLETE)
            | flag(self.exact, EXACT)
            | flag(self.tile.is_some(), TILE);
        let [x, y] = self.tile.unwrap_or_default();
        let codec = match self.codec {
            PixelCodec::Jpeg => 0,
            PixelCodec::H264 => 1,
            PixelCodec::Png => 2,
        };
        let mut out = [0; HEADER_BYTES];
        out[..4].copy_from_slice(&[LAYOUT, codec, flags, 0]);
        out[4..8].copy_from_slice(&self.sequence.to_le_bytes());
        out[8..12].copy_from_slice(&self.view.0.to_le_bytes());
        out[12..14].copy_from_slice(&self.width.to_le_bytes());
        out[14..16].copy_from_slice(&self.height.to_le_bytes());
        out[16..24].copy_from_slice(&self.revision.to_le_bytes());
        out[24..32].copy_from_slice(&self.captured_us.to_le_bytes());
        out[32..36].copy_from_slice(&self.render_us.to_le_bytes());
        out[36..40].copy_from_slice(&self.encode_us.to_le_bytes());
        out[40..42].copy_from_slice(&x.to_le_bytes());
        out[42..44].copy_from_slice(&y.to_le_bytes());
        out[44..46].copy_from_slice(&self.canvas[0].to_le_bytes());
        out[46..].copy_from_slice(&self.canvas[1].to_le_bytes());
        out
    }

    /// Reads the header at the beginning of `packet`; what follows is the picture. Flags that this
    /// version does not know are passed over.
    pub fn decode(packet: &[u8]) -> Result<Self, WireError> {
        let mut input = Reader::new("picture header", packet, HEADER_BYTES)?;
        let [layout, codec, flags, _] = input.take();
        if layout != LAYOUT {
            return Err(WireError::Unknown { what: "picture header layout", value: layout });
        }
        let codec = match codec {
            0 => PixelCodec::Jpeg,
            1 => PixelCodec::H264,
            2 => PixelCodec::Png,
            value => return Err(WireError::Unknown { what: "picture codec", value }),
        };
        Ok(Self {
            codec,
            key: flags & KEY != 0,
            complete: flags & COMPLETE != 0,
            exact: flags & EXACT != 0,
            sequence: u32::from_le_bytes(input.take()),
            view: ViewId(u32::from_le_bytes(input.take())),
            width: u16::from_le_bytes(input.take()),
            height: u16::from_le_bytes(input.take()),
            revision: u64::from_le_bytes(input.take()),
            captured_us: u64::from_le_bytes(input.take()),
            render_us: u32::from_le_bytes(input.take()),
            encode_us: u32::from_le_bytes(input.take()),
            tile: {
                let at = [input.take(), input.take()].map(u16::from_le_bytes);
                (flags & TILE != 0).then_some(at)
            },
            canvas: [input.take(), input.take()].map(u16::from_le_bytes),
        })
    }

    /// The binary message: this header and the encoded picture. Copies the picture once.
    pub fn message(&self, picture: &[u8]) -> Bytes {
        let mut out = BytesMut::with_capacity(HEADER_BYTES.saturating_add(picture.len()));
        out.extend_from_slice(&self.encode());
        out.extend_from_slice(picture);
        out.freeze()
    }

    /// Header and picture of a binary message; the picture shares the message's memory.
    pub fn split(message: &Bytes) -> Result<(Self, Bytes), WireError> {
        Self::decode(message).map(|header| (header, message.slice(HEADER_BYTES..)))
    }
}
