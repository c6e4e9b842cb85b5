//! The function table, continued: buffers, pictures, packets.
#![allow(unsafe_code)]

use std::ffi::c_void;

use nvidia_video_codec_sdk::sys::nvEncodeAPI as sys;

use crate::coder::{Format, Picture};
use crate::session::{self, Session};
use crate::status::*;
use crate::table::{Encoder, check_version, undo, with};

pub(crate) unsafe extern "C" fn create_bitstream(
    encoder: Encoder,
    params: *mut sys::NV_ENC_CREATE_BITSTREAM_BUFFER,
) -> u32 {
    with(encoder, "create_bitstream", |session| {
        check_version!(session, params, NV_ENC_CREATE_BITSTREAM_BUFFER_VER);
        let buffer = session.create_bitstream()?;
        // SAFETY: the caller's structure, of that version.
        unsafe { (*params).bitstreamBuffer = buffer as *mut c_void };
        Ok(())
    })
}

pub(crate) unsafe extern "C" fn destroy_bitstream(encoder: Encoder, buffer: *mut c_void) -> u32 {
    undo(encoder, "destroy_bitstream", |session| session.destroy_bitstream(buffer as usize))
}

fn format(session: &Session, format: sys::NV_ENC_BUFFER_FORMAT) -> Answer<Format> {
    match format {
        sys::NV_ENC_BUFFER_FORMAT::NV_ENC_BUFFER_FORMAT_NV12 => Ok(Format::Nv12),
        sys::NV_ENC_BUFFER_FORMAT::NV_ENC_BUFFER_FORMAT_IYUV => Ok(Format::Iyuv),
        _ => Err(session.device.violation(UNSUPPORTED_PARAM, "a format that is not offered")),
    }
}

pub(crate) unsafe extern "C" fn register(
    encoder: Encoder,
    params: *mut sys::NV_ENC_REGISTER_RESOURCE,
) -> u32 {
    with(encoder, "register", |session| {
        check_version!(session, params, NV_ENC_REGISTER_RESOURCE_VER);
        // SAFETY: the caller's structure, of that version.
        let p = unsafe { &mut *params };
        let memory = sys::NV_ENC_INPUT_RESOURCE_TYPE::NV_ENC_INPUT_RESOURCE_TYPE_CUDADEVICEPTR;
        let input = sys::NV_ENC_BUFFER_USAGE::NV_ENC_INPUT_IMAGE;
        if p.resourceType != memory || p.bufferUsage != input || p.subResourceIndex != 0 {
            return Err(session.device.violation(INVALID_PARAM, "not an input in CUDA's memory"));
        }
        let picture = Picture {
            format: format(session, p.bufferFormat)?,
            width: p.width as usize,
            height: p.height as usize,
            pitch: p.pitch as usize,
        };
        let registered = session.register(p.resourceToRegister as usize, picture)?;
        p.registeredResource = registered as *mut c_void;
        Ok(())
    })
}

pub(crate) unsafe extern "C" fn unregister(encoder: Encoder, registered: *mut c_void) -> u32 {
    undo(encoder, "unregister", |session| session.unregister(registered as usize))
}

pub(crate) unsafe extern "C" fn map(
    encoder: Encoder,
    params: *mut sys::NV_ENC_MAP_INPUT_RESOURCE,
) -> u32 {
    with(encoder, "map", |session| {
        check_version!(session, params, NV_ENC_MAP_INPUT_RESOURCE_VER);
        // SAFETY: the caller's structure, of that version.
        let p = unsafe { &mut *params };
        let (mapped, picture) = session.map(p.registeredResource as usize)?;
        p.mappedResource = mapped as *mut c_void;
        p.mappedBufferFmt = match picture.format {
            Format::Nv12 => sys::NV_ENC_BUFFER_FORMAT::NV_ENC_BUFFER_FORMAT_NV12,
            Format::Iyuv => sys::NV_ENC_BUFFER_FORMAT::NV_ENC_BUFFER_FORMAT_IYUV,
        };
        Ok(())
    })
}

