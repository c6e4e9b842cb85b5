//! The library and its function table.
//!
//! The bindings' functions answer a Rust enum, in which a number that a newer driver invents would
//! be undefined behaviour; so each is called as one that answers a plain number.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::transmute;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use libloading::Library;
use nvidia_video_codec_sdk::sys::nvEncodeAPI as sys;
use sys::GUID;

use super::status::{MAX_DETAIL_BYTES, NvencError, Status};

/// The driver's library.
const NAME: &str = "libnvidia-encode.so.1";
/// What is needed of the driver: the version of the header that the bindings were made from.
pub const NEEDED: (u32, u32) = (sys::NVENCAPI_MAJOR_VERSION, sys::NVENCAPI_MINOR_VERSION);

type Encoder = *mut c_void;

/// Declares the functions that are used, and takes them out of the table. The types are checked
/// against the bindings' by the compiler.
macro_rules! functions {
    ($($name:ident: $entry:ident ($($argument:ty),*);)*) => {
        #[derive(Clone, Copy)]
        pub(super) struct Functions {
            $(pub(super) $name: unsafe extern "C" fn($($argument),*) -> u32,)*
            last_error: Option<unsafe extern "C" fn(Encoder) -> *const c_char>,
        }

        impl Functions {
            fn from_list(list: &sys::NV_ENCODE_API_FUNCTION_LIST) -> Result<Self, NvencError> {
                Ok(Self {
                    $($name: match list.$entry {
                        // SAFETY: the same function but for its result: an enum of 32 bits, which C
                        // returns as the number that it is.
                        Some(function) => unsafe {
                            transmute::<
                                unsafe extern "C" fn($($argument),*) -> sys::NVENCSTATUS,
                                unsafe extern "C" fn($($argument),*) -> u32,
                            >(function)
                        },
                        None => return Err(NvencError::Incomplete(stringify!($entry))),
                    },)*
                    last_error: list.nvEncGetLastErrorString,
                })
            }
        }
    };
}

functions! {
    open: nvEncOpenEncodeSessionEx
        (*mut sys::NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS, *mut Encoder);
    codec_count: nvEncGetEncodeGUIDCount (Encoder, *mut u32);
    codecs: nvEncGetEncodeGUIDs (Encoder, *mut GUID, u32, *mut u32);
    capability: nvEncGetEncodeCaps (Encoder, GUID, *mut sys::NV_ENC_CAPS_PARAM, *mut c_int);
    preset: nvEncGetEncodePresetConfigEx
        (Encoder, GUID, GUID, sys::NV_ENC_TUNING_INFO, *mut sys::NV_ENC_PRESET_CONFIG);
    initialize: nvEncInitializeEncoder (Encoder, *mut sys::NV_ENC_INITIALIZE_PARAMS);
    reconfigure: nvEncReconfigureEncoder (Encoder, *mut sys::NV_ENC_RECONFIGURE_PARAMS);
    sequence: nvEncGetSequenceParams (Encoder, *mut sys::NV_ENC_SEQUENCE_PARAM_PAYLOAD);
    create_bitstream: nvEncCreateBitstreamBuffer
        (Encoder, *mut sys::NV_ENC_CREATE_BITSTREAM_BUFFER);
    destroy_bitstream: nvEncDestroyBitstreamBuffer (Encoder, *mut c_void);
    register: nvEncRegisterResource (Encoder, *mut sys::NV_ENC_REGISTER_RESOURCE);
    unregister: nvEncUnregisterResource (Encoder, *mut c_void);
    map: nvEncMapInputResource (Encoder, *mut sys::NV_ENC_MAP_INPUT_RESOURCE);
    unmap: nvEncUnmapInputResource (Encoder, *mut c_void);
    encode: nvEncEncodePicture (Encoder, *mut sys::NV_ENC_PIC_PARAMS);
    lock: nvEncLockBitstream (Encoder, *mut sys::NV_ENC_LOCK_BITSTREAM);
    unlock: nvEncUnlockBitstream (Encoder, *mut c_void);
    destroy: nvEncDestroyEncoder (Encoder);
}

