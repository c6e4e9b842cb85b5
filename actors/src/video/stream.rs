//! The encoder of one stream: hardware's while that works, else software's. The picture on which
//! hardware fails is encoded by software at once, so that nobody waits for it.

use std::sync::Arc;
use std::time::Duration;

use parfocal_base::time::Clock;
use parfocal_base::{Frame, Instant, OnDevice, PixelFormat};
use parfocal_encode::{Codec, EncodeError, EncodedPacket, Encoder, EncoderConfig, H264Encoder};
use parfocal_nvidia::fallback::{Fallback, Verdict};
use parking_lot::Mutex;
use tokio::runtime::Handle;

use super::{By, Encoders, Failure, Hardware, HardwareEncoder, Used, ViewEncoder};

/// A stream that was still for so long may begin with a key when it moves again: the link is idle,
/// and the picture is another one anyway.
const REST: Duration = Duration::from_secs(1);

/// The encoder of one stream.
pub(super) struct Stream {
    clock: Clock,
    config: EncoderConfig,
    hardware: Option<Arc<dyn Hardware>>,
    /// Its stream, while it encodes.
    device: Option<Box<dyn HardwareEncoder>>,
    /// What has encoded the last picture, if hardware has not.
    software: Option<H264Encoder>,
    fallback: Fallback,
    last: Option<Instant>,
    used: Arc<Mutex<Used>>,
}

impl Stream {
    /// Asks nothing of the hardware yet.
    pub(super) fn new(
        encoders: &Encoders,
        config: EncoderConfig,
        used: Arc<Mutex<Used>>,
    ) -> Result<Self, EncodeError> {
        let Encoders { clock, hardware, why, .. } = encoders;
        // Without hardware it is known now what encodes, and whether it can.
        let software = match hardware {
            Some(_) => None,
            None => Some(H264Encoder::new(config)?),
        };
        *used.lock() = Used { by: By::Software, why: Arc::clone(why) };
        Ok(Self {
            clock: *clock,
            config: config.clamped(),
            hardware: hardware.clone(),
            device: None,
            software,
            fallback: Fallback::new(),
            last: None,
            used,
        })
    }

    /// As [`Encoder::encode`], at this time.
    fn encode_at(
        &mut self,
        frame: &Frame,
        force_key: bool,
        now: Instant,
    ) -> Result<EncodedPacket, EncodeError> {
        self.begin([frame.width(), frame.height()], force_key, now, None);
        if let Some(device) = &mut self.device {
            match device.encode(frame, force_key) {
                Ok(packet) => {
                    self.worked();
                    return Ok(packet);
                }
                Err(failure) => self.failed(&failure, now),
            }
        }
        let software = match &mut self.software {
            Some(software) => software,
            none => none.insert(H264Encoder::new(self.config)?),
        };
        software.encode(frame, force_key)
    }

    /// As [`ViewEncoder::encode_on_device`], at this time.
    fn encode_on_device_at(
        &mut self,
        picture: &dyn OnDevice,
        size: [u32; 2],
        force_key: bool,
        now: Instant,
    ) -> Option<EncodedPacket> {
        self.begin(size, force_key, now, Some(picture));
        let device = self.device.as_mut().filter(|device| device.reads(picture))?;
        match device.encode_on_device(picture, size, force_key) {
            Ok(packet) => {
                self.worked();
                Some(packet)
            }
            Err(failure) => {
                self.failed(&failure, now);
                None
            }
        }
    }

    /// A picture of this size comes: whether hardware is to be tried with it.
    fn begin(
        &mut self,
        [width, height]: [u32; 2],
        force_key: bool,
        now: Instant,
        near: Option<&dyn OnDevice>,
    ) {
        let resized = (width, height) != (self.config.width, self.config.height);
        if resized {
            self.config = EncoderConfig { width, height, ..self.config };
            self.fallback.changed();
        }
        let rested = self.last.is_none_or(|last| now.since(last) >= REST);
        self.last = Some(now);
        // To change the encoder costs a key: only where there is one, or where it costs nobody.
        if self.device.is_none() && (force_key || resized || rested) {
            self.try_hardware(now, near);
        }
    }

    fn try_hardware(&mut self, now: Instant, near: Option<&dyn OnDevice>) {
        let Some(hardware) = self.hardware.as_ref().filter(|_| self.fallback.may_try(now)) else {
            return;
        };
        match hardware.open(self.config, near) {
            Ok(device) => self.device = Some(device),
            Err(failure) => self.failed(&failure, now),
        }
    }

    /// Hardware has encoded a picture.
    fn worked(&mut self) {
        let mut used = self.used.lock();
        if used.by == By::Nvenc {
            return;
        }
        let name = self.hardware.as_ref().map_or_else(String::new, |hardware| hardware.name());
        tracing::debug!(%name, "NVENC encodes a stream");
        if self.software.take().is_some() {
            tracing::info!(%name, "NVENC encodes a stream again");
            metrics::counter!("parfocal_encoder_returns_total").increment(1);
        }
        *used = Used { by: By::Nvenc, why: format!("NVENC, {name}").into() };
    }

    /// Hardware has failed: what it holds is given back at once, for others to have.
    fn failed(&mut self, failure: &Failure, now: Instant) {
        self.device = None;
        let verdict = self.fallback.failed(failure.reason, now);
        let (reason, again) = (failure.reason.name(), again(verdict));
        metrics::counter!("parfocal_encoder_failures_total", "reason" => reason).increment(1);
        tracing::warn!(%failure, reason, again, "software encodes a stream");
        let why = format!("{failure}; {again}").into();
        *self.used.lock() = Used { by: By::Software, why };
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // A driver takes its time to end a stream: not on a thread that others wait for.
        if let (Some(device), Ok(runtime)) = (self.device.take(), Handle::try_current()) {
            runtime.spawn_blocking(move || drop(device));
        }
    }
}

const fn again(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::TryAt(_) => "NVENC is tried again",
        Verdict::NotThis => "NVENC is tried again with another size",
        Verdict::Never => "NVENC is not tried again",
    }
}

impl Encoder for Stream {
    fn codec(&self) -> Codec {
        Codec::H264
    }

    fn input(&self) -> PixelFormat {
        PixelFormat::I420
    }

    fn encode(&mut self, frame: &Frame, force_key: bool) -> Result<EncodedPacket, EncodeError> {
        self.encode_at(frame, force_key, self.clock.now())
    }

    fn set_bitrate(&mut self, bps: u32) {
        self.config = EncoderConfig { bitrate_bps: bps, ..self.config }.clamped();
        if let Some(software) = &mut self.software {
            software.set_bitrate(bps);
        }
        if let Some(device) = &mut self.device {
            device.set_rates(bps, self.config.fps);
        }
    }

    fn set_frame_rate(&mut self, fps: u32) {
        self.config = EncoderConfig { fps, ..self.config }.clamped();
        if let Some(software) = &mut self.software {
            software.set_frame_rate(fps);
        }
        if let Some(device) = &mut self.device {
            device.set_rates(self.config.bitrate_bps, fps);
        }
    }

    fn codec_string(&self) -> String {
        let software = || self.software.as_ref().map(|software| software.codec_string());
        let device = self.device.as_ref().map(|device| device.codec_string());
        device.or_else(software).unwrap_or_default()
    }
}

impl ViewEncoder for Stream {
    fn encode_on_device(
        &mut self,
        picture: &dyn OnDevice,
        size: [u32; 2],
        force_key: bool,
    ) -> Option<EncodedPacket> {
        self.encode_on_device_at(picture, size, force_key, self.clock.now())
    }
}

#[cfg(test)]
mod tests;
