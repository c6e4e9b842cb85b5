//! What paints the pictures: GPUs, and the CPU where they cannot. Without GPUs it is OpenGL in software,
//! opened twice; `PARFOCAL_GL_DEVICES=0,1` takes two devices of this machine instead.

use std::sync::Arc;

use parfocal_auth::Role;
use parfocal_base::ViewId;
use parfocal_client_native::{Client, DecodedFrame, Link, Options};
use parfocal_scene::{Camera3d, Intent, Watch};
use parfocal_sync::message::PixelCodec;
use parfocal_tests::lab::CANVAS;
use parfocal_tests::process::{Process, http_get};
use parfocal_tests::{Lab, files, picture, within};

/// Two devices of OpenGL.
fn two_gpus() -> String {
    std::env::var("PARFOCAL_GL_DEVICES").unwrap_or_else(|_| "software,software".to_owned())
}

/// What joins in another way than the CPU's keeps of a volume's picture, in dB.
const ALIKE: f64 = 50.0;

/// Moves a view that `client` looks at, and waits until it is seen.
async fn step(client: &Client, view: ViewId, plane: u32) {
    let there = Intent::SetPoint { view, axis: 0, value: f64::from(plane % 6) };
    seen(client, there).await;
}

/// Edits, and gives the whole picture that shows it.
async fn seen(client: &Client, intent: Intent) -> Arc<DecodedFrame> {
    let ack = within("acknowledged", client.edit(intent)).await.unwrap();
    let whole = client.wait_frame(|header| header.complete && header.revision >= ack.revision);
    within("the picture follows", whole).await.unwrap()
}

/// What paints somebody's view, and why, as the owner's table says once they get pictures: on a machine
/// that is very busy they may be on their way back.
async fn used(lab: &Lab, client: &Client) -> (String, String) {
    let row = async {
        loop {
            let owner = lab.api(Role::Owner).unwrap();
            let found = owner.get("/v1/sessions/lab/streams").await.unwrap();
            assert_eq!(found.status, 200, "{}", found.json());
            let rows = found.json()["streams"].as_array().cloned().unwrap_or_default();
            let mine = rows.into_iter().find(|row| row["participant"] == client.me().0);
            if let Some(row) = mine.filter(|row| row["pictures"].is_object()) {
                return row;
            }
        }
    };
    let row = within("a row with pictures", row).await;
    let text = |name: &str| row["pictures"][name].as_str().unwrap_or_default().to_owned();
    (text("renderer"), text("renderer_why"))
}

/// Takes a GPU out, or puts it in again.
fn unplug(lab: &Lab, gpu: usize, out: bool) {
    lab.server.engine.shared().renderers.gl(gpu).unwrap().lock().unplug(out);
}

#[tokio::test]
async fn a_program_that_paints_with_opengl_shows_the_same_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [files::stack(folder.path()).unwrap(), files::labels(folder.path()).unwrap()];
    let [image, labels] = paths.each_ref().map(|path| path.to_str().unwrap());
    let images = [image, "--labels", labels, "--axes", "tzyx"];
    let by = async |name: &str, more: &[&str]| {
        let state = folder.path().join(name);
        let server = Process::serve(&state, 0, &[&images, more].concat()).await.unwrap();
        let link: Link = server.link(Role::Presenter).parse().unwrap();
        let codecs = vec![PixelCodec::Png];
        let options = Options { codecs, canvas: Some(CANVAS), ..Options::default() };
        let client = within("connected", Client::connect(&link, options)).await.unwrap();
        (server, client)
    };
    let (_cpu, of_cpu) = by("cpu", &["--renderer", "cpu"]).await;
    let two = ["--renderer", "gl", "--gl-devices", &two_gpus()];
    let (gl, of_gl) = by("gl", &two).await;
    let view = ViewId::STAGE;
    for plane in [4, 1] {
        let there = Intent::SetPoint { view, axis: 0, value: f64::from(plane) };
        let [cpu, gl] = [seen(&of_cpu, there.clone()).await, seen(&of_gl, there).await];
        let pairs = || cpu.frame.data().iter().zip(gl.frame.data());
        assert!(pairs().all(|(a, b)| a.abs_diff(*b) <= 1));
        assert!(pairs().filter(|(a, b)| a != b).count() * 100 < cpu.frame.data().len());
    }
    let turned = async |client: &Client| {
        seen(client, Intent::SetNdisplay { view, ndisplay: 3 }).await;
        let Camera3d { center, zoom, .. } = client.scene().unwrap().views[&view].camera3d.unwrap();
        let angles = [-20.0, 30.0, 130.0];
        seen(client, Intent::SetCamera3d { view, center, zoom, angles, perspective: 30.0 }).await
    };
    let [cpu_volume, gl_volume] = [turned(&of_cpu).await, turned(&of_gl).await];
    let alike = picture::psnr(&cpu_volume.frame, &gl_volume.frame).unwrap();
    assert!(alike > ALIKE, "{alike} dB");
    let metrics = http_get(gl.address(), "/metrics").await.unwrap();
    let painted = |line: &&str| line.starts_with("parfocal_frames_rendered_total{");
    let painted: Vec<_> = metrics.lines().filter(painted).collect();
    let by_cpu = r#"parfocal_frames_rendered_total{renderer="cpu",device="cpu"} 0"#;
    assert!(painted.len() == 3 && painted.contains(&by_cpu), "{painted:?}");
    assert_eq!(gl.metric("parfocal_gl_failures_total").await.unwrap(), 0.0);
}

