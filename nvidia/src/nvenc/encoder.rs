//! The encoder: pictures from the host or the device in, packets out.
#![allow(unsafe_code)]

use std::sync::Arc;

use parfocal_base::{Frame, OnDevice};
use parfocal_encode::sps;
use parfocal_encode::{EncoderConfig, nal};

use super::api::Api;
use super::picture::{Pictures, Running};
use super::session::Session;
use super::settings::{Preset, Settings, VideoCodec};
use super::status::NvencError;
use super::surface::{InputMemory, Surface};
use crate::cuda::{CudaError, Layout, PictureLease, Shape};

/// A coded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// What it is coded in.
    pub codec: VideoCodec,
    /// One access unit, Annex B.
    pub data: Vec<u8>,
    /// Whether a decoder can start here.
    pub key: bool,
}

/// NVENC. Reads I420 from the host, or NV12 and I420 on the device.
///
/// It may move between threads; the driver waits for its own work, so that every packet comes back
/// from the call that its picture was given to.
pub struct NvencEncoder {
    /// Before `memory`, whose device it runs on.
    running: Option<Running>,
    /// Where the host's pictures are copied to.
    input: Option<Surface>,
    pub(super) settings: Settings,
    pub(super) codec_string: String,
    key_due: bool,
    restarts: u64,
    api: Arc<Api>,
    memory: Box<dyn InputMemory>,
}

impl std::fmt::Debug for NvencEncoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { settings, restarts, codec_string, .. } = self;
        f.debug_struct("NvencEncoder")
            .field("settings", settings)
            .field("codec_string", codec_string)
            .field("restarts", restarts)
            .finish_non_exhaustive()
    }
}

impl NvencEncoder {
    /// Opens a session on the device of `memory`.
    pub fn new(
        api: &Arc<Api>,
        memory: Box<dyn InputMemory>,
        codec: VideoCodec,
        preset: Preset,
        config: EncoderConfig,
    ) -> Result<Self, NvencError> {
        let settings = Settings { codec, preset, config: config.clamped() };
        let mut new = Self {
            running: None,
            input: None,
            settings,
            codec_string: String::new(),
            key_due: true,
            restarts: 0,
            api: Arc::clone(api),
            memory,
        };
        new.memory.enter()?;
        new.start()?;
        Ok(new)
    }

    /// How many sessions followed the first: after failures, and where a size did not fit.
    pub const fn restarts(&self) -> u64 {
        self.restarts
    }

    /// Codes a picture on the device: waits until it is complete, and is done with it on return.
    /// A picture of another size than the last starts the stream anew, as for [`Encoder::encode`].
    pub fn encode_picture(
        &mut self,
        picture: &PictureLease,
        force_key: bool,
    ) -> Result<Packet, NvencError> {
        picture.ready().wait()?;
        self.encode_surface(&Surface::of_lease(picture), force_key)
    }

    /// Codes a complete picture in the device's memory, which nobody writes meanwhile.
    pub fn encode_surface(
        &mut self,
        surface: &Surface,
        force_key: bool,
    ) -> Result<Packet, NvencError> {
        let Shape { width, height, .. } = surface.shape();
        self.memory.enter()?;
        let result = self.prepare(width, height).and_then(|()| self.run(surface, force_key));
        if let Err(error) = &result
            && !matches!(error, NvencError::Size { .. } | NvencError::Busy)
        {
            // What the session holds, and knows about the stream, is no longer certain.
            self.running = None;
        }
        result
    }

    /// A session for pictures of this size at the rates that are wanted.
    fn prepare(&mut self, width: u32, height: u32) -> Result<(), NvencError> {
        let wanted = Settings {
            config: EncoderConfig { width, height, ..self.settings.config },
            ..self.settings
        };
        let Some(running) = &mut self.running else {
            self.settings = wanted;
            self.restarts += 1;
            return self.start();
        };
        let session = &mut running.session;
        if session.settings == wanted {
            return Ok(());
        }
        session.limits.check(width, height)?;
        let now = session.settings.config;
        let resized = (now.width, now.height) != (width, height);
        let fits = width <= session.room[0] && height <= session.room[1];
        let may =
            (!resized || (fits && session.limits.dynamic_size)) && session.limits.dynamic_rate;
        self.settings = wanted;
        self.key_due |= resized;
        if may {
            if resized {
                running.pictures.clear(&running.session);
            }
            running.session.reconfigure(wanted)
        } else {
            self.restarts += 1;
            self.start()
        }
    }

