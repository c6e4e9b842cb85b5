//! What is answered on machines with an old driver, and with none. A program of its own: what the
//! library says of its version holds for the whole process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use parfocal_nvidia::cuda::{CudaError, Device, device_count};
use parfocal_nvidia::nvenc::{Api, NEEDED, NvencError, Reason};
use parfocal_nvidia::nvjpeg::NvjpegError;

#[test]
fn an_older_interface_is_refused_by_its_number_and_a_newer_one_is_not() {
    for (version, taken) in [((11, 1), false), ((12, 0), false), ((12, 1), true), ((14, 2), true)] {
        parfocal_nvidia::stand_in::set_max_version(version.0, version.1);
        match parfocal_nvidia::stand_in::open_again() {
            Ok(api) => assert!(taken && api.version() == version, "{version:?}"),
            Err(error) => {
                assert!(!taken, "{version:?}");
                assert_eq!(error, NvencError::TooOld { driver: version, needed: NEEDED });
                assert_eq!(error.reason(), Reason::Never);
                assert!(error.to_string().contains("install driver"));
            }
        }
    }
}

#[test]
fn a_library_that_is_something_else_is_no_encoder() {
    let program = std::env::current_exe().unwrap();
    // SAFETY: a program cannot be opened as a library.
    #[allow(unsafe_code)]
    let refused = unsafe { Api::open(&program) }.unwrap_err();
    assert!(matches!(refused, NvencError::NoLibrary(_)), "{refused:?}");
}

#[test]
fn without_a_driver_everything_says_so() {
    match device_count() {
        // Here is one: at least what there is not is said.
        Ok(count) => {
            let beyond = Device::open(count).unwrap_err();
            assert_eq!(beyond, CudaError::NoDevice { ordinal: count, count });
        }
        Err(error) => {
            let none = matches!(error, CudaError::NoDriver(_) | CudaError::DriverTooOld(_));
            assert!(none || matches!(error, CudaError::Call { .. }), "{error:?}");
            assert_eq!(Device::open(0).unwrap_err(), error);
            let api = Api::system().unwrap_err();
            assert_eq!(api.reason(), Reason::Never);
        }
    }
    assert!(NvjpegError::NoLibrary(String::new()).to_string().contains("in software meanwhile"));
}
