//! Video usability information of a sequence parameter set (ITU-T H.264 Annex E): how to show the
//! pictures, and how many a decoder may hold back.

use crate::bits::{BadBits, BitReader, BitWriter};

/// `aspect_ratio_idc` that is followed by an explicit ratio.
const EXTENDED_SAR: u8 = 255;
/// `video_format` "unspecified".
const FORMAT_UNSPECIFIED: u8 = 5;
/// `colour_primaries`, `transfer_characteristics` and `matrix_coefficients` of BT.709.
const BT709: u8 = 1;
/// Schedules that a stream may describe at most (`cpb_cnt_minus1` ≤ 31).
const MAX_CPB: u32 = 32;

/// How samples stand for colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoSignal {
    /// `video_format`; 5 is unspecified.
    pub format: u8,
    /// Whether luma uses 0–255 instead of 16–235.
    pub full_range: bool,
    /// `colour_primaries`, `transfer_characteristics`, `matrix_coefficients`.
    pub colour: Option<[u8; 3]>,
}

/// Buffering model of one kind of units (`hrd_parameters`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hrd {
    /// `bit_rate_scale`, `cpb_size_scale`; 4 bits each.
    pub scales: [u8; 2],
    /// `bit_rate_value_minus1`, `cpb_size_value_minus1`, `cbr_flag`; 1 to 32 of them.
    pub schedules: Vec<(u32, u32, bool)>,
    /// Lengths of delay fields and of the time offset, as coded; 5 bits each.
    pub lengths: [u8; 4],
}

/// What a decoder may rely on (`bitstream_restriction`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restriction {
    /// `motion_vectors_over_pic_boundaries_flag`.
    pub vectors_cross_edges: bool,
    /// `max_bytes_per_pic_denom`.
    pub bytes_denom: u32,
    /// `max_bits_per_mb_denom`.
    pub bits_denom: u32,
    /// `log2_max_mv_length_horizontal`, `log2_max_mv_length_vertical`.
    pub vector_log2: [u32; 2],
    /// `max_num_reorder_frames`: pictures that may be shown after a later-coded one.
    pub reorder: u32,
    /// `max_dec_frame_buffering`: pictures that a decoder must be able to keep.
    pub buffering: u32,
}

/// All of it. `None` is "not present".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vui {
    /// `aspect_ratio_idc`, and the ratio itself where that is 255.
    pub aspect: Option<(u8, u16, u16)>,
    /// `overscan_appropriate_flag`.
    pub overscan: Option<bool>,
    /// Colours.
    pub signal: Option<VideoSignal>,
    /// Chroma sample positions of the top and the bottom field.
    pub chroma_location: Option<(u32, u32)>,
    /// `num_units_in_tick`, `time_scale`, `fixed_frame_rate_flag`.
    pub timing: Option<(u32, u32, bool)>,
    /// Buffering model of all units.
    pub nal_hrd: Option<Hrd>,
    /// Buffering model of the slices.
    pub vcl_hrd: Option<Hrd>,
    /// `low_delay_hrd_flag`; coded only where a buffering model is.
    pub low_delay: bool,
    /// `pic_struct_present_flag`.
    pub pic_struct: bool,
    /// What a decoder may rely on.
    pub restriction: Option<Restriction>,
}

impl Vui {
    /// Promises BT.709 in limited range, no reordering, and `buffering` kept pictures.
    pub fn promise(&mut self, buffering: u32) {
        let format = self.signal.map_or(FORMAT_UNSPECIFIED, |signal| signal.format);
        self.signal = Some(VideoSignal { format, full_range: false, colour: Some([BT709; 3]) });
        // The inferred values of clause E.2.1, so that a restriction that was absent restricts nothing else.
        let inferred = Restriction {
            vectors_cross_edges: true,
            bytes_denom: 2,
            bits_denom: 1,
            vector_log2: [15, 15],
            reorder: 0,
            buffering,
        };
        let had = self.restriction.unwrap_or(inferred);
        self.restriction = Some(Restriction { reorder: 0, buffering, ..had });
    }

    pub(crate) fn read(r: &mut BitReader<'_>) -> Result<Self, BadBits> {
        let aspect = optional(r, read_aspect)?;
        let overscan = optional(r, |r| r.flag())?;
        let signal = optional(r, read_signal)?;
        let chroma_location = optional(r, |r| Ok((r.unsigned()?, r.unsigned()?)))?;
        let timing = optional(r, |r| Ok((r.bits(32)?, r.bits(32)?, r.flag()?)))?;
        let nal_hrd = optional(r, Hrd::read)?;
        let vcl_hrd = optional(r, Hrd::read)?;
        let low_delay = if nal_hrd.is_some() || vcl_hrd.is_some() { r.flag()? } else { false };
        let pic_struct = r.flag()?;
        let restriction = optional(r, read_restriction)?;
        Ok(Self {
            aspect,
            overscan,
            signal,
            chroma_location,
            timing,
            nal_hrd,
            vcl_hrd,
            low_delay,
            pic_struct,
            restriction,
        })
    }

