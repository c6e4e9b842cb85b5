//! A picture against its golden image, kept in `tests/golden/` of the repository.
//!
//! No pixel may differ by more than 1 in a channel. With `PARFOCAL_UPDATE_GOLDEN=1` the images are
//! written anew; look at them before committing. On a mismatch the actual picture and a map of
//! differences are written below the target folder.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use parfocal_base::{Frame, PixelFormat};
use parfocal_render::cpu::TOLERANCE;
use parfocal_render::{Cpu, DrawList, reference};

fn write(path: &Path, size: [u32; 2], rgba: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut encoder = png::Encoder::new(File::create(path).unwrap(), size[0], size[1]);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_compression(png::Compression::High);
    encoder.write_header().unwrap().write_image_data(rgba).unwrap();
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let mut reader = png::Decoder::new(BufReader::new(File::open(path).ok()?)).read_info().ok()?;
    let mut bytes = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut bytes).ok()?;
    assert_eq!(info.color_type, png::ColorType::Rgba, "{}", path.display());
    Some(bytes)
}

pub fn check(name: &str, list: &DrawList) {
    let size = list.canvas;
    let mut frame = Frame::new(PixelFormat::Rgba8, size[0], size[1]);
    Cpu::new(2).unwrap().render(list, &mut frame).unwrap();
    let defined = match list.has_volumes() {
        true => reference::RAYS.holds(&frame, list),
        false => is_as_defined(&frame, list),
    };
    assert!(defined, "{name}: not the reference's picture");

    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("../tests/golden").join(format!("{name}.png"));
    if std::env::var_os("PARFOCAL_UPDATE_GOLDEN").is_some() {
        write(&path, size, frame.data());
        return;
    }
    let golden = read(&path).unwrap_or_default();
    let wrong = differing(frame.data(), &golden);
    if wrong > 0 {
        let out = output(name);
        write(&out.join("actual.png"), size, frame.data());
        write(&out.join("difference.png"), size, &map(frame.data(), &golden));
        panic!("{name}: {wrong} pixels differ from {}; see {}", path.display(), out.display());
    }
}

/// Within one step of what the reference allows; see `equal.rs`.
fn is_as_defined(frame: &Frame, list: &DrawList) -> bool {
    let spans = reference::spans(list, TOLERANCE);
    frame.data().chunks_exact(4).zip(&spans).all(|(pixel, span)| {
        pixel.iter().zip(span.low).all(|(&p, low)| f64::from(p) >= low - 1.0)
            && pixel.iter().zip(span.high).all(|(&p, high)| f64::from(p) <= high + 1.0)
    })
}

fn output(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden").join(name)
}

fn differing(actual: &[u8], golden: &[u8]) -> usize {
    if actual.len() != golden.len() {
        return actual.len() / 4;
    }
    let pixels = actual.chunks_exact(4).zip(golden.chunks_exact(4));
    pixels.filter(|(a, b)| a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) > 1)).count()
}

/// Differences, made sixteen times stronger.
fn map(actual: &[u8], golden: &[u8]) -> Vec<u8> {
    let golden = golden.iter().copied().chain(std::iter::repeat(0));
    let strong = |(i, (a, b)): (usize, (&u8, u8))| {
        if i % 4 == 3 { 255 } else { a.abs_diff(b).saturating_mul(16) }
    };
    actual.iter().zip(golden).enumerate().map(strong).collect()
}
