//! What a session is made for, and how that is told to NVENC.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;

use nvidia_video_codec_sdk::sys::nvEncodeAPI as sys;
use parfocal_encode::EncoderConfig;
use sys::GUID;

use super::limits::Limits;

/// What the packets are coded in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VideoCodec {
    /// H.264, High profile.
    H264,
    /// HEVC, Main profile.
    Hevc,
}

impl VideoCodec {
    pub(super) const fn guid(self) -> GUID {
        match self {
            Self::H264 => sys::NV_ENC_CODEC_H264_GUID,
            Self::Hevc => sys::NV_ENC_CODEC_HEVC_GUID,
        }
    }

    const fn profile(self) -> GUID {
        match self {
            Self::H264 => sys::NV_ENC_H264_PROFILE_HIGH_GUID,
            Self::Hevc => sys::NV_ENC_HEVC_PROFILE_MAIN_GUID,
        }
    }
}

/// How long the device searches: NVENC's presets P1 to P4. Slower ones do not suit live pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// P1: the fastest.
    P1,
    /// P2.
    P2,
    /// P3: the best that keeps up with several 4K views on one encoder.
    #[default]
    P3,
    /// P4.
    P4,
}

impl Preset {
    pub(super) const fn guid(self) -> GUID {
        match self {
            Self::P1 => sys::NV_ENC_PRESET_P1_GUID,
            Self::P2 => sys::NV_ENC_PRESET_P2_GUID,
            Self::P3 => sys::NV_ENC_PRESET_P3_GUID,
            Self::P4 => sys::NV_ENC_PRESET_P4_GUID,
        }
    }
}

/// What a session is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What the packets are coded in.
    pub codec: VideoCodec,
    /// How long the device searches.
    pub preset: Preset,
    /// Size and rates.
    pub config: EncoderConfig,
}

/// Sizes that sessions have room for: those of level 4.2, of level 5.2, and of 5.2 upright. Three
/// only, so that a window that is resized keeps its session, codec string and decoder; the memory
/// for the room is taken when the session begins.
const ROOMS: [[u32; 2]; 3] = [[1920, 1088], [3840, 2160], [2160, 3840]];

/// The largest picture that a session begun with `width` × `height` can be changed to.
pub(super) fn room(width: u32, height: u32, limits: &Limits) -> [u32; 2] {
    let holds = |room: &&[u32; 2]| width <= room[0] && height <= room[1];
    let [wide, high] = ROOMS.iter().find(holds).copied().unwrap_or([width, height]);
    [wide.min(limits.max[0]).max(width), high.min(limits.max[1]).max(height)]
}

/// Level of a session with that room: ten times the level in H.264, thirty times it in HEVC.
pub(super) fn level(codec: VideoCodec, room: [u32; 2]) -> u32 {
    let small = room[0] <= 1920 && room[1] <= 1088;
    let level = match (codec, small) {
        (VideoCodec::H264, true) => sys::NV_ENC_LEVEL::NV_ENC_LEVEL_H264_42,
        (VideoCodec::H264, false) => sys::NV_ENC_LEVEL::NV_ENC_LEVEL_H264_52,
        (VideoCodec::Hevc, true) => sys::NV_ENC_LEVEL::NV_ENC_LEVEL_HEVC_41,
        (VideoCodec::Hevc, false) => sys::NV_ENC_LEVEL::NV_ENC_LEVEL_HEVC_52,
    };
    level as u32
}

/// A structure of NVENC's, zeroed, that is filled through its pointer: some have enums without a
/// zero, so that there must be no reference to the whole before they are set.
pub(super) struct Params<T>(Box<MaybeUninit<T>>);

impl<T> Params<T> {
    pub(super) fn zeroed() -> Self {
        Self(Box::new(MaybeUninit::zeroed()))
    }

    pub(super) fn at(&mut self) -> *mut T {
        self.0.as_mut_ptr()
    }
}

