use proptest::prelude::*;

use super::*;
use crate::vui::{Hrd, Restriction, VideoSignal};

/// 1280×720 High 4.0 with CABAC and no usability information, bits laid out by hand.
fn plain_high() -> Sps {
    Sps {
        header: 0x67,
        profile: 100,
        constraints: 0,
        level: 40,
        id: 0,
        high: Some(HighProfile {
            chroma_format: 1,
            separate_planes: false,
            extra_depth: [0, 0],
            bypass: false,
            scaling: None,
        }),
        log2_frame_num: 0,
        order: OrderCount::DecodeOrder,
        ref_frames: 2,
        gaps: false,
        macroblocks: [79, 44],
        interlaced: None,
        direct_8x8: true,
        crop: None,
        vui: None,
    }
}

fn unit(sps: &Sps) -> Vec<u8> {
    let mut out = Vec::new();
    sps.write_into(&mut out);
    out
}

#[test]
fn a_known_set_is_read() {
    // 66, C0, 42; id 0; log2 0; order type 2; 1 reference; no gaps; 40×23 macroblocks;
    // progressive; direct 8×8; crop 0,0,0,4; no usability information.
    let mut w = BitWriter::default();
    [0, 0, 2, 1].iter().for_each(|&n| w.unsigned(n));
    w.flag(false);
    [39, 22].iter().for_each(|&n| w.unsigned(n));
    [true, true, true].iter().for_each(|&f| w.flag(f));
    [0, 0, 0, 4].iter().for_each(|&n| w.unsigned(n));
    w.flag(false);
    let mut made = vec![0x67, 0x42, 0xC0, 0x2A];
    escape_into(&w.finish(), &mut made);
    let sps = Sps::parse(&made).unwrap();
    assert_eq!(sps.codec_string(), "avc1.42C02A");
    assert_eq!(sps.size(), Some((640, 360)));
    assert_eq!(sps.order, OrderCount::DecodeOrder);
    assert_eq!(unit(&sps), made);
}

#[test]
fn rewriting_promises_no_reordering_and_says_the_colours() {
    let sps = Sps::parse(&rewrite(&unit(&plain_high())).unwrap()).unwrap();
    assert_eq!(sps.size(), Some((1280, 720)));
    let vui = sps.vui.unwrap();
    let signal = VideoSignal { format: 5, full_range: false, colour: Some([1, 1, 1]) };
    assert_eq!(vui.signal, Some(signal));
    let restriction = vui.restriction.unwrap();
    assert_eq!((restriction.reorder, restriction.buffering), (0, 2));
}

#[test]
fn rewriting_corrects_a_set_that_allows_reordering() {
    let mut sps = plain_high();
    let restriction = Restriction {
        vectors_cross_edges: false,
        bytes_denom: 3,
        bits_denom: 4,
        vector_log2: [9, 8],
        reorder: 2,
        buffering: 4,
    };
    sps.vui = Some(Vui { restriction: Some(restriction), ..Vui::default() });
    let got = Sps::parse(&rewrite(&unit(&sps)).unwrap()).unwrap().vui.unwrap().restriction;
    assert_eq!(got, Some(Restriction { reorder: 0, buffering: 2, ..restriction }));
}

#[test]
fn a_packet_keeps_everything_but_its_parameter_set() {
    let set = unit(&plain_high());
    let tail = [0, 0, 1, 0x68, 9, 9, 0, 0, 0, 1, 0x65, 1, 2, 0, 0, 1, 0x65, 3];
    let packet = [&[0, 0, 1][..], &set, &tail].concat();
    let rewritten = rewrite_packet(&packet).unwrap();
    let units: Vec<&[u8]> = nal::units(&rewritten).collect();
    assert_eq!(units[0], rewrite(&set).unwrap());
    assert_eq!(&units[1..], [&[0x68, 9, 9][..], &[0x65, 1, 2], &[0x65, 3]]);
    assert!(nal::is_key(&rewritten));
}

#[test]
fn what_is_no_set_is_refused_by_name() {
    assert_eq!(Sps::parse(&[]), Err(SpsError::Kind(0)));
    assert_eq!(Sps::parse(&[0x68, 1]), Err(SpsError::Kind(8)));
    assert_eq!(Sps::parse(&[0x67, 66, 0]), Err(SpsError::Damaged));
    assert_eq!(Sps::parse(&[0x67; MAX_SPS_BYTES + 1]), Err(SpsError::Long(MAX_SPS_BYTES + 1)));
}

fn hrds() -> impl Strategy<Value = Hrd> {
    let schedule = (0..u32::MAX, 0..u32::MAX, any::<bool>());
    (
        prop::array::uniform2(0..16_u8),
        prop::collection::vec(schedule, 1..5),
        prop::array::uniform4(0..32_u8),
    )
        .prop_map(|(scales, schedules, lengths)| Hrd { scales, schedules, lengths })
}

fn restrictions() -> impl Strategy<Value = Restriction> {
    (any::<bool>(), 0..17_u32, 0..17_u32, prop::array::uniform2(0..17_u32), 0..17_u32, 0..17_u32)
        .prop_map(
            |(vectors_cross_edges, bytes_denom, bits_denom, vector_log2, reorder, buffering)| {
                Restriction {
                    vectors_cross_edges,
                    bytes_denom,
                    bits_denom,
                    vector_log2,
                    reorder,
                    buffering,
                }
            },
        )
}

fn signals() -> impl Strategy<Value = VideoSignal> {
    (0..8_u8, any::<bool>(), any::<Option<[u8; 3]>>())
        .prop_map(|(format, full_range, colour)| VideoSignal { format, full_range, colour })
}

