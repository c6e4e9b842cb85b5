//! NVENC's session and encoder against the stand-in library, which checks every call strictly.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use parfocal_base::{Frame, PixelFormat};
use parfocal_encode::conformance::{Subject, check, psnr, synthetic};
use parfocal_encode::sps::Sps;
use parfocal_encode::{Decoder, EncodeError, Encoder, EncoderConfig, nal};
use parfocal_nvidia::cuda::{Colours, Layout, Rows, Shape};
use parfocal_nvidia::nvenc::{NvencError, Reason, Status, VideoCodec, capabilities};
use parfocal_nvidia::reference;
use parfocal_nvidia::stand_in::{CONFIG, Device, api};

fn frame(width: u32, height: u32, at: u32) -> Frame {
    synthetic(PixelFormat::I420, width, height, at)
}

#[test]
fn nvenc_conforms() {
    let device = Device::new();
    check(&Subject {
        encoder: &|config| Box::new(device.encoder(config).unwrap()),
        decoder: &|| {
            let mut decoder = Decoder::new().unwrap();
            Box::new(move |packet| decoder.decode(&packet.data).unwrap())
        },
        psnr: 32.0,
        follows_bitrate: true,
    });
    device.assert_clean();
}

#[test]
fn the_library_is_told_what_low_delay_needs() {
    let device = Device::new();
    let config = EncoderConfig { width: 1280, height: 720, fps: 50, bitrate_bps: 8_000_000 };
    let encoder = device.encoder(config).unwrap();
    for (name, value) in [
        ("ultra low latency", 1),
        ("cbr", 1),
        ("bitrate", 8_000_000),
        ("fps", 50),
        // A picture's share.
        ("vbv", 160_000),
        ("gop infinite", 1),
        ("reorder free", 1),
        ("repeats sets", 1),
        ("bt709", 1),
        ("restriction", 1),
        ("level", 42),
        ("max width given", 1920),
        ("max height given", 1088),
    ] {
        assert_eq!(device.get(name), value, "{name}");
    }
    drop(encoder);
    device.assert_clean();
}

#[test]
fn keys_say_that_nothing_is_reordered_though_the_library_does_not() {
    let device = Device::new();
    let mut encoder = device.encoder(CONFIG).unwrap();
    let packet = encoder.encode(&frame(320, 240, 0), false).unwrap();
    let set = nal::units(&packet.data).find(|unit| nal::kind(unit) == nal::SPS).unwrap();
    let set = Sps::parse(set).unwrap();
    let vui = set.vui.as_ref().unwrap();
    assert_eq!(vui.restriction.map(|r| r.reorder), Some(0));
    assert_eq!(encoder.codec_string(), set.codec_string());
}

#[test]
fn rates_change_within_the_session_and_make_no_key() {
    let device = Device::new();
    let mut encoder = device.encoder(CONFIG).unwrap();
    for (at, (bps, fps)) in (0..).zip([(3_000_000, 30), (1_000_000, 30), (1_000_000, 15)]) {
        encoder.set_bitrate(bps);
        encoder.set_frame_rate(fps);
        assert_eq!(encoder.encode(&frame(320, 240, at), false).unwrap().key, at == 0);
        assert_eq!((device.get("bitrate"), device.get("fps")), (bps.into(), fps.into()));
    }
    assert_eq!((device.get("reconfigured"), device.get("calls open")), (2, 1));
    drop(encoder);
    device.assert_clean();
}

#[test]
fn a_size_within_the_room_needs_no_new_session_and_a_larger_one_does() {
    let device = Device::new();
    let mut encoder = device.encoder(CONFIG).unwrap();
    for (at, (size, sessions)) in
        (0..).zip([((320, 240), 1), ((1920, 1080), 1), ((322, 98), 1), ((1080, 1920), 2)])
    {
        let packet = encoder.encode(&frame(size.0, size.1, at), false).unwrap();
        assert!(packet.key, "{size:?}");
        assert_eq!(device.get("calls open"), sessions, "{size:?}");
    }
    assert_eq!(encoder.restarts(), 1);
    drop(encoder);
    device.assert_clean();
}

