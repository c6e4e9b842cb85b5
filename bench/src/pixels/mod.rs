//! The stream as its viewers get it.
//!
//! - [`glass`]: from a hand's movement to the pixels that show it.
//! - [`viewers`]: how old pictures are, and what each further viewer costs.
//! - [`rates`]: likeness against bit rate.
//! - [`still`]: ways to send exactly the rendered pixels.
//! - [`step`]: a link that drops and recovers; [`plot`]: its curve for the documentation;
//!   [`trame`]: a peer on the same link.

mod glass;
mod plot;
mod rates;
mod step;
mod still;
mod trame;
mod viewers;

use anyhow::Result;

use crate::Setup;
use crate::row::Report;

/// What is measured, in this order.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// Likeness against bit rate
    Rates,
    /// Ways to send exactly the rendered pixels
    Still,
    /// Many viewers
    Viewers,
    /// From a hand's movement to the pixels that show it
    Glass,
    /// A link that drops and recovers
    Step,
}

pub(crate) fn run(setup: &Setup, report: &mut Report) -> Result<()> {
    let wanted = |part| setup.pixels.is_none_or(|only| only == part);
    if wanted(Part::Rates) {
        rates::run(setup, report)?;
    }
    if wanted(Part::Still) {
        still::run(report)?;
    }
    if wanted(Part::Viewers) {
        viewers::run(setup, report)?;
    }
    if wanted(Part::Glass) {
        glass::run(setup, report)?;
    }
    if wanted(Part::Step) {
        step::run(setup, report)?;
    }
    Ok(())
}
