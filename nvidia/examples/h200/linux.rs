//! The parts, one after another; any that fails is said, and the rest runs.

#[path = "checks.rs"]
mod checks;
#[path = "encoders.rs"]
mod encoders;
#[path = "gl.rs"]
mod gl;
#[path = "lists.rs"]
mod lists;
#[path = "product.rs"]
mod product;
#[path = "times.rs"]
mod times;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use parfocal_nvidia::cuda::{Device, device_count};

type Result<T> = std::result::Result<T, Box<dyn Error>>;
/// A part of the program.
type Part = (&'static str, fn(&Arc<Device>) -> Result<()>);

const PARTS: [Part; 10] = [
    ("NVENC", encoders::nvenc),
    ("Conversion against the CPU", checks::conversion),
    ("Floors", times::floors),
    ("Conversion", times::conversion),
    ("Read-back", times::readback),
    ("nvJPEG", encoders::jpeg),
    ("Software H.264 of read-back pictures", encoders::software),
    ("GL texture to NV12", gl::interop),
    ("Product path", product::product),
    ("Leaks", checks::leaks),
];

pub(crate) fn main() -> ExitCode {
    let device = match device_count().and_then(|count| {
        println!("devices: {count}");
        Device::open(0)
    }) {
        Ok(device) => device,
        Err(error) => {
            println!("no device: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("{:#?}", device.info());
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let mut failed = Vec::new();
    for (name, part) in PARTS {
        if !wanted.is_empty() && !wanted.iter().any(|word| name.contains(word.as_str())) {
            continue;
        }
        println!("\n== {name}");
        if let Err(error) = part(&device) {
            println!("FAILED: {error}");
            failed.push(name);
        }
    }
    println!("\nfailed: {failed:?}");
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Pseudo-random bytes, the same for the same seed (xorshift).
fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..bytes).map(|_| next()).collect()
}