#[tokio::test]
async fn a_gpu_that_is_lost_while_people_look_costs_no_picture_and_is_used_again() {
    let toml = format!("renderer = \"gl\"\ngl_devices = {:?}", two_gpus());
    let lab = Lab::configured(&toml).await.unwrap();
    let (ada, bob) =
        (lab.client(Role::Presenter).await.unwrap(), lab.client(Role::Viewer).await.unwrap());
    within("bob looks for himself", bob.watch(Watch::Own)).await.unwrap();
    let own = ViewId::own(bob.me());
    let both = async |planes: std::ops::Range<u32>| {
        for plane in planes {
            step(&ada, ViewId::STAGE, plane).await;
            step(&bob, own, plane + 1).await;
        }
    };
    both(1..4).await;
    let (renderer, why) = used(&lab, &ada).await;
    assert!(renderer == "gl" && why.contains("EGL device") && why.contains("least to do"), "{why}");
    let (renderer, why) = used(&lab, &bob).await;
    assert!(renderer == "gl" && why.contains("other views of the session"), "{why}");
    let before = ada.stats().await;
    // The context alone is lost: another one takes its place.
    let gpu = lab.server.engine.shared().renderers.gl(0).unwrap();
    gpu.lock().run(|gl| gl.lose()).unwrap();
    both(4..7).await;
    assert_eq!(used(&lab, &ada).await.0, "gl");
    // One device is lost: the other one paints.
    unplug(&lab, 0, true);
    both(7..10).await;
    assert_eq!((used(&lab, &ada).await.0, used(&lab, &bob).await.0), ("gl".into(), "gl".into()));
    // Both are lost: the CPU paints.
    unplug(&lab, 1, true);
    both(10..13).await;
    for client in [&ada, &bob] {
        let (renderer, why) = used(&lab, client).await;
        assert_eq!(renderer, "cpu");
        assert!(why.contains("taken out") && why.contains("tried again"), "{why}");
    }
    unplug(&lab, 0, false);
    let again = async {
        loop {
            // The table is not there to be asked after each picture.
            both(0..10).await;
            if used(&lab, &ada).await.0 == "gl" && used(&lab, &bob).await.0 == "gl" {
                break;
            }
        }
    };
    within("OpenGL paints again", again).await;
    let after = ada.stats().await;
    assert_eq!(after.connections, before.connections, "nobody has to come again");
    assert_eq!((after.decode_failures, after.gaps), (0, 0));
    let metrics = http_get(&lab.server.address.to_string(), "/metrics").await.unwrap();
    assert!(metrics.contains(r#"parfocal_gl_failures_total{device="1"}"#));
    lab.server.stop().await;
}

#[tokio::test]
async fn the_cpu_paints_where_it_is_asked_for_or_no_gpu_can() {
    for (toml, reason) in [
        ("renderer = \"cpu\"", "asked for (--renderer cpu)"),
        ("gl_devices = \"63\"", "no GPU can: no EGL device can be used: there is no device 63"),
    ] {
        let lab = Lab::configured(toml).await.unwrap();
        let ada = lab.client(Role::Presenter).await.unwrap();
        step(&ada, ViewId::STAGE, 1).await;
        let (renderer, why) = used(&lab, &ada).await;
        assert!(renderer == "cpu" && why.contains(reason), "{why}");
        lab.server.stop().await;
    }
    let missing = Lab::configured("renderer = \"gl\"\ngl_devices = \"63\"").await.err().unwrap();
    assert!(missing.to_string().contains("there is no device 63"), "{missing}");
}
