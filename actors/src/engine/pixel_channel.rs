//! An attached pixel channel: pictures go out, receipts come in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parfocal_base::Instant;
use parfocal_sync::close::CloseReason;
use parfocal_sync::message::PixelClientMessage;
use parfocal_sync::rate::IntentRate;
use parking_lot::Mutex;

use crate::outbox::Out;
use crate::session::board::Board;
use crate::session::member::Member;
use crate::session::quality::{Quality, Telling};
use crate::session::supervisor::SessionMsg;
use crate::session::view_board::Poke;

/// Requests of one pixel channel for a key picture or another codec a second, and at once. Each may
/// cost everybody who shares the stream a key picture.
const PIXEL_REQUESTS: [u32; 2] = [1, 4];

/// An attached pixel channel. Dropping it detaches.
pub struct PixelChannel {
    board: Arc<Board>,
    member: Arc<Member>,
    id: u64,
    requests: Mutex<IntentRate>,
    telling: Mutex<Telling>,
}

impl PixelChannel {
    /// Opens it in place of the one that the client may have had.
    pub(super) fn attach(board: Arc<Board>, member: Arc<Member>, now: Instant) -> Self {
        let id = member.pixels.attach();
        let [each_second, burst] = PIXEL_REQUESTS;
        let requests = Mutex::new(IntentRate::with_limits(now, burst, each_second));
        let channel = Self { board, member, id, requests, telling: Mutex::default() };
        channel.look_again();
        channel
    }

    /// The next message for the client.
    ///
    /// # Errors
    /// Why the connection is to be closed.
    pub async fn outgoing(&self) -> Result<Out, CloseReason> {
        let clock = self.board.shared.clock;
        loop {
            let (now, due) = (clock.now(), self.telling.lock().due());
            if due.is_some_and(|at| at <= now) {
                let quality = Quality::of(&self.board, &self.member, now);
                if let Some(out) = self.telling.lock().tell(now, quality.as_ref()) {
                    return Ok(out);
                }
                continue;
            }
            let take = self.member.pixels.take(self.id);
            let out = match due {
                Some(at) => match tokio::time::timeout(at.since(now), take).await {
                    Ok(out) => out?,
                    Err(_) => continue,
                },
                None => take.await?,
            };
            if matches!(out, Out::Binary(_)) {
                self.telling.lock().flowed(clock.now());
            }
            return Ok(out);
        }
    }

    /// Whether another picture fits, and how many were shown so far.
    pub fn progress(&self) -> (bool, u64) {
        self.member.pixels.progress()
    }

    /// The client said something.
    pub fn incoming(&self, message: &PixelClientMessage) {
        match message {
            PixelClientMessage::Attach { .. } => {}
            PixelClientMessage::Received { sequence } => {
                self.member.pixels.received(*sequence);
                return self.make_room();
            }
            PixelClientMessage::Shown { sequence, decode_us, held_us } => {
                let [decode, held] =
                    [*decode_us, *held_us].map(|us| Duration::from_micros(us.into()));
                if self.member.pixels.shown(*sequence, decode, held) {
                    let seconds = f64::from(*decode_us) / 1e6;
                    metrics::histogram!("parfocal_client_decode_seconds").record(seconds);
                }
                return self.make_room();
            }
            // A client that goes on asking gets nothing more until its bucket has filled again.
            _ if !self.requests.lock().allow(self.board.shared.clock.now()) => return,
            PixelClientMessage::Keyframe => {
                metrics::counter!("parfocal_keyframe_requests_total").increment(1);
                self.member.pixels.restart();
            }
            PixelClientMessage::Ceiling { bitrate_bps } => {
                self.member.pixels.set_ceiling(*bitrate_bps);
            }
            PixelClientMessage::Codec { codec } => {
                *self.member.codec.write() = Some(*codec);
                self.board.supervisor.send(SessionMsg::Show(Arc::clone(&self.member)));
            }
        }
        self.look_again();
    }

    /// Lets the encoders and the view look at their readers.
    fn look_again(&self) {
        self.tell(|_| true);
    }

    /// Lets those look that wait for room, if there is some here.
    fn make_room(&self) {
        if self.progress().0 {
            self.tell(|starved| starved.load(Ordering::SeqCst));
        }
    }

    fn tell(&self, whom: impl Fn(&AtomicBool) -> bool) {
        let view = *self.member.watched.lock();
        let Some(view) = self.board.views.get(&view) else { return };
        for rendition in view.renditions.read().iter().filter(|it| whom(&it.starved)) {
            rendition.poke();
        }
        if whom(&view.starved) {
            view.poke(Poke::Readers);
        }
    }
}

impl Drop for PixelChannel {
    fn drop(&mut self) {
        self.member.pixels.detach(self.id);
        self.look_again();
    }
}
