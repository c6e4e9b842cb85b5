//! Software H.264 decoding by openh264, for clients without a browser and for tests.

use openh264::OpenH264API;
use openh264::decoder::{Decoder as OpenH264, DecoderConfig, Flush};
use openh264::formats::YUVSource;
use parfocal_base::{Frame, PixelFormat};

use crate::codec::{MAX_LONG_SIDE, MAX_SHORT_SIDE};
use crate::nal;
use crate::sps::Sps;

/// Longest packet that is decoded: twice a raw 4K picture is more than any encoder makes.
pub const MAX_PACKET_BYTES: usize = 24 << 20;
/// Most pixels of a picture that is decoded, so that a stream cannot claim memory at will. Rounded
/// up to whole macroblocks, as the stream is.
pub const MAX_PIXELS: u64 = (MAX_LONG_SIDE as u64 + 15) * (MAX_SHORT_SIDE as u64 + 15);

/// Why a packet was not decoded. After any of these the decoder waits for a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The packet is longer than [`MAX_PACKET_BYTES`].
    #[error("the packet has {0} bytes; at most {MAX_PACKET_BYTES} are decoded")]
    Long(usize),
    /// The stream's pictures are larger than [`MAX_PIXELS`], or have no size.
    #[error("the stream's pictures are too large to decode")]
    Size,
    /// The stream is damaged, or refers to a picture that was never received.
    #[error("the packet cannot be decoded ({0}): ask for a key")]
    Damaged(String),
}

/// A decoder of one stream.
pub struct Decoder {
    inner: OpenH264,
    needs_key: bool,
}

impl Decoder {
    /// A decoder that waits for a key.
    pub fn new() -> Result<Self, DecodeError> {
        Ok(Self { inner: open()?, needs_key: true })
    }

    /// Whether packets are ignored until a key comes.
    pub const fn needs_key(&self) -> bool {
        self.needs_key
    }

    /// Decodes one access unit (Annex B) into one I420 picture: at once, never a later one.
    /// `None` for a packet that was ignored because no key has come yet, or that has no picture.
    pub fn decode(&mut self, packet: &[u8]) -> Result<Option<Frame>, DecodeError> {
        if self.needs_key && !nal::is_key(packet) {
            return Ok(None);
        }
        let result = check(packet).and_then(|()| self.decode_checked(packet));
        if result.is_err() && !self.needs_key {
            // A decoder that has failed may keep parts of the damaged stream: start afresh.
            self.needs_key = true;
            self.inner = open()?;
        }
        result
    }

    fn decode_checked(&mut self, packet: &[u8]) -> Result<Option<Frame>, DecodeError> {
        self.needs_key = false;
        let picture = self.inner.decode(packet).map_err(damaged)?;
        Ok(picture.and_then(|picture| copy(&picture)))
    }
}

fn open() -> Result<OpenH264, DecodeError> {
    // Without flushing: a stream that promises no reordering gives each picture at once.
    let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
    OpenH264::with_api_config(OpenH264API::from_source(), config).map_err(damaged)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn damaged(error: openh264::Error) -> DecodeError {
    DecodeError::Damaged(error.to_string())
}

/// Refuses what would cost too much to decode, before the library sees it.
fn check(packet: &[u8]) -> Result<(), DecodeError> {
    if packet.len() > MAX_PACKET_BYTES {
        return Err(DecodeError::Long(packet.len()));
    }
    let before_slices =
        nal::units(packet).take_while(|u| !matches!(nal::kind(u), nal::SLICE..=nal::IDR));
    for set in before_slices.filter(|unit| nal::kind(unit) == nal::SPS) {
        let sps = Sps::parse(set).map_err(|error| DecodeError::Damaged(error.to_string()))?;
        let (width, height) = sps.size().ok_or(DecodeError::Size)?;
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(DecodeError::Size);
        }
    }
    Ok(())
}

fn copy(picture: &impl YUVSource) -> Option<Frame> {
    let (width, height) = picture.dimensions();
    let (y_stride, u_stride, v_stride) = picture.strides();
    let mut frame =
        Frame::new(PixelFormat::I420, u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    let half = width.div_ceil(2);
    let [y, u, v] = frame.planes_mut()?;
    copy_plane(picture.y(), y_stride, y, width);
    copy_plane(picture.u(), u_stride, u, half);
    copy_plane(picture.v(), v_stride, v, half);
    Some(frame)
}

fn copy_plane(from: &[u8], stride: usize, to: &mut [u8], width: usize) {
    if width == 0 || stride < width {
        return;
    }
    for (to, from) in to.chunks_exact_mut(width).zip(from.chunks(stride)) {
        if let Some(from) = from.get(..width) {
            to.copy_from_slice(from);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::conformance::{psnr, synthetic};
    use crate::{EncodedPacket, Encoder, EncoderConfig, H264Encoder};

    /// Eight packets; the first and the fifth are keys.
    fn stream() -> Vec<EncodedPacket> {
        let config = EncoderConfig { width: 64, height: 48, fps: 30, bitrate_bps: 500_000 };
        let mut encoder = H264Encoder::new(config).unwrap();
        let frame = |at| synthetic(PixelFormat::I420, 64, 48, at);
        (0..8).map(|at| encoder.encode(&frame(at), at == 4).unwrap()).collect()
    }

    #[test]
    fn packets_before_the_first_key_are_ignored() {
        let mut decoder = Decoder::new().unwrap();
        for packet in &stream()[1..4] {
            assert!(decoder.decode(&packet.data).unwrap().is_none());
        }
        assert!(decoder.needs_key());
        assert!(decoder.decode(&stream()[4].data).unwrap().is_some());
        assert!(!decoder.needs_key());
    }

    #[test]
    fn a_damaged_stream_goes_on_at_the_next_key() {
        let packets = stream();
        let mut decoder = Decoder::new().unwrap();
        decoder.decode(&packets[0].data).unwrap();
        let mut cut = packets[1].data.to_vec();
        cut.truncate(cut.len() / 3);
        let _ = decoder.decode(&cut);
        let _ = decoder.decode(&[0, 0, 1, 0x41, 0xff, 0xff]);
        let picture = decoder.decode(&packets[4].data).unwrap().unwrap();
        assert!(psnr(&picture, &synthetic(PixelFormat::I420, 64, 48, 4)) > 25.0);
    }

    #[test]
    fn a_stream_that_claims_a_giant_picture_is_refused_before_it_is_decoded() {
        let packets = stream();
        let mut units: Vec<Vec<u8>> = nal::units(&packets[0].data).map(<[u8]>::to_vec).collect();
        let mut sps = Sps::parse(&units[0]).unwrap();
        sps.macroblocks = [1000, 1000];
        units[0].clear();
        sps.write_into(&mut units[0]);
        let giant: Vec<u8> =
            units.iter().flat_map(|u| [&nal::START_CODE, &u[..]].concat()).collect();
        assert_eq!(Decoder::new().unwrap().decode(&giant).err(), Some(DecodeError::Size));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn flipped_bits_never_end_the_process(
            flips in prop::collection::vec((0..8_usize, any::<prop::sample::Index>(), 0..8_u32), 1..12)
        ) {
            let mut packets: Vec<Vec<u8>> = stream().iter().map(|packet| packet.data.to_vec()).collect();
            for (packet, at, bit) in flips {
                let at = at.index(packets[packet].len());
                packets[packet][at] ^= 1 << bit;
            }
            let mut decoder = Decoder::new().unwrap();
            for packet in packets {
                let _ = decoder.decode(&packet);
            }
        }
    }
}
