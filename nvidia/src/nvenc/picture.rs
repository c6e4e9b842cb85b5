//! One picture through a session: register, map, encode, lock, copy, unlock, unmap.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::slice;
use std::time::Duration;

use nvidia_video_codec_sdk::sys::nvEncodeAPI as sys;

use super::session::Session;
use super::settings::Params;
use super::status::{NvencError, Status};
use super::surface::Surface;
use crate::cuda::{Layout, Shape};

/// Pictures that are registered at a time: those of a pool and the host's. The one that was used
/// longest ago goes first.
const MAX_REGISTERED: usize = 16;
/// How often a picture is offered to a busy encoder, and how long it is given in between. Together
/// less than a picture's time at 60 a second.
const BUSY_TRIES: u32 = 5;
const BUSY_PAUSE: Duration = Duration::from_millis(2);
/// Longest packet that is taken over: a raw 4K picture has 12.4 MB.
const MAX_PACKET_BYTES: usize = 32 << 20;

/// A picture that the driver knows. Unregistered by [`Registered::forget`].
struct Registered {
    surface: Surface,
    handle: *mut c_void,
}

/// The pictures that a session knows, most recently used last.
#[derive(Default)]
pub(super) struct Pictures {
    registered: Vec<Registered>,
}

// SAFETY: the handles are the session's, which may move between threads.
unsafe impl Send for Pictures {}

/// A coded picture.
pub(super) struct Coded {
    pub(super) data: Vec<u8>,
    /// Whether NVENC calls it an IDR.
    pub(super) key: bool,
}

/// An open session, and what it is fed with. After a failure the session is closed, and the next
/// picture opens a new one.
pub(super) struct Running {
    // In this order: pictures are forgotten by `drop` before the session ends.
    pub(super) pictures: Pictures,
    pub(super) session: Session,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.pictures.clear(&self.session);
    }
}

impl Pictures {
    /// Codes `surface`, which nobody writes meanwhile, into one packet.
    pub(super) fn encode(
        &mut self,
        session: &Session,
        surface: &Surface,
        force_key: bool,
    ) -> Result<Coded, NvencError> {
        let registered = self.register(session, surface)?;
        let mut params = Params::<sys::NV_ENC_MAP_INPUT_RESOURCE>::zeroed();
        // SAFETY: the structure is whole, and the picture registered with this session.
        let answer = unsafe {
            (*params.at()).version = sys::NV_ENC_MAP_INPUT_RESOURCE_VER;
            (*params.at()).registeredResource = registered;
            (session.opened.api.functions.map)(session.opened.raw(), params.at())
        };
        session.opened.check("map a picture", answer)?;
        // SAFETY: written by the call.
        let mapped = unsafe { (*params.at()).mappedResource };
        let coded = encode(session, mapped, surface.shape(), force_key);
        // SAFETY: mapped just above, and the device is done with it or has failed.
        let answer = unsafe { (session.opened.api.functions.unmap)(session.opened.raw(), mapped) };
        let unmapped = session.opened.check("unmap a picture", answer);
        let coded = coded?;
        unmapped.map(|()| coded)
    }

    fn register(
        &mut self,
        session: &Session,
        surface: &Surface,
    ) -> Result<*mut c_void, NvencError> {
        let same = |r: &Registered| {
            (r.surface.address(), r.surface.shape()) == (surface.address(), surface.shape())
        };
        if let Some(at) = self.registered.iter().position(same) {
            let known = self.registered.remove(at);
            let handle = known.handle;
            self.registered.push(known);
            return Ok(handle);
        }
        // Memory is used again in another shape: the driver must not know it twice.
        let stale = |r: &Registered| r.surface.address() == surface.address();
        if let Some(at) = self.registered.iter().position(stale) {
            forget(session, &self.registered.remove(at));
        } else if self.registered.len() >= MAX_REGISTERED {
            forget(session, &self.registered.remove(0));
        }
        let shape = surface.shape();
        let format = format(shape)?;
        let mut params = Params::<sys::NV_ENC_REGISTER_RESOURCE>::zeroed();
        // SAFETY: the structure is whole; the surface is memory of the session's device.
        let answer = unsafe {
            let p = params.at();
            (*p).version = sys::NV_ENC_REGISTER_RESOURCE_VER;
            (*p).resourceType =
                sys::NV_ENC_INPUT_RESOURCE_TYPE::NV_ENC_INPUT_RESOURCE_TYPE_CUDADEVICEPTR;
            ((*p).width, (*p).height, (*p).pitch) = (shape.width, shape.height, shape.pitch);
            (*p).resourceToRegister = surface.address() as *mut c_void;
            (*p).bufferFormat = format;
            (*p).bufferUsage = sys::NV_ENC_BUFFER_USAGE::NV_ENC_INPUT_IMAGE;
            (session.opened.api.functions.register)(session.opened.raw(), p)
        };
        session.opened.check("register a picture", answer)?;
        // SAFETY: written by the call.
        let handle = unsafe { (*params.at()).registeredResource };
        self.registered.push(Registered { surface: surface.clone(), handle });
        Ok(handle)
    }

