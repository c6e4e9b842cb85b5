//! Times by the device's own clock; medians, with the tenth and the ninetieth percentile.

use std::sync::Arc;
use std::time::Instant;

use parfocal_base::{Frame, PixelFormat};
use parfocal_nvidia::cuda::{
    Colours, Converter, Device, DeviceBuffer, Layout, PicturePool, Readback, Rgba, Rows, Shape,
    Stream, copy_on_device,
};

use super::{Result, noise};

/// Measurements of each kind.
pub(super) const ROUNDS: usize = 300;
/// Runs before that.
pub(super) const WARM_UP: usize = 30;
/// Sources that are used in turn, so that a 4K one (33 MB) is not in the device's cache (50 MB).
const SOURCES: usize = 4;
/// The sizes that are measured.
pub(super) const SIZES: [(u32, u32); 2] = [(1920, 1080), (3840, 2160)];

/// Prints a line of microseconds, and how fast so many bytes moved, if they did.
pub(super) fn print(name: &str, mut micros: Vec<f64>, bytes: usize) {
    micros.sort_by(f64::total_cmp);
    let at =
        |share: f64| micros.get((micros.len() as f64 * share) as usize).copied().unwrap_or(0.0);
    let rate = match bytes {
        0 => String::new(),
        _ => format!("  {:8.1} GB/s", bytes as f64 / at(0.5) / 1000.0),
    };
    println!(
        "{name:48} {:9.1} us  ({:.1} to {:.1}){rate}  n={}",
        at(0.5),
        at(0.1),
        at(0.9),
        micros.len()
    );
}

/// Times of `work` in `stream`.
fn device_times(stream: &Stream, mut work: impl FnMut(usize) -> Result<()>) -> Result<Vec<f64>> {
    let mut times = Vec::new();
    for round in 0..ROUNDS + WARM_UP {
        let before = stream.mark()?;
        work(round)?;
        let after = stream.mark()?;
        after.wait()?;
        if round >= WARM_UP {
            times.push(after.micros_since(&before)?);
        }
    }
    Ok(times)
}

pub(super) fn floors(device: &Arc<Device>) -> Result<()> {
    let stream = Stream::new(device)?;
    print("empty interval", device_times(&stream, |_| Ok(()))?, 0);
    for bytes in [12_441_600_usize, 33_177_600, 512 << 20] {
        let from = DeviceBuffer::new(device, bytes)?;
        let mut to = DeviceBuffer::new(device, bytes)?;
        let times = device_times(&stream, |_| Ok(copy_on_device(&stream, &from, &mut to)?))?;
        // Each byte is read and written.
        print(&format!("copy on the device, {bytes} bytes"), times, 2 * bytes);
    }
    Ok(())
}

/// RGBA noise on the device.
pub(super) fn sources(device: &Arc<Device>, w: u32, h: u32) -> Result<Vec<DeviceBuffer>> {
    let bytes = noise(7, 4 * (w * h) as usize);
    (0..SOURCES)
        .map(|_| {
            let mut buffer = DeviceBuffer::new(device, bytes.len())?;
            buffer.write(&bytes)?;
            Ok(buffer)
        })
        .collect()
}

pub(super) fn rgba(buffer: &DeviceBuffer, width: u32, height: u32) -> Rgba<'_> {
    Rgba { buffer, width, height, pitch: 4 * width, rows: Rows::TopDown }
}

pub(super) fn conversion(device: &Arc<Device>) -> Result<()> {
    let (stream, converter) = (Stream::new(device)?, Converter::new(device)?);
    for (w, h) in SIZES {
        let sources = sources(device, w, h)?;
        let half = (w / 2, h / 2);
        let targets = [
            ("NV12", Shape::padded(Layout::Nv12, w, h)?),
            ("I420", Shape::padded(Layout::I420, w, h)?),
            ("I420 tight", Shape::tight(w, h)?),
            ("NV12 at half", Shape::padded(Layout::Nv12, half.0, half.1)?),
            ("NV12 at two thirds", Shape::padded(Layout::Nv12, w * 2 / 3, h * 2 / 3)?),
        ];
        for (name, shape) in targets {
            let pool = PicturePool::new(device, shape, 2);
            let mut picture = pool.take()?.ok_or("the pool is empty")?;
            let times = device_times(&stream, |round| {
                let source = &sources[round % sources.len()];
                Ok(converter.convert(&stream, &rgba(source, w, h), &mut picture, Colours::Video)?)
            })?;
            stream.synchronize()?;
            let pixels = (w * h) as usize;
            let out = PixelFormat::I420.bytes(shape.width, shape.height);
            print(&format!("{w}x{h} RGBA to {name}"), times, 4 * pixels + out);
        }
    }
    Ok(())
}

pub(super) fn readback(device: &Arc<Device>) -> Result<()> {
    let (stream, converter) = (Stream::new(device)?, Converter::new(device)?);
    for (w, h) in SIZES {
        let sources = sources(device, w, h)?;
        let shape = Shape::tight(w, h)?;
        let pool = PicturePool::new(device, shape, 2);
        let mut reader = Readback::new(device, shape)?;
        let mut frame = Frame::new(PixelFormat::I420, w, h);
        let (mut copies, mut whole) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS + WARM_UP {
            let mut picture = pool.take()?.ok_or("the pool is empty")?;
            let source = &sources[round % sources.len()];
            let begun = Instant::now();
            converter.convert(&stream, &rgba(source, w, h), &mut picture, Colours::Video)?;
            let picture = picture.publish(&stream)?;
            let converted = Instant::now();
            let reading = reader.start(picture)?;
            reading.wait()?;
            let read = Instant::now();
            reading.wait_into(&mut frame)?;
            if round >= WARM_UP {
                copies.push((read - converted).as_secs_f64() * 1e6);
                whole.push(begun.elapsed().as_secs_f64() * 1e6);
            }
        }
        let bytes = shape.bytes();
        print(&format!("{w}x{h} I420 to pinned memory, by the clock"), copies, bytes);
        print(&format!("{w}x{h} RGBA to a frame in host memory, whole"), whole, bytes);
    }
    Ok(())
}
