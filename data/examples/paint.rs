//! How long painting takes, and how much memory what was painted.
//!
//! `cargo run --release -p parfocal-data --example paint`

use std::time::{Duration, Instant};

use parfocal_data::paint::{PaintError, PaintLimits, Stroke, Tool, Volume};

const SLICE: usize = 2048;

/// Median and 95th percentile of `n` runs.
fn measure(
    n: usize,
    mut run: impl FnMut(usize) -> Result<Duration, PaintError>,
) -> Result<String, PaintError> {
    let mut times: Vec<Duration> = (0..n).map(&mut run).collect::<Result<_, _>>()?;
    times.sort_unstable();
    let at = |part: f64| times[((n - 1) as f64 * part) as usize].as_secs_f64() * 1e3;
    Ok(format!("{:8.3} {:8.3}", at(0.5), at(0.95)))
}

fn stroke(tool: Tool, label: u32, size: f64, path: Vec<Vec<f64>>) -> Stroke {
    Stroke { tool, label, size, path, displayed: [1, 2], dims: 2 }
}

/// Twenty points, three voxels apart, that wind through chunks.
fn wave(at: usize) -> Vec<Vec<f64>> {
    let start = (at * 397 % 1900) as f64;
    (0..20)
        .map(f64::from)
        .map(|i| vec![0.0, start + 20.0 + 8.0 * (i / 3.0).sin(), start + 3.0 * i])
        .collect()
}

fn main() -> Result<(), PaintError> {
    let limits = PaintLimits::default();
    println!("{:44} {:>8} {:>8}", "milliseconds", "median", "p95");
    let mut volume = Volume::new(&[1, SLICE, SLICE])?;
    let mut diffs = Vec::new();
    let row = measure(300, |at| {
        let stroke = stroke(Tool::Brush, at as u32 + 1, 20.0, wave(at));
        let start = Instant::now();
        diffs.push(volume.apply(&stroke, &limits)?);
        Ok(start.elapsed())
    })?;
    println!("{:44} {row}", "brush, 20 points, size 20, 2048²");
    let bytes = diffs.iter().map(|diff| diff.bytes()).sum::<usize>() / diffs.len();
    let row = measure(300, |_| {
        let start = Instant::now();
        let diff = diffs.pop().unwrap_or_default();
        volume.revert(&diff)?;
        Ok(start.elapsed())
    })?;
    println!("{:44} {row}", "its undo");
    let row = measure(100, |at| {
        let diff = volume.apply(&stroke(Tool::Brush, at as u32 + 1, 20.0, wave(at)), &limits)?;
        let start = Instant::now();
        for chunk in diff.chunks() {
            volume.encode_chunk(chunk)?;
        }
        Ok(start.elapsed())
    })?;
    println!("{:44} {row}", "its chunks as bytes");
    println!("{:44} {bytes:8}", "bytes of its diff");

    let row = measure(20, |at| {
        let mut volume = Volume::new(&[1, SLICE, SLICE])?;
        let stroke = stroke(Tool::Fill, at as u32 + 1, 1.0, vec![vec![0.0, 5.0, 5.0]]);
        let start = Instant::now();
        volume.apply(&stroke, &limits)?;
        Ok(start.elapsed())
    })?;
    println!("{:44} {row}", "fill of an empty 2048²");
    let row = measure(20, |at| {
        let stroke = stroke(Tool::Fill, at as u32 + 1, 1.0, vec![vec![0.0, 1.0, 2040.0]]);
        let start = Instant::now();
        volume.apply(&stroke, &limits)?;
        Ok(start.elapsed())
    })?;
    println!("{:44} {row}", "fill around strokes in 2048²");

    half_painted(&limits)
}

/// Discs of many labels in every slice, half of it.
fn half_painted(limits: &PaintLimits) -> Result<(), PaintError> {
    let mut volume = Volume::new(&[50, SLICE, SLICE])?;
    let (start, mut label) = (Instant::now(), 0);
    for z in 0..50 {
        for y in (20..SLICE).step_by(50) {
            for x in (20..SLICE).step_by(50) {
                label += 1;
                let at = vec![f64::from(z), y as f64, x as f64];
                volume.apply(&stroke(Tool::Brush, label, 40.0, vec![at]), limits)?;
            }
        }
    }
    let painted = label as usize * 1257;
    println!(
        "50 × 2048²: {label} discs, {:.0} % painted, {:.1} MiB in memory, of which 16 plain; {:.1} s",
        100.0 * painted as f64 / (50 * SLICE * SLICE) as f64,
        volume.bytes() as f64 / f64::from(1 << 20),
        start.elapsed().as_secs_f64(),
    );
    Ok(())
}
