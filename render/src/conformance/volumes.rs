//! Volumes: a list for each mode, reading, type and blending; a body that no mirroring leaves as it
//! is, from all sides; and lists by chance.

use parfocal_base::{DType, Frame};
use parfocal_scene::Camera3d;
use proptest::prelude::*;

use super::bodies::{CANVAS, FLAT, Look, bricks, chiral, numbers, soft};
use super::cases::Case;
use super::{BLENDINGS, DTYPES};
use crate::DrawList;
use crate::draw_list::{Bricks, DrawLayer, Mode};
use crate::reference::NearlyAll;

/// Every mode of images.
const MODES: [(&str, Mode); 6] = [
    ("mip", Mode::Mip),
    ("minip", Mode::Minip),
    ("average", Mode::Average),
    ("attenuated mip", Mode::AttenuatedMip { attenuation: 0.1 }),
    ("translucent", Mode::Translucent),
    ("iso", Mode::Iso { threshold: 0.55 }),
];

/// Turned so that no axis is along another.
const TURNED: [f64; 3] = [-20.0, 35.0, 120.0];

/// Checks an RGBA picture of `list`, which shows volumes.
///
/// # Errors
/// Says how many pixels are how far off.
pub fn check_rays(frame: &Frame, list: &DrawList, tolerance: NearlyAll) -> Result<(), String> {
    if tolerance.holds(frame, list) {
        return Ok(());
    }
    let defined = crate::reference::render(list, frame.format());
    let pixels = frame.data().chunks_exact(4).zip(defined.data().chunks_exact(4));
    let off = |(a, b): (&[u8], &[u8])| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max();
    let off: Vec<_> = pixels.filter_map(off).collect();
    let wrong = off.iter().filter(|off| **off > tolerance.channel).count();
    Err(format!("{wrong} of {} pixels are off, by up to {:?}", off.len(), off.iter().max()))
}

/// All features, one after another.
pub fn volume_cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: String, layers: Vec<DrawLayer>| {
        cases.push(Case { name, list: list(CANVAS, layers) });
    };
    let soft = |dtype| bricks([19, 44, 52], [8, 16, 20], FLAT, dtype, soft);
    for (name, mode) in MODES {
        for (linear, every) in [(false, 1), (true, 1), (true, 2), (true, 4)] {
            let look = Look { linear, every, ..Look::new(mode, TURNED) };
            add(format!("{name}, linear {linear}, every {every}"), vec![look.of(soft(DType::U16))]);
        }
        for step in [0.5, 2.0] {
            let look = Look { step, perspective: 60.0, ..Look::new(mode, [10.0, -25.0, 110.0]) };
            add(format!("{name}, step {step}, near"), vec![look.of(soft(DType::U8))]);
        }
        let holes = bricks([19, 44, 52], [8, 16, 20], FLAT, DType::F32, |p| {
            if p[2] > 30.0 && p[1] < 25.0 { f64::NAN } else { super::bodies::soft(p) }
        });
        add(format!("{name}, with NaN"), vec![Look::new(mode, TURNED).of(holes)]);
        add(format!("{name}, flat with NaN"), vec![Look::new(mode, Camera3d::ANGLES).of(holed())]);
        let halves = |p: [f64; 3]| if p[2] < 27.0 { 0.3 } else { 0.75 };
        let halves = bricks([19, 44, 52], [8, 16, 20], FLAT, DType::U8, halves);
        add(format!("{name}, two halves"), vec![Look::new(mode, TURNED).of(halves)]);
        let mut missing = soft(DType::U8);
        missing.bricks.iter_mut().step_by(3).for_each(|brick| *brick = None);
        add(format!("{name}, missing bricks"), vec![Look::new(mode, TURNED).of(missing)]);
        for blending in BLENDINGS {
            let look = Look { opacity: 0.6, blending, ..Look::new(mode, TURNED) };
            let below = Look { table: "bop orange", ..Look::new(Mode::Average, [0.0, 0.0, 90.0]) };
            let layers = vec![below.of(soft(DType::U8)), look.of(soft(DType::U16))];
            add(format!("{name} {blending:?} at 0.6"), layers);
        }
    }
    for dtype in DTYPES {
        let name = |what: &str| format!("{dtype:?} {what}");
        add(name("mip"), vec![Look::new(Mode::Mip, TURNED).of(soft(dtype))]);
        add(name("labels"), vec![Look::new(Mode::Mip, TURNED).labels(numbers(dtype, 0.0))]);
    }
    // Neighbours that single precision takes for one.
    for (dtype, before) in [
        (DType::U32, 3e9),
        (DType::I32, -2e9),
        (DType::I16, -32_768.0),
        (DType::F64, f64::from(1 << 24)),
    ] {
        let labels = Look::new(Mode::Mip, TURNED).labels(numbers(dtype, before));
        add(format!("{dtype:?} labels from {before}"), vec![labels]);
    }
    for (name, shape, brick) in [
        ("wider than a part", [9, 20, 150], [9, 10, 150]),
        ("deeper than a part", [150, 9, 20], [1, 9, 20]),
        ("one texel", [1, 1, 1], [4, 4, 4]),
        ("one plane", [1, 40, 50], [1, 16, 16]),
        ("a line", [60, 1, 1], [7, 1, 1]),
    ] {
        for dtype in [DType::U8, DType::F32] {
            let long = bricks(shape, brick, [1.0; 3], dtype, super::bodies::soft);
            add(format!("{dtype:?} {name}"), vec![Look::new(Mode::Mip, TURNED).of(long)]);
        }
    }
    for (angles, perspective) in [
        (Camera3d::ANGLES, 0.0),
        (TURNED, 0.0),
        ([0.0, 0.0, -90.0], 0.0),
        ([0.0, 90.0, 90.0], 0.0),
        (TURNED, 60.0),
    ] {
        for (name, mode) in [("mip", Mode::Mip), ("iso", Mode::Iso { threshold: 0.4 })] {
            let layers = chiral(&Look { perspective, ..Look::new(mode, angles) });
            add(format!("chiral {name} from {angles:?}, perspective {perspective}"), layers);
        }
    }
    cases
}

