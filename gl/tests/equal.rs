//! The GL renderer shows what the reference defines, on Mesa's llvmpipe;
//! `parfocal_render::conformance` says what that means. Without EGL these tests fail: `cargo xtask`
//! installs it (Debian and Ubuntu: `libegl1 libgl1-mesa-dri`).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::cell::RefCell;

use parfocal_base::{Frame, PixelFormat};
use parfocal_gl::{Bounds, Choice, GlRenderer, TOLERANCE};
use parfocal_render::DrawList;
use parfocal_render::conformance::{cases, check, check_i420, draw_list};
use proptest::prelude::*;

fn open() -> GlRenderer {
    let opened = GlRenderer::open(Choice::Software, Bounds::default());
    opened.unwrap_or_else(|error| panic!("install libegl1 and libgl1-mesa-dri: {error}"))
}

fn painted(gl: &mut GlRenderer, list: &DrawList, format: PixelFormat) -> Frame {
    let mut frame = Frame::new(format, list.canvas[0], list.canvas[1]);
    gl.render(list, &mut frame).unwrap();
    frame
}

#[test]
fn every_feature_is_painted_as_it_is_defined() {
    let mut gl = open();
    let mut wrong = Vec::new();
    for case in cases() {
        let frame = painted(&mut gl, &case.list, PixelFormat::Rgba8);
        let i420 = painted(&mut gl, &case.list, PixelFormat::I420);
        for found in [check(&frame, &case.list, TOLERANCE), check_i420(&i420, &frame)] {
            wrong.extend(found.err().map(|error| format!("{}: {error}", case.name)));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

thread_local! {
    /// One context for all lists: opening it takes longer than painting.
    static GL: RefCell<GlRenderer> = RefCell::new(open());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_list_is_painted_as_it_is_defined(list in draw_list()) {
        let (frame, i420) = GL.with_borrow_mut(|gl| {
            [PixelFormat::Rgba8, PixelFormat::I420].map(|format| painted(gl, &list, format)).into()
        });
        check(&frame, &list, TOLERANCE).map_err(TestCaseError::fail)?;
        check_i420(&i420, &frame).map_err(TestCaseError::fail)?;
    }
}
