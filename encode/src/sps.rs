//! The sequence parameter set (ITU-T H.264 clause 7.3.2.1.1): read, changed, written again.
//!
//! Hardware decoders give one picture out per picture in only if the set says that nothing is
//! reordered. Encoders differ in whether they write that, and in what they say about colours, so
//! every key packet passes through [`rewrite_packet`].

use crate::bits::{BadBits, BitReader, BitWriter, escape_into, unescape};
use crate::nal;
use crate::vui::{Vui, optional, write_optional};

/// Longest parameter set that is read: a real one takes tens of bytes, and one with every scaling
/// list and schedule about a kilobyte.
pub const MAX_SPS_BYTES: usize = 4096;
/// Profiles whose set carries chroma format, bit depth and scaling lists.
const HIGH_PROFILES: [u8; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];
/// Frame numbers of a picture order cycle that a set may list.
const MAX_CYCLE: u32 = 255;
/// Macroblocks along one side that level 6.2 allows (√(8 · 139264)).
const MAX_SIDE_MACROBLOCKS: u32 = 1055;

/// Why a parameter set could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpsError {
    /// The unit is something else.
    #[error("not a sequence parameter set: unit type {0}, expected 7")]
    Kind(u8),
    /// More bytes than any real one.
    #[error("the sequence parameter set has {0} bytes; at most {MAX_SPS_BYTES} are read")]
    Long(usize),
    /// Truncated, or with numbers outside of the standard's ranges.
    #[error("the sequence parameter set is damaged: it ends early or holds a number out of range")]
    Damaged,
}

impl From<BadBits> for SpsError {
    fn from(_: BadBits) -> Self {
        Self::Damaged
    }
}

/// What the High family of profiles adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HighProfile {
    /// 0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    pub chroma_format: u8,
    /// `separate_colour_plane_flag`; only for 4:4:4.
    pub separate_planes: bool,
    /// Bits of luma and chroma above 8.
    pub extra_depth: [u32; 2],
    /// `qpprime_y_zero_transform_bypass_flag`.
    pub bypass: bool,
    /// The differences coded for each scaling list; `None` for a list that is not sent.
    pub scaling: Option<Vec<Option<Vec<i32>>>>,
}

/// How picture order counts are coded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderCount {
    /// Type 0: the low bits in each slice; `log2_max_pic_order_cnt_lsb_minus4`.
    Lsb(u32),
    /// Type 1: differences from a cycle.
    Cycle {
        /// `delta_pic_order_always_zero_flag`.
        always_zero: bool,
        /// `offset_for_non_ref_pic`, `offset_for_top_to_bottom_field`.
        offsets: [i32; 2],
        /// `offset_for_ref_frame`.
        frames: Vec<i32>,
    },
    /// Type 2: the order of decoding.
    DecodeOrder,
}

/// A sequence parameter set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sps {
    /// `nal_ref_idc` and unit type, as in the stream.
    pub header: u8,
    /// `profile_idc`.
    pub profile: u8,
    /// The byte of constraint flags.
    pub constraints: u8,
    /// `level_idc`: ten times the level.
    pub level: u8,
    /// `seq_parameter_set_id`.
    pub id: u32,
    /// The High family's fields.
    pub high: Option<HighProfile>,
    /// `log2_max_frame_num_minus4`.
    pub log2_frame_num: u32,
    /// Picture order counts.
    pub order: OrderCount,
    /// `max_num_ref_frames`.
    pub ref_frames: u32,
    /// `gaps_in_frame_num_value_allowed_flag`.
    pub gaps: bool,
    /// Width and height in macroblocks (height: in map units), less one.
    pub macroblocks: [u32; 2],
    /// `mb_adaptive_frame_field_flag` of an interlaced stream; `None` for a progressive one.
    pub interlaced: Option<bool>,
    /// `direct_8x8_inference_flag`.
    pub direct_8x8: bool,
    /// Crop left, right, top, bottom, in crop units.
    pub crop: Option<[u32; 4]>,
    /// How to show the pictures.
    pub vui: Option<Vui>,
}

impl Sps {
    /// Reads a unit (no start code). Never panics, whatever the bytes are.
    pub fn parse(unit: &[u8]) -> Result<Self, SpsError> {
        if unit.len() > MAX_SPS_BYTES {
            return Err(SpsError::Long(unit.len()));
        }
        match unit.split_first() {
            Some((&header, payload)) if nal::kind(unit) == nal::SPS => {
                let raw = unescape(payload);
                Ok(Self::read(header, &mut BitReader::new(&raw))?)
            }
            _ => Err(SpsError::Kind(nal::kind(unit))),
        }
    }

