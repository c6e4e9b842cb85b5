//! The actors of one session.
//!
//! - [`board`]: what they share, and what outlives each of them; it holds each [`member`] and each
//!   open view ([`view_board`]) with its streams ([`rendition`]).
//! - [`supervisor`]: starts and restarts them; opens and ends views and encoders as people come.
//! - [`scene`]: sole writer of the document; journals before it acknowledges (`scene_journal`).
//! - [`requests`]: what the server itself asks of the scene actor: versions, imports.
//! - [`keeper`]: what the scene actor keeps: model, documents, answers; pure. [`seed`]: its first
//!   layers.
//! - `measure`: statistics of the image under annotations.
//! - `painted`: the labels that people paint.
//! - [`presence`]: who is here, whose view they look at, where they point.
//! - [`client`]: one per connection: may this participant ask this, and how often.
//! - [`view`]: when a view needs a picture, and which chunks.
//! - [`encoder`]: one per rendition: pictures in, packets out to its readers.
//! - [`yjs`]: standard Yjs clients.
//! - `quality`: what somebody's link does, what they get, and why.
//! - [`probe`]: values and histograms that clients ask for.

pub mod board;
pub mod client;
pub mod encoder;
#[cfg(test)]
mod interleavings;
pub mod keeper;
mod measure;
pub mod member;
mod painted;
pub mod presence;
pub mod probe;
pub(crate) mod quality;
#[cfg(test)]
mod refused;
pub mod rendition;
mod renditions;
pub mod requests;
pub mod scene;
mod scene_careful;
mod scene_journal;
pub mod seed;
pub mod still;
pub mod supervisor;
pub mod view;
pub mod view_board;
pub mod yjs;
mod yjs_scene;
