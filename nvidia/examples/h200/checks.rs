//! Whether the results are right, and whether anything grows.

use std::sync::Arc;

use parfocal_base::{Frame, PixelFormat};
use parfocal_nvidia::cuda::{
    Colours, Converter, Device, DeviceBuffer, Layout, PicturePool, Readback, Rgba, Rows, Shape,
    Stream,
};
use parfocal_nvidia::reference;

use super::{Result, noise};

/// Source size, target size.
const SIZES: [([u32; 2], [u32; 2]); 10] = [
    ([1920, 1080], [1920, 1080]),
    ([1920, 1080], [1280, 720]),
    ([1920, 1080], [958, 538]),
    ([3840, 2160], [3840, 2160]),
    ([3840, 2160], [1920, 1080]),
    ([4096, 4096], [1000, 1000]),
    ([641, 479], [641, 479]),
    ([641, 479], [211, 99]),
    ([1, 1], [1, 1]),
    ([100, 100], [150, 130]),
];

pub(super) fn conversion(device: &Arc<Device>) -> Result<()> {
    let (stream, converter) = (Stream::new(device)?, Converter::new(device)?);
    let mut compared = 0_usize;
    for (seed, (from, to)) in (1..).zip(SIZES) {
        let [width, height] = from;
        let mut frame = Frame::new(PixelFormat::Rgba8, width, height);
        let data = noise(seed, frame.data().len());
        frame.data_mut().copy_from_slice(&data);
        let mut buffer = DeviceBuffer::new(device, data.len())?;
        buffer.write(&data)?;
        for (rows, colours) in [
            (Rows::TopDown, Colours::Video),
            (Rows::BottomUp, Colours::Video),
            (Rows::TopDown, Colours::Jfif),
        ] {
            let wanted = reference::convert(&frame, rows, to[0], to[1], colours);
            for shape in [
                Shape::padded(Layout::Nv12, to[0], to[1])?,
                Shape::padded(Layout::I420, to[0], to[1])?,
                Shape::tight(to[0], to[1])?,
            ] {
                let source = Rgba { buffer: &buffer, width, height, pitch: 4 * width, rows };
                let pool = PicturePool::new(device, shape, 1);
                let mut picture = pool.take()?.ok_or("the pool is empty")?;
                converter.convert(&stream, &source, &mut picture, colours)?;
                let picture = picture.publish(&stream)?;
                let mut bytes = vec![0; shape.bytes()];
                picture.buffer().read(&stream, &mut bytes)?;
                let got = unpack(&shape, &bytes);
                if let Some(at) = (0..got.len()).find(|&at| got.get(at) != wanted.data().get(at)) {
                    let (got, wanted) = (got.get(at), wanted.data().get(at));
                    let what = format!("{from:?} to {shape:?}, {rows:?}, {colours:?}");
                    return Err(format!("{what}: byte {at} is {got:?}, not {wanted:?}").into());
                }
                compared += got.len();
            }
        }
    }
    println!("{compared} bytes of {} pictures: all equal to the CPU's", SIZES.len() * 9);
    Ok(())
}

/// The planes without padding, as a frame has them.
pub(super) fn unpack(shape: &Shape, bytes: &[u8]) -> Vec<u8> {
    let (w, h) = (shape.width as usize, shape.height as usize);
    let (half, low) = (w.div_ceil(2), h.div_ceil(2));
    let mut out = Vec::with_capacity(w * h + 2 * half * low);
    for row in bytes.chunks(shape.pitch as usize).take(h) {
        out.extend_from_slice(&row[..w]);
    }
    for plane in shape.chroma() {
        let rows = bytes[plane..].chunks(shape.chroma_pitch as usize).take(low);
        for row in rows {
            match shape.layout {
                Layout::Nv12 => out.extend(row.iter().step_by(2).take(half)),
                Layout::I420 => out.extend_from_slice(&row[..half]),
                Layout::Rgba => {}
            }
        }
    }
    out
}

/// Pictures in all.
const FRAMES: usize = 10_000;
/// After so many the size changes.
const RESIZE: usize = 250;

pub(super) fn leaks(device: &Arc<Device>) -> Result<()> {
    let source = DeviceBuffer::new(device, 4 * 1920 * 1080)?;
    // The first rounds take what stays: streams, caches, the driver's pools.
    rounds(device, &source, 4 * RESIZE)?;
    let before = (device.memory()?.0, resident()?);
    rounds(device, &source, FRAMES)?;
    let after = (device.memory()?.0, resident()?);
    println!("{FRAMES} pictures, {} sizes", FRAMES / RESIZE);
    println!("free on the device: {} bytes before, {} after", before.0, after.0);
    println!("resident on the host: {} KiB before, {} after", before.1, after.1);
    // A single lost 720p picture for each size would be 55 MB.
    if before.0.saturating_sub(after.0) > 8 << 20 || after.1.saturating_sub(before.1) > 8 << 10 {
        return Err("memory grew".into());
    }
    Ok(())
}

fn rounds(device: &Arc<Device>, source: &DeviceBuffer, frames: usize) -> Result<()> {
    let (stream, converter) = (Stream::new(device)?, Converter::new(device)?);
    for size in 0..frames / RESIZE {
        let (width, height) = if size % 2 == 0 { (1920, 1080) } else { (1280, 720) };
        let shape = Shape::tight(width, height)?;
        let pool = PicturePool::new(device, shape, 3);
        let mut reader = Readback::new(device, shape)?;
        for _ in 0..RESIZE {
            let rgba = super::times::rgba(source, 1920, 1080);
            let mut picture = pool.take()?.ok_or("the pool is empty")?;
            converter.convert(&stream, &rgba, &mut picture, Colours::Video)?;
            let picture = picture.publish(&stream)?;
            reader.start(picture)?.wait()?;
        }
        if pool.leased() != 0 {
            return Err("a lease was not given back".into());
        }
    }
    Ok(())
}

/// KiB of this process in memory.
fn resident() -> Result<usize> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmRSS")?;
    Ok(kib.parse()?)
}
