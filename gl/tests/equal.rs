//! The GL renderer shows what the reference defines, on Mesa's llvmpipe;
//! `parfocal_render::conformance` says what that means. Without EGL these tests fail: `cargo xtask`
//! installs it (Debian and Ubuntu: `libegl1 libgl1-mesa-dri`).

mod common;

use std::cell::RefCell;

use common::{all_are_right, open, paint};
use parfocal_base::PixelFormat;
use parfocal_gl::{Bounds, GlRenderer, TOLERANCE};
use parfocal_render::conformance::{cases, check, check_i420, draw_list};
use proptest::prelude::*;

#[test]
fn every_feature_is_painted_as_it_is_defined() {
    all_are_right(cases(), |frame, list| check(frame, list, TOLERANCE));
}

thread_local! {
    /// One context for all lists: opening it takes longer than painting.
    static GL: RefCell<GlRenderer> = RefCell::new(open(Bounds::default()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_list_is_painted_as_it_is_defined(list in draw_list()) {
        let (frame, i420) = GL.with_borrow_mut(|gl| {
            [PixelFormat::Rgba8, PixelFormat::I420].map(|format| paint(gl, &list, format)).into()
        });
        check(&frame, &list, TOLERANCE).map_err(TestCaseError::fail)?;
        check_i420(&i420, &frame).map_err(TestCaseError::fail)?;
    }
}
