//! One per rendition: pictures in, packets out to its readers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parfocal_base::PixelFormat;
use parfocal_encode::{EncodedPacket, EncoderConfig};
use parfocal_sync::message::{PixelCodec, PixelServerMessage};
use parfocal_sync::pixel::{HEADER_BYTES, PixelHeader};
use ractor::{Actor, ActorProcessingErr, ActorRef};

use crate::machine::pace::{Pace, Step};
use crate::machine::spending::{Rates, Spending};
use crate::pixels::Picture;
use crate::render::micros;
use crate::session::rendition::Rendition;
use crate::session::view_board::{Poke, ViewBoard};
use crate::shared::Shared;
use crate::supervise::Failure;
use crate::video::{Scaled, Unencoded, ViewEncoder, ViewFrame};

/// What an encoder reacts to.
pub enum EncoderMsg {
    /// A picture came, or a reader has room again.
    Poked,
    /// The time that it wanted to wait for has come.
    Timer,
}

/// The actor.
pub(crate) struct EncoderActor {
    pub(crate) shared: Arc<Shared>,
    pub(crate) view: Arc<ViewBoard>,
    pub(crate) rendition: Arc<Rendition>,
}

/// Its state.
pub(crate) struct EncoderState {
    pace: Pace,
    frame: Option<ViewFrame>,
    encoder: Option<Scaled>,
    stream: Option<PixelServerMessage>,
    asked: Rates,
    /// Of the last picture, in pixels.
    size: Option<[u32; 2]>,
    spending: Spending,
    timer: Option<tokio::task::JoinHandle<Result<(), ractor::MessagingErr<EncoderMsg>>>>,
}

impl Actor for EncoderActor {
    type Msg = EncoderMsg;
    type State = EncoderState;
    type Arguments = ();

    async fn pre_start(
        &self,
        me: ActorRef<EncoderMsg>,
        (): (),
    ) -> Result<EncoderState, ActorProcessingErr> {
        // From now on, so that no poke is lost between the first message and the supervisor's note.
        self.rendition.address.set(me.clone());
        // After a failure every reader starts anew, at a key picture of what the view shows.
        for member in self.rendition.readers.read().iter() {
            member.pixels.restart();
        }
        if let Some(latest) = self.view.latest.lock().clone() {
            self.rendition.put(latest);
        }
        me.send_message(EncoderMsg::Poked)?;
        Ok(EncoderState {
            pace: Pace::new(self.rendition.codec == PixelCodec::H264),
            frame: None,
            encoder: None,
            stream: None,
            asked: Rates::default(),
            size: None,
            spending: Spending::default(),
            timer: None,
        })
    }

    async fn handle(
        &self,
        me: ActorRef<EncoderMsg>,
        _: EncoderMsg,
        state: &mut EncoderState,
    ) -> Result<(), ActorProcessingErr> {
        if let Some(timer) = state.timer.take() {
            timer.abort();
        }
        // A picture in a layout that this codec cannot read is the last one for others; the view has
        // seen this rendition by now, and paints the next picture for it too.
        if let Some(frame) = self.rendition.take().filter(|frame| self.can_read(frame)) {
            state.frame = Some(frame);
            state.pace.picture();
        }
        let now = self.shared.clock.now();
        // Before the look: room that is made meanwhile is told of.
        self.rendition.starved.store(true, Ordering::SeqCst);
        let readers = self.rendition.could_read(now);
        self.rendition.starved.store(readers.starved, Ordering::SeqCst);
        match state.pace.step(now, readers) {
            Step::Wait(None) => {}
            Step::Wait(Some(at)) => {
                state.timer = Some(me.send_after(at.since(now), || EncoderMsg::Timer));
            }
            Step::Encode { key } => {
                self.encode(state, key).await?;
                me.send_message(EncoderMsg::Timer)?;
            }
        }
        Ok(())
    }
}

impl EncoderActor {
    fn can_read(&self, frame: &ViewFrame) -> bool {
        frame.format() == PixelFormat::Rgba8 || frame.format() == input_of(self.rendition.codec)
    }

    fn make(
        &self,
        [width, height]: [u32; 2],
        Rates { bitrate_bps, fps }: Rates,
    ) -> Result<Box<dyn ViewEncoder>, Failure> {
        let config = EncoderConfig { width, height, fps, bitrate_bps };
        let Rendition { codec, used, .. } = &*self.rendition;
        let made = self.shared.video.encoder(*codec, config, used);
        made.map_err(|error| Failure(error.to_string()))
    }

