//! The rules of a session: what may be called when, and who owns what.

use std::collections::BTreeMap;
use std::sync::Arc;

use parfocal_encode::EncoderConfig;
use parking_lot::Mutex;

use crate::coder::{Coder, Picture};
use crate::device::{Device, handle};
use crate::status::*;

mod flow;

/// Open sessions by their handles.
static SESSIONS: Mutex<BTreeMap<usize, Arc<Session>>> = Mutex::new(BTreeMap::new());

/// An open session.
pub(crate) struct Session {
    pub(crate) device: Arc<Device>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    running: Option<Running>,
    bitstreams: BTreeMap<usize, Bitstream>,
    /// Address and layout of each.
    registered: BTreeMap<usize, (usize, Picture)>,
    /// Which registered picture each is.
    mapped: BTreeMap<usize, usize>,
    pictures: u64,
    ended: bool,
}

struct Running {
    setup: Setup,
    coder: Coder,
    key_due: bool,
}

/// What a session is initialised with.
#[derive(Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) hevc: bool,
    pub(crate) config: EncoderConfig,
    pub(crate) most: [u32; 2],
    pub(crate) repeats_sets: bool,
}

#[derive(Default)]
struct Bitstream {
    packet: Option<(Vec<u8>, bool)>,
    locked: bool,
    /// The picture that the device may still be reading.
    reading: usize,
}

pub(crate) fn find(at: usize) -> Answer<Arc<Session>> {
    SESSIONS.lock().get(&at).cloned().ok_or(INVALID_ENCODERDEVICE)
}

/// Opens a session on a device.
pub(crate) fn open(device: &Arc<Device>) -> Answer<usize> {
    device.enter("open", false)?;
    if device.get("no encoder") != 0 {
        return Err(UNSUPPORTED_DEVICE);
    }
    if device.get("sessions") >= device.get_or("session limit", 8) {
        return Err(OUT_OF_MEMORY);
    }
    device.add("sessions", 1);
    let at = handle();
    let session = Session { device: Arc::clone(device), inner: Mutex::default() };
    SESSIONS.lock().insert(at, Arc::new(session));
    Ok(at)
}

impl Session {
    fn broken<T>(&self, answer: u32, what: &str) -> Answer<T> {
        Err(self.device.violation(answer, what))
    }

    /// Width and height, smallest and largest.
    pub(crate) fn sides(&self) -> [[u32; 2]; 2] {
        let side = |name, default| u32::try_from(self.device.get_or(name, default)).unwrap_or(0);
        [
            [side("min width", 33), side("min height", 17)],
            [side("max width", 4096), side("max height", 4096)],
        ]
    }

    fn check_setup(&self, setup: &Setup) -> Answer {
        let [[least_w, least_h], [most_w, most_h]] = self.sides();
        let EncoderConfig { width, height, fps, bitrate_bps } = setup.config;
        let within = (least_w..=most_w).contains(&width) && (least_h..=most_h).contains(&height);
        if !within || setup.most[0] > most_w || setup.most[1] > most_h {
            return self.broken(UNSUPPORTED_PARAM, "a size beyond the device's");
        }
        if width > setup.most[0] || height > setup.most[1] {
            return self
                .broken(INVALID_PARAM, "encodeWidth or -Height over maxEncodeWidth, -Height");
        }
        if fps == 0 || bitrate_bps == 0 {
            return self.broken(INVALID_PARAM, "no rate");
        }
        Ok(())
    }

    pub(crate) fn initialize(&self, setup: Setup) -> Answer {
        let mut inner = self.inner.lock();
        if inner.running.is_some() {
            return self.broken(INVALID_CALL, "initialised twice");
        }
        self.check_setup(&setup)?;
        let coder = Coder::new(setup.hevc, setup.config)?;
        inner.running = Some(Running { setup, coder, key_due: true });
        Ok(())
    }

    pub(crate) fn reconfigure(&self, setup: Setup, reset: bool, force_key: bool) -> Answer {
        let mut inner = self.inner.lock();
        let Some(running) = &mut inner.running else {
            return self.broken(NOT_INITIALIZED, "reconfigured before it was initialised");
        };
        self.check_setup(&setup)?;
        let size = |s: &Setup| (s.config.width, s.config.height);
        if setup.hevc != running.setup.hevc || setup.most != running.setup.most {
            return self.broken(INVALID_PARAM, "codec or maxEncode size changed in a session");
        }
        if size(&setup) != size(&running.setup) {
            if self.device.get("fixed size") != 0 {
                return self.broken(UNSUPPORTED_PARAM, "the device cannot change the size");
            }
            if !reset || !force_key {
                return self.broken(INVALID_PARAM, "a new size without resetEncoder and forceIDR");
            }
        }
        running.setup = setup;
        running.coder.set_rates(setup.config);
        running.key_due |= force_key;
        self.device.add("reconfigured", 1);
        Ok(())
    }

    pub(crate) fn parameter_sets(&self) -> Answer<Vec<u8>> {
        match &self.inner.lock().running {
            Some(running) => running.coder.parameter_sets(running.setup.config),
            None => self.broken(NOT_INITIALIZED, "parameter sets before it was initialised"),
        }
    }
}

/// Ends a session, and looks at what it leaves.
pub(crate) fn destroy(at: usize) -> Answer {
    let session = SESSIONS.lock().remove(&at).ok_or(INVALID_ENCODERDEVICE)?;
    let inner = session.inner.lock();
    let device = &session.device;
    device.add("sessions", -1);
    if !device.is_lost() {
        let left = [
            (inner.mapped.len(), "mapped pictures"),
            (inner.registered.len(), "registered pictures"),
            (inner.bitstreams.len(), "bitstream buffers"),
            (usize::from(inner.pictures > 0 && !inner.ended), "a stream without its end"),
        ];
        for (count, what) in left.into_iter().filter(|(count, _)| *count > 0) {
            device.violation(GENERIC, &format!("destroyed with {count} {what}"));
        }
    }
    // What is still counted goes with the session.
    device.add("mapped", -i64::try_from(inner.mapped.len()).unwrap_or(0));
    device.add("registered", -i64::try_from(inner.registered.len()).unwrap_or(0));
    Ok(())
}

#[cfg(test)]
mod tests;
