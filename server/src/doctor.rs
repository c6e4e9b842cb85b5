//! `parfocal doctor`: what this machine and this build can do, and what is missing.

use parfocal_gl::{Candidate, Description};

/// Prints the report.
pub fn print() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("Parfocal {}", env!("CARGO_PKG_VERSION"));
    println!("\nMachine");
    line(true, "processor", &format!("{}, {cores} cores", processor()));
    line(true, "memory", &memory());
    println!("\nRenderers");
    renderers(cores);
    println!("\nCodecs in software");
    for codec in parfocal_encode::capabilities() {
        line(codec.available, codec.name, codec.reason);
    }
    println!("\nGPU");
    gpu();
    println!("\nData");
    line(true, "formats", "NPY, TIFF (multi-page, ImageJ, OME-TIFF), OME-Zarr 0.4 and 0.5");
}

/// Every renderer, with the reason for its being taken by itself or not.
fn renderers(cores: usize) {
    let found = match parfocal_gl::candidates() {
        Ok(found) => found,
        Err(error) => {
            line(false, "GL", &error.to_string());
            Vec::new()
        }
    };
    let devices = || found.iter().filter_map(|candidate| candidate.outcome.as_ref().ok());
    let is_nvidia = |device: &Description| device.hardware && device.cuda_device.is_some();
    let nvidia = devices().any(is_nvidia);
    for Candidate { device, outcome } in &found {
        let name = device.map_or("GL, no device".to_owned(), |n| format!("GL, device {n}"));
        match outcome {
            Ok(device) => line(true, &name, &format!("{device}: {}", taken(device, nvidia))),
            Err(error) => line(false, &name, &error.to_string()),
        }
    }
    let gpus = devices().any(|device| device.hardware && device.device.is_some());
    let use_of_cpu = if gpus { "where no GPU can" } else { "taken by itself, since no GPU can" };
    line(true, "CPU", &format!("tiles on {cores} threads{}: {use_of_cpu}", simd()));
}

/// Whether a device of OpenGL is taken by itself, where there are NVIDIA's or none of them.
fn taken(device: &Description, nvidia: bool) -> &'static str {
    if !device.hardware {
        "not taken by itself, since the CPU renderer is faster (--gl-devices software takes it)"
    } else if device.device.is_none() {
        "what EGL gives without a device: not taken"
    } else if nvidia && device.cuda_device.is_none() {
        "not taken by itself beside NVIDIA's (--gl-devices takes it)"
    } else {
        "taken by itself"
    }
}

pub(crate) fn line(available: bool, name: &str, what: &str) {
    let mark = if available { "ok     " } else { "missing" };
    println!("  {mark}  {name:<18} {what}");
}

fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.and_then(|rest| rest.split_once(':')).map(|(_, name)| name.trim().to_owned());
    model.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

fn memory() -> String {
    let info = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = |name: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<u64>().ok()
    };
    match (kib("MemTotal"), kib("MemAvailable")) {
        (Some(all), Some(free)) => format!("{} GiB, {} GiB free", all >> 20, free >> 20),
        _ => "unknown".to_owned(),
    }
}

fn simd() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        return ", AVX2";
    }
    ""
}

fn gpu() {
    #[cfg(target_os = "linux")]
    crate::nvidia::report();
    #[cfg(not(target_os = "linux"))]
    line(false, "NVIDIA", "used on Linux only");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_gpus_of_the_best_kind_are_taken() {
        let device = |hardware, cuda_device| Description {
            vendor: String::new(),
            renderer: String::new(),
            version: String::new(),
            device: Some(0),
            cuda_device,
            hardware,
            max_side: 16384,
        };
        let (nvidia, other, software) =
            (device(true, Some(0)), device(true, None), device(false, None));
        let without = Description { device: None, ..other.clone() };
        assert_eq!(taken(&nvidia, true), "taken by itself");
        assert_eq!(taken(&other, false), "taken by itself");
        assert!(taken(&other, true).contains("--gl-devices"));
        assert!(taken(&software, false).contains("not taken"));
        assert!(taken(&without, false).contains("not taken"));
    }
}
