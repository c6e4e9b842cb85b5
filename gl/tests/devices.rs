//! Which devices there are, and what becomes of one that is taken out.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use common::{SMALL, paint};
use parfocal_base::{Frame, PixelFormat};
use parfocal_gl::{Choice, GlError, GlRenderer, devices, open_gpus};
use parfocal_render::conformance::cases;

#[test]
fn gpus_are_opened_by_themselves_and_what_computes_on_the_cpu_is_not() {
    match open_gpus(SMALL, 2) {
        Ok(gpus) => {
            assert!(gpus.len() <= 2 && gpus.iter().all(|gl| gl.describe().hardware), "{gpus:?}");
            let numbers: Vec<_> = gpus.iter().map(|gl| gl.describe().device).collect();
            assert!(numbers.iter().all(Option::is_some) && !numbers[1..].contains(&numbers[0]));
        }
        Err(GlError::NoDevice(why)) => {
            assert!(why.contains("device") || why.contains("knows none"));
        }
        Err(error) => panic!("{error}"),
    }
    assert!(open_gpus(SMALL, 0).is_err());
}

#[test]
fn a_device_is_opened_by_the_number_that_it_is_listed_with() {
    for listed in devices().unwrap() {
        // A device may be listed, and have no driver that works.
        let Ok(gl) = GlRenderer::open(Choice::Device(listed.device), SMALL) else { continue };
        assert_eq!(gl.describe().device, Some(listed.device));
        assert!(!listed.software || !gl.describe().hardware);
    }
}

#[test]
fn what_is_taken_out_paints_nothing_until_it_is_plugged_in_again() {
    let list = cases().remove(0).list;
    // Whatever there is: not every machine has one in software.
    let mut gl = GlRenderer::open(Choice::Best, SMALL).unwrap();
    paint(&mut gl, &list, PixelFormat::Rgba8);
    gl.unplug(true);
    let mut frame = Frame::new(PixelFormat::Rgba8, list.canvas[0], list.canvas[1]);
    for _ in 0..2 {
        assert!(matches!(gl.render(&list, &mut frame), Err(GlError::Lost(_))));
        assert!(gl.usage().is_none());
    }
    gl.unplug(false);
    paint(&mut gl, &list, PixelFormat::Rgba8);
}
