//! A decoder that nobody here wrote reads a recorded stream without a complaint.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::path::Path;
use std::process::{Command, Output};

use parfocal_base::PixelFormat;
use parfocal_encode::conformance::synthetic;
use parfocal_encode::{Encoder, EncoderConfig, H264Encoder};

const FRAMES: u32 = 120;
const FORCED: [u32; 3] = [30, 31, 90];

/// 120 frames with keys at the start and at [`FORCED`], and two changes of bit rate.
fn record(path: &Path) {
    let config = EncoderConfig { width: 482, height: 270, fps: 30, bitrate_bps: 2_000_000 };
    let mut encoder = H264Encoder::new(config).unwrap();
    let mut stream = Vec::new();
    for at in 0..FRAMES {
        match at {
            50 => encoder.set_bitrate(500_000),
            80 => encoder.set_bitrate(4_000_000),
            _ => {}
        }
        let frame = synthetic(PixelFormat::I420, 482, 270, at);
        let packet = encoder.encode(&frame, FORCED.contains(&at)).unwrap();
        assert_eq!(packet.key, at == 0 || FORCED.contains(&at));
        stream.extend_from_slice(&packet.data);
    }
    std::fs::write(path, stream).unwrap();
}

fn run(program: &str, before: &[&str], file: &Path, after: &[&str]) -> Output {
    let output = Command::new(program).args(before).arg(file).args(after).output();
    let output = output.unwrap_or_else(|error| {
        panic!("cannot run {program}: {error}. This test needs it: apt-get install ffmpeg")
    });
    assert!(output.status.success(), "{program} failed: {}", text(&output.stderr));
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn ffmpeg_decodes_a_recorded_stream_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stream.h264");
    record(&file);

    let decoded =
        run("ffmpeg", &["-v", "warning", "-f", "h264", "-i"], &file, &["-f", "null", "-"]);
    assert_eq!(text(&decoded.stderr), "");

    let entries = "stream=nb_read_frames,has_b_frames,color_range,color_space,color_primaries,\
        color_transfer,width,height,level";
    let wanted = [
        "-v",
        "warning",
        "-count_frames",
        "-show_entries",
        entries,
        "-of",
        "default=nw=1",
        "-f",
        "h264",
    ];
    let probed = text(&run("ffprobe", &wanted, &file, &[]).stdout);
    for line in [
        "nb_read_frames=120",
        "has_b_frames=0",
        "color_range=tv",
        "color_space=bt709",
        "color_primaries=bt709",
        "color_transfer=bt709",
        "width=482",
        "height=270",
        "level=42",
    ] {
        assert!(probed.lines().any(|found| found == line), "{line} is not in:\n{probed}");
    }

    let trace = ["-v", "trace", "-f", "h264", "-i"];
    let headers =
        run("ffmpeg", &trace, &file, &["-c", "copy", "-bsf:v", "trace_headers", "-f", "null", "-"]);
    let headers = text(&headers.stderr);
    let said = |field: &str| -> Vec<String> {
        let lines = headers.lines().filter(|line| line.contains(field));
        lines.filter_map(|line| Some(line.rsplit_once("= ")?.1.trim().to_owned())).collect()
    };
    // Once for each of the four keys; the tracer may read the first one's headers twice.
    let reordering = said("max_num_reorder_frames");
    assert!(reordering.len() >= 4 && reordering.iter().all(|n| n == "0"), "{reordering:?}");
    assert!(said("max_dec_frame_buffering").iter().all(|n| n == "1"));
}
