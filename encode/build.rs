//! Notes whether the H.264 library gets its assembly, by the rule of its own build script: nasm on
//! x86 (silently left out where it is missing), the C compiler on ARM.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=OPENH264_NO_ASM");
    println!("cargo::rerun-if-env-changed=PATH");
    println!(
        "cargo::rustc-check-cfg=cfg(parfocal_openh264_asm, values(\"nasm\", \"neon\", \"none\"))"
    );
    println!("cargo::rustc-cfg=parfocal_openh264_asm=\"{}\"", assembly());
}

fn assembly() -> &'static str {
    let arch = std::env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    let windows = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "windows");
    match arch.as_str() {
        "aarch64" | "arm" if !windows => "neon",
        "x86_64" | "x86" if std::env::var_os("OPENH264_NO_ASM").is_none() && nasm() => "nasm",
        _ => "none",
    }
}

fn nasm() -> bool {
    Command::new("nasm").arg("-v").output().is_ok_and(|output| output.status.success())
}