/// Flat in front and flat behind; not a number in one part of the front, and all through in another.
fn holed() -> Bricks {
    bricks([19, 44, 52], [8, 16, 20], FLAT, DType::F32, |[z, _, x]| match z < 20.0 {
        _ if x > 44.0 => f64::NAN,
        true if x > 28.0 => f64::NAN,
        true => 0.02,
        false => 0.75,
    })
}

fn list(canvas: [u32; 2], layers: Vec<DrawLayer>) -> DrawList {
    DrawList { canvas, background: [30, 60, 90], layers, overlays: Vec::new(), complete: true }
}

/// Smooth samples, as what is seen of pure noise differs with every rounding; some bricks missing.
fn by_chance() -> impl Strategy<Value = (Bricks, bool)> {
    let waves = [0.05..0.6_f64, 0.05..0.6, 0.05..0.6];
    let dtype = proptest::sample::select(&[DType::U8, DType::U16, DType::I16, DType::F32][..]);
    let there = proptest::collection::vec(proptest::bool::weighted(0.9), 64);
    let spacing = prop_oneof![Just([1.0; 3]), Just([2.5, 1.0, 1.25])];
    let wide = prop_oneof![1_usize..40, Just(67)];
    let shape = (1_usize..20, 1_usize..30, wide).prop_map(|(z, y, x)| [z, y, x]);
    let brick = [2_usize..12, 5_usize..20, 11_usize..30];
    let forms = (shape, brick, spacing, dtype);
    (waves, forms, there, any::<bool>()).prop_map(
        |(waves, (shape, brick, spacing, dtype), there, labels)| {
            let wave = |p: [f64; 3]| {
                let wave: f64 = (0..3).map(|d| (p[d] / spacing[d] * waves[d]).sin()).product();
                0.5 + 0.5 * wave
            };
            let steps = |p: [f64; 3]| ((wave(p) - 0.4).max(0.0) * 8.0).floor() / dtype.range()[1];
            let mut bricks = match labels {
                true => super::bodies::bricks(shape, brick, spacing, dtype, steps),
                false => super::bodies::bricks(shape, brick, spacing, dtype, wave),
            };
            for (brick, there) in bricks.bricks.iter_mut().zip(there.into_iter().cycle()) {
                brick.take_if(|_| !there);
            }
            (bricks, labels)
        },
    )
}

/// Any picture of a volume, seen from anywhere.
pub fn volume_list() -> impl Strategy<Value = DrawList> {
    let camera = ([-180.0..180.0, -180.0..180.0, -180.0..180.0_f64], 0.8..4.0_f64);
    let perspective = prop_oneof![Just(0.0), 5.0..90.0_f64];
    let mode = proptest::sample::select(&MODES[..]);
    let paint = (mode, any::<bool>(), 0.3..3.0_f64, 0.1..1.0_f64);
    let care = (proptest::sample::select(vec![0.5, 1.0, 2.0]), 0_u32..3);
    let blending = proptest::sample::select(&BLENDINGS[..]);
    (by_chance(), camera, perspective, paint, blending, care).prop_map(
        |((bricks, labels), (angles, zoom), perspective, paint, blending, (step, every))| {
            let ((_, mode), linear, gamma, opacity) = paint;
            let look = Look {
                linear,
                gamma,
                opacity,
                blending,
                perspective,
                zoom,
                step,
                every: 1 << every,
                canvas: [48, 40],
                ..Look::new(mode, angles)
            };
            let layer = if labels { look.labels(bricks) } else { look.of(bricks) };
            list(look.canvas, vec![layer])
        },
    )
}
