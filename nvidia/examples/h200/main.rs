//! Prints what an NVIDIA device of this machine does: driver, NVENC's answer, times, correctness,
//! leaks. No network. Arguments are words of the names of the parts to run; without any, all run.
//! `docs/nvidia.md` says how to run it and what was found.
#![allow(missing_docs, reason = "a program")]

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("NVIDIA devices are used on Linux only");
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    linux::main()
}

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod linux;