    pub(crate) fn write(&self, w: &mut BitWriter) {
        write_optional(w, self.aspect.as_ref(), write_aspect);
        write_optional(w, self.overscan.as_ref(), |w, &flag| w.flag(flag));
        write_optional(w, self.signal.as_ref(), write_signal);
        write_optional(w, self.chroma_location.as_ref(), |w, &(top, bottom)| {
            w.unsigned(top);
            w.unsigned(bottom);
        });
        write_optional(w, self.timing.as_ref(), |w, &(units, scale, fixed)| {
            w.bits(32, units);
            w.bits(32, scale);
            w.flag(fixed);
        });
        write_optional(w, self.nal_hrd.as_ref(), |w, hrd| hrd.write(w));
        write_optional(w, self.vcl_hrd.as_ref(), |w, hrd| hrd.write(w));
        if self.nal_hrd.is_some() || self.vcl_hrd.is_some() {
            w.flag(self.low_delay);
        }
        w.flag(self.pic_struct);
        write_optional(w, self.restriction.as_ref(), write_restriction);
    }
}

impl Hrd {
    fn read(r: &mut BitReader<'_>) -> Result<Self, BadBits> {
        let count = r.unsigned()?.checked_add(1).filter(|&n| n <= MAX_CPB).ok_or(BadBits)?;
        let scales = [r.byte(4)?, r.byte(4)?];
        let schedules = (0..count)
            .map(|_| Ok((r.unsigned()?, r.unsigned()?, r.flag()?)))
            .collect::<Result<_, BadBits>>()?;
        let lengths = [r.byte(5)?, r.byte(5)?, r.byte(5)?, r.byte(5)?];
        Ok(Self { scales, schedules, lengths })
    }

    fn write(&self, w: &mut BitWriter) {
        w.unsigned(u32::try_from(self.schedules.len()).unwrap_or(MAX_CPB).saturating_sub(1));
        self.scales.iter().for_each(|&scale| w.bits(4, scale.into()));
        for &(rate, size, constant) in &self.schedules {
            w.unsigned(rate);
            w.unsigned(size);
            w.flag(constant);
        }
        self.lengths.iter().for_each(|&length| w.bits(5, length.into()));
    }
}

pub(crate) fn optional<T>(
    r: &mut BitReader<'_>,
    read: impl FnOnce(&mut BitReader<'_>) -> Result<T, BadBits>,
) -> Result<Option<T>, BadBits> {
    if r.flag()? { read(r).map(Some) } else { Ok(None) }
}

pub(crate) fn write_optional<T>(
    w: &mut BitWriter,
    value: Option<&T>,
    write: impl FnOnce(&mut BitWriter, &T),
) {
    w.flag(value.is_some());
    if let Some(value) = value {
        write(w, value);
    }
}

fn read_aspect(r: &mut BitReader<'_>) -> Result<(u8, u16, u16), BadBits> {
    let idc = r.byte(8)?;
    let mut side = || if idc == EXTENDED_SAR { r.bits(16) } else { Ok(0) };
    let (width, height) = (side()?, side()?);
    Ok((
        idc,
        u16::try_from(width).map_err(|_| BadBits)?,
        u16::try_from(height).map_err(|_| BadBits)?,
    ))
}

fn write_aspect(w: &mut BitWriter, &(idc, width, height): &(u8, u16, u16)) {
    w.bits(8, idc.into());
    if idc == EXTENDED_SAR {
        w.bits(16, width.into());
        w.bits(16, height.into());
    }
}

fn read_signal(r: &mut BitReader<'_>) -> Result<VideoSignal, BadBits> {
    let (format, full_range) = (r.byte(3)?, r.flag()?);
    let colour = optional(r, |r| Ok([r.byte(8)?, r.byte(8)?, r.byte(8)?]))?;
    Ok(VideoSignal { format, full_range, colour })
}

fn write_signal(w: &mut BitWriter, signal: &VideoSignal) {
    w.bits(3, signal.format.into());
    w.flag(signal.full_range);
    write_optional(w, signal.colour.as_ref(), |w, codes| {
        codes.iter().for_each(|&code| w.bits(8, code.into()));
    });
}

fn read_restriction(r: &mut BitReader<'_>) -> Result<Restriction, BadBits> {
    Ok(Restriction {
        vectors_cross_edges: r.flag()?,
        bytes_denom: r.unsigned()?,
        bits_denom: r.unsigned()?,
        vector_log2: [r.unsigned()?, r.unsigned()?],
        reorder: r.unsigned()?,
        buffering: r.unsigned()?,
    })
}

fn write_restriction(w: &mut BitWriter, restriction: &Restriction) {
    w.flag(restriction.vectors_cross_edges);
    let Restriction {
        bytes_denom,
        bits_denom,
        vector_log2: [across, down],
        reorder,
        buffering,
        ..
    } = *restriction;
    for number in [bytes_denom, bits_denom, across, down, reorder, buffering] {
        w.unsigned(number);
    }
}
