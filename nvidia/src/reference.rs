//! The kernels' arithmetic on the CPU, bit for bit: what their results are compared with.

use parfocal_base::{Frame, PixelFormat};

use crate::cuda::{Colours, Rows};

/// Weights in 16 fractional bits of Y, Cb and Cr, and black's luma.
struct Matrix {
    y: [i32; 3],
    cb: [i32; 3],
    cr: [i32; 3],
    black: i32,
}

const VIDEO: Matrix = Matrix {
    y: [11966, 40255, 4064],
    cb: [-6596, -22188, 28784],
    cr: [28784, -26145, -2639],
    black: 16,
};
const JFIF: Matrix = Matrix {
    y: [19595, 38470, 7471],
    cb: [-11058, -21710, 32768],
    cr: [32768, -27439, -5329],
    black: 0,
};

/// The RGBA frame scaled to `width` × `height` pixels and converted to I420. An empty frame where a
/// side is zero or `frame` is not RGBA.
pub fn convert(frame: &Frame, rows: Rows, width: u32, height: u32, colours: Colours) -> Frame {
    let mut out = Frame::new(PixelFormat::I420, width, height);
    let empty = [frame.width(), frame.height(), width, height].contains(&0);
    if empty || frame.format() != PixelFormat::Rgba8 {
        return Frame::new(PixelFormat::I420, 0, 0);
    }
    let matrix = match colours {
        Colours::Video => VIDEO,
        Colours::Jfif => JFIF,
    };
    let (wide, half) = (width as usize, width.div_ceil(2) as usize);
    let Some([ys, us, vs]) = out.planes_mut() else { return out };
    for cy in 0..height.div_ceil(2) {
        for cx in 0..width.div_ceil(2) {
            let mut sum = [0; 3];
            for (x, y) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let (x, y) = ((2 * cx + x).min(width - 1), (2 * cy + y).min(height - 1));
                let rgb = mean(frame, rows, [width, height], [x, y]);
                let luma = weigh(matrix.y, rgb) + (matrix.black << 16) + (1 << 15);
                if let Some(to) = ys.get_mut(y as usize * wide + x as usize) {
                    *to = (luma >> 16) as u8;
                }
                sum = [sum[0] + rgb[0], sum[1] + rgb[1], sum[2] + rgb[2]];
            }
            let at = cy as usize * half + cx as usize;
            for (weights, plane) in [(matrix.cb, &mut *us), (matrix.cr, &mut *vs)] {
                let chroma = (weigh(weights, sum) + (128 << 18) + (1 << 17)) >> 18;
                if let Some(to) = plane.get_mut(at) {
                    *to = chroma.min(255) as u8;
                }
            }
        }
    }
    out
}

fn weigh(weights: [i32; 3], rgb: [i32; 3]) -> i32 {
    weights[0] * rgb[0] + weights[1] * rgb[1] + weights[2] * rgb[2]
}

/// The mean of the source's area under pixel `at` of a picture of size `to`.
fn mean(frame: &Frame, rows: Rows, to: [u32; 2], at: [u32; 2]) -> [i32; 3] {
    let from = [frame.width(), frame.height()];
    let (pixels, _) = frame.data().as_chunks::<4>();
    let mut sum = [0_u64; 3];
    for (row, high) in spans(from[1], to[1], at[1]) {
        let line = if rows == Rows::BottomUp { from[1] - 1 - row } else { row };
        for (column, wide) in spans(from[0], to[0], at[0]) {
            let index = line as usize * from[0] as usize + column as usize;
            let pixel = pixels.get(index).copied().unwrap_or_default();
            for (sum, value) in sum.iter_mut().zip(pixel) {
                *sum += u64::from(wide) * u64::from(high) * u64::from(value);
            }
        }
    }
    let area = u64::from(from[0]) * u64::from(from[1]);
    sum.map(|sum| ((sum + area / 2) / area) as i32)
}

/// The source's pixels under pixel `at`, each with how much of it is covered, in units of 1/`to`.
fn spans(from: u32, to: u32, at: u32) -> impl Iterator<Item = (u32, u32)> {
    let (begin, end) = (at * from, (at + 1) * from);
    (begin / to..end.div_ceil(to))
        .map(move |pixel| (pixel, end.min((pixel + 1) * to) - begin.max(pixel * to)))
}

#[cfg(test)]
mod tests {
    use parfocal_encode::conformance::{psnr, synthetic};
    use parfocal_encode::{Scaler, convert as codec};

    use super::*;

    fn apart(a: &Frame, b: &Frame) -> u8 {
        a.data().iter().zip(b.data()).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
    }

    #[test]
    fn at_the_same_size_it_is_the_codecs_conversion_within_a_step() {
        for (width, height) in [(64, 48), (5, 3), (1, 1)] {
            let picture = synthetic(PixelFormat::Rgba8, width, height, 3);
            let got = convert(&picture, Rows::TopDown, width, height, Colours::Video);
            assert!(apart(&got, &codec::to_i420(&picture)) <= 1, "{width}x{height}");
        }
    }

    #[test]
    fn scaled_down_it_looks_like_the_scalers_picture() {
        let picture = synthetic(PixelFormat::Rgba8, 192, 108, 5);
        let mut wanted = Frame::new(PixelFormat::I420, 0, 0);
        assert!(Scaler::new().scale(&codec::to_i420(&picture), 128, 72, &mut wanted));
        let got = convert(&picture, Rows::TopDown, 128, 72, Colours::Video);
        assert!(psnr(&got, &wanted) > 45.0);
    }

    #[test]
    fn rows_from_below_come_out_upside_down() {
        let picture = synthetic(PixelFormat::Rgba8, 8, 6, 1);
        let mut turned = Frame::new(PixelFormat::Rgba8, 8, 6);
        for (to, from) in turned.data_mut().chunks_mut(32).zip(picture.data().chunks(32).rev()) {
            to.copy_from_slice(from);
        }
        let up = convert(&turned, Rows::BottomUp, 4, 3, Colours::Video);
        assert_eq!(up.data(), convert(&picture, Rows::TopDown, 4, 3, Colours::Video).data());
    }

    #[test]
    fn jpegs_colours_reach_both_ends() {
        let mut blue = Frame::new(PixelFormat::Rgba8, 2, 2);
        blue.data_mut().copy_from_slice(&[0, 0, 255, 255].repeat(4));
        let got = convert(&blue, Rows::TopDown, 2, 2, Colours::Jfif);
        assert_eq!(got.data(), [29, 29, 29, 29, 255, 107]);
    }
}
