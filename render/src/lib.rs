//! What is to be drawn, when, and the renderer that draws it on the CPU.
//!
//! The way of a picture, as types and files:
//!
//! 1. [`schedule`]: [`ViewScheduler`] decides when a view needs a frame; [`haste`] with how much care.
//! 2. [`plan`](mod@plan): a [`Scene`](parfocal_scene::Scene) seen through a
//!    [`View`](parfocal_scene::View) becomes a [`Plan`]: the level of detail of each layer, and the
//!    chunks to load, most wanted first, within a [`Budget`]. `cut` and `level_cut` hold the geometry that `plan` and
//!    `resolve` share.
//! 3. [`resolve`](mod@resolve): the same, and the chunks that are resident, become a [`DrawList`].
//!    `finder` looks the chunks up, and for stand-ins where one is missing.
//!    `annotations` finds those that are seen, by an [`AnnotationIndex`].
//!    A view of three axes: `space` and `space_cut` instead.
//! 4. [`draw_list`]: plain data, all that a painter needs to know; [`marks`] are what annotations
//!    look like; [`overlay`] adds the scale bar,
//!    the axes and the position as text.
//! 5. [`cpu`]: paints a draw list into a [`Frame`](parfocal_base::Frame), as RGBA or I420; what did not
//!    change since the frame before ([`mod@damage`]) is copied from there.
//!    [`mod@reference`] does the same slowly and obviously; tests hold the two equal.
//!
//! [`colormap`](mod@colormap) and [`labels`] know the colours; `conformance` (a feature) is what
//! painters are tested by. All but `cpu` is pure: no clock, no thread, no I/O.
//! This crate never loads a chunk, and knows neither network nor actors nor codecs.

mod annotations;
pub mod budget;
pub mod colormap;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod cpu;
mod cut;
pub mod damage;
pub mod dense;
pub mod draw_list;
mod finder;
pub mod haste;
pub mod labels;
mod level_cut;
pub mod marks;
pub mod overlay;
pub mod plan;
pub mod reference;
pub mod resolve;
pub mod rest;
pub mod schedule;
mod space;
mod space_cut;
mod wishes;

pub use annotations::{AnnotationIndex, AnnotationIndices};
pub use budget::Budget;
pub use colormap::{Strip, Table, colormap, colormap_strips};
pub use cpu::{Cpu, CpuError};
pub use damage::{Damage, damage};
pub use draw_list::DrawList;
pub use haste::Haste;
pub use plan::{Images, LayerPlan, Plan, plan};
pub use resolve::{Resident, resolve};
pub use rest::{REST, Rest};
pub use schedule::{Input, Output, Pace, ViewScheduler};
