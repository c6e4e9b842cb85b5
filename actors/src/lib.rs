//! The supervision tree: a thin shell around the machines of the other crates.
//!
//! - [`engine`]: what the server's front (HTTP, command line) sees: start, join, attach, stop.
//! - [`admin`]: what it does to sessions besides: lists, makes and archives them, lets people in and
//!   sends them away, keeps their history, takes them home and brings them back.
//! - [`root`]: the top of the tree; [`store`], [`data`], [`render`] are its children, and one
//!   supervisor per session.
//! - [`session`]: the actors of a session, and the board that they share.
//! - [`supervise`], [`address`]: how children are restarted, and found again.
//! - [`renderers`]: all that paints, a GPU each and the CPU, and who paints what; [`painter`]: what there
//!   is to paint with.
//! - [`outbox`], [`pixels`]: the bounded queues towards a client. [`stills`]: what a resting view shows.
//! - [`video`]: what encodes, and what happens where hardware fails.
//! - [`trace`]: what each actor did when, in a file for Perfetto.
//! - [`machine`]: every decision, as a pure machine.
//!
//! Mailboxes carry small messages only. Pictures travel through latest-wins slots, packets through
//! queues that are bounded in bytes. An actor that is started again rebuilds from what is durable:
//! the scene from the store, a view from the scene, an encoder from the next picture.

pub mod address;
pub mod admin;
pub mod budget;
pub mod data;
pub mod engine;
pub mod machine;
pub mod outbox;
pub mod painter;
pub mod pixels;
pub mod render;
pub mod renderers;
pub mod root;
pub mod session;
pub mod shared;
pub mod stills;
pub mod store;
mod supervise;
pub mod trace;
pub mod video;