    /// Lets go of every picture; before the session ends, and when the size changes.
    pub(super) fn clear(&mut self, session: &Session) {
        for registered in self.registered.drain(..) {
            forget(session, &registered);
        }
    }
}

fn forget(session: &Session, registered: &Registered) {
    let unregister = session.opened.api.functions.unregister;
    // SAFETY: registered once, not mapped, and forgotten once. The memory is freed after this.
    let _ = unsafe { unregister(session.opened.raw(), registered.handle) };
}

const fn format(shape: Shape) -> Result<sys::NV_ENC_BUFFER_FORMAT, NvencError> {
    let Shape { width, height, .. } = shape;
    match shape.layout {
        Layout::Nv12 => Ok(sys::NV_ENC_BUFFER_FORMAT::NV_ENC_BUFFER_FORMAT_NV12),
        Layout::I420 => Ok(sys::NV_ENC_BUFFER_FORMAT::NV_ENC_BUFFER_FORMAT_IYUV),
        // It takes some, but by a matrix of its own.
        Layout::Rgba => Err(NvencError::Size { width, height, reason: "convert it to NV12 first" }),
    }
}

fn encode(
    session: &Session,
    mapped: *mut c_void,
    shape: Shape,
    force_key: bool,
) -> Result<Coded, NvencError> {
    use sys::NV_ENC_PIC_FLAGS as Flag;
    let format = format(shape)?;
    let mut params = Params::<sys::NV_ENC_PIC_PARAMS>::zeroed();
    let key = Flag::NV_ENC_PIC_FLAG_FORCEIDR as u32 | Flag::NV_ENC_PIC_FLAG_OUTPUT_SPSPPS as u32;
    // SAFETY: the structure is whole: its enum without a zero is set.
    unsafe {
        let p = params.at();
        (*p).version = sys::NV_ENC_PIC_PARAMS_VER;
        ((*p).inputWidth, (*p).inputHeight) = (shape.width, shape.height);
        (*p).inputPitch = shape.pitch;
        (*p).encodePicFlags = if force_key { key } else { 0 };
        (*p).inputBuffer = mapped;
        (*p).outputBitstream = session.bitstream;
        (*p).bufferFmt = format;
        (*p).pictureStruct = sys::NV_ENC_PIC_STRUCT::NV_ENC_PIC_STRUCT_FRAME;
    }
    let mut tries = 0;
    loop {
        // SAFETY: the picture is mapped, and the packet's buffer belongs to the session.
        let answer =
            unsafe { (session.opened.api.functions.encode)(session.opened.raw(), params.at()) };
        let busy = matches!(Status::from_code(answer), Some(Status::EncoderBusy));
        if !busy {
            session.opened.check("encode a picture", answer)?;
            return take(session);
        }
        if tries == BUSY_TRIES {
            return Err(NvencError::Busy);
        }
        tries += 1;
        std::thread::sleep(BUSY_PAUSE);
    }
}

/// Waits for the packet and copies it.
fn take(session: &Session) -> Result<Coded, NvencError> {
    let functions = &session.opened.api.functions;
    let mut params = Params::<sys::NV_ENC_LOCK_BITSTREAM>::zeroed();
    // SAFETY: the structure is whole: its enum without a zero is set.
    let answer = unsafe {
        let p = params.at();
        (*p).version = sys::NV_ENC_LOCK_BITSTREAM_VER;
        (*p).outputBitstream = session.bitstream;
        (*p).pictureStruct = sys::NV_ENC_PIC_STRUCT::NV_ENC_PIC_STRUCT_FRAME;
        (functions.lock)(session.opened.raw(), p)
    };
    session.opened.check("give a packet", answer)?;
    // SAFETY: written by the call. The kind is read as the number that it is: a newer driver may
    // have kinds that the enum lacks.
    let (bytes, length, kind) = unsafe {
        let p = params.at();
        let kind = (&raw const (*p).pictureType).cast::<u32>().read();
        ((*p).bitstreamBufferPtr.cast::<u8>(), (*p).bitstreamSizeInBytes as usize, kind)
    };
    let data = if bytes.is_null() || length == 0 || length > MAX_PACKET_BYTES {
        Err(NvencError::Packet("empty, or longer than 32 MiB"))
    } else {
        // SAFETY: the driver says that so many bytes stand there, until they are unlocked.
        Ok(unsafe { slice::from_raw_parts(bytes, length) }.to_vec())
    };
    // SAFETY: locked just above.
    let answer = unsafe { (functions.unlock)(session.opened.raw(), session.bitstream) };
    let unlocked = session.opened.check("take back a packet's buffer", answer);
    let data = data?;
    unlocked?;
    Ok(Coded { data, key: kind == sys::NV_ENC_PIC_TYPE::NV_ENC_PIC_TYPE_IDR as u32 })
}
