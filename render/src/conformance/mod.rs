//! What every painter must show, for the tests of painters: lists to paint ([`cases`], one for each
//! feature; [`draw_list`], by chance), and [`check`].
//!
//! A picture is right if each pixel is within one step of 8 bits of a colour that the definition
//! gives for intensities and coverages within the painter's stated tolerance. One step, because a
//! painter rounds a colour after it was found at a rounded intensity: a value on the edge between
//! two steps may fall to either side. The reference carries both ends of what is allowed through
//! gamma, colormap and blending.
//!
//! Volumes ([`volume_cases`], [`volume_list`]) are held to another measure, [`check_rays`]. [`waves`]
//! and [`fresh`] are for measuring.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "made-up lists are well made, or the tests that use them fail"
)]

mod bodies;
mod cases;
mod large;
mod lists;
mod marks;
mod volumes;

use parfocal_base::{DType, Frame, PixelFormat, Samples};
use parfocal_scene::Blending;

use crate::DrawList;
use crate::reference::{self, Tolerance};
pub use bodies::rays;
pub use cases::{Case, cases};
pub use large::{fresh, waves};
pub use lists::draw_list;
pub use volumes::{check_rays, volume_cases, volume_list};

/// Every type of samples.
pub const DTYPES: [DType; 8] = [
    DType::Bool,
    DType::U8,
    DType::U16,
    DType::U32,
    DType::I16,
    DType::I32,
    DType::F32,
    DType::F64,
];

/// Every blending.
pub const BLENDINGS: [Blending; 4] =
    [Blending::Opaque, Blending::Translucent, Blending::Additive, Blending::Minimum];

/// Samples of `dtype` with these values.
pub fn samples(dtype: DType, values: impl Iterator<Item = f64>) -> Samples {
    match dtype {
        DType::Bool => Samples::Bool(values.map(|v| u8::from(v != 0.0)).collect()),
        DType::U8 => Samples::U8(values.map(|v| v as u8).collect()),
        DType::U16 => Samples::U16(values.map(|v| v as u16).collect()),
        DType::U32 => Samples::U32(values.map(|v| v as u32).collect()),
        DType::I16 => Samples::I16(values.map(|v| v as i16).collect()),
        DType::I32 => Samples::I32(values.map(|v| v as i32).collect()),
        DType::F32 => Samples::F32(values.map(|v| v as f32).collect()),
        DType::F64 => Samples::F64(values.collect()),
    }
}

/// Checks an RGBA picture of `list`.
///
/// # Errors
/// In words, the first pixel that is wrong.
pub fn check(frame: &Frame, list: &DrawList, tolerance: Tolerance) -> Result<(), String> {
    let [width, height] = list.canvas;
    if frame.format() != PixelFormat::Rgba8 || [frame.width(), frame.height()] != list.canvas {
        return Err(format!("the frame is no RGBA picture of {width} × {height} pixels"));
    }
    let spans = reference::spans(list, tolerance);
    for (at, (pixel, span)) in frame.data().chunks_exact(4).zip(&spans).enumerate() {
        let fits = |c: usize| {
            let value = f64::from(pixel[c]);
            value >= span.low[c] - 1.0 && value <= span.high[c] + 1.0
        };
        if pixel[3] != 255 || !(0..3).all(fits) {
            let (x, y) = (at % width as usize, at / width as usize);
            return Err(format!("pixel ({x}, {y}) is {pixel:?}, and should be in {span:?}"));
        }
    }
    Ok(())
}

/// Checks that an I420 frame shows the same as the RGBA frame: within 1, the rounding of fixed
/// point.
///
/// # Errors
/// In words, the first byte that is wrong.
pub fn check_i420(direct: &Frame, rgba: &Frame) -> Result<(), String> {
    let converted = reference::to_i420(rgba);
    if direct.data().len() != converted.data().len() {
        return Err(format!("{} bytes instead of {}", direct.data().len(), converted.data().len()));
    }
    let bytes = direct.data().iter().zip(converted.data());
    match bytes.enumerate().find(|(_, (a, b))| a.abs_diff(**b) > 1) {
        Some((at, (a, b))) => Err(format!("byte {at} is {a}, and should be {b}")),
        None => Ok(()),
    }
}
