//! Many frames of changing sizes and samples, with lost contexts between, and what is left after.

use std::error::Error;

use parfocal_base::{Frame, PixelFormat};
use parfocal_gl::GlRenderer;
use parfocal_render::conformance::{cases, fresh};

/// Frames between two losses of the context.
const LOSS: usize = 1000;
/// What allocators and drivers may keep of a context's memory on the host.
const SLACK: usize = 256 << 20;

/// Paints so many frames; whether memory stayed as it was.
pub(crate) fn run(gl: &mut GlRenderer, frames: usize) -> Result<bool, Box<dyn Error>> {
    println!("## {frames} frames\n");
    let lists: Vec<_> = cases().into_iter().map(|case| case.list).collect();
    let mut before = None;
    for number in 0..frames {
        let mut list = fresh(lists.get(number % lists.len()).ok_or("no lists")?);
        let growth = u32::try_from(number / 3 % 40)?;
        list.canvas = [list.canvas[0] + growth * 48, list.canvas[1] + growth * 26];
        let format = if number % 2 == 0 { PixelFormat::I420 } else { PixelFormat::Rgba8 };
        let mut frame = Frame::new(format, list.canvas[0], list.canvas[1]);
        gl.render(&list, &mut frame)?;
        if number % LOSS == LOSS - 1 {
            println!("- {}: {} MiB, {:?}", number + 1, memory() >> 20, gl.usage());
            gl.run(|gl| gl.lose())?;
            before = before.or_else(|| Some(memory()));
        }
    }
    let grown = memory().saturating_sub(before.unwrap_or_else(memory));
    println!(
        "\n{} contexts, {} MiB more on the host since the first\n",
        gl.reopened() + 1,
        grown >> 20
    );
    Ok(grown < SLACK)
}

/// Bytes of memory that the process has.
fn memory() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or(0) * 4096
}
