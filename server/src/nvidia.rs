//! What `parfocal doctor` says of NVIDIA's devices: driver, CUDA, NVENC, nvJPEG.

use std::sync::Arc;

use parfocal_nvidia::cuda::{Device, DeviceInfo, device_count};
use parfocal_nvidia::nvenc::{
    Api, Capabilities, CudaMemory, NvencError, Reason, VideoCodec, capabilities,
};
use parfocal_nvidia::nvjpeg::Nvjpeg;

use crate::doctor::line;

/// Prints a line for each.
pub(crate) fn report() {
    match std::fs::read_to_string("/proc/driver/nvidia/version") {
        Ok(text) => line(true, "NVIDIA driver", version(&text)),
        Err(_) => line(false, "NVIDIA driver", "none is loaded"),
    }
    match device_count() {
        Ok(0) => line(false, "CUDA", "the driver shows no device: see `nvidia-smi`"),
        Ok(count) => (0..count).for_each(device),
        Err(error) => line(false, "CUDA", &error.to_string()),
    }
    match Api::system() {
        Ok(api) => {
            let (major, minor) = api.version();
            line(true, "NVENC library", &format!("interface {major}.{minor}"));
        }
        Err(error) => line(false, "NVENC library", &encoder_error(&error)),
    }
}

/// The version in what the kernel's module says of itself.
fn version(text: &str) -> &str {
    let first = text.lines().next().unwrap_or_default();
    let is_number = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    first.split_whitespace().filter(is_number).find(|w| w.contains('.')).unwrap_or("present")
}

fn device(ordinal: usize) {
    let device = match Device::open(ordinal) {
        Ok(device) => device,
        Err(error) => return line(false, &format!("CUDA, device {ordinal}"), &error.to_string()),
    };
    let DeviceInfo { name, capability: (major, minor), memory, driver, .. } = device.info();
    let gib = memory >> 30;
    let (cuda, point) = (driver / 1000, driver % 1000 / 10);
    let what = format!("{name}, {gib} GiB, compute {major}.{minor}, CUDA {cuda}.{point}");
    line(true, &format!("CUDA, device {ordinal}"), &what);
    let name = format!("NVENC, device {ordinal}");
    match encoder(&device) {
        Ok(found) => line(true, &name, &format!("{}: taken by itself", codecs(&found))),
        Err(error) => line(false, &name, &encoder_error(&error)),
    }
    let name = format!("nvJPEG, device {ordinal}");
    match Nvjpeg::open(&device) {
        Ok(jpeg) => {
            let (major, minor) = jpeg.version();
            let what = format!("{major}.{minor}: not used, pictures come from the host's memory");
            line(true, &name, &what);
        }
        Err(error) => line(false, &name, &error.to_string()),
    }
}

fn encoder(device: &Arc<Device>) -> Result<Capabilities, NvencError> {
    capabilities(&Api::system()?, &CudaMemory::new(device)?)
}

fn codecs(found: &Capabilities) -> String {
    let one = |(codec, limits): &(VideoCodec, _)| {
        let parfocal_nvidia::nvenc::Limits { max: [width, height], .. } = limits;
        match codec {
            VideoCodec::H264 => format!("H.264 up to {width}x{height}"),
            VideoCodec::Hevc => format!("HEVC up to {width}x{height} (not used)"),
        }
    };
    found.codecs.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What is wrong, and what to do.
fn encoder_error(error: &NvencError) -> String {
    let to_do = match (error, error.reason()) {
        (NvencError::Open(_), Reason::Never) => {
            "compute cards such as A100, H100 and H200 have none; software encodes"
        }
        (_, Reason::Full) => {
            "other programs have its sessions; each stream is software until one is free"
        }
        (_, Reason::Busy) => "each stream is software until it has time",
        (_, Reason::Lost) => "`nvidia-smi` says how the card does; software encodes",
        _ => "software encodes",
    };
    format!("{error}; {to_do}")
}

#[cfg(test)]
mod tests {
    use parfocal_nvidia::nvenc::Status;

    use super::*;

    #[test]
    fn the_drivers_version_is_found_in_its_words() {
        let closed = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19\nGCC";
        assert_eq!(version(closed), "535.104.05");
        let open = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.03  Release";
        assert_eq!(version(open), "580.159.03");
        assert_eq!(version(""), "present");
    }

    #[test]
    fn a_card_without_encoder_is_told_from_one_that_is_full() {
        let open = |code| NvencError::Open(Status::from_code(code).unwrap());
        assert!(
            encoder_error(&open(2)).contains("the device has no encoder (code 2); compute cards")
        );
        assert!(encoder_error(&open(10)).contains("until one is free"));
    }
}
