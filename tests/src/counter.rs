//! Pictures that say which one they are, so that the time from an intent to the pixels that show
//! it can be measured where the pixels are.
//!
//! The planes of a stack are numbered. Each shows its number in two rows of cells above a texture,
//! six bits bright for one and dark for zero, and below them the opposite: what is compared is
//! neighbours, so that neither contrast nor compression matter. An intent moves the view to a plane.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::stream::{FuturesUnordered, StreamExt};
use parfocal_base::{Frame, PixelFormat, ViewId};
use parfocal_client_native::Client;
use parfocal_scene::{Intent, View};
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::files;

/// Planes; the numbers begin anew after them. Two seconds' worth at 30 a second.
pub const COUNT: usize = 64;
const BITS: usize = 6;
/// Rows and columns of a plane.
const SIZE: [usize; 2] = [180, 320];
/// Rows and columns of a cell.
const CELL: [usize; 2] = [20, SIZE[1] / BITS];
/// Samples of a bright cell: more than the texture has.
const BRIGHT: u16 = 4000;
/// What bright and dark differ by at least, of 255.
const CONTRAST: i16 = 40;
/// Intents before the measured ones: until the link is known.
const WARM: usize = 60;
/// What is not seen so long after the last intent is not seen at all.
const PATIENCE: Duration = Duration::from_secs(3);

/// Writes `counter.npy` (u16, t y x) into `folder`.
///
/// # Errors
/// When it cannot be written.
pub fn stack(folder: &Path) -> Result<PathBuf> {
    let [rows, columns] = SIZE;
    let textures: Vec<Vec<u16>> = (0..files::TEXTURED[0])
        .map(|t| {
            (0..rows * columns).map(|at| files::texture([t, at / columns, at % columns])).collect()
        })
        .collect();
    files::npy(folder.join("counter.npy"), [COUNT, 1, rows, columns], |[t, _, y, x]| {
        let (row, bit) = (y / CELL[0], (x / CELL[1]).min(BITS - 1));
        match row {
            0 | 1 => {
                if (t >> bit) % 2 == row {
                    0
                } else {
                    BRIGHT
                }
            }
            _ => textures[t % textures.len()][y * columns + x],
        }
    })
}

/// The number of the plane in `frame`, a picture of `view` in whatever size; `None` where it
/// cannot be told.
pub fn read(frame: &Frame, view: &View) -> Option<usize> {
    let shown = [frame.height(), frame.width()].map(f64::from);
    let canvas = [view.canvas[1], view.canvas[0]].map(f64::from);
    let light = |row: usize, bit: usize| {
        let world =
            [row, bit].into_iter().zip(CELL).map(|(at, side)| (at as f64 + 0.5) * side as f64);
        let mut pixels = world.zip(view.camera.center).zip(canvas).zip(shown).map(
            |(((world, center), canvas), shown)| {
                let pixel = canvas / 2.0 + (world - center) * view.camera.zoom;
                (pixel * shown / canvas).clamp(0.0, shown - 1.0) as usize
            },
        );
        let (y, x) = (pixels.next()?, pixels.next()?);
        let at = y * frame.width() as usize + x;
        match frame.format() {
            PixelFormat::I420 => frame.planes()?[0].get(at).copied(),
            PixelFormat::Rgba8 => frame.data().get(at * 4 + 1).copied(),
        }
    };
    (0..BITS).try_fold(0, |number, bit| {
        let difference = i16::from(light(0, bit)?) - i16::from(light(1, bit)?);
        (difference.abs() >= CONTRAST).then_some(number | usize::from(difference > 0) << bit)
    })
}

/// Moves the stage `count` times, one time each `every`, and says how long each intent took to be
/// seen in the pixels that are shown, or surpassed there; `None`: it never was.
///
/// # Errors
/// When the client stops, or shows no such stack.
pub async fn glass_to_glass(
    client: &Client,
    every: Duration,
    count: usize,
) -> Result<Vec<Option<Duration>>> {
    let scene = client.scene().context("the mirror is empty")?;
    let view = scene.views.get(&ViewId::STAGE).context("no stage")?.clone();
    let mut beat = interval(every);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut sent, mut next) = (VecDeque::new(), 1);
    let (mut times, mut answers) = (Vec::new(), FuturesUnordered::new());
    loop {
        tokio::select! {
            _ = beat.tick(), if next <= WARM + count => {
                let value = (next % COUNT) as f64;
                answers.push(client.edit(Intent::SetPoint { view: ViewId::STAGE, axis: 0, value }));
                sent.push_back((next, Instant::now()));
                next += 1;
            }
            Some(answer) = answers.next() => drop(answer?),
            frame = client.next_frame() => {
                let (frame, now) = (frame?, Instant::now());
                let Some(plane) = read(&frame.frame, &view) else { continue };
                let Some(at) = sent.iter().rposition(|(number, _)| number % COUNT == plane) else {
                    continue;
                };
                let seen = sent.drain(..=at).filter(|&(number, _)| number > WARM);
                times.extend(seen.map(|(_, begun)| Some(now - begun)));
            }
            () = sleep(PATIENCE), if next > WARM + count => break,
        }
        if next > WARM + count && sent.is_empty() {
            break;
        }
    }
    times.resize(count, None);
    Ok(times)
}