    fn start(&mut self) -> Result<(), NvencError> {
        // The old one first: the card may allow no second.
        self.running = None;
        self.key_due = true;
        let (api, device) = (&self.api, self.memory.device());
        // SAFETY: by the trait's contract it is a device, and `memory` is dropped after `running`.
        let session = unsafe { Session::open(api, device, self.settings)? };
        self.codec_string = session.codec_string()?;
        self.running = Some(Running { pictures: Pictures::default(), session });
        Ok(())
    }

    fn run(&mut self, surface: &Surface, force_key: bool) -> Result<Packet, NvencError> {
        let Some(Running { pictures, session }) = &mut self.running else {
            return Err(NvencError::Packet("from no session"));
        };
        let wants_key = force_key || self.key_due;
        // Until this picture has succeeded a decoder may lack what the next one refers to.
        self.key_due = true;
        let mut coded = pictures.encode(session, surface, wants_key)?;
        let codec = session.codec();
        if wants_key && !coded.key {
            return Err(NvencError::Packet("no key, though one was asked for"));
        }
        if codec == VideoCodec::H264 && coded.key {
            if !nal::is_key(&coded.data) {
                return Err(NvencError::Packet("a key without parameter sets"));
            }
            coded.data = sps::rewrite_packet(&coded.data)
                .map_err(|_| NvencError::Packet("a key with a damaged parameter set"))?;
        }
        self.key_due = false;
        Ok(Packet { codec, data: coded.data, key: coded.key })
    }

    fn upload(&mut self, frame: &Frame) -> Result<Surface, CudaError> {
        let surface = self.input(Shape::padded(Layout::I420, frame.width(), frame.height())?)?;
        self.memory.upload(frame, &surface)?;
        self.input = Some(surface.clone());
        Ok(surface)
    }

    /// Memory of that shape: what the last picture came by, where it fits.
    fn input(&mut self, shape: Shape) -> Result<Surface, CudaError> {
        match self.input.take() {
            Some(surface) if surface.shape() == shape => Ok(surface),
            _ => self.memory.make(shape),
        }
    }

    /// A size that is refused must not cost the input that the next picture needs.
    fn check(&self, [width, height]: [u32; 2]) -> Result<(), NvencError> {
        match &self.running {
            Some(running) => running.session.limits.check(width, height),
            None => Ok(()),
        }
    }

    /// Codes an I420 frame of the host, as [`Encoder::encode`] does, but says what kind of failure
    /// it is.
    pub fn encode_frame(&mut self, frame: &Frame, force_key: bool) -> Result<Packet, NvencError> {
        self.check([frame.width(), frame.height()])?;
        let surface = self.upload(frame)?;
        self.encode_surface(&surface, force_key)
    }

    /// Whether [`NvencEncoder::encode_on_device`] reads that picture: it is on the same device.
    pub fn reads(&self, picture: &dyn OnDevice) -> bool {
        self.memory.reads(picture)
    }

    /// Codes a picture of this device, converted and scaled to `size` there; no byte of it comes to
    /// the host. It is done with the picture on return.
    pub fn encode_on_device(
        &mut self,
        picture: &dyn OnDevice,
        size: [u32; 2],
        force_key: bool,
    ) -> Result<Packet, NvencError> {
        self.check(size)?;
        let surface = self.input(Shape::padded(Layout::Nv12, size[0], size[1])?)?;
        self.memory.convert(picture, &surface)?;
        self.input = Some(surface.clone());
        self.encode_surface(&surface, force_key)
    }
}

impl Drop for NvencEncoder {
    fn drop(&mut self) {
        // A lost device has nothing to enter; its session is closed all the same.
        let _ = self.memory.enter();
        self.running = None;
    }
}
