//! The decisions of this crate: plain values in, plain values out, `now` as an argument.
//!
//! - [`restart`]: whether and when a child that ended is started again.
//! - [`people`]: who is in a session, whose view each looks at, how large each view's canvas is.
//! - [`ledger`]: which intents were answered, so that a replay is answered the same.
//! - [`journal`]: what waits for the disk, and who is told when it is there.
//! - [`flow`]: what one client has been sent and not yet shown, and which pictures it can use.
//! - [`pace`]: when a rendition encodes, and when as a key picture.
//! - [`device`]: whether a device that failed is asked again.
//! - [`placement`]: which GPU paints which view.
//! - [`spending`]: what an encoder is asked for, so that the link's bits come of it.

pub mod device;
pub mod flow;
pub mod journal;
pub mod ledger;
pub mod pace;
pub mod people;
pub mod placement;
pub mod restart;
pub mod spending;

#[cfg(test)]
mod journey;
