//! The stream as its viewers get it.
//!
//! - [`viewers`]: how old pictures are, and what each further viewer costs.
//! - [`rates`]: likeness against bit rate.
//! - [`still`]: ways to send exactly the rendered pixels.
//! - [`step`]: a link that drops and recovers; [`plot`]: its curve for the documentation;
//!   [`trame`]: a peer on the same link.

mod plot;
mod rates;
mod step;
mod still;
mod trame;
mod viewers;

use anyhow::Result;

use crate::Setup;
use crate::row::Report;

pub(crate) fn run(setup: &Setup, report: &mut Report) -> Result<()> {
    rates::run(setup, report)?;
    still::run(report)?;
    viewers::run(setup, report)?;
    step::run(setup, report)
}
