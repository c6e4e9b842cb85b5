//! NVENC's answers (`NVENCSTATUS`), as numbers: scripts may ask for ones that no header knows.

pub(crate) const SUCCESS: u32 = 0;
pub(crate) const UNSUPPORTED_DEVICE: u32 = 2;
pub(crate) const INVALID_ENCODERDEVICE: u32 = 3;
pub(crate) const INVALID_DEVICE: u32 = 4;
pub(crate) const DEVICE_NOT_EXIST: u32 = 5;
pub(crate) const INVALID_PTR: u32 = 6;
pub(crate) const INVALID_PARAM: u32 = 8;
pub(crate) const INVALID_CALL: u32 = 9;
pub(crate) const OUT_OF_MEMORY: u32 = 10;
pub(crate) const NOT_INITIALIZED: u32 = 11;
pub(crate) const UNSUPPORTED_PARAM: u32 = 12;
pub(crate) const INVALID_VERSION: u32 = 15;
pub(crate) const GENERIC: u32 = 20;
pub(crate) const UNIMPLEMENTED: u32 = 22;
pub(crate) const REGISTER_FAILED: u32 = 23;
pub(crate) const NOT_REGISTERED: u32 = 24;
pub(crate) const NOT_MAPPED: u32 = 25;

/// What a function answers: `Err` with a number other than success.
pub(crate) type Answer<T = ()> = Result<T, u32>;
