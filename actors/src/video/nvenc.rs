//! NVIDIA's encoders, of all cards of this machine.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parfocal_base::{Frame, OnDevice};
use parfocal_encode::{Codec, EncodedPacket, Encoder, EncoderConfig};
use parfocal_nvidia::cuda::{CudaError, Device, device_count};
use parfocal_nvidia::fallback::Reason;
use parfocal_nvidia::nvenc::{
    Api, CudaMemory, InputMemory, NvencEncoder, NvencError, Packet, Preset, VideoCodec,
    capabilities,
};

use super::{Failure, Hardware, HardwareEncoder};

/// Gives one encoder its memory on a card.
pub type Memory = Box<dyn Fn() -> Result<Box<dyn InputMemory>, CudaError> + Send + Sync>;

/// A card that encodes.
struct Card {
    name: String,
    memory: Memory,
    streams: Arc<AtomicUsize>,
}

/// The library, and the cards that encode.
pub struct Nvenc {
    api: Arc<Api>,
    cards: Vec<Card>,
}

impl fmt::Debug for Nvenc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Nvenc").field(&self.name()).finish()
    }
}

impl Nvenc {
    /// The driver's, with every card that opens a session now, or may do so later.
    ///
    /// # Errors
    /// Why no card does: the driver's, or the first card's answer.
    pub fn system() -> Result<Self, NvencError> {
        let api = Api::system()?;
        let (mut cards, mut first) = (Vec::new(), None);
        for ordinal in 0..device_count()? {
            match Device::open(ordinal) {
                Ok(device) => {
                    let name = device.info().name.clone();
                    let memory: Memory = Box::new(move || Ok(Box::new(CudaMemory::new(&device)?)));
                    cards.push((name, memory));
                }
                Err(error) => first = first.or(Some(error)),
            }
        }
        match first {
            Some(error) if cards.is_empty() => Err(error.into()),
            _ => Self::new(api, cards),
        }
    }

    /// Of these cards, by name, those that open a session now, or may do so later.
    ///
    /// # Errors
    /// The first card's answer, where none does.
    pub fn new(api: Arc<Api>, cards: Vec<(String, Memory)>) -> Result<Self, NvencError> {
        let mut good = Vec::new();
        let mut first = None;
        for (name, memory) in cards {
            match ask(&api, &memory) {
                Ok(()) => good.push(Card { name, memory, streams: Arc::default() }),
                Err(error) => {
                    let later = matches!(error.reason(), Reason::Full | Reason::Busy);
                    tracing::info!(device = %name, %error, later, "NVENC opens no session");
                    if later {
                        good.push(Card { name, memory, streams: Arc::default() });
                    }
                    first = first.or(Some(error));
                }
            }
        }
        if good.is_empty() {
            return Err(first.unwrap_or(CudaError::NoDevice { ordinal: 0, count: 0 }.into()));
        }
        Ok(Self { api, cards: good })
    }
}

/// Whether a card encodes H.264.
fn ask(api: &Arc<Api>, memory: &Memory) -> Result<(), NvencError> {
    let found = capabilities(api, &*memory()?)?;
    let h264 = found.codecs.iter().any(|(codec, _)| *codec == VideoCodec::H264);
    if h264 { Ok(()) } else { Err(NvencError::Codec(VideoCodec::H264)) }
}

impl From<NvencError> for Failure {
    fn from(error: NvencError) -> Self {
        Self { reason: error.reason(), text: error.to_string() }
    }
}

impl Hardware for Nvenc {
    fn name(&self) -> String {
        let names: Vec<_> = self.cards.iter().map(|card| card.name.as_str()).collect();
        names.join(", ")
    }

    /// On the card that has painted the pictures, or else on that with the fewest streams, or else on
    /// the next.
    fn open(
        &self,
        config: EncoderConfig,
        near: Option<&dyn OnDevice>,
    ) -> Result<Box<dyn HardwareEncoder>, Failure> {
        let mut cards: Vec<_> = self.cards.iter().map(|card| (card, (card.memory)())).collect();
        cards.sort_by_key(|(card, memory)| {
            let reads = |picture| memory.as_ref().is_ok_and(|memory| memory.reads(picture));
            (!near.is_some_and(reads), card.streams.load(Ordering::Relaxed))
        });
        let mut last = NvencError::from(CudaError::NoDevice { ordinal: 0, count: 0 });
        for (card, memory) in cards {
            let encoder = memory.map_err(NvencError::from).and_then(|memory| {
                NvencEncoder::new(&self.api, memory, VideoCodec::H264, Preset::default(), config)
            });
            match encoder {
                Ok(encoder) => {
                    card.streams.fetch_add(1, Ordering::Relaxed);
                    let streams = Arc::clone(&card.streams);
                    return Ok(Box::new(OnCard { encoder, streams }));
                }
                Err(error) => last = error,
            }
        }
        Err(last.into())
    }
}

/// A stream on a card.
struct OnCard {
    encoder: NvencEncoder,
    streams: Arc<AtomicUsize>,
}

impl HardwareEncoder for OnCard {
    fn encode(&mut self, frame: &Frame, force_key: bool) -> Result<EncodedPacket, Failure> {
        let Packet { data, key, .. } = self.encoder.encode_frame(frame, force_key)?;
        let (width, height) = (frame.width(), frame.height());
        Ok(EncodedPacket { codec: Codec::H264, data: data.into(), key, width, height })
    }

    fn reads(&self, picture: &dyn OnDevice) -> bool {
        self.encoder.reads(picture)
    }

    fn encode_on_device(
        &mut self,
        picture: &dyn OnDevice,
        size: [u32; 2],
        force_key: bool,
    ) -> Result<EncodedPacket, Failure> {
        let Packet { data, key, .. } = self.encoder.encode_on_device(picture, size, force_key)?;
        let [width, height] = size;
        Ok(EncodedPacket { codec: Codec::H264, data: data.into(), key, width, height })
    }

    fn set_rates(&mut self, bitrate_bps: u32, fps: u32) {
        self.encoder.set_bitrate(bitrate_bps);
        self.encoder.set_frame_rate(fps);
    }

    fn codec_string(&self) -> String {
        self.encoder.codec_string()
    }
}

impl Drop for OnCard {
    fn drop(&mut self) {
        self.streams.fetch_sub(1, Ordering::Relaxed);
    }
}
