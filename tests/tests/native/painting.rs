//! Several people paint labels.

use parfocal_auth::Role;
use parfocal_base::{LayerId, ViewId};
use parfocal_client_native::{Client, EditFailure, Link, Options};
use parfocal_scene::{Intent, LayerKind, Paint, PaintTool, RejectCode};
use parfocal_store::Version;
use parfocal_sync::message::{Answer, Query};
use parfocal_tests::draw::add_layer;
use parfocal_tests::lab::CANVAS;
use parfocal_tests::process::Process;
use parfocal_tests::{Lab, files, within};

async fn new_label(client: &Client, layer: LayerId) -> u32 {
    let acked =
        within("a label", client.edit(Intent::NewLabel { layer, label: None })).await.unwrap();
    match acked.applied {
        Some(Intent::NewLabel { label: Some(label), .. }) => label,
        other => panic!("no label: {other:?}"),
    }
}

/// A dot of five voxels' diameter in the plane that the stage shows.
fn dot(client: &Client, layer: LayerId, tool: PaintTool, label: u32, [y, x]: [f64; 2]) -> Intent {
    let point = client.scene().unwrap().views[&ViewId::STAGE].point.clone();
    Intent::Paint(Paint {
        layer,
        stroke: 1,
        tool,
        label,
        brush_size: 5.0,
        displayed: [2, 3],
        n_edit_dimensions: 2,
        path: vec![vec![point[0], point[1], y, x]],
    })
}

async fn label_at(client: &Client, layer: LayerId, world: [f64; 2]) -> f64 {
    let answer = within("values", client.ask(Query::Values { world })).await.unwrap();
    let Answer::Values { values, .. } = answer else { panic!("{answer:?}") };
    let found = values.into_iter().find(|value| value.layer == layer);
    found.and_then(|found| found.value).expect("the layer has a value there")
}

#[tokio::test]
async fn what_is_painted_is_seen_and_found_by_everybody() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Annotator).await.unwrap();
    let bob = lab.client(Role::Annotator).await.unwrap();
    let layer = add_layer(&ada, LayerKind::Labels).await.unwrap();
    let (one, two) = (new_label(&ada, layer).await, new_label(&bob, layer).await);
    assert_ne!(one, two, "labels come from the server, and none twice");
    let (brush, erase) = (PaintTool::Brush, PaintTool::Erase);
    within("painted", ada.edit(dot(&ada, layer, brush, one, [20.0, 30.0]))).await.unwrap();
    let ack =
        within("painted", bob.edit(dot(&bob, layer, brush, two, [40.0, 30.0]))).await.unwrap();
    let shown = ada.wait_frame(|header| header.revision >= ack.revision && header.complete);
    within("both are in the picture", shown).await.unwrap();
    assert_eq!(label_at(&bob, layer, [20.0, 30.0]).await, f64::from(one));
    assert_eq!(label_at(&ada, layer, [40.0, 30.0]).await, f64::from(two));
    // An eraser for one label leaves the other.
    within("erased", ada.edit(dot(&ada, layer, erase, one, [40.0, 30.0]))).await.unwrap();
    assert_eq!(label_at(&ada, layer, [40.0, 30.0]).await, f64::from(two));
    within("erased", ada.edit(dot(&ada, layer, erase, 0, [40.0, 30.0]))).await.unwrap();
    assert_eq!(label_at(&bob, layer, [40.0, 30.0]).await, 0.0);
    // A label that nobody was given is not painted.
    let wrong = ada.edit(dot(&ada, layer, brush, two + 1, [1.0, 1.0])).await;
    let Err(EditFailure::Rejected(reject)) = wrong else { panic!("{wrong:?}") };
    assert_eq!(reject.code, RejectCode::OutOfRange);
}

#[tokio::test]
async fn what_was_painted_and_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let image = files::stack(folder.path()).unwrap();
    let state = folder.path().join("state");
    let options = || Options { canvas: Some(CANVAS), ..Options::default() };
    let server = Process::serve(&state, 0, &[image.to_str().unwrap()]).await.unwrap();
    let link: Link = server.link(Role::Annotator).parse().unwrap();
    let ada = within("connected", Client::connect(&link, options())).await.unwrap();
    let layer = add_layer(&ada, LayerKind::Labels).await.unwrap();
    let label = new_label(&ada, layer).await;
    let stroke = dot(&ada, layer, PaintTool::Brush, label, [20.0, 30.0]);
    within("painted", ada.edit(stroke)).await.unwrap();
    server.kill().await.unwrap();
    let server = Process::serve(&state, 0, &[image.to_str().unwrap()]).await.unwrap();
    let link: Link = server.link(Role::Viewer).parse().unwrap();
    let bob = within("connected", Client::connect(&link, options())).await.unwrap();
    assert_eq!(label_at(&bob, layer, [20.0, 30.0]).await, f64::from(label));
}

#[tokio::test]
async fn a_version_brings_back_layers_drawings_and_paint_for_everybody() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Owner).await.unwrap();
    let board = lab.server.engine.session("lab").unwrap();
    let points = add_layer(&ada, LayerKind::Points).await.unwrap();
    let labels = add_layer(&ada, LayerKind::Labels).await.unwrap();
    let label = new_label(&ada, labels).await;
    let at = [0.0, 0.0, 20.0, 30.0];
    within("drawn", ada.edit(parfocal_tests::draw::point("kept", points, at))).await.unwrap();
    let stroke = |tool, label| dot(&ada, labels, tool, label, [20.0, 30.0]);
    within("painted", ada.edit(stroke(PaintTool::Brush, label))).await.unwrap();
    let version = Version { name: "before".into(), author: "owner".into(), ..Version::default() };
    let number = within("kept", board.save_version(version)).await.unwrap();
    let before = ada.scene().unwrap();
    within("drawn", ada.edit(parfocal_tests::draw::point("later", points, at))).await.unwrap();
    within("erased", ada.edit(stroke(PaintTool::Erase, 0))).await.unwrap();
    within("removed", ada.edit(Intent::RemoveLayer { layer: points })).await.unwrap();
    let revision = within("restored", board.restore(number)).await.unwrap();
    let there = ada.wait_for_annotations(|all| all.get(&"kept".into()).is_some());
    let all = within("the drawing is back", there).await.unwrap();
    assert!(all.get(&"later".into()).is_none());
    within("the layer is back", ada.wait_for(|scene| scene.layer(points).is_some())).await.unwrap();
    let kept = |scene: &parfocal_scene::Scene| -> Vec<_> {
        scene
            .layers
            .iter()
            .map(|layer| (layer.id, layer.name.clone(), layer.look.clone()))
            .collect()
    };
    assert_eq!(kept(&ada.scene().unwrap()), kept(&before));
    assert_eq!(label_at(&ada, labels, [20.0, 30.0]).await, f64::from(label));
    let shown = ada.wait_frame(|header| header.revision >= revision && header.complete);
    within("and shown", shown).await.unwrap();
    // And after the scene actor has begun anew.
    board.scene.get().unwrap().kill();
    let late = lab.client(Role::Viewer).await.unwrap();
    assert_eq!(label_at(&late, labels, [20.0, 30.0]).await, f64::from(label));
    assert_eq!(late.annotations().len(), 1);
}
