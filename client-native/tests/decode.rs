//! Pictures of every format, from the encoders that the server uses.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

use parfocal_base::{Frame, PixelFormat, ViewId};
use parfocal_client_native::decode::{PictureDecoder, PictureError};
use parfocal_encode::{Encoder, EncoderConfig, H264Encoder, JpegEncoder, PngEncoder};
use parfocal_sync::message::PixelCodec;
use parfocal_sync::pixel::PixelHeader;
use proptest::prelude::*;

const SIZE: [u16; 2] = [96, 64];

fn header(codec: PixelCodec) -> PixelHeader {
    PixelHeader {
        codec,
        key: true,
        complete: true,
        exact: codec == PixelCodec::Png,
        sequence: 0,
        view: ViewId::STAGE,
        width: SIZE[0],
        height: SIZE[1],
        revision: 1,
        captured_us: 0,
        render_us: 0,
        encode_us: 0,
        tile: None,
        canvas: SIZE,
    }
}

/// A ramp from dark to bright, opaque.
fn ramp(format: PixelFormat) -> Frame {
    let [width, height] = SIZE.map(u32::from);
    let mut frame = Frame::new(format, width, height);
    match format {
        PixelFormat::Rgba8 => {
            for (at, pixel) in frame.data_mut().chunks_exact_mut(4).enumerate() {
                let grey = (at % usize::from(SIZE[0]) * 2) as u8;
                pixel.copy_from_slice(&[grey, grey, grey, 255]);
            }
        }
        PixelFormat::I420 => {
            frame.data_mut().fill(128);
            let [luma, _, _] = frame.planes_mut().unwrap();
            let columns = (0..SIZE[0]).cycle().map(|x| 16 + x as u8 * 2);
            luma.iter_mut().zip(columns).for_each(|(sample, value)| *sample = value);
        }
    }
    frame
}

fn config() -> EncoderConfig {
    let [width, height] = SIZE.map(u32::from);
    EncoderConfig { width, height, fps: 30, bitrate_bps: 4_000_000 }
}

/// An encoded ramp.
fn encoded(codec: PixelCodec) -> Vec<u8> {
    let mut encoder: Box<dyn Encoder> = match codec {
        PixelCodec::H264 => Box::new(H264Encoder::new(config()).unwrap()),
        PixelCodec::Jpeg => Box::new(JpegEncoder::new(config())),
        PixelCodec::Png => Box::new(PngEncoder),
    };
    let frame = ramp(encoder.input());
    encoder.encode(&frame, true).unwrap().data.to_vec()
}

#[test]
fn every_format_gives_the_picture_back() {
    for codec in [PixelCodec::H264, PixelCodec::Jpeg, PixelCodec::Png] {
        let mut decoder = PictureDecoder::default();
        let frame = decoder.decode(&header(codec), &encoded(codec)).unwrap().unwrap();
        let original = ramp(frame.format());
        let most = match codec {
            PixelCodec::Png => 0,
            PixelCodec::H264 | PixelCodec::Jpeg => 24,
        };
        let pairs = frame.data().iter().zip(original.data());
        let worst = pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(worst <= most, "{codec:?}: off by {worst}");
    }
}

#[test]
fn pixels_of_another_size_than_the_header_says_are_refused() {
    for codec in [PixelCodec::H264, PixelCodec::Jpeg, PixelCodec::Png] {
        let lying = PixelHeader { width: 128, ..header(codec) };
        let error = PictureDecoder::default().decode(&lying, &encoded(codec)).unwrap_err();
        assert!(matches!(error, PictureError::Size { .. }), "{codec:?}: {error}");
    }
}

/// A tile of a still of two, side by side: 96 x 64 pixels each.
fn tile(x: u16, captured_us: u64) -> PixelHeader {
    let canvas = [SIZE[0] * 2, SIZE[1]];
    PixelHeader { tile: Some([x, 0]), canvas, captured_us, ..header(PixelCodec::Png) }
}

