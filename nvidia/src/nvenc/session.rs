//! One open session of the encoder: the order of calls, and who owns what.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr::{NonNull, null_mut};
use std::sync::Arc;

use nvidia_video_codec_sdk::sys::nvEncodeAPI as sys;
use parfocal_encode::nal;
use parfocal_encode::sps::Sps;

use super::api::Api;
use super::limits::{self, Limits};
use super::settings::{self, Params, Settings, VideoCodec};
use super::status::{NvencError, Status};

/// Longest parameter sets that are read: real ones take a hundred bytes.
const MAX_PARAMETER_SETS: usize = 1024;

/// A session that the driver has opened but nobody has set up. Destroyed when dropped.
pub(super) struct Opened {
    pub(super) api: Arc<Api>,
    pub(super) handle: NonNull<c_void>,
}

// SAFETY: NVENC's sessions belong to no thread: calls may come from any, one at a time. The driver
// makes the session's own CUDA context current for itself.
unsafe impl Send for Opened {}

impl Opened {
    /// # Safety
    /// `device` is what the library takes for a device, and outlives the session.
    pub(super) unsafe fn new(api: &Arc<Api>, device: *mut c_void) -> Result<Self, NvencError> {
        let mut params = Params::<sys::NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS>::zeroed();
        let mut handle = null_mut();
        // SAFETY: the structure is whole; the device is one by contract.
        let answer = unsafe {
            let p = params.at();
            (*p).version = sys::NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS_VER;
            (*p).deviceType = sys::NV_ENC_DEVICE_TYPE::NV_ENC_DEVICE_TYPE_CUDA;
            (*p).device = device;
            (*p).apiVersion = sys::NVENCAPI_VERSION;
            (api.functions.open)(p, &raw mut handle)
        };
        let opened = NonNull::new(handle).map(|handle| Self { api: Arc::clone(api), handle });
        // Also a session that failed to open is to be destroyed, where there is a handle. What that
        // answers must not hide why it failed (the bindings' own wrapper makes 3 out of 2 so).
        match (Status::from_code(answer), opened) {
            (Some(status), _) => Err(NvencError::Open(status)),
            (None, None) => Err(NvencError::Open(Status::InvalidPtr)),
            (None, Some(opened)) => Ok(opened),
        }
    }

    pub(super) const fn raw(&self) -> *mut c_void {
        self.handle.as_ptr()
    }

    pub(super) fn check(&self, doing: &'static str, answer: u32) -> Result<(), NvencError> {
        self.api.check(self.raw(), doing, answer)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // SAFETY: opened once, destroyed once. There is nothing to do about a refusal.
        let _ = unsafe { (self.api.functions.destroy)(self.raw()) };
    }
}

/// A session that encodes.
pub(super) struct Session {
    pub(super) opened: Opened,
    pub(super) settings: Settings,
    pub(super) limits: Limits,
    pub(super) room: [u32; 2],
    /// Pointed at by `init`: boxed, so that it stays where it is.
    config: Box<sys::NV_ENC_CONFIG>,
    init: Box<sys::NV_ENC_INITIALIZE_PARAMS>,
    pub(super) bitstream: *mut c_void,
}

// SAFETY: as `Opened`; the pointers are into the session or into `self`.
unsafe impl Send for Session {}

impl Session {
    /// # Safety
    /// As [`Opened::new`].
    pub(super) unsafe fn open(
        api: &Arc<Api>,
        device: *mut c_void,
        settings: Settings,
    ) -> Result<Self, NvencError> {
        // SAFETY: by contract.
        let opened = unsafe { Opened::new(api, device)? };
        if !limits::codecs(api, opened.raw())?.contains(&settings.codec) {
            return Err(NvencError::Codec(settings.codec));
        }
        let limits = limits::limits(api, opened.raw(), settings.codec)?;
        let (width, height) = (settings.config.width, settings.config.height);
        limits.check(width, height)?;
        let room = settings::room(width, height, &limits);
        let config = preset(&opened, &settings, &limits, room)?;
        // SAFETY: every field of it has a zero.
        let init = Box::new(unsafe { std::mem::zeroed::<sys::NV_ENC_INITIALIZE_PARAMS>() });
        let bitstream = null_mut();
        let mut session = Self { opened, settings, limits, room, config, init, bitstream };
        session.fill_init();
        // SAFETY: `init` and the configuration that it points at are whole.
        let answer =
            unsafe { (api.functions.initialize)(session.opened.raw(), &raw mut *session.init) };
        session.opened.check("start with these settings", answer)?;
        let mut params = Params::<sys::NV_ENC_CREATE_BITSTREAM_BUFFER>::zeroed();
        // SAFETY: the structure is whole, and the session set up.
        let answer = unsafe {
            (*params.at()).version = sys::NV_ENC_CREATE_BITSTREAM_BUFFER_VER;
            (api.functions.create_bitstream)(session.opened.raw(), params.at())
        };
        session.opened.check("make room for packets", answer)?;
        // SAFETY: written by the call, or zero.
        session.bitstream = unsafe { (*params.at()).bitstreamBuffer };
        Ok(session)
    }

    fn fill_init(&mut self) {
        let (settings, init) = (&self.settings, &mut *self.init);
        let size = [settings.config.width, settings.config.height];
        init.version = sys::NV_ENC_INITIALIZE_PARAMS_VER;
        init.encodeGUID = settings.codec.guid();
        init.presetGUID = settings.preset.guid();
        [init.encodeWidth, init.encodeHeight] = size;
        [init.darWidth, init.darHeight] = size;
        (init.frameRateNum, init.frameRateDen) = (settings.config.fps, 1);
        init.enablePTD = 1;
        [init.maxEncodeWidth, init.maxEncodeHeight] = self.room;
        init.tuningInfo = sys::NV_ENC_TUNING_INFO::NV_ENC_TUNING_INFO_ULTRA_LOW_LATENCY;
        init.encodeConfig = &raw mut *self.config;
    }

