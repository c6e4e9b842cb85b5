//! The pixel channel.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use parfocal_base::Instant;
use parfocal_sync::CloseReason;
use parfocal_sync::close::code_is_permanent;
use parfocal_sync::message::{PixelClientMessage, PixelCodec, PixelServerMessage};
use parfocal_sync::pixel::PixelHeader;

use super::gate::Gate;
use super::latency::Latency;
use super::presenter::{Presenter, Ready, Step};
use super::state::stop_for;
use super::stats::Stats;
use super::{Config, Core, Event, Output, Picture};

/// Pictures given to the decoder and not answered. More than a server has in flight; past it the
/// decoder is too slow, and pictures are thrown away up to the next key.
pub const MAX_DECODING: usize = 16;
/// Failures of the decoder in a row after which another format is asked for.
const FAILURES_TO_SWITCH: usize = 3;

type Out = VecDeque<Output>;

/// What the core knows of its pixel channel.
pub(super) struct Pixels {
    codecs: Vec<PixelCodec>,
    decode: bool,
    /// To be used at the next connection.
    ticket: Option<String>,
    /// Counts connections, so that a slow decoder's answers are not taken for the next one's.
    connection: u64,
    open: bool,
    gate: Gate,
    decoding: VecDeque<(PixelHeader, Instant)>,
    failures: usize,
    /// Holds what is decoded, and when it was, until it is to be shown.
    presenter: Presenter<(PixelHeader, Instant)>,
    /// When the scene of the latest picture was read.
    captured_us: Option<u64>,
    pub(super) latency: Latency,
}

impl Pixels {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            codecs: config.codecs.clone(),
            decode: config.decode,
            ticket: None,
            connection: 0,
            open: false,
            gate: Gate::default(),
            decoding: VecDeque::new(),
            failures: 0,
            presenter: Presenter::default(),
            captured_us: None,
            latency: Latency::default(),
        }
    }

    /// A welcome brought a ticket.
    pub(super) fn open(&mut self, ticket: String, out: &mut Out) {
        if self.codecs.is_empty() {
            return;
        }
        self.ticket = Some(ticket);
        self.connection += 1;
        self.gate = Gate::default();
        self.decoding.clear();
        self.presenter.restart();
        self.captured_us = None;
        self.open = true;
        out.push_back(Output::ConnectPixels);
    }

    pub(super) fn connected(&mut self, out: &mut Out) {
        if let Some(ticket) = self.ticket.take().filter(|_| self.open) {
            send(out, &PixelClientMessage::Attach { ticket });
        }
    }

    pub(super) fn close(&mut self, out: &mut Out) {
        if self.open {
            self.open = false;
            self.decoding.clear();
            out.push_back(Output::ClosePixels);
        }
    }

    pub(super) fn revisions_restart(&mut self) {
        self.latency.reset();
    }

    pub(super) fn next_wake(&self) -> Option<Instant> {
        [self.key_at(), self.presenter.next_wake()].into_iter().flatten().min()
    }

    fn key_at(&self) -> Option<Instant> {
        self.gate.retry_at().filter(|_| self.open)
    }

    pub(super) fn tick(&mut self, now: Instant, stats: &mut Stats, out: &mut Out) {
        if self.key_at().is_some_and(|at| at <= now) {
            self.ask_key(now, stats, out);
        }
    }

    fn ask_key(&mut self, now: Instant, stats: &mut Stats, out: &mut Out) {
        if self.gate.ask(now) {
            stats.keyframes_asked += 1;
            send(out, &PixelClientMessage::Keyframe);
        }
    }

    fn picture(&mut self, now: Instant, picture: Picture, stats: &mut Stats, out: &mut Out) {
        let header = picture.header;
        send(out, &PixelClientMessage::Received { sequence: header.sequence });
        let verdict = self.gate.admit(&header);
        stats.gaps += u64::from(verdict.gap);
        if !self.decode {
            // Nobody looks at it; a gap is still a gap.
            thrown_away(out, header.sequence);
            if !verdict.decode {
                self.ask_key(now, stats, out);
            }
            return;
        }
        let room = self.decoding.len() < MAX_DECODING;
        if verdict.decode && room {
            self.decoding.push_back((header, now));
            out.push_back(Output::Decode(picture));
            return;
        }
        if !room {
            self.gate.broken();
        }
        stats.dropped += 1;
        thrown_away(out, header.sequence);
        self.ask_key(now, stats, out);
    }

    /// The picture that the decoder is done with, and when it arrived.
    fn done(&mut self, connection: u64, sequence: u32) -> Option<(PixelHeader, Instant)> {
        if connection != self.connection || !self.open {
            return None;
        }
        let at = self.decoding.iter().position(|(header, _)| header.sequence == sequence)?;
        self.decoding.drain(..=at).next_back()
    }

    fn failed(&mut self, now: Instant, sequence: u32, stats: &mut Stats, out: &mut Out) {
        stats.decode_failures += 1;
        self.failures += 1;
        self.gate.broken();
        thrown_away(out, sequence);
        self.ask_key(now, stats, out);
        if self.failures.is_multiple_of(FAILURES_TO_SWITCH) {
            let turn = self.failures / FAILURES_TO_SWITCH;
            let next = self.codecs.iter().cycle().nth(turn);
            if let Some(&codec) = next.filter(|_| self.codecs.len() > 1) {
                send(out, &PixelClientMessage::Codec { codec });
            }
        }
    }
}

