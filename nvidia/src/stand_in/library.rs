//! Where the library is, and what it exports for tests.

use std::env::current_exe;
use std::ffi::c_char;
use std::path::PathBuf;
use std::sync::OnceLock;

use libloading::Library;

/// Where cargo puts the library of a dependency: beside the tests' programs, which is a folder below
/// that of other programs.
pub(super) fn path() -> PathBuf {
    const NAME: &str = "libparfocal_nvenc_stand_in.so";
    let path = current_exe().unwrap().with_file_name(NAME);
    let path = if path.exists() { path } else { path.with_file_name("deps").join(NAME) };
    assert!(path.exists(), "{} is missing: cargo builds it with this test", path.display());
    path
}

pub(super) struct Functions {
    pub(super) new: extern "C" fn() -> usize,
    pub(super) free: extern "C" fn(usize),
    pub(super) set: unsafe extern "C" fn(usize, *const c_char, u64),
    pub(super) get: unsafe extern "C" fn(usize, *const c_char) -> u64,
    pub(super) fail: unsafe extern "C" fn(usize, *const c_char, u64, u32),
    pub(super) violations: unsafe extern "C" fn(usize, *mut u8, usize) -> usize,
    pub(super) allocate: extern "C" fn(usize, usize) -> usize,
    pub(super) release: extern "C" fn(usize, usize),
    pub(super) write: unsafe extern "C" fn(usize, usize, usize, *const u8, usize) -> bool,
    pub(super) max_version: extern "C" fn(u32),
}

pub(super) fn functions() -> &'static Functions {
    static FUNCTIONS: OnceLock<Functions> = OnceLock::new();
    FUNCTIONS.get_or_init(|| {
        // SAFETY: these are the functions of the stand-in's `control`, with its signatures.
        unsafe {
            let library = Box::leak(Box::new(Library::new(path()).unwrap()));
            Functions {
                new: *library.get(b"stand_in_new\0").unwrap(),
                free: *library.get(b"stand_in_free\0").unwrap(),
                set: *library.get(b"stand_in_set\0").unwrap(),
                get: *library.get(b"stand_in_get\0").unwrap(),
                fail: *library.get(b"stand_in_fail\0").unwrap(),
                violations: *library.get(b"stand_in_violations\0").unwrap(),
                allocate: *library.get(b"stand_in_allocate\0").unwrap(),
                release: *library.get(b"stand_in_release\0").unwrap(),
                write: *library.get(b"stand_in_write\0").unwrap(),
                max_version: *library.get(b"stand_in_max_version\0").unwrap(),
            }
        }
    })
}
