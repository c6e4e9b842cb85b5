//! The packets.

use parfocal_base::{Frame, PixelFormat};
use parfocal_encode::sps::Sps;
use parfocal_encode::{Encoder, EncoderConfig, H264Encoder, nal};

use crate::status::{Answer, GENERIC};

/// How a picture in memory is laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Nv12,
    Iyuv,
}

/// Where everything is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) format: Format,
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pitch: usize,
}

impl Picture {
    pub(crate) fn bytes(&self) -> usize {
        self.pitch * self.height + self.pitch * self.height.div_ceil(2)
    }

    /// The picture as a frame.
    pub(crate) fn frame(&self, memory: &[u8]) -> Option<Frame> {
        let (w, h) = (u32::try_from(self.width).ok()?, u32::try_from(self.height).ok()?);
        let mut frame = Frame::new(PixelFormat::I420, w, h);
        let (half, low) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let chroma = memory.get(self.pitch * self.height..)?;
        let [y, u, v] = frame.planes_mut()?;
        for (to, from) in y.chunks_mut(self.width).zip(memory.chunks(self.pitch)) {
            to.copy_from_slice(from.get(..self.width)?);
        }
        match self.format {
            Format::Nv12 => {
                let rows =
                    u.chunks_mut(half).zip(v.chunks_mut(half)).zip(chroma.chunks(self.pitch));
                for ((u, v), from) in rows {
                    for ((u, v), pair) in u.iter_mut().zip(v).zip(from.chunks_exact(2)) {
                        (*u, *v) = (*pair.first()?, *pair.get(1)?);
                    }
                }
            }
            Format::Iyuv => {
                let pitch = self.pitch / 2;
                for (plane, from) in [(u, chroma), (v, chroma.get(pitch * low..)?)] {
                    for (to, from) in plane.chunks_mut(half).zip(from.chunks(pitch)) {
                        to.copy_from_slice(from.get(..half)?);
                    }
                }
            }
        }
        Some(frame)
    }
}

/// What makes packets.
pub(crate) enum Coder {
    H264(Box<H264Encoder>),
    /// Bytes of a picture at the rate that was asked for.
    Hevc(usize),
}

impl Coder {
    pub(crate) fn new(hevc: bool, config: EncoderConfig) -> Answer<Self> {
        if hevc {
            return Ok(Self::Hevc((config.bitrate_bps / config.fps.max(1) / 8) as usize));
        }
        H264Encoder::new(config).map(|encoder| Self::H264(Box::new(encoder))).map_err(|_| GENERIC)
    }

    pub(crate) fn set_rates(&mut self, config: EncoderConfig) {
        match self {
            Self::H264(encoder) => {
                encoder.set_bitrate(config.bitrate_bps);
                encoder.set_frame_rate(config.fps);
            }
            Self::Hevc(bytes) => *bytes = (config.bitrate_bps / config.fps.max(1) / 8) as usize,
        }
    }

    /// The packet, and whether it is a key. A key has its parameter sets where `sets` says so.
    pub(crate) fn encode(
        &mut self,
        frame: &Frame,
        key: bool,
        sets: bool,
    ) -> Answer<(Vec<u8>, bool)> {
        match self {
            Self::H264(encoder) => {
                let packet = encoder.encode(frame, key).map_err(|_| GENERIC)?;
                let data =
                    if packet.key { plain(&packet.data, sets)? } else { packet.data.to_vec() };
                Ok((data, packet.key))
            }
            Self::Hevc(bytes) => {
                let mut data = Vec::new();
                // VPS, SPS, PPS, then IDR_W_RADL; or TRAIL_R.
                let kinds: &[u8] = match (key, sets) {
                    (true, true) => &[32, 33, 34, 19],
                    (true, false) => &[19],
                    (false, _) => &[1],
                };
                for kind in kinds {
                    data.extend_from_slice(&[0, 0, 0, 1, kind << 1, 1]);
                }
                data.resize(data.len() + *bytes, 0x55);
                Ok((data, key))
            }
        }
    }

    /// The parameter sets of the next key.
    pub(crate) fn parameter_sets(&self, config: EncoderConfig) -> Answer<Vec<u8>> {
        if let Self::Hevc(_) = self {
            return Ok(vec![0, 0, 0, 1, 33 << 1, 1]);
        }
        // The encoder gives them with a picture only, so another one is asked.
        let mut other = H264Encoder::new(config).map_err(|_| GENERIC)?;
        let black = Frame::new(PixelFormat::I420, config.width, config.height);
        let packet = other.encode(&black, true).map_err(|_| GENERIC)?;
        let mut sets = plain(&packet.data, true)?;
        let slice = |window: &[u8]| matches!(window, [0, 0, 1, kind] if kind & 0x1f == nal::IDR);
        let end = sets.windows(4).position(slice).ok_or(GENERIC)?;
        sets.truncate(end);
        Ok(sets)
    }
}

/// A key as a driver gives it that says nothing about reordering; without its sets unless asked.
fn plain(packet: &[u8], sets: bool) -> Answer<Vec<u8>> {
    let mut out = Vec::with_capacity(packet.len());
    for unit in nal::units(packet) {
        let set = matches!(nal::kind(unit), nal::SPS | nal::PPS);
        if set && !sets {
            continue;
        }
        out.extend_from_slice(&nal::START_CODE);
        if nal::kind(unit) == nal::SPS {
            let mut sps = Sps::parse(unit).map_err(|_| GENERIC)?;
            sps.vui = None;
            sps.write_into(&mut out);
        } else {
            out.extend_from_slice(unit);
        }
    }
    Ok(out)
}