#[test]
fn a_device_that_cannot_change_the_size_gets_a_new_session() {
    let device = Device::new();
    device.set("fixed size", 1);
    let mut encoder = device.encoder(CONFIG).unwrap();
    assert!(encoder.encode(&frame(320, 240, 0), false).unwrap().key);
    assert!(encoder.encode(&frame(64, 64, 1), false).unwrap().key);
    assert_eq!((encoder.restarts(), device.get("calls open")), (1, 2));
    drop(encoder);
    device.assert_clean();
}

#[test]
fn sizes_beyond_the_device_are_refused_and_the_stream_goes_on() {
    let device = Device::new();
    // What recent cards say.
    device.set("min width", 145);
    device.set("min height", 49);
    let mut encoder = device.encoder(CONFIG).unwrap();
    assert!(encoder.encode(&frame(320, 240, 0), false).unwrap().key);
    for (width, height) in [(64, 98), (321, 240), (320, 241), (3842, 2160)] {
        let refused = encoder.encode(&Frame::new(PixelFormat::I420, width, height), false);
        assert!(matches!(refused, Err(EncodeError::Size { .. })), "{width}x{height}: {refused:?}");
    }
    assert!(!encoder.encode(&frame(320, 240, 1), false).unwrap().key);
    drop(encoder);
    device.assert_clean();
}

#[test]
fn capabilities_are_asked_without_a_session_left_behind() {
    let device = Device::new();
    device.set("hevc", 1);
    let found = capabilities(&api(), &device).unwrap();
    assert_eq!(found.version, (13, 0));
    let codecs: Vec<_> = found.codecs.iter().map(|(codec, _)| *codec).collect();
    assert_eq!(codecs, [VideoCodec::H264, VideoCodec::Hevc]);
    assert!(found.codecs.iter().all(|(_, limits)| limits.max == [4096, 4096]));
    device.assert_clean();
}

#[test]
fn pictures_on_the_device_are_read_where_they_are() {
    let device = Device::new();
    let mut encoder = device.encoder(CONFIG).unwrap();
    let mut decoder = Decoder::new().unwrap();
    let shape = Shape::padded(Layout::Nv12, 320, 240).unwrap();
    // More of them than the driver is asked to know at a time.
    let surfaces: Vec<_> = (0..20)
        .map(|at| {
            let frame = frame(320, 240, at);
            (device.surface(shape, &nv12(&frame, &shape)), frame)
        })
        .collect();
    for (at, (surface, frame)) in surfaces.iter().chain(&surfaces).enumerate() {
        let packet = encoder.encode_surface(surface, false).unwrap();
        assert_eq!(packet.key, at == 0);
        let got = decoder.decode(&packet.data).unwrap().unwrap();
        assert!(psnr(&got, frame) > 26.0, "picture {at}");
        assert!(device.get("registered") <= 16);
    }
    // Freed while the session knows them: it keeps the memory until it has let go.
    drop(surfaces);
    drop(encoder);
    device.assert_clean();
}

#[test]
fn a_painters_picture_is_converted_to_the_size_of_each_stream() {
    let device = Device::new();
    let rgba = synthetic(PixelFormat::Rgba8, 320, 240, 4);
    let wanted = |w, h| reference::convert(&rgba, Rows::TopDown, w, h, Colours::Video);
    let picture = device.picture(synthetic(PixelFormat::Rgba8, 320, 240, 4));
    let mut decoder = Decoder::new().unwrap();
    let mut encoder = device.encoder(CONFIG).unwrap();
    let sizes = [[320, 240], [320, 240], [160, 120], [320, 240]];
    for ([w, h], key) in sizes.into_iter().zip([true, false, true, true]) {
        let packet = encoder.encode_on_device(&picture, [w, h], false).unwrap();
        assert_eq!(packet.key, key, "{w}x{h}");
        let got = decoder.decode(&packet.data).unwrap().unwrap();
        assert!(psnr(&got, &wanted(w, h)) > 30.0, "{w}x{h}");
    }
    // Pictures of the host and of the device take turns, and cost no key.
    for at in 0..4 {
        let packet = match at % 2 {
            0 => encoder.encode_frame(&wanted(320, 240), false).unwrap(),
            _ => encoder.encode_on_device(&picture, [320, 240], false).unwrap(),
        };
        assert!(!packet.key, "picture {at}");
        let got = decoder.decode(&packet.data).unwrap().unwrap();
        assert!(psnr(&got, &wanted(320, 240)) > 30.0, "picture {at}");
    }
    assert_eq!((device.get("converted"), device.get("calls open")), (6, 1));
    drop(encoder);
    device.assert_clean();
}