    async fn encode(&self, state: &mut EncoderState, key: bool) -> Result<(), ActorProcessingErr> {
        let Some(frame) = state.frame.clone() else { return Ok(()) };
        let spec = self.rendition.spec();
        let painted = frame.size();
        let size = spec.size_of(painted);
        let bitrate_bps = spec.bitrate.min(most(painted, self.shared.bitrate_720p));
        let (clock, begun) = (self.shared.clock, self.shared.clock.now());
        let wanted = Rates { bitrate_bps, fps: spec.fps };
        // Only a video encoder makes a key of it; pictures of other codecs are all alike.
        let video = self.rendition.codec == PixelCodec::H264;
        let before = state.size.replace(size);
        let smaller = video && before.is_some_and(|before| size[1] < before[1]);
        let asked = state.spending.ask(begun, wanted, smaller);
        let mut encoder = match state.encoder.take() {
            Some(encoder) => encoder,
            None => Scaled::new(self.make(size, asked)?),
        };
        if state.asked != asked {
            state.asked = asked;
            encoder.encoder.set_bitrate(asked.bitrate_bps);
            encoder.encoder.set_frame_rate(asked.fps);
        }
        let trace = self.shared.trace.of(&self.view.session);
        let _span = trace.encode(self.rendition.serial, frame.meta());
        self.rendition.set_next(state.spending.next());
        let encoded = tokio::task::spawn_blocking(move || {
            let packet = encoder.encode(&frame, size, key);
            (encoder, packet, frame, clock.now().since(begun))
        });
        let (encoder, packet, frame, took) = encoded.await?;
        // Only a video decoder needs more than the codec's name.
        let config = if video { encoder.encoder.codec_string() } else { String::new() };
        state.encoder = Some(encoder);
        let packet = match packet {
            Ok(packet) => packet,
            Err(error) => {
                // Whoever begins anew must not begin with the same picture.
                self.view.latest.lock().take();
                return self.without(state, &frame, error);
            }
        };
        let bytes = packet.data.len() as u64;
        let by = self.rendition.used.lock().by.as_str();
        let labels = [("codec", self.rendition.codec.as_str()), ("encoder", by)];
        metrics::histogram!("parfocal_encode_seconds", &labels).record(took.as_secs_f64());
        metrics::counter!("parfocal_frames_encoded_total", &labels).increment(1);
        metrics::counter!("parfocal_encoded_bytes_total", &labels).increment(bytes);
        state.spending.came(packet.key, HEADER_BYTES + packet.data.len());
        self.rendition.set_next(state.spending.next());
        let picture = self.picture(state, &frame, packet, config, took);
        if picture.key {
            self.view.allocator.lock().key_made(clock.now(), self.rendition.id);
        }
        self.rendition.publish(&picture);
        self.view.poke(Poke::Readers);
        Ok(())
    }

    /// There is no packet of this picture.
    fn without(
        &self,
        state: &mut EncoderState,
        frame: &ViewFrame,
        error: Unencoded,
    ) -> Result<(), ActorProcessingErr> {
        match error {
            Unencoded::Encoder(error) => Err(Failure(error.to_string()).into()),
            // It is painted again, to the host this time; until then there is nothing to encode.
            Unencoded::Device(error) => {
                frame.failed(&error);
                state.frame = None;
                state.pace = Pace::new(self.rendition.codec == PixelCodec::H264);
                self.view.poke(Poke::Lost);
                Ok(())
            }
        }
    }

    fn picture(
        &self,
        state: &mut EncoderState,
        frame: &ViewFrame,
        packet: EncodedPacket,
        config: String,
        took: Duration,
    ) -> Picture {
        let (codec, view) = (self.rendition.codec, self.rendition.view);
        if packet.key || state.stream.is_none() {
            let (width, height) = (packet.width, packet.height);
            state.stream = Some(PixelServerMessage::Stream { view, codec, config, width, height });
        }
        let stream = state.stream.clone().unwrap_or(PixelServerMessage::Stream {
            view,
            codec,
            config: String::new(),
            width: packet.width,
            height: packet.height,
        });
        let meta = frame.meta();
        let header = PixelHeader {
            codec,
            key: packet.key,
            complete: meta.complete,
            exact: codec == PixelCodec::Png,
            sequence: 0,
            view,
            width: u16::try_from(packet.width).unwrap_or(u16::MAX),
            height: u16::try_from(packet.height).unwrap_or(u16::MAX),
            revision: meta.revision,
            captured_us: meta.captured.as_micros(),
            render_us: meta.render_us,
            encode_us: micros(took),
            tile: None,
            canvas: frame.size().map(|side| u16::try_from(side).unwrap_or(u16::MAX)),
        };
        let (rendition, key) = (self.rendition.serial, packet.key);
        Picture { rendition, header, stream, key, payload: packet.data }
    }
}

/// The frame format that an encoder of this codec reads without converting.
pub(crate) const fn input_of(codec: PixelCodec) -> PixelFormat {
    match codec {
        PixelCodec::H264 => PixelFormat::I420,
        PixelCodec::Jpeg | PixelCodec::Png => PixelFormat::Rgba8,
    }
}

/// Most bits a second for a view whose canvas has this size. Larger ones need fewer bits a pixel:
/// the exponent is the usual rule of thumb.
pub(crate) fn most([width, height]: [u32; 2], of_720p: u32) -> u32 {
    let area = f64::from(width) * f64::from(height) / (1280.0 * 720.0);
    (f64::from(of_720p) * area.powf(0.75)) as u32
}