#[test]
fn a_still_is_whole_with_its_last_tile_and_the_next_names_what_stays() {
    let (mut decoder, png) = (PictureDecoder::default(), encoded(PixelCodec::Png));
    assert!(decoder.decode(&tile(0, 1), &png).unwrap().is_none());
    let whole = decoder.decode(&tile(SIZE[0], 1), &png).unwrap().unwrap();
    assert_eq!([whole.width(), whole.height()], [192, 64]);
    let (left, right) = whole.data()[..SIZE[0] as usize * 8].split_at(SIZE[0] as usize * 4);
    assert_eq!(left, right);
    assert!(decoder.decode(&tile(0, 2), &[]).unwrap().is_none());
    let next = decoder.decode(&tile(SIZE[0], 2), &png).unwrap().unwrap();
    assert_eq!(next.data(), whole.data());
    // Once more, after a picture was shown over it, and from the beginning.
    let later = PixelHeader { captured_us: 3, ..header(PixelCodec::Png) };
    assert!(decoder.decode(&later, &png).unwrap().is_some());
    assert!(decoder.decode(&tile(0, 2), &[]).unwrap().is_none());
    assert!(decoder.decode(&later, &png).unwrap().is_some());
    assert!(decoder.decode(&tile(0, 2), &[]).unwrap().is_none());
    assert!(decoder.decode(&tile(SIZE[0], 2), &[]).unwrap().is_some());
}

#[test]
fn a_picture_of_the_same_moment_is_decoded_and_not_shown_over_a_whole_still() {
    let mut decoder = PictureDecoder::default();
    let (png, key) = (encoded(PixelCodec::Png), encoded(PixelCodec::H264));
    let of = |captured_us| PixelHeader { captured_us, ..header(PixelCodec::H264) };
    let mut show = |header, data| decoder.decode(&header, data).unwrap().is_some();
    assert!(!show(tile(0, 2), &png));
    // Half of a still is not shown here, so that nothing is lost by the picture.
    assert!(show(of(2), &key));
    assert!(!show(tile(0, 2), &[]));
    assert!(show(tile(SIZE[0], 2), &png));
    assert!(!show(of(1), &key) && !show(of(2), &key));
    // Its tiles are named again, and are there already.
    assert!(!show(tile(0, 2), &[]) && !show(tile(SIZE[0], 2), &[]));
    let elsewhere = PixelHeader { view: ViewId(7), ..of(2) };
    assert!(show(elsewhere, &key));
    assert!(!show(tile(0, 2), &[]) && show(tile(SIZE[0], 2), &[]));
    assert!(show(of(3), &key));
}

#[test]
fn tiles_that_belong_nowhere_are_refused() {
    let png = encoded(PixelCodec::Png);
    let mut decoder = PictureDecoder::default();
    assert!(matches!(decoder.decode(&tile(0, 1), &[]), Err(PictureError::Tile)));
    assert!(matches!(decoder.decode(&tile(SIZE[0] + 1, 1), &png), Err(PictureError::Tile)));
    let huge = PixelHeader { canvas: [u16::MAX; 2], ..tile(0, 1) };
    assert!(decoder.decode(&huge, &png).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_damaged_picture_is_an_error_or_a_picture_but_never_a_panic(
        damage in prop::collection::vec((0_usize..4000, any::<u8>()), 1..12),
        keep in 0_usize..4000,
    ) {
        for codec in [PixelCodec::H264, PixelCodec::Jpeg, PixelCodec::Png] {
            let mut data = encoded(codec);
            for &(at, value) in &damage {
                let length = data.len();
                data[at % length] ^= value;
            }
            data.truncate(keep);
            if let Ok(Some(frame)) = PictureDecoder::default().decode(&header(codec), &data) {
                prop_assert_eq!([frame.width(), frame.height()], SIZE.map(u32::from));
            }
        }
    }
}
