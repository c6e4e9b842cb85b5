//! Rate control on real sockets: a server, headless clients, and between them the relay with the
//! links of the simulation's own table (`encode/tests/network/scenario.rs`).
//!
//! The links are smaller than there, and faster: a debug build on a busy machine encodes no 1080p.
//! What is asserted is what the rate control governs (what waits before the bottleneck, how soon
//! it drains, what is used of the link again, key pictures), with some room for the machine.
//! `cargo test -p parfocal-tests --test network -- --nocapture` prints the figures.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod company;
mod figures;
mod kernel;
mod one_viewer;
mod rig;
#[path = "../../../encode/tests/network/scenario.rs"]
#[allow(dead_code, unreachable_pub, reason = "only its links are used here")]
mod scenario;
