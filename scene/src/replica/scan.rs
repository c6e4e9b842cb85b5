//! Checks bytes from a peer before yrs decodes them.
//!
//! yrs reserves memory for as many entries as a message claims and recurses as deep as its values
//! nest; in builds with assertions it also panics on client ids beyond 53 bits. So the bytes are
//! walked first, and only what our documents hold is let through: map entries with plain values or
//! nested maps. What a foreign writer may send is narrower (`foreign.rs`).

use yrs::StateVector;
use yrs::updates::decoder::Decode;

use super::SyncError;
use super::walk::{CLOCK, Scan, Walk};

/// Longest update of a scene that is read, in bytes: ten times the state of a scene with every
/// layer and view that it may have.
pub const MAX_UPDATE: usize = 16 << 20;
/// Longest state vector that is read, in bytes: some 5000 clients that have written.
pub const MAX_STATE_VECTOR: usize = 64 << 10;

/// Decodes a state vector whose entries are all there.
pub(super) fn state_vector(bytes: &[u8]) -> Scan<StateVector> {
    let mut walk = Walk::new(bytes, MAX_STATE_VECTOR)?;
    for _ in 0..walk.count(2)? {
        walk.client()?;
        walk.clock()?;
    }
    walk.end()?;
    StateVector::decode_v1(bytes).map_err(|error| SyncError::Refused(error.to_string()))
}

/// Checks that an update is whole and holds only what our documents do.
pub(super) fn update(bytes: &[u8], limit: usize) -> Scan<()> {
    let mut walk = Walk::new(bytes, limit)?;
    for _ in 0..walk.count(4)? {
        let blocks = walk.count(2)?;
        walk.client()?;
        let mut clock = walk.clock()?;
        for _ in 0..blocks {
            clock = clock.saturating_add(walk.block()?.len);
            if clock >= CLOCK {
                return Err(SyncError::Malformed("a clock is too large"));
            }
        }
    }
    for _ in 0..walk.count(3)? {
        walk.client()?;
        for _ in 0..walk.count(2)? {
            walk.clock()?;
            walk.clock()?;
        }
    }
    walk.end()
}
