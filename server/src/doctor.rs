//! `parfocal doctor`: what this machine and this build can do, and what is missing.

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
    let mut taken = None;
    match parfocal_gl::candidates() {
        Ok(found) => {
            for candidate in found {
                let name = candidate.device.map_or("GL".to_owned(), |n| format!("GL, device {n}"));
                match candidate.outcome {
                    Ok(device) if device.hardware && taken.is_none() => {
                        line(true, &name, &format!("{device}: taken by itself"));
                        taken = Some(name);
                    }
                    Ok(device) if device.hardware => {
                        line(true, &name, &format!("{device}: not taken, one device paints"));
                    }
                    Ok(device) => {
                        let why = "not taken by itself, since the CPU renderer is faster";
                        line(true, &name, &format!("{device}: {why}"));
                    }
                    Err(error) => line(false, &name, &error.to_string()),
                }
            }
        }
        Err(error) => line(false, "GL", &error.to_string()),
    }
    let use_of_cpu = if taken.is_some() { "where a GPU fails" } else { "taken by itself" };
    line(true, "CPU", &format!("tiles on {cores} threads{}: {use_of_cpu}", simd()));
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
