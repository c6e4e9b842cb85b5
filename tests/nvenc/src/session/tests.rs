//! That the rules are seen to be broken: a stand-in that lets everything pass proves nothing.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use parfocal_encode::EncoderConfig;

use super::*;
use crate::coder::Format;
use crate::device;

const CONFIG: EncoderConfig =
    EncoderConfig { width: 64, height: 48, fps: 30, bitrate_bps: 500_000 };
const SETUP: Setup = Setup { hevc: false, config: CONFIG, most: [128, 96], repeats_sets: true };
const PICTURE: Picture = Picture { format: Format::Nv12, width: 64, height: 48, pitch: 64 };

struct Open {
    device: Arc<Device>,
    handle: usize,
    session: Arc<Session>,
    memory: usize,
}

fn open() -> Open {
    let device = device::find(device::new()).unwrap();
    let handle = super::open(&device).unwrap();
    let session = find(handle).unwrap();
    session.initialize(SETUP).unwrap();
    let memory = device.allocate(PICTURE.bytes());
    Open { device, handle, session, memory }
}

/// What was answered, and that it was written down.
fn broken<T>(open: &Open, answer: Answer<T>) -> u32 {
    assert!(!open.device.violations().is_empty(), "nothing was written down");
    answer.err().unwrap()
}

#[test]
fn a_whole_picture_breaks_no_rule() {
    let open = open();
    let buffer = open.session.create_bitstream().unwrap();
    let registered = open.session.register(open.memory, PICTURE).unwrap();
    let (mapped, _) = open.session.map(registered).unwrap();
    open.session.encode(mapped, buffer, PICTURE, false, false).unwrap();
    assert!(open.session.lock(buffer).unwrap().2, "the first is a key");
    open.session.unlock(buffer).unwrap();
    open.session.unmap(mapped).unwrap();
    open.session.unregister(registered).unwrap();
    open.session.end().unwrap();
    open.session.destroy_bitstream(buffer).unwrap();
    destroy(open.handle).unwrap();
    assert_eq!(open.device.violations(), "");
}

#[test]
fn what_is_left_behind_is_written_down() {
    let open = open();
    let buffer = open.session.create_bitstream().unwrap();
    let registered = open.session.register(open.memory, PICTURE).unwrap();
    let (mapped, _) = open.session.map(registered).unwrap();
    open.session.encode(mapped, buffer, PICTURE, false, false).unwrap();
    destroy(open.handle).unwrap();
    let violations = open.device.violations();
    for what in ["mapped pictures", "registered pictures", "bitstream buffers", "its end"] {
        assert!(violations.contains(what), "{what}: {violations}");
    }
    assert!(find(open.handle).is_err(), "the session is gone all the same");
}

#[test]
fn pictures_are_registered_mapped_and_taken_back_in_order() {
    let open = open();
    let registered = open.session.register(open.memory, PICTURE).unwrap();
    assert_eq!(broken(&open, open.session.register(open.memory, PICTURE)), REGISTER_FAILED);
    let (mapped, _) = open.session.map(registered).unwrap();
    assert_eq!(broken(&open, open.session.map(registered)), INVALID_CALL);
    assert_eq!(broken(&open, open.session.unregister(registered)), INVALID_CALL);
    open.session.unmap(mapped).unwrap();
    assert_eq!(broken(&open, open.session.unmap(mapped)), NOT_MAPPED);
    open.device.free(open.memory);
    assert_eq!(broken(&open, open.session.unregister(registered)), GENERIC);
}

#[test]
fn a_packet_is_waited_for_before_its_buffer_or_picture_is_used_again() {
    let open = open();
    let buffer = open.session.create_bitstream().unwrap();
    assert_eq!(broken(&open, open.session.lock(buffer)), INVALID_CALL);
    let registered = open.session.register(open.memory, PICTURE).unwrap();
    let (mapped, _) = open.session.map(registered).unwrap();
    open.session.encode(mapped, buffer, PICTURE, false, false).unwrap();
    let again = open.session.encode(mapped, buffer, PICTURE, false, false);
    assert_eq!(broken(&open, again), INVALID_CALL);
    open.session.lock(buffer).unwrap();
    assert_eq!(broken(&open, open.session.lock(buffer)), INVALID_CALL);
    assert_eq!(broken(&open, open.session.destroy_bitstream(buffer)), INVALID_CALL);
}

#[test]
fn a_picture_is_what_it_was_registered_as() {
    let open = open();
    let buffer = open.session.create_bitstream().unwrap();
    assert_eq!(broken(&open, open.session.encode(0, buffer, PICTURE, false, false)), NOT_MAPPED);
    let registered = open.session.register(open.memory, PICTURE).unwrap();
    let (mapped, _) = open.session.map(registered).unwrap();
    let other = Picture { format: Format::Iyuv, ..PICTURE };
    let told = open.session.encode(mapped, buffer, other, false, false);
    assert_eq!(broken(&open, told), INVALID_PARAM);
    let larger = Picture { height: 50, ..PICTURE };
    let memory = open.device.allocate(10);
    assert_eq!(broken(&open, open.session.register(memory, larger)), REGISTER_FAILED);
}

#[test]
fn a_new_size_needs_a_reset_and_room() {
    let open = open();
    let config = EncoderConfig { width: 128, ..CONFIG };
    let wider = Setup { config, ..SETUP };
    assert_eq!(broken(&open, open.session.reconfigure(wider, false, true)), INVALID_PARAM);
    open.session.reconfigure(wider, true, true).unwrap();
    let config = EncoderConfig { width: 130, ..CONFIG };
    let too_wide = Setup { config, ..SETUP };
    assert_eq!(broken(&open, open.session.reconfigure(too_wide, true, true)), INVALID_PARAM);
    assert_eq!(broken(&open, open.session.initialize(SETUP)), INVALID_CALL);
}

#[test]
fn nothing_is_done_before_a_session_is_initialised() {
    let device = device::find(device::new()).unwrap();
    let session = find(super::open(&device).unwrap()).unwrap();
    let memory = device.allocate(PICTURE.bytes());
    assert_eq!(session.create_bitstream().err(), Some(NOT_INITIALIZED));
    assert_eq!(session.register(memory, PICTURE).err(), Some(NOT_INITIALIZED));
    assert_eq!(session.encode(0, 0, PICTURE, false, false).err(), Some(NOT_INITIALIZED));
    assert_eq!(session.parameter_sets().err(), Some(NOT_INITIALIZED));
    assert_eq!(device.violations().lines().count(), 4);
}