    /// Appends the unit, without a start code.
    pub fn write_into(&self, out: &mut Vec<u8>) {
        let mut w = BitWriter::default();
        self.write(&mut w);
        out.push(self.header);
        escape_into(&w.finish(), out);
    }

    /// Makes decoders show pictures at once, in BT.709 limited range; changes nothing else.
    pub fn promise_no_delay(&mut self) {
        let buffering = self.ref_frames;
        self.vui.get_or_insert_default().promise(buffering);
    }

    /// The WebCodecs codec string, such as `avc1.42C02A` (RFC 6381 clause 3.3).
    pub fn codec_string(&self) -> String {
        format!("avc1.{:02X}{:02X}{:02X}", self.profile, self.constraints, self.level)
    }

    /// Width and height in pixels after cropping, or `None` where cropping leaves nothing.
    pub fn size(&self) -> Option<(u32, u32)> {
        let [across, down] = self.macroblocks.map(|minus1| (minus1 + 1) * 16);
        let fields = if self.interlaced.is_some() { 2 } else { 1 };
        let (unit_x, unit_y) =
            match self.high.as_ref().map(|h| (h.chroma_format, h.separate_planes)) {
                None | Some((1, _)) => (2, 2),
                Some((2, _)) => (2, 1),
                Some(_) => (1, 1),
            };
        let [left, right, top, bottom] = self.crop.unwrap_or_default();
        let cut_x = left.checked_add(right)?.checked_mul(unit_x)?;
        let cut_y = top.checked_add(bottom)?.checked_mul(unit_y * fields)?;
        let (width, height) = (across.checked_sub(cut_x)?, (down * fields).checked_sub(cut_y)?);
        (width > 0 && height > 0).then_some((width, height))
    }

    fn read(header: u8, r: &mut BitReader<'_>) -> Result<Self, BadBits> {
        let (profile, constraints, level) = (r.byte(8)?, r.byte(8)?, r.byte(8)?);
        let id = at_most(r.unsigned()?, 31)?;
        let high =
            if HIGH_PROFILES.contains(&profile) { Some(HighProfile::read(r)?) } else { None };
        let log2_frame_num = at_most(r.unsigned()?, 12)?;
        let order = OrderCount::read(r)?;
        let (ref_frames, gaps) = (at_most(r.unsigned()?, 16)?, r.flag()?);
        let mut side = || at_most(r.unsigned()?, MAX_SIDE_MACROBLOCKS - 1);
        let macroblocks = [side()?, side()?];
        let interlaced = if r.flag()? { None } else { Some(r.flag()?) };
        let direct_8x8 = r.flag()?;
        let crop =
            optional(r, |r| Ok([r.unsigned()?, r.unsigned()?, r.unsigned()?, r.unsigned()?]))?;
        let vui = optional(r, Vui::read)?;
        Ok(Self {
            header,
            profile,
            constraints,
            level,
            id,
            high,
            log2_frame_num,
            order,
            ref_frames,
            gaps,
            macroblocks,
            interlaced,
            direct_8x8,
            crop,
            vui,
        })
    }

    fn write(&self, w: &mut BitWriter) {
        [self.profile, self.constraints, self.level]
            .iter()
            .for_each(|&byte| w.bits(8, byte.into()));
        w.unsigned(self.id);
        if let Some(high) = &self.high {
            high.write(w);
        }
        w.unsigned(self.log2_frame_num);
        self.order.write(w);
        w.unsigned(self.ref_frames);
        w.flag(self.gaps);
        self.macroblocks.iter().for_each(|&side| w.unsigned(side));
        w.flag(self.interlaced.is_none());
        if let Some(adaptive) = self.interlaced {
            w.flag(adaptive);
        }
        w.flag(self.direct_8x8);
        write_optional(w, self.crop.as_ref(), |w, crop| crop.iter().for_each(|&c| w.unsigned(c)));
        write_optional(w, self.vui.as_ref(), |w, vui| vui.write(w));
    }
}

