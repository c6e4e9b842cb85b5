//! Renderers for tests.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "each test file uses a part"
)]

use parfocal_base::{Frame, PixelFormat};
use parfocal_gl::{Bounds, Choice, GlRenderer, Usage};
use parfocal_render::DrawList;
use parfocal_render::conformance::{Case, check_i420};

/// The least that a renderer can be given.
pub const SMALL: Bounds = Bounds { resident: 16 << 20 };

pub fn open(bounds: Bounds) -> GlRenderer {
    let opened = GlRenderer::open(Choice::Software, bounds);
    opened.unwrap_or_else(|error| panic!("install libegl1 and libgl1-mesa-dri: {error}"))
}

pub fn paint(gl: &mut GlRenderer, list: &DrawList, format: PixelFormat) -> Frame {
    let mut frame = Frame::new(format, list.canvas[0], list.canvas[1]);
    gl.render(list, &mut frame).unwrap();
    frame
}

/// What a renderer of plane images and marks may hold.
pub fn is_bounded(usage: &Usage, bounds: Bounds) {
    assert!(usage.resident <= bounds.resident && usage.bound <= bounds.resident, "{usage:?}");
    assert!(usage.live.textures <= 1 && usage.live.fences <= 4, "{usage:?}");
    assert!(usage.live.buffers <= 8 && usage.live.programs == 5, "{usage:?}");
}

/// Paints each case, and holds it against `check`, and its I420 against its RGBA.
pub fn all_are_right(
    cases: impl IntoIterator<Item = Case>,
    check: impl Fn(&Frame, &DrawList) -> Result<(), String>,
) {
    let mut gl = open(Bounds::default());
    let mut wrong = Vec::new();
    for Case { name, list } in cases {
        let [rgba, i420] =
            [PixelFormat::Rgba8, PixelFormat::I420].map(|format| paint(&mut gl, &list, format));
        for found in [check(&rgba, &list), check_i420(&i420, &rgba)] {
            wrong.extend(found.err().map(|error| format!("{name}: {error}")));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