#[test]
fn a_picture_of_another_device_is_not_read() {
    let (device, other) = (Device::new(), Device::new());
    let encoder = device.encoder(CONFIG).unwrap();
    let picture = |device: &Device| device.picture(Frame::new(PixelFormat::Rgba8, 320, 240));
    assert!(encoder.reads(&picture(&device)));
    assert!(!encoder.reads(&picture(&other)));
}

#[test]
fn a_conversion_that_fails_costs_neither_session_nor_key() {
    let device = Device::new();
    let mut encoder = device.encoder(CONFIG).unwrap();
    let picture = device.picture(Frame::new(PixelFormat::Rgba8, 320, 240));
    assert!(encoder.encode_on_device(&picture, [320, 240], false).unwrap().key);
    device.set("convert fails", 1);
    let failed = encoder.encode_on_device(&picture, [320, 240], false).unwrap_err();
    assert_eq!(failed.reason(), Reason::Lost);
    // A size that is refused is so before anything is converted.
    let refused = encoder.encode_on_device(&picture, [321, 240], false).unwrap_err();
    assert_eq!(refused.reason(), Reason::Refused);
    let frame = Frame::new(PixelFormat::I420, 320, 240);
    assert!(!encoder.encode_frame(&frame, false).unwrap().key);
    drop(encoder);
    device.assert_clean();
}

fn nv12(frame: &Frame, shape: &Shape) -> Vec<u8> {
    let mut bytes = vec![0; shape.bytes()];
    let [y, u, v] = frame.planes().unwrap();
    let (width, pitch) = (frame.width() as usize, shape.pitch as usize);
    for (to, from) in bytes.chunks_mut(pitch).zip(y.chunks(width)) {
        to[..width].copy_from_slice(from);
    }
    let rows = u.chunks(width / 2).zip(v.chunks(width / 2));
    for (to, (u, v)) in bytes[shape.chroma()[0]..].chunks_mut(pitch).zip(rows) {
        for (pair, (u, v)) in to.chunks_mut(2).zip(u.iter().zip(v)) {
            pair.copy_from_slice(&[*u, *v]);
        }
    }
    bytes
}

#[test]
fn hevc_takes_the_same_way_where_it_is_offered() {
    let device = Device::new();
    let refused = device.encoder_of(VideoCodec::Hevc, CONFIG).unwrap_err();
    assert_eq!(
        (refused.clone(), refused.reason()),
        (NvencError::Codec(VideoCodec::Hevc), Reason::Refused)
    );
    device.set("hevc", 1);
    let mut encoder = device.encoder_of(VideoCodec::Hevc, CONFIG).unwrap();
    assert_eq!(encoder.codec_string(), "hev1.1.6.L123.B0");
    let shape = Shape::padded(Layout::Nv12, 320, 240).unwrap();
    let surface = device.surface(shape, &[]);
    for (at, forced) in [true, false, true].into_iter().enumerate() {
        let packet = encoder.encode_surface(&surface, forced).unwrap();
        assert_eq!((packet.codec, packet.key), (VideoCodec::Hevc, forced), "packet {at}");
    }
    // Not by the trait, whose packets have no name for it.
    assert!(encoder.encode(&frame(320, 240, 0), false).is_err());
    drop(encoder);
    device.assert_clean();
}

#[test]
fn a_device_without_an_encoder_says_so_as_it_does_on_hardware() {
    let device = Device::new();
    device.set("no encoder", 1);
    let refused = device.encoder(CONFIG).unwrap_err();
    assert_eq!(refused, NvencError::Open(Status::UnsupportedDevice));
    assert_eq!(refused.reason(), Reason::Never);
    device.assert_clean();
}