fn vuis() -> impl Strategy<Value = Vui> {
    let aspect = prop::option::of(prop_oneof![
        (0..255_u8).prop_map(|idc| (idc, 0, 0)),
        any::<(u16, u16)>().prop_map(|(w, h)| (255, w, h)),
    ]);
    let first = (aspect, any::<Option<bool>>(), prop::option::of(signals()));
    let second = (prop::option::of((0..6_u32, 0..6_u32)), any::<Option<(u32, u32, bool)>>());
    let third = (prop::option::of(hrds()), prop::option::of(hrds()), any::<bool>(), any::<bool>());
    (first, second, third, prop::option::of(restrictions())).prop_map(
        |(
            (aspect, overscan, signal),
            (chroma_location, timing),
            (nal, vcl, low, pic_struct),
            restriction,
        )| {
            let low_delay = low && (nal.is_some() || vcl.is_some());
            Vui {
                aspect,
                overscan,
                signal,
                chroma_location,
                timing,
                nal_hrd: nal,
                vcl_hrd: vcl,
                low_delay,
                pic_struct,
                restriction,
            }
        },
    )
}

fn orders() -> impl Strategy<Value = OrderCount> {
    prop_oneof![
        (0..13_u32).prop_map(OrderCount::Lsb),
        Just(OrderCount::DecodeOrder),
        (
            any::<bool>(),
            prop::array::uniform2(-9999..9999_i32),
            prop::collection::vec(-999..999_i32, 0..6)
        )
            .prop_map(|(always_zero, offsets, frames)| OrderCount::Cycle {
                always_zero,
                offsets,
                frames
            }),
    ]
}

/// Lists of differences that never reach zero, or end there.
fn scaling(chroma_format: u8) -> impl Strategy<Value = Vec<Option<Vec<i32>>>> {
    let lists = if chroma_format == 3 { 12_usize } else { 8 };
    prop::collection::vec(any::<Option<bool>>(), lists).prop_map(|kinds| {
        let list = |(at, kind): (usize, Option<bool>)| {
            kind.map(
                |full| if full { vec![1; if at < 6 { 16 } else { 64 }] } else { vec![2, 3, -13] },
            )
        };
        kinds.into_iter().enumerate().map(list).collect()
    })
}

fn highs() -> impl Strategy<Value = HighProfile> {
    (0..4_u8).prop_flat_map(|chroma_format| {
        (
            any::<bool>(),
            prop::array::uniform2(0..7_u32),
            any::<bool>(),
            prop::option::of(scaling(chroma_format)),
        )
            .prop_map(move |(separate, extra_depth, bypass, scaling)| HighProfile {
                chroma_format,
                separate_planes: separate && chroma_format == 3,
                extra_depth,
                bypass,
                scaling,
            })
    })
}

fn sets() -> impl Strategy<Value = Sps> {
    let profile = prop_oneof![
        prop::sample::select(vec![66_u8, 77, 88]).prop_map(|p| (p, None)),
        (prop::sample::select(HIGH_PROFILES.to_vec()), highs())
            .prop_map(|(p, high)| (p, Some(high))),
    ];
    let head = (profile, any::<u8>(), any::<u8>(), 0..32_u32, 0..13_u32, orders());
    let frame = (
        0..17_u32,
        any::<bool>(),
        prop::array::uniform2(0..1055_u32),
        any::<Option<bool>>(),
        any::<bool>(),
    );
    let crop = prop::option::of(prop::array::uniform4(0..99_u32));
    (head, frame, crop, prop::option::of(vuis())).prop_map(
        |(((profile, high), constraints, level, id, log2_frame_num, order), frame, crop, vui)| {
            let (ref_frames, gaps, macroblocks, interlaced, direct_8x8) = frame;
            Sps {
                header: 0x67,
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
            }
        },
    )
}

proptest! {
    #[test]
    fn every_set_survives_writing_and_reading(sps in sets()) {
        prop_assert_eq!(Sps::parse(&unit(&sps)), Ok(sps));
    }

    #[test]
    fn rewriting_twice_is_rewriting_once(sps in sets()) {
        let once = rewrite(&unit(&sps)).unwrap();
        prop_assert_eq!(rewrite(&once), Ok(once));
    }

    #[test]
    fn rewriting_changes_colours_and_restriction_and_nothing_else(sps in sets()) {
        let mut got = Sps::parse(&rewrite(&unit(&sps)).unwrap()).unwrap();
        let vui = got.vui.as_mut().unwrap();
        let restriction = vui.restriction.unwrap();
        prop_assert_eq!((restriction.reorder, restriction.buffering), (0, sps.ref_frames));
        let signal = vui.signal.unwrap();
        prop_assert_eq!((signal.full_range, signal.colour), (false, Some([1, 1, 1])));
        let was = sps.vui.clone().unwrap_or_default();
        vui.restriction = was.restriction;
        vui.signal = was.signal;
        if sps.vui.is_none() {
            prop_assert_eq!(&*vui, &Vui::default());
            got.vui = None;
        }
        prop_assert_eq!(got, sps);
    }

    #[test]
    fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = rewrite(&bytes);
        let _ = rewrite_packet(&bytes);
        if let Some(first) = bytes.first_mut() {
            *first = 0x67;
        }
        if let Ok(sps) = Sps::parse(&bytes) {
            let _ = sps.size();
            prop_assert!(rewrite(&unit(&sps)).is_ok());
        }
    }

    #[test]
    fn a_damaged_set_never_panics(sps in sets(), at in 0..200_usize, bit in 0..8_u32, cut in 0..200_usize) {
        let mut bytes = unit(&sps);
        let len = bytes.len();
        bytes[at % len] ^= 1 << bit;
        bytes.truncate(cut.max(1));
        if let Ok(sps) = Sps::parse(&bytes) {
            let _ = sps.size();
        }
    }
}
