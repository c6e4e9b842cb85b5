//! The stream itself: what a decoder that nobody here wrote says of it, and what a resting view
//! costs.

use std::process::Command;

use parfocal_auth::Role;
use parfocal_base::ViewId;
use parfocal_client_native::{Client, Link, Options};
use parfocal_scene::Intent;
use parfocal_sync::message::PixelCodec;
use parfocal_sync::pixel::PixelHeader;
use parfocal_tests::lab::CANVAS;
use parfocal_tests::process::Process;
use parfocal_tests::{Lab, files, within};

/// Runs a program of ffmpeg and returns both its outputs.
fn ffmpeg(program: &str, arguments: &[&str]) -> (String, String) {
    let output = Command::new(program).args(arguments).output().unwrap_or_else(|error| {
        panic!("{program} is needed (`apt-get install ffmpeg`, or `cargo xtask test`): {error}")
    });
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
    (text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn ffmpeg_decodes_a_recorded_stream_without_a_warning() {
    let lab = Lab::start().await.unwrap();
    let file = lab.folder.path().join("stream.h264");
    let options = Options {
        record: Some(file.clone()),
        canvas: Some(CANVAS),
        codecs: vec![PixelCodec::H264],
        ..Options::default()
    };
    let ada = lab.client_with(Role::Presenter, options).await.unwrap();
    within("the first picture", ada.next_frame()).await.unwrap();
    for n in 0..60 {
        let there = Intent::SetPoint { view: ViewId::STAGE, axis: 0, value: f64::from(n % 6) };
        let ack = within("acknowledged", ada.edit(there)).await.unwrap();
        if n % 3 == 0 {
            let shown = ada.wait_frame(|header| header.revision >= ack.revision);
            within("the picture follows", shown).await.unwrap();
        }
    }
    let stats = ada.close().await;
    let file = file.to_str().unwrap();
    let (_, warnings) =
        ffmpeg("ffmpeg", &["-v", "warning", "-f", "h264", "-i", file, "-f", "null", "-"]);
    assert_eq!(warnings, "");
    let count =
        ["-v", "error", "-count_frames", "-select_streams", "v", "-of", "default=nk=1:nw=1"];
    let (frames, _) = ffmpeg(
        "ffprobe",
        &[&count[..], &["-show_entries", "stream=nb_read_frames", file]].concat(),
    );
    assert_eq!(frames.parse::<u64>().unwrap(), stats.pictures, "every picture in gives one out");
    let entries = "stream=has_b_frames,color_range,color_space";
    let (known, _) = ffmpeg("ffprobe", &["-v", "error", "-show_entries", entries, file]);
    for wanted in ["has_b_frames=0", "color_range=tv", "color_space=bt709"] {
        assert!(known.contains(wanted), "{known}");
    }
    let trace =
        ["-v", "verbose", "-i", file, "-c", "copy", "-bsf:v", "trace_headers", "-f", "null", "-"];
    let (_, headers) = ffmpeg("ffmpeg", &trace);
    let line = headers.lines().find(|line| line.contains("max_num_reorder_frames"));
    assert!(line.is_some_and(|line| line.trim_end().ends_with("= 0")), "{line:?}");
}

#[tokio::test]
async fn a_view_at_rest_gives_every_viewer_exactly_the_rendered_pixels() {
    let lab = Lab::start().await.unwrap();
    let with = |codec| Options { codecs: vec![codec], canvas: Some(CANVAS), ..Options::default() };
    let ada = lab.client_with(Role::Presenter, with(PixelCodec::H264)).await.unwrap();
    let bob = lab.client_with(Role::Viewer, with(PixelCodec::Jpeg)).await.unwrap();
    let lossless = lab.client_with(Role::Viewer, with(PixelCodec::Png)).await.unwrap();
    for plane in [3.0, 1.0] {
        let there = Intent::SetPoint { view: ViewId::STAGE, axis: 0, value: plane };
        let revision = within("acknowledged", ada.edit(there)).await.unwrap().revision;
        let at_rest = |header: &PixelHeader| header.exact && header.complete;
        let rendered = lossless.wait_frame(|h| at_rest(h) && h.revision >= revision);
        let rendered = within("the rendered picture", rendered).await.unwrap();
        for client in [&ada, &bob] {
            let still = client.wait_frame(|h| at_rest(h) && h.revision >= revision);
            let still = within("a still", still).await.unwrap();
            assert_eq!(still.frame.data(), rendered.frame.data());
        }
    }
    // Whoever comes later gets it too. Whether those who are here are shown a key picture for them is
    // up to who shares which encoder; they end with the still.
    let late = lab.client_with(Role::Viewer, with(PixelCodec::H264)).await.unwrap();
    let exact = |header: &PixelHeader| header.exact && header.complete;
    let theirs = within("a still for who joins", late.wait_frame(exact)).await.unwrap();
    let hers = within("the still once more", ada.wait_frame(exact)).await.unwrap();
    assert_eq!(theirs.frame.data(), hers.frame.data());
}

#[tokio::test]
async fn who_joins_those_that_see_every_pixel_anyway_gets_a_still_too() {
    let lab = Lab::start().await.unwrap();
    let with = |codec| Options { codecs: vec![codec], canvas: Some(CANVAS), ..Options::default() };
    let lossless = lab.client_with(Role::Presenter, with(PixelCodec::Png)).await.unwrap();
    within("lossless, at rest", lossless.wait_frame(|header| header.complete)).await.unwrap();
    // That the view has rested since is told by nothing but the time.
    tokio::time::sleep(parfocal_render::REST * 3).await;
    let late = lab.client_with(Role::Viewer, with(PixelCodec::H264)).await.unwrap();
    within("a still", late.wait_frame(|header| header.exact)).await.unwrap();
}

#[tokio::test]
async fn a_client_without_a_video_decoder_gets_jpeg() {
    let lab = Lab::start().await.unwrap();
    let options =
        Options { codecs: vec![PixelCodec::Jpeg], canvas: Some(CANVAS), ..Options::default() };
    let bob = lab.client_with(Role::Viewer, options).await.unwrap();
    let video = lab.client(Role::Viewer).await.unwrap();
    let seen = within("a picture", bob.next_frame()).await.unwrap();
    assert_eq!(seen.header.codec, PixelCodec::Jpeg);
    let seen = within("beside it, video", video.next_frame()).await.unwrap();
    assert_eq!(seen.header.codec, PixelCodec::H264);
}

#[tokio::test]
async fn a_resting_view_is_painted_once_for_everybody() {
    let folder = tempfile::tempdir().unwrap();
    let image = files::stack(folder.path()).unwrap();
    let state = folder.path().join("state");
    let server = Process::serve(&state, 0, &[image.to_str().unwrap()]).await.unwrap();
    let link: Link = server.link(Role::Viewer).parse().unwrap();
    let options = || Options { canvas: Some(CANVAS), ..Options::default() };
    let first = within("connected", Client::connect(&link, options())).await.unwrap();
    let whole = first.wait_frame(|header| header.complete && header.width == 512);
    within("a whole picture", whole).await.unwrap();
    let painted = server.metric("parfocal_frames_rendered_total").await.unwrap();
    let mut more = Vec::new();
    for _ in 0..4 {
        let client = within("connected", Client::connect(&link, options())).await.unwrap();
        let whole = client.wait_frame(|header| header.complete && header.width == 512);
        within("the same picture", whole).await.unwrap();
        more.push(client);
    }
    let after = server.metric("parfocal_frames_rendered_total").await.unwrap();
    assert_eq!(after, painted, "who joins costs no painting");
}