    /// Changes rates and size without beginning anew; a new size makes the next picture a key. The
    /// size must be within [`Session::room`].
    pub(super) fn reconfigure(&mut self, settings: Settings) -> Result<(), NvencError> {
        let size = |s: &Settings| [s.config.width, s.config.height];
        let resized = size(&settings) != size(&self.settings);
        let before = self.settings;
        self.settings = settings;
        // SAFETY: the configuration is the one that `open` has completed.
        unsafe {
            settings::fill_config(&raw mut *self.config, &settings, &self.limits, self.room);
        }
        self.fill_init();
        let mut params = Params::<sys::NV_ENC_RECONFIGURE_PARAMS>::zeroed();
        // SAFETY: every field of the structure has a zero; what it points at is in `self`.
        let answer = unsafe {
            let p = &mut *params.at();
            p.version = sys::NV_ENC_RECONFIGURE_PARAMS_VER;
            p.reInitEncodeParams = *self.init;
            p.set_resetEncoder(resized.into());
            p.set_forceIDR(resized.into());
            (self.opened.api.functions.reconfigure)(self.opened.raw(), p)
        };
        let result = self.opened.check("change its settings", answer);
        if result.is_err() {
            self.settings = before;
        }
        result
    }

    /// The parameter sets that key pictures carry.
    fn parameter_sets(&self) -> Result<Vec<u8>, NvencError> {
        let mut sets = vec![0_u8; MAX_PARAMETER_SETS];
        let mut length = 0_u32;
        let mut params = Params::<sys::NV_ENC_SEQUENCE_PARAM_PAYLOAD>::zeroed();
        // SAFETY: the structure is whole; buffer and length live until the call returns.
        let answer = unsafe {
            let p = params.at();
            (*p).version = sys::NV_ENC_SEQUENCE_PARAM_PAYLOAD_VER;
            (*p).inBufferSize = MAX_PARAMETER_SETS as u32;
            (*p).spsppsBuffer = sets.as_mut_ptr().cast();
            (*p).outSPSPPSPayloadSize = &raw mut length;
            (self.opened.api.functions.sequence)(self.opened.raw(), p)
        };
        self.opened.check("write its parameter sets", answer)?;
        sets.truncate(length as usize);
        Ok(sets)
    }

    /// From the parameter sets of the first key; for HEVC what Main at its level is called.
    pub(super) fn codec_string(&self) -> Result<String, NvencError> {
        if self.codec() == VideoCodec::Hevc {
            return Ok(format!("hev1.1.6.L{}.B0", settings::level(VideoCodec::Hevc, self.room)));
        }
        let sets = self.parameter_sets()?;
        let set = nal::units(&sets).find(|unit| nal::kind(unit) == nal::SPS);
        Sps::parse(set.unwrap_or_default())
            .map(|set| set.codec_string())
            .map_err(|_| NvencError::Packet("a damaged parameter set"))
    }

    /// What the packets are coded in.
    pub(super) const fn codec(&self) -> VideoCodec {
        self.settings.codec
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let functions = &self.opened.api.functions;
        let mut params = Params::<sys::NV_ENC_PIC_PARAMS>::zeroed();
        if !self.bitstream.is_null() {
            // SAFETY: the end of the stream needs no picture. The buffer was made once, and nobody
            // reads it any more; `opened` is destroyed after this.
            unsafe {
                (*params.at()).version = sys::NV_ENC_PIC_PARAMS_VER;
                (*params.at()).encodePicFlags = sys::NV_ENC_PIC_FLAGS::NV_ENC_PIC_FLAG_EOS as u32;
                let _ = (functions.encode)(self.opened.raw(), params.at());
                let _ = (functions.destroy_bitstream)(self.opened.raw(), self.bitstream);
            }
        }
    }
}

/// The driver's configuration for the preset, completed.
fn preset(
    opened: &Opened,
    settings: &Settings,
    limits: &Limits,
    room: [u32; 2],
) -> Result<Box<sys::NV_ENC_CONFIG>, NvencError> {
    let mut params = Params::<sys::NV_ENC_PRESET_CONFIG>::zeroed();
    let tuning = sys::NV_ENC_TUNING_INFO::NV_ENC_TUNING_INFO_ULTRA_LOW_LATENCY;
    let (codec, preset) = (settings.codec.guid(), settings.preset.guid());
    // SAFETY: the structure is as large as its versions promise.
    let answer = unsafe {
        (*params.at()).version = sys::NV_ENC_PRESET_CONFIG_VER;
        (*params.at()).presetCfg.version = sys::NV_ENC_CONFIG_VER;
        (opened.api.functions.preset)(opened.raw(), codec, preset, tuning, params.at())
    };
    opened.check("describe its preset", answer)?;
    // SAFETY: the driver has filled the configuration, which is made of plain numbers; its enums
    // that have no zero are set before there is a reference to them.
    unsafe {
        let config = &raw mut (*params.at()).presetCfg;
        let frame = sys::NV_ENC_PARAMS_FRAME_FIELD_MODE::NV_ENC_PARAMS_FRAME_FIELD_MODE_FRAME;
        (*config).frameFieldMode = frame;
        settings::fill_config(config, settings, limits, room);
        Ok(Box::new(*config))
    }
}