impl Core {
    pub(super) fn pixels_text(&mut self, now: Instant, text: &str) {
        if !self.pixels.open {
            return;
        }
        match PixelServerMessage::parse(text) {
            Ok(PixelServerMessage::Stream { view, codec, config, width, height }) => {
                self.pixels.gate.restart();
                self.event(Event::Stream { view, codec, config, size: [width, height] });
            }
            // What a person may want to read; nothing here depends on it.
            Ok(PixelServerMessage::Link(_)) => {}
            Err(error) => self.pixels_fault(now, error.to_string()),
        }
    }

    pub(super) fn pixels_binary(&mut self, now: Instant, message: &Bytes) {
        if !self.pixels.open {
            return;
        }
        self.stats.pictures += 1;
        self.stats.picture_bytes += message.len() as u64;
        match PixelHeader::split(message) {
            Ok((header, data)) => {
                self.backoff.picture();
                if !self.pixels.decode {
                    self.stats.tiles += u64::from(header.tile.is_some());
                    self.record_age(now, &header);
                }
                let age = self.age(now, &header);
                self.event(Event::Picture { header, bytes: message.len(), age });
                let picture = Picture { connection: self.pixels.connection, header, data };
                self.pixels.picture(now, picture, &mut self.stats, &mut self.out);
            }
            Err(error) => self.pixels_fault(now, error.to_string()),
        }
    }

    pub(super) fn decoded(&mut self, now: Instant, connection: u64, sequence: u32) {
        let Some((header, arrived)) = self.pixels.done(connection, sequence) else { return };
        self.pixels.failures = 0;
        let took = now.since(arrived);
        let decode_us = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        // Its place on the way is free, whenever it is shown.
        let held = self.pixels.presenter.report().delay;
        let held_us = u32::try_from(held.as_micros()).unwrap_or(u32::MAX);
        let shown = PixelClientMessage::Shown { sequence, decode_us, held_us };
        send(&mut self.out, &shown);
        if header.tile.is_some() {
            // It shows what the picture before it showed, only better.
            self.stats.tiles += 1;
            self.out.push_back(Output::Present(header));
            return;
        }
        self.stats.decoded += 1;
        self.stats.decode_time.record(took);
        let at_once = header.key || header.exact || header.codec != PixelCodec::H264;
        let ready = Ready { sequence, captured_us: header.captured_us, at_once };
        let step = self.pixels.presenter.ready(now, ready, (header, now));
        self.present(now, &step);
    }

    /// Shows what is due.
    pub(super) fn present_due(&mut self, now: Instant) {
        let step = self.pixels.presenter.tick(now);
        self.present(now, &step);
    }

    fn present(&mut self, now: Instant, step: &Step<(PixelHeader, Instant)>) {
        self.stats.passed_over += step.drop.len() as u64;
        let Some((header, ready)) = step.show else { return };
        self.stats.presented += 1;
        self.stats.presenter_delay.record(now.since(ready));
        self.pixels.latency.shown(now, header.revision, &mut self.stats);
        self.record_age(now, &header);
        self.out.push_back(Output::Present(header));
    }

    /// A picture of the same moment again, better, is no older picture; and the first one of a
    /// connection may have waited for somebody to look.
    fn record_age(&mut self, now: Instant, header: &PixelHeader) {
        let before = self.pixels.captured_us.replace(header.captured_us);
        let new = before.is_some_and(|before| before < header.captured_us);
        if let Some(age) = self.age(now, header).filter(|_| new) {
            self.stats.picture_age.record(age);
        }
    }

    /// Since the server read the scene of that picture; `None` while its clock is not known.
    fn age(&self, now: Instant, header: &PixelHeader) -> Option<Duration> {
        let (_, offset) = self.clock?;
        let server_now = Instant::from_micros(now.as_micros().saturating_add_signed(offset));
        Some(server_now.since(Instant::from_micros(header.captured_us)))
    }

    pub(super) fn decode_failed(&mut self, now: Instant, connection: u64, sequence: u32) {
        if self.pixels.done(connection, sequence).is_some() {
            self.pixels.failed(now, sequence, &mut self.stats, &mut self.out);
        }
    }

    pub(super) fn pixels_closed(&mut self, now: Instant, code: Option<u16>) {
        if !self.pixels.open {
            return;
        }
        self.pixels.open = false;
        let reason = code.and_then(CloseReason::from_code);
        match (reason, code) {
            // The state channel's own end follows, and its code counts.
            (Some(CloseReason::StateClosed), _) => {}
            // What heals with a new ticket, and what heals by itself.
            (Some(CloseReason::BadTicket | CloseReason::HelloTimeout), _) => {
                self.pixels_failed(now, code);
            }
            (_, Some(code)) if code_is_permanent(code) => self.stop(stop_for(code)),
            _ => self.pixels_failed(now, code),
        }
    }

    fn pixels_fault(&mut self, now: Instant, message: String) {
        self.backoff.pixels_failed();
        self.fault(now, message);
    }

    fn pixels_failed(&mut self, now: Instant, code: Option<u16>) {
        self.backoff.pixels_failed();
        self.retry(now, CloseReason::Normal, code);
    }
}

/// Done with a picture that was not decoded.
fn thrown_away(out: &mut Out, sequence: u32) {
    send(out, &PixelClientMessage::Shown { sequence, decode_us: 0, held_us: 0 });
}

fn send(out: &mut Out, message: &PixelClientMessage) {
    out.push_back(Output::SendPixels(message.to_json()));
}