/// Rates of `settings`, for a device with `limits`.
///
/// # Safety
/// `rc` must point at a whole structure that the driver has filled.
unsafe fn fill_rates(rc: *mut sys::NV_ENC_RC_PARAMS, settings: &Settings, limits: &Limits) {
    let EncoderConfig { fps, bitrate_bps, .. } = settings.config;
    // SAFETY: by contract the pointer is valid; all its enums have a zero or were set.
    let rc = unsafe { &mut *rc };
    rc.rateControlMode = sys::NV_ENC_PARAMS_RC_MODE::NV_ENC_PARAMS_RC_CBR;
    rc.multiPass = sys::NV_ENC_MULTI_PASS::NV_ENC_TWO_PASS_QUARTER_RESOLUTION;
    rc.averageBitRate = bitrate_bps;
    rc.maxBitRate = bitrate_bps;
    // A buffer of one picture: each takes about its share of the rate, and none waits for another.
    let picture = if limits.custom_buffer { bitrate_bps / fps.max(1) } else { 0 };
    rc.vbvBufferSize = picture;
    rc.vbvInitialDelay = picture;
    // A key picture takes what another does; the next ones sharpen it.
    rc.lowDelayKeyFrameScale = 1;
    rc.set_zeroReorderDelay(1);
    rc.set_enableLookahead(0);
    rc.lookaheadDepth = 0;
}

/// Completes a preset's configuration.
///
/// # Safety
/// `config` must point at what the driver gave for the preset.
pub(super) unsafe fn fill_config(
    config: *mut sys::NV_ENC_CONFIG,
    settings: &Settings,
    limits: &Limits,
    room: [u32; 2],
) {
    // SAFETY: by contract the driver has filled all of it; the union's arm is that of the codec.
    unsafe {
        (*config).profileGUID = settings.codec.profile();
        (*config).gopLength = sys::NVENC_INFINITE_GOPLENGTH;
        (*config).frameIntervalP = 1;
        fill_rates(&raw mut (*config).rcParams, settings, limits);
        let level = level(settings.codec, room);
        let vui = match settings.codec {
            VideoCodec::H264 => {
                let h264 = &mut (*config).encodeCodecConfig.h264Config;
                h264.level = level;
                h264.idrPeriod = sys::NVENC_INFINITE_GOPLENGTH;
                h264.maxNumRefFrames = 1;
                (h264.sliceMode, h264.sliceModeData) = (3, 1);
                h264.chromaFormatIDC = 1;
                h264.set_repeatSPSPPS(1);
                h264.set_outputAUD(0);
                h264.set_enableIntraRefresh(0);
                &mut h264.h264VUIParameters
            }
            VideoCodec::Hevc => {
                let hevc = &mut (*config).encodeCodecConfig.hevcConfig;
                (hevc.level, hevc.tier) = (level, 0);
                hevc.idrPeriod = sys::NVENC_INFINITE_GOPLENGTH;
                hevc.maxNumRefFramesInDPB = 1;
                (hevc.sliceMode, hevc.sliceModeData) = (3, 1);
                hevc.set_chromaFormatIDC(1);
                hevc.set_repeatSPSPPS(1);
                hevc.set_outputAUD(0);
                hevc.set_enableIntraRefresh(0);
                &mut hevc.hevcVUIParameters
            }
        };
        // BT.709, limited range, nothing reordered.
        vui.videoSignalTypePresentFlag = 1;
        vui.videoFormat = sys::NV_ENC_VUI_VIDEO_FORMAT::NV_ENC_VUI_VIDEO_FORMAT_UNSPECIFIED;
        vui.videoFullRangeFlag = 0;
        vui.colourDescriptionPresentFlag = 1;
        vui.colourPrimaries = sys::NV_ENC_VUI_COLOR_PRIMARIES::NV_ENC_VUI_COLOR_PRIMARIES_BT709;
        vui.transferCharacteristics =
            sys::NV_ENC_VUI_TRANSFER_CHARACTERISTIC::NV_ENC_VUI_TRANSFER_CHARACTERISTIC_BT709;
        vui.colourMatrix = sys::NV_ENC_VUI_MATRIX_COEFFS::NV_ENC_VUI_MATRIX_COEFFS_BT709;
        vui.bitstreamRestrictionFlag = 1;
    }
}
