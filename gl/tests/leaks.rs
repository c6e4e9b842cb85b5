//! What a renderer holds stays within its bounds, whatever it paints and however often its context
//! is lost.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use std::sync::Mutex;

use common::{SMALL, is_bounded, open, paint};
use parfocal_base::PixelFormat;
use parfocal_render::DrawList;
use parfocal_render::conformance::{Case, cases, fresh};

/// What allocators and drivers may keep after the work is over: several times the largest picture
/// of these tests, and far less than a leak of one buffer in each round would be.
const SLACK: usize = 96 << 20;
/// The process's memory is looked at: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Bytes of memory that the process has.
fn memory() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
fn thousands_of_frames_and_sizes_leave_nothing_behind() {
    let _alone = ALONE.lock().unwrap();
    let lists: Vec<DrawList> = cases().into_iter().step_by(5).map(|case| case.list).collect();
    let mut gl = open(SMALL);
    let mut before = 0;
    for round in 0..2000 {
        let mut list = match round % 4 {
            0 => fresh(&lists[round % lists.len()]),
            _ => lists[round % lists.len()].clone(),
        };
        let growth = u32::try_from(round / 7 % 13).unwrap();
        list.canvas = [list.canvas[0] + growth * 9, list.canvas[1] + growth * 5];
        let format = if round % 2 == 0 { PixelFormat::I420 } else { PixelFormat::Rgba8 };
        paint(&mut gl, &list, format);
        if round == 600 {
            before = memory();
        }
    }
    is_bounded(&gl.usage().unwrap(), SMALL);
    let grown = memory().saturating_sub(before);
    assert!(grown < SLACK, "{} MiB more after 1400 frames", grown >> 20);
    assert_eq!(gl.reopened(), 0);
}

#[test]
fn a_lost_context_costs_no_picture() {
    let _alone = ALONE.lock().unwrap();
    let Case { list, .. } = cases().remove(0);
    let mut gl = open(SMALL);
    let first = paint(&mut gl, &list, PixelFormat::Rgba8);
    let held = gl.usage().unwrap();
    let mut before = 0;
    for round in 1..=30 {
        gl.run(|gl| gl.lose()).unwrap();
        let again = paint(&mut gl, &list, PixelFormat::Rgba8);
        assert_eq!(again.data(), first.data());
        assert_eq!(gl.reopened(), round);
        assert_eq!(gl.usage().unwrap(), held);
        if round == 10 {
            before = memory();
        }
    }
    let grown = memory().saturating_sub(before);
    assert!(grown < SLACK, "{} MiB more after 20 contexts", grown >> 20);
}
