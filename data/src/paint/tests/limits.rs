//! Bounds, and chunks as bytes.

use parfocal_base::ChunkIndex;
use proptest::prelude::*;

use super::*;
use crate::paint::{PaintError, chunk_name, parse_chunk_name};

#[test]
fn what_makes_no_sense_is_refused_and_says_why() {
    let mut volume = Volume::new(&SHAPE).unwrap();
    let good = stroke(Tool::Brush, 1, 5.0, &[[0.0, 5.0, 5.0]]);
    let cases: [(&str, Stroke); 10] = [
        ("no points", Stroke { path: vec![], ..good.clone() }),
        ("each axis", Stroke { path: vec![vec![1.0, 2.0]], ..good.clone() }),
        ("numbers near", Stroke { path: vec![vec![0.0, f64::NAN, 0.0]], ..good.clone() }),
        ("numbers near", Stroke { path: vec![vec![0.0, 1e300, 0.0]], ..good.clone() }),
        ("displayed", Stroke { displayed: [1, 1], ..good.clone() }),
        ("displayed", Stroke { displayed: [1, 3], ..good.clone() }),
        ("axes or more", Stroke { dims: 4, ..good.clone() }),
        ("up to 1024", Stroke { size: 2000.0, ..good.clone() }),
        ("up to 1024", Stroke { size: f64::NAN, ..good.clone() }),
        ("10000 are painted", Stroke { path: vec![vec![0.0; 3]; 10_001], ..good }),
    ];
    for (word, stroke) in cases {
        let error = volume.apply(&stroke, &PaintLimits::default()).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    assert!(volume.chunks().next().is_none());
}

#[test]
fn too_much_is_refused_by_name_of_the_bound_and_changes_nothing() {
    let mut volume = Volume::new(&[3, 2000, 2000]).unwrap();
    paint(&mut volume, &stroke(Tool::Brush, 3, 50.0, &[[0.0, 400.0, 400.0]]));
    let before = volume.clone();
    let few = PaintLimits { voxels: 10_000, ..PaintLimits::default() };
    let path = [[0.0, 0.0, 0.0], [0.0, 1999.0, 1999.0]];
    let large = stroke(Tool::Brush, 1, 30.0, &path);
    let fill = stroke(Tool::Fill, 1, 1.0, &[[0.0, 900.0, 900.0]]);
    for stroke in [&large, &fill] {
        let error = volume.apply(stroke, &few).unwrap_err();
        assert_eq!(error, PaintError::TooManyVoxels { limit: 10_000 });
        let few = PaintLimits { chunks: 5, ..PaintLimits::default() };
        let error = volume.apply(stroke, &few).unwrap_err();
        assert_eq!(error, PaintError::TooManyChunks { limit: 5 });
    }
    let full = PaintLimits { bytes: 10, ..PaintLimits::default() };
    assert!(matches!(volume.apply(&large, &full), Err(PaintError::Full { limit: 10, .. })));
    assert!(volume.chunks().eq(before.chunks()));
    assert_eq!(volume.get(&[0, 900, 900]), Ok(0));
    let erase = Stroke { label: 0, tool: Tool::Erase, ..large };
    volume.apply(&erase, &full).unwrap();
    assert_eq!(volume.get(&[0, 400, 400]), Ok(0));
}

#[test]
fn volumes_that_cannot_be_are_refused_and_huge_ones_cost_nothing() {
    for shape in [&[5][..], &[0, 5], &[5; 9], &[1 << 32, 5], &[1 << 31; 8]] {
        assert!(matches!(Volume::new(shape), Err(PaintError::Shape { .. })), "{shape:?}");
    }
    let mut volume = Volume::new(&[1 << 31, 1 << 20, 1 << 20]).unwrap();
    let far = f64::from((1 << 20) - 1);
    paint(&mut volume, &stroke(Tool::Brush, 1, 5.0, &[[2e9, far, far]]));
    assert_eq!(volume.get(&[2_000_000_000, (1 << 20) - 1, (1 << 20) - 1]), Ok(1));
    assert!(volume.bytes() < 1 << 20);
}

#[test]
fn far_more_chunks_than_are_kept_plain_keep_their_labels() {
    let mut volume = Volume::new(&[100, 300, 300]).unwrap();
    for z in 0..100 {
        let z = f64::from(z);
        paint(
            &mut volume,
            &stroke(Tool::Brush, z as u32 + 1, 9.0, &[[z, 10.0, 10.0], [z, 280.0, 280.0]]),
        );
    }
    for z in 0..100 {
        for at in [10, 150, 280] {
            assert_eq!(volume.get(&[z, at, at]), Ok(z as u32 + 1));
        }
    }
    assert!(volume.chunks().count() > 200);
    // 64 plain chunks, and little else.
    assert!(volume.bytes() < (64 * 256 * 256 * 4) + (1 << 20), "{}", volume.bytes());
}

#[test]
fn what_was_erased_is_stored_no_more() {
    let mut volume = Volume::new(&SHAPE).unwrap();
    let diff = paint(&mut volume, &stroke(Tool::Brush, 1, 5.0, &[[0.0, 5.0, 5.0]]));
    let chunk = diff.chunks().next().unwrap();
    assert!(volume.encode_chunk(chunk).unwrap().is_some());
    let diff = paint(&mut volume, &stroke(Tool::Erase, 0, 9.0, &[[0.0, 5.0, 5.0]]));
    assert_eq!(diff.chunks().collect::<Vec<_>>(), [chunk]);
    assert_eq!(volume.encode_chunk(chunk).unwrap(), None);
    assert_eq!((volume.chunks().count(), volume.bytes()), (0, 0));
    assert!(paint(&mut volume, &stroke(Tool::Erase, 0, 9.0, &[[0.0, 5.0, 5.0]])).is_empty());
}

#[test]
fn names_of_chunks_go_there_and_back() {
    let chunk = ChunkIndex::new(&[3, 0, 17]).unwrap();
    assert_eq!(chunk_name(chunk), "3.0.17");
    assert_eq!(parse_chunk_name("3.0.17"), Some(chunk));
    for bad in ["", "3.", "03.0", "a.b", "-1.0", "+1.0", "1.2.3.4.5.6.7.8.9"] {
        assert_eq!(parse_chunk_name(bad), None, "{bad}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_chunk_is_refused_and_a_sound_one_is_the_same_again(
        labels in prop::collection::vec((0..65_536_usize, any::<u32>()), 1..200),
        damage in (any::<prop::sample::Index>(), 1..=255_u8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut volume = Volume::new(&[2, 256, 256]).unwrap();
        volume.slots.change(1, |chunk| {
            labels.iter().for_each(|&(at, label)| chunk[at] = label);
            true
        }).unwrap();
        let chunk = volume.chunks().next().unwrap();
        let Some(bytes) = volume.encode_chunk(chunk).unwrap() else { return Ok(()) };
        let mut again = Volume::new(&[2, 256, 256]).unwrap();
        let mut damaged = bytes.clone();
        damaged[damage.0.index(bytes.len())] ^= damage.1;
        prop_assert!(again.load_chunk(chunk, &damaged).is_err());
        prop_assert!(again.load_chunk(chunk, &bytes[..cut.index(bytes.len())]).is_err());
        prop_assert!(again.chunks().next().is_none());
        again.load_chunk(chunk, &bytes).unwrap();
        prop_assert!(whole(&again) == whole(&volume));
        prop_assert_eq!(again.encode_chunk(chunk).unwrap(), Some(bytes.clone()));
        let elsewhere = ChunkIndex::new(&[2, 0, 0]).unwrap();
        let refused = matches!(again.load_chunk(elsewhere, &bytes), Err(PaintError::NoSuchChunk { .. }));
        prop_assert!(refused);
        let mut smaller = Volume::new(&[2, 256, 255]).unwrap();
        prop_assert!(smaller.load_chunk(chunk, &bytes).is_err());
    }
}
