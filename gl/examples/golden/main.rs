//! Holds the GL renderer of this machine against the reference, and prints how long it takes.
//!
//! One binary, without network, for a machine with a GPU:
//! `cargo build --release --package parfocal-gl --example golden`, then carry
//! `target/release/examples/golden` there, where `libEGL.so.1` and a driver are.
//!
//! `golden [best|hardware|software|N] [--frames N] [--soak N] [--volumes N]`: which device; frames to
//! measure (0: none); frames to paint at changing sizes, losing the context every now and then, before
//! memory is looked at; the largest side of volumes to measure (none without), 1024 for all.

mod soak;
mod times;
mod volumes;
mod worlds;

use std::error::Error;
use std::process::ExitCode;

use parfocal_base::{Frame, PixelFormat};
use parfocal_gl::{Bounds, Choice, GlRenderer, TOLERANCE};
use parfocal_render::DrawList;
use parfocal_render::conformance::{
    cases, check, check_i420, check_rays, draw_list, volume_cases, volume_list,
};
use parfocal_render::reference::{NearlyAll, RAYS};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

/// Lists by chance that are compared.
const BY_CHANCE: usize = 300;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, Box<dyn Error>> {
    let (mut choice, mut frames, mut soak, mut side) = (Choice::Best, 60, 0, 0);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || words.next().unwrap_or_default().parse::<usize>();
        match word.as_str() {
            "best" => choice = Choice::Best,
            "hardware" => choice = Choice::Hardware,
            "software" => choice = Choice::Software,
            "--frames" => frames = number()?,
            "--soak" => soak = number()?,
            "--volumes" => side = number()?,
            device => choice = Choice::Device(device.parse()?),
        }
    }
    println!("## Devices\n");
    for candidate in parfocal_gl::candidates()? {
        let name = candidate.device.map_or("none".to_owned(), |n| n.to_string());
        match candidate.outcome {
            Ok(found) => println!("- device {name}: {found}, sides up to {}", found.max_side),
            Err(error) => println!("- device {name}: {error}"),
        }
    }
    let mut gl = GlRenderer::open(choice, Bounds::default())?;
    println!("\ntaken: {}\n", gl.describe());
    let right = compare(&mut gl)? & compare_volumes(&mut gl)?;
    if frames > 0 {
        times::print(&mut gl, frames)?;
        volumes::print(choice, frames, side)?;
    }
    let kept = soak == 0 || soak::run(&mut gl, soak)?;
    Ok(right && kept)
}

/// Compares every feature, and lists by chance; whether all were right.
fn compare(gl: &mut GlRenderer) -> Result<bool, Box<dyn Error>> {
    let mut runner = TestRunner::deterministic();
    let mut lists: Vec<(String, DrawList)> =
        cases().into_iter().map(|case| (case.name, case.list)).collect();
    for number in 0..BY_CHANCE {
        let list = draw_list().new_tree(&mut runner).map_err(|why| why.to_string())?.current();
        lists.push((format!("by chance {number}"), list));
    }
    println!("## Against the reference\n");
    let mut wrong = 0;
    for (name, list) in &lists {
        let [rgba, i420] = [PixelFormat::Rgba8, PixelFormat::I420].map(|format| {
            let mut frame = Frame::new(format, list.canvas[0], list.canvas[1]);
            gl.render(list, &mut frame).map(|()| frame)
        });
        let (rgba, i420) = (rgba?, i420?);
        for found in [check(&rgba, list, TOLERANCE), check_i420(&i420, &rgba)] {
            if let Err(error) = found {
                wrong += 1;
                println!("- {name}: {error}");
            }
        }
    }
    println!("{} lists, as RGBA and I420: {wrong} wrong\n", lists.len());
    Ok(wrong == 0)
}

/// The same for volumes.
fn compare_volumes(gl: &mut GlRenderer) -> Result<bool, Box<dyn Error>> {
    let mut runner = TestRunner::deterministic();
    let mut lists: Vec<(String, DrawList, NearlyAll)> =
        volume_cases().into_iter().map(|case| (case.name, case.list, RAYS)).collect();
    // A surface of few pixels has more of its pixels at its edge.
    let loose = NearlyAll { others: 0.03, ..RAYS };
    for number in 0..BY_CHANCE {
        let list = volume_list().new_tree(&mut runner).map_err(|why| why.to_string())?.current();
        lists.push((format!("by chance {number}"), list, loose));
    }
    println!("## Volumes against the reference\n");
    let mut wrong = 0;
    for (name, list, tolerance) in &lists {
        let mut frame = Frame::new(PixelFormat::Rgba8, list.canvas[0], list.canvas[1]);
        gl.render(list, &mut frame)?;
        if let Err(error) = check_rays(&frame, list, *tolerance) {
            wrong += 1;
            println!("- {name}: {error}");
        }
    }
    println!("{} lists: {wrong} wrong\n", lists.len());
    Ok(wrong == 0)
}
