//! The rules of a session, continued: buffers, pictures, packets.

use super::{Bitstream, Inner, Running, Session};
use crate::coder::Picture;
use crate::device::handle;
use crate::status::*;

impl Session {
    pub(crate) fn create_bitstream(&self) -> Answer<usize> {
        let mut inner = self.inner.lock();
        if inner.running.is_none() {
            return self.broken(NOT_INITIALIZED, "a bitstream buffer before it was initialised");
        }
        let at = handle();
        inner.bitstreams.insert(at, Bitstream::default());
        Ok(at)
    }

    pub(crate) fn destroy_bitstream(&self, at: usize) -> Answer {
        match self.inner.lock().bitstreams.remove(&at) {
            None => self.broken(INVALID_PTR, "destroyed a bitstream buffer that there is not"),
            Some(Bitstream { locked: true, .. }) => {
                self.broken(INVALID_CALL, "destroyed a locked bitstream buffer")
            }
            Some(_) => Ok(()),
        }
    }

    pub(crate) fn register(&self, address: usize, picture: Picture) -> Answer<usize> {
        let mut inner = self.inner.lock();
        if inner.running.is_none() {
            return self.broken(NOT_INITIALIZED, "registered before it was initialised");
        }
        if picture.pitch < picture.width || !picture.pitch.is_multiple_of(4) {
            return self.broken(INVALID_PARAM, "a pitch that is too small or not a multiple of 4");
        }
        if !self.device.holds(address, picture.bytes()) {
            return self.broken(REGISTER_FAILED, "registered memory that the device has not");
        }
        if inner.registered.values().any(|(other, _)| *other == address) {
            return self.broken(REGISTER_FAILED, "registered the same memory twice");
        }
        let at = handle();
        inner.registered.insert(at, (address, picture));
        self.device.add("registered", 1);
        Ok(at)
    }

    pub(crate) fn unregister(&self, at: usize) -> Answer {
        let mut inner = self.inner.lock();
        if inner.mapped.values().any(|registered| *registered == at) {
            return self.broken(INVALID_CALL, "unregistered a mapped picture");
        }
        match inner.registered.remove(&at) {
            Some((address, picture)) => {
                self.device.add("registered", -1);
                if !self.device.holds(address, picture.bytes()) {
                    return self.broken(GENERIC, "memory was freed while it was registered");
                }
                Ok(())
            }
            None => self.broken(NOT_REGISTERED, "unregistered what was not registered"),
        }
    }

    pub(crate) fn map(&self, registered: usize) -> Answer<(usize, Picture)> {
        let mut inner = self.inner.lock();
        let Some(&(_, picture)) = inner.registered.get(&registered) else {
            return self.broken(NOT_REGISTERED, "mapped what was not registered");
        };
        if inner.mapped.values().any(|other| *other == registered) {
            return self.broken(INVALID_CALL, "mapped twice");
        }
        let at = handle();
        inner.mapped.insert(at, registered);
        self.device.add("mapped", 1);
        Ok((at, picture))
    }

    pub(crate) fn unmap(&self, at: usize) -> Answer {
        let mut inner = self.inner.lock();
        if inner.mapped.remove(&at).is_none() {
            return self.broken(NOT_MAPPED, "unmapped what was not mapped");
        }
        self.device.add("mapped", -1);
        if inner.bitstreams.values().any(|b| b.reading == at && b.packet.is_some()) {
            return self.broken(INVALID_CALL, "unmapped a picture whose packet was not waited for");
        }
        Ok(())
    }

    pub(crate) fn end(&self) -> Answer {
        let mut inner = self.inner.lock();
        if inner.running.is_none() {
            return self.broken(NOT_INITIALIZED, "ended before it was initialised");
        }
        inner.ended = true;
        Ok(())
    }

    /// Codes the picture that is mapped as `input` into the buffer `output`.
    pub(crate) fn encode(
        &self,
        input: usize,
        output: usize,
        told: Picture,
        force_key: bool,
        with_sets: bool,
    ) -> Answer {
        let mut inner = self.inner.lock();
        let Inner { running, bitstreams, registered, mapped, pictures, ended } = &mut *inner;
        let Some(Running { setup, coder, key_due }) = running else {
            return self.broken(NOT_INITIALIZED, "encoded before it was initialised");
        };
        let picture = mapped.get(&input).and_then(|at| registered.get(at)).copied();
        let Some((address, picture)) = picture else {
            return self.broken(NOT_MAPPED, "encoded a picture that is not mapped");
        };
        let size = (setup.config.width as usize, setup.config.height as usize);
        if told != picture || (picture.width, picture.height) != size {
            return self.broken(INVALID_PARAM, "format, size or pitch are not the picture's");
        }
        let Some(bitstream) = bitstreams.get_mut(&output) else {
            return self.broken(INVALID_PTR, "encoded into a buffer that there is not");
        };
        if bitstream.locked || bitstream.packet.is_some() {
            return self.broken(INVALID_CALL, "encoded into a buffer that holds a packet");
        }
        let Some(memory) = self.device.read(address, picture.bytes()) else {
            return self.broken(GENERIC, "the picture's memory was freed");
        };
        let key = force_key || *key_due;
        let sets = setup.repeats_sets || with_sets || *pictures == 0;
        let frame = picture.frame(&memory).ok_or(GENERIC)?;
        let (data, key) = coder.encode(&frame, key, sets)?;
        (*key_due, *ended) = (false, false);
        *pictures += 1;
        bitstream.packet = Some((data, key));
        bitstream.reading = input;
        self.device.add("pictures", 1);
        self.device.add("keys", key.into());
        Ok(())
    }

    /// Address, bytes and whether it is a key; the packet stays where it is until `unlock`.
    pub(crate) fn lock(&self, at: usize) -> Answer<(usize, usize, bool)> {
        let mut inner = self.inner.lock();
        let Some(bitstream) = inner.bitstreams.get_mut(&at) else {
            return self.broken(INVALID_PTR, "locked a buffer that there is not");
        };
        match &bitstream.packet {
            _ if bitstream.locked => self.broken(INVALID_CALL, "locked twice"),
            None => self.broken(INVALID_CALL, "locked a buffer without a packet"),
            Some((data, key)) => {
                bitstream.locked = true;
                Ok((data.as_ptr() as usize, data.len(), *key))
            }
        }
    }

    /// A packet that was waited for and did not come: nothing reads its picture any more.
    pub(crate) fn lose(&self, at: usize) {
        if let Some(bitstream) = self.inner.lock().bitstreams.get_mut(&at)
            && !bitstream.locked
        {
            bitstream.reading = 0;
        }
    }

    pub(crate) fn unlock(&self, at: usize) -> Answer {
        let mut inner = self.inner.lock();
        match inner.bitstreams.get_mut(&at) {
            Some(bitstream) if bitstream.locked => {
                *bitstream = Bitstream::default();
                Ok(())
            }
            _ => self.broken(INVALID_CALL, "unlocked what was not locked"),
        }
    }
}