pub(crate) unsafe extern "C" fn unmap(encoder: Encoder, mapped: *mut c_void) -> u32 {
    undo(encoder, "unmap", |session| session.unmap(mapped as usize))
}

pub(crate) unsafe extern "C" fn encode(
    encoder: Encoder,
    params: *mut sys::NV_ENC_PIC_PARAMS,
) -> u32 {
    use sys::NV_ENC_PIC_FLAGS as Flag;
    let has = |flags: u32, flag: Flag| flags & flag as u32 != 0;
    // SAFETY: the caller's structure; a number, whatever its enums are.
    let flags = unsafe { (*params).encodePicFlags };
    if has(flags, Flag::NV_ENC_PIC_FLAG_EOS) {
        return undo(encoder, "end", |session| {
            check_version!(session, params, NV_ENC_PIC_PARAMS_VER);
            session.end()
        });
    }
    with(encoder, "encode", |session| {
        check_version!(session, params, NV_ENC_PIC_PARAMS_VER);
        // SAFETY: the caller's structure, of that version; the structure of a picture is a number.
        let whole = unsafe { (&raw const (*params).pictureStruct).cast::<u32>().read() };
        if whole != sys::NV_ENC_PIC_STRUCT::NV_ENC_PIC_STRUCT_FRAME as u32 {
            return Err(session.device.violation(INVALID_PARAM, "not a whole picture"));
        }
        // SAFETY: the caller's structure, whose enums have all been looked at or have a zero.
        let p = unsafe { &*params };
        let told = Picture {
            format: format(session, p.bufferFmt)?,
            width: p.inputWidth as usize,
            height: p.inputHeight as usize,
            pitch: p.inputPitch as usize,
        };
        session.encode(
            p.inputBuffer as usize,
            p.outputBitstream as usize,
            told,
            has(flags, Flag::NV_ENC_PIC_FLAG_FORCEIDR),
            has(flags, Flag::NV_ENC_PIC_FLAG_OUTPUT_SPSPPS),
        )
    })
}

pub(crate) unsafe extern "C" fn lock(
    encoder: Encoder,
    params: *mut sys::NV_ENC_LOCK_BITSTREAM,
) -> u32 {
    // SAFETY: the caller's structure; a pointer, whatever its enums are.
    let buffer = unsafe { (*params).outputBitstream as usize };
    let answer = with(encoder, "lock", |session| {
        check_version!(session, params, NV_ENC_LOCK_BITSTREAM_VER);
        let (address, bytes, key) = session.lock(buffer)?;
        let kind = if key {
            sys::NV_ENC_PIC_TYPE::NV_ENC_PIC_TYPE_IDR
        } else {
            sys::NV_ENC_PIC_TYPE::NV_ENC_PIC_TYPE_P
        };
        // SAFETY: the caller's structure, of that version.
        unsafe {
            (*params).bitstreamBufferPtr = address as *mut c_void;
            (*params).bitstreamSizeInBytes = bytes as u32;
            (*params).pictureType = kind;
        }
        Ok(())
    });
    if answer != SUCCESS
        && let Ok(session) = session::find(encoder as usize)
    {
        session.lose(buffer);
    }
    answer
}

pub(crate) unsafe extern "C" fn unlock(encoder: Encoder, buffer: *mut c_void) -> u32 {
    undo(encoder, "unlock", |session| session.unlock(buffer as usize))
}

pub(crate) unsafe extern "C" fn destroy(encoder: Encoder) -> u32 {
    let Ok(session) = session::find(encoder as usize) else { return INVALID_ENCODERDEVICE };
    let scripted = session.device.enter("destroy", true);
    let done = session::destroy(encoder as usize);
    match scripted.and(done) {
        Ok(()) if session.device.is_lost() => DEVICE_NOT_EXIST,
        Ok(()) => SUCCESS,
        Err(answer) => answer,
    }
}
