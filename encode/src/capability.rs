//! What this build can encode in software, for `parfocal doctor`.

/// One codec, or one way to run it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// Short name.
    pub name: &'static str,
    /// Whether it can be used now.
    pub available: bool,
    /// Why, or what is missing and how to get it.
    pub reason: &'static str,
}

/// Every software codec that Parfocal knows, available or not.
pub fn capabilities() -> Vec<Capability> {
    let software = match super::h264::H264Encoder::new(PROBE) {
        Ok(_) => Capability { name: "H.264 (openh264)", available: true, reason: ASSEMBLY },
        Err(_) => Capability {
            name: "H.264 (openh264)",
            available: false,
            reason: "the library does not start: build again on this kind of machine",
        },
    };
    vec![
        software,
        Capability {
            name: "JPEG",
            available: true,
            reason: "built in, for browsers without WebCodecs",
        },
        Capability { name: "PNG", available: true, reason: "built in, for lossless stills" },
    ]
}

const PROBE: super::EncoderConfig =
    super::EncoderConfig { width: 64, height: 64, fps: 30, bitrate_bps: 1_000_000 };

#[cfg(parfocal_openh264_asm = "nasm")]
const ASSEMBLY: &str = "built with assembly (nasm)";
#[cfg(parfocal_openh264_asm = "neon")]
const ASSEMBLY: &str = "built with assembly (NEON)";
#[cfg(parfocal_openh264_asm = "none")]
const ASSEMBLY: &str = "built without assembly, several times slower: install nasm \
    (`apt-get install nasm`) and build again after `cargo clean -p openh264-sys2`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_in_is_available() {
        let found = capabilities();
        let available = |name| found.iter().find(|c| c.name == name).map(|c| c.available);
        assert_eq!(available("H.264 (openh264)"), Some(true));
        assert_eq!(available("JPEG"), Some(true));
        assert_eq!(available("PNG"), Some(true));
    }
}