type MaxVersion = unsafe extern "C" fn(*mut u32) -> u32;
type CreateInstance = unsafe extern "C" fn(*mut sys::NV_ENCODE_API_FUNCTION_LIST) -> u32;

/// The opened library.
pub struct Api {
    pub(super) functions: Functions,
    version: (u32, u32),
    pub(super) max_version: MaxVersion,
    pub(super) create_instance: CreateInstance,
    /// Keeps the functions where they are.
    _library: Library,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("version", &self.version).finish_non_exhaustive()
    }
}

impl Api {
    /// The driver's library. Asked once; the answer stays for the process's life.
    pub fn system() -> Result<Arc<Self>, NvencError> {
        static SYSTEM: OnceLock<Result<Arc<Api>, NvencError>> = OnceLock::new();
        // SAFETY: by this name it is the driver's.
        SYSTEM.get_or_init(|| unsafe { Self::open(Path::new(NAME)) }).clone()
    }

    /// The library in that file.
    ///
    /// # Safety
    /// It must keep to NVENC's interface.
    pub unsafe fn open(path: &Path) -> Result<Arc<Self>, NvencError> {
        let missing = |error: &libloading::Error| NvencError::NoLibrary(error.to_string());
        // SAFETY: by contract its initialisers are harmless and its functions those of the header.
        let (library, max_version, create_instance) = unsafe {
            let library = Library::new(path).map_err(|e| missing(&e))?;
            let max: MaxVersion =
                *library.get(b"NvEncodeAPIGetMaxSupportedVersion\0").map_err(|e| missing(&e))?;
            let create: CreateInstance =
                *library.get(b"NvEncodeAPICreateInstance\0").map_err(|e| missing(&e))?;
            (library, max, create)
        };
        let ask = |doing, code| match Status::from_code(code) {
            None => Ok(()),
            Some(status) => Err(NvencError::Call { doing, status, detail: String::new() }),
        };
        let mut newest = 0;
        // SAFETY: it writes one number.
        ask("say its version", unsafe { max_version(&raw mut newest) })?;
        let version = (newest >> 4, newest & 15);
        if version < NEEDED {
            return Err(NvencError::TooOld { driver: version, needed: NEEDED });
        }
        let mut list = sys::NV_ENCODE_API_FUNCTION_LIST {
            version: sys::NV_ENCODE_API_FUNCTION_LIST_VER,
            ..Default::default()
        };
        // SAFETY: the table has the size that its version promises.
        ask("give its functions", unsafe { create_instance(&raw mut list) })?;
        let functions = Functions::from_list(&list)?;
        let api = Self { functions, version, max_version, create_instance, _library: library };
        Ok(Arc::new(api))
    }

    /// Newest version of the interface that the driver speaks, major and minor.
    pub const fn version(&self) -> (u32, u32) {
        self.version
    }

    /// Turns an answer into a result, with the driver's own words where it has any.
    pub(super) fn check(
        &self,
        encoder: Encoder,
        doing: &'static str,
        code: u32,
    ) -> Result<(), NvencError> {
        match Status::from_code(code) {
            None => Ok(()),
            Some(status) => {
                Err(NvencError::Call { doing, status, detail: self.last_words(encoder) })
            }
        }
    }

    fn last_words(&self, encoder: Encoder) -> String {
        let Some(ask) = self.functions.last_error else { return String::new() };
        // SAFETY: the session is open, and its text lives until the next call to it.
        let text = unsafe { ask(encoder) };
        if text.is_null() {
            return String::new();
        }
        // SAFETY: the driver's texts end with a zero.
        let text = unsafe { CStr::from_ptr(text) }.to_bytes();
        let text = String::from_utf8_lossy(text.get(..MAX_DETAIL_BYTES).unwrap_or(text));
        if text.trim().is_empty() { String::new() } else { format!(": {}", text.trim()) }
    }
}