impl HighProfile {
    fn read(r: &mut BitReader<'_>) -> Result<Self, BadBits> {
        let chroma_format = u8::try_from(at_most(r.unsigned()?, 3)?).map_err(|_| BadBits)?;
        let separate_planes = chroma_format == 3 && r.flag()?;
        let extra_depth = [at_most(r.unsigned()?, 6)?, at_most(r.unsigned()?, 6)?];
        let bypass = r.flag()?;
        let lists = if chroma_format == 3 { 12 } else { 8 };
        let scaling = optional(r, |r| {
            (0..lists).map(|list| optional(r, |r| read_scaling(r, list))).collect()
        })?;
        Ok(Self { chroma_format, separate_planes, extra_depth, bypass, scaling })
    }

    fn write(&self, w: &mut BitWriter) {
        w.unsigned(self.chroma_format.into());
        if self.chroma_format == 3 {
            w.flag(self.separate_planes);
        }
        self.extra_depth.iter().for_each(|&depth| w.unsigned(depth));
        w.flag(self.bypass);
        write_optional(w, self.scaling.as_ref(), |w, lists| {
            for list in lists {
                write_optional(w, list.as_ref(), |w, steps| {
                    steps.iter().for_each(|&s| w.signed(s));
                });
            }
        });
    }
}

/// The differences of one scaling list: 16 values for the first six lists, else 64, or fewer where
/// a value of zero says that the rest repeats (clause 7.3.2.1.1.1).
fn read_scaling(r: &mut BitReader<'_>, list: usize) -> Result<Vec<i32>, BadBits> {
    let size = if list < 6 { 16 } else { 64 };
    let mut steps = Vec::new();
    let mut scale = 8_i32;
    while steps.len() < size {
        let step = r.signed()?;
        if !(-128..=127).contains(&step) {
            return Err(BadBits);
        }
        steps.push(step);
        scale = (scale + step + 256) % 256;
        if scale == 0 {
            break;
        }
    }
    Ok(steps)
}

impl OrderCount {
    fn read(r: &mut BitReader<'_>) -> Result<Self, BadBits> {
        match r.unsigned()? {
            0 => Ok(Self::Lsb(at_most(r.unsigned()?, 12)?)),
            1 => {
                let always_zero = r.flag()?;
                let offsets = [r.signed()?, r.signed()?];
                let count = at_most(r.unsigned()?, MAX_CYCLE)?;
                let frames = (0..count).map(|_| r.signed()).collect::<Result<_, _>>()?;
                Ok(Self::Cycle { always_zero, offsets, frames })
            }
            2 => Ok(Self::DecodeOrder),
            _ => Err(BadBits),
        }
    }

    fn write(&self, w: &mut BitWriter) {
        match self {
            Self::Lsb(log2) => {
                w.unsigned(0);
                w.unsigned(*log2);
            }
            Self::Cycle { always_zero, offsets, frames } => {
                w.unsigned(1);
                w.flag(*always_zero);
                offsets.iter().for_each(|&offset| w.signed(offset));
                w.unsigned(u32::try_from(frames.len()).unwrap_or(MAX_CYCLE));
                frames.iter().for_each(|&frame| w.signed(frame));
            }
            Self::DecodeOrder => w.unsigned(2),
        }
    }
}

fn at_most(value: u32, bound: u32) -> Result<u32, BadBits> {
    if value <= bound { Ok(value) } else { Err(BadBits) }
}

/// Rewrites one unit (no start code); see [`Sps::promise_no_delay`].
pub fn rewrite(unit: &[u8]) -> Result<Vec<u8>, SpsError> {
    let mut sps = Sps::parse(unit)?;
    sps.promise_no_delay();
    let mut out = Vec::with_capacity(unit.len() + 16);
    sps.write_into(&mut out);
    Ok(out)
}

/// Rewrites every parameter set in front of the first slice of an Annex B packet. What follows is
/// copied without being looked at, so the cost is a copy of the packet.
pub fn rewrite_packet(packet: &[u8]) -> Result<Vec<u8>, SpsError> {
    let mut out = Vec::with_capacity(packet.len() + 32);
    let mut units = nal::units(packet);
    loop {
        let rest = units.remainder();
        if matches!(nal::kind(rest), nal::SLICE..=nal::IDR) {
            out.extend_from_slice(&nal::START_CODE);
            out.extend_from_slice(rest);
            return Ok(out);
        }
        let Some(unit) = units.next() else { return Ok(out) };
        out.extend_from_slice(&nal::START_CODE);
        if nal::kind(unit) == nal::SPS {
            out.extend_from_slice(&rewrite(unit)?);
        } else {
            out.extend_from_slice(unit);
        }
    }
}

#[cfg(test)]
#[path = "sps_tests.rs"]
mod tests;
