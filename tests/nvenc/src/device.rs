//! A device: its script, its memory, and what was done with it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::status::{Answer, DEVICE_NOT_EXIST, GENERIC};

/// Violations that are kept: the first ones tell.
const MAX_VIOLATIONS: usize = 64;

/// A device and everything that tests want to know about it.
#[derive(Default)]
pub(crate) struct Device {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Settings of the test and observations of the last session, by name.
    numbers: BTreeMap<String, u64>,
    /// `(function, which of its calls, answer)`; `*` counts all calls.
    failures: Vec<(String, u64, u32)>,
    violations: Vec<String>,
    /// Address and bytes.
    memory: BTreeMap<usize, Box<[u8]>>,
    lost: bool,
}

/// Devices by their handles, which are addresses of nothing.
static DEVICES: Mutex<BTreeMap<usize, Arc<Device>>> = Mutex::new(BTreeMap::new());

/// A number that looks like an address and was never given before.
pub(crate) fn handle() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0x1000);
    NEXT.fetch_add(16, Ordering::Relaxed)
}

pub(crate) fn new() -> usize {
    let at = handle();
    DEVICES.lock().insert(at, Arc::default());
    at
}

pub(crate) fn find(at: usize) -> Option<Arc<Device>> {
    DEVICES.lock().get(&at).cloned()
}

pub(crate) fn remove(at: usize) {
    DEVICES.lock().remove(&at);
}

impl Device {
    /// Counts a call of `function`, and answers as the script says. What cleans up (`cleanup`) is
    /// done all the same: the driver takes back what it fails to take back.
    pub(crate) fn enter(&self, function: &str, cleanup: bool) -> Answer {
        let mut state = self.state.lock();
        let mut count = |name: &str| {
            let n = state.numbers.entry(format!("calls {name}")).or_default();
            *n += 1;
            *n
        };
        let (own, all) = (count(function), count("*"));
        if state.numbers.get("lost at").is_some_and(|&at| at > 0 && all >= at) {
            state.lost = true;
        }
        if state.lost {
            return if cleanup { Ok(()) } else { Err(DEVICE_NOT_EXIST) };
        }
        let hit = |(name, at, _): &&(String, u64, u32)| match name.as_str() {
            "*" => *at == all,
            name => name == function && *at == own,
        };
        let answer = state.failures.iter().find(hit).map(|(_, _, answer)| *answer);
        answer.map_or(Ok(()), Err)
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.state.lock().lost
    }

    pub(crate) fn fail(&self, function: &str, at: u64, answer: u32) {
        self.state.lock().failures.push((function.to_owned(), at, answer));
    }

    pub(crate) fn set(&self, name: &str, value: u64) {
        let mut state = self.state.lock();
        state.numbers.insert(name.to_owned(), value);
        // A device that is lost comes back when it is told to be lost later.
        state.lost &= name != "lost at";
    }

    pub(crate) fn add(&self, name: &str, value: i64) {
        let mut state = self.state.lock();
        let number = state.numbers.entry(name.to_owned()).or_default();
        *number = number.saturating_add_signed(value);
    }

    pub(crate) fn get(&self, name: &str) -> u64 {
        self.state.lock().numbers.get(name).copied().unwrap_or(0)
    }

    pub(crate) fn get_or(&self, name: &str, default: u64) -> u64 {
        self.state.lock().numbers.get(name).copied().unwrap_or(default)
    }

    /// Writes a violation down, and gives the answer for it.
    pub(crate) fn violation(&self, answer: u32, what: &str) -> u32 {
        let violations = &mut self.state.lock().violations;
        if violations.len() < MAX_VIOLATIONS {
            violations.push(what.to_owned());
        }
        answer
    }

    pub(crate) fn violations(&self) -> String {
        self.state.lock().violations.join("\n")
    }

    pub(crate) fn allocate(&self, bytes: usize) -> usize {
        let memory = vec![0; bytes.max(1)].into_boxed_slice();
        let at = memory.as_ptr() as usize;
        self.state.lock().memory.insert(at, memory);
        at
    }

    pub(crate) fn free(&self, at: usize) {
        if self.state.lock().memory.remove(&at).is_none() {
            self.violation(GENERIC, "freed memory that is not of this device");
        }
    }

    /// Copies into memory; false where that does not reach so far.
    pub(crate) fn write(&self, at: usize, offset: usize, bytes: &[u8]) -> bool {
        let mut state = self.state.lock();
        let Some(memory) = state.memory.get_mut(&at) else { return false };
        let Some(to) = memory.get_mut(offset..).and_then(|rest| rest.get_mut(..bytes.len())) else {
            return false;
        };
        to.copy_from_slice(bytes);
        true
    }

    /// The first bytes of memory, where it has so many.
    pub(crate) fn read(&self, at: usize, bytes: usize) -> Option<Vec<u8>> {
        Some(self.state.lock().memory.get(&at)?.get(..bytes)?.to_vec())
    }

    pub(crate) fn holds(&self, at: usize, bytes: usize) -> bool {
        self.state.lock().memory.get(&at).is_some_and(|memory| memory.len() >= bytes)
    }
}
