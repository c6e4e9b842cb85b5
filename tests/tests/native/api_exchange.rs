//! What is taken home over the API, and brought back.

use parfocal_auth::Role;
use parfocal_base::{LayerId, ViewId};
use parfocal_client_native::{Client, Link, Options};
use parfocal_scene::{EditScope, Intent, LayerChange, LayerKind, Paint, PaintTool, Shape};
use parfocal_sync::message::{Answer as Answered, Query};
use parfocal_tests::api::Answer;
use parfocal_tests::draw::{add_layer, draw, drawn, point, shape};
use parfocal_tests::{Lab, within};
use serde_json::{Value, json};

fn of(layer: LayerId, file: &str) -> String {
    format!("/v1/sessions/lab/layers/{layer}/{file}")
}

async fn send(lab: &Lab, role: Role, path: &str, body: &[u8]) -> Answer {
    lab.api(role).unwrap().send("POST", path, &[], body).await.unwrap()
}

async fn connect(lab: &Lab, path: &Value) -> Client {
    let link = format!("http://{}{}", lab.server.address, path.as_str().unwrap());
    let link: Link = link.parse().unwrap();
    let options = Options { canvas: Some([64, 64]), ..Options::default() };
    within("connected", Client::connect(&link, options)).await.unwrap()
}

#[tokio::test]
async fn points_go_out_as_napari_has_them_and_come_back_in_another_layer() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Annotator).await.unwrap();
    let (from, to) = (
        add_layer(&ada, LayerKind::Points).await.unwrap(),
        add_layer(&ada, LayerKind::Points).await.unwrap(),
    );
    within("drawn", ada.edit(point("a", from, [1.0, 2.0, 30.0, 40.0]))).await.unwrap();
    let file = lab.api(Role::Viewer).unwrap().get(&of(from, "annotations.csv")).await.unwrap();
    assert_eq!(file.status, 200);
    assert_eq!(
        String::from_utf8(file.body.clone()).unwrap(),
        "index,axis-0,axis-1,axis-2,axis-3\r\n0,1,2,30,40\r\n"
    );
    assert!(file.head.to_lowercase().contains("content-type: text/csv"));
    assert!(file.head.contains("attachment; filename=\""), "{}", file.head);
    let done = send(&lab, Role::Annotator, &of(to, "annotations.csv"), &file.body).await;
    assert_eq!(done.json(), json!({ "added": 1, "warnings": [] }));
    let both = ada.wait_for_annotations(|all| all.count(to) == 1);
    let all = within("it is there", both).await.unwrap();
    let (_, copy) = all.layer(to).unwrap().iter().next().unwrap();
    assert_eq!(copy.vertices, [[1.0, 2.0, 30.0, 40.0]]);
    assert_eq!(copy.author, "annotator");
}

#[tokio::test]
async fn geojson_brings_shapes_back_under_their_names_and_taken_names_are_given_anew() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Annotator).await.unwrap();
    let layer = add_layer(&ada, LayerKind::Shapes).await.unwrap();
    let corners = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 9.0], [0.0, 0.0, 9.0, 9.0]];
    let mut polygon = shape(layer, Shape::Polygon, corners.map(|c| c.to_vec()).to_vec());
    polygon.text = Some("nucleus".into());
    within("drawn", ada.edit(draw("p", polygon))).await.unwrap();
    let before = drawn(&ada, "p").await.unwrap();
    let path = of(layer, "annotations.geojson");
    let file = lab.api(Role::Viewer).unwrap().get(&path).await.unwrap();
    assert!(file.head.to_lowercase().contains("application/geo+json"));
    assert_eq!(file.json()["features"][0]["geometry"]["coordinates"][0][1], json!([9.0, 1.0]));
    assert_eq!(send(&lab, Role::Annotator, &path, &file.body).await.json()["added"], 1);
    within("a copy", ada.wait_for_annotations(|all| all.len() == 2)).await.unwrap();
    let remove = Intent::RemoveAnnotations { annotations: vec!["p".into()] };
    within("removed", ada.edit(remove)).await.unwrap();
    assert_eq!(send(&lab, Role::Annotator, &path, &file.body).await.json()["added"], 1);
    let after = drawn(&ada, "p").await.unwrap();
    assert_eq!((after.vertices, after.text), (before.vertices, before.text));
}

#[tokio::test]
async fn twenty_thousand_points_are_all_there_or_none() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Annotator).await.unwrap();
    let layer = add_layer(&ada, LayerKind::Points).await.unwrap();
    let path = of(layer, "annotations.csv");
    let mut table = "index,axis-0,axis-1,axis-2,axis-3,score\n".to_owned();
    for n in 0..20_000 {
        table.push_str(&format!("{n},0,0,{},{},{}.5\n", n % 120, n / 120 % 160, n));
    }
    let broken = format!("{table}20000,0,0,1,nothing,1\n");
    let refused = send(&lab, Role::Annotator, &path, broken.as_bytes()).await;
    assert_eq!((refused.status, refused.code().as_str()), (400, "import_malformed"));
    assert!(refused.json()["message"].as_str().unwrap().contains("line 20002"));
    // Read well, but not what the layer takes: a feature with another type than before.
    let odd = "axis-0,axis-1,axis-2,axis-3,score\n0,0,1,1,high\n";
    assert_eq!(send(&lab, Role::Annotator, &path, odd.as_bytes()).await.json()["added"], 1);
    let refused = send(&lab, Role::Annotator, &path, table.as_bytes()).await;
    assert_eq!(refused.status, 400, "{}", refused.json());
    assert_eq!(ada.annotations().len(), 1, "nothing of it is there");
    let other = add_layer(&ada, LayerKind::Points).await.unwrap();
    let done = send(&lab, Role::Annotator, &of(other, "annotations.csv"), table.as_bytes()).await;
    assert_eq!(done.json()["added"], 20_000);
    within("all", ada.wait_for_annotations(|all| all.count(other) == 20_000)).await.unwrap();
}

#[tokio::test]
async fn who_may_not_annotate_imports_nothing() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Owner).await.unwrap();
    let layer = add_layer(&ada, LayerKind::Points).await.unwrap();
    let path = of(layer, "annotations.csv");
    let table = b"axis-0,axis-1,axis-2,axis-3\n0,0,1,1\n";
    let refused = send(&lab, Role::Viewer, &path, table).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "forbidden"));
    let lock = Intent::SetLayer { layer, change: LayerChange::Locked(true) };
    within("locked", ada.edit(lock)).await.unwrap();
    assert_eq!(send(&lab, Role::Annotator, &path, table).await.code(), "locked");
    let image = ada.scene().unwrap().layers[0].id;
    for (path, status, code) in [
        (of(image, "annotations.csv"), 400, "not_applicable"),
        (of(LayerId(999), "annotations.csv"), 404, "layer_unknown"),
        ("/v1/sessions/lab/layers/x/annotations.csv".to_owned(), 404, "layer_unknown"),
        ("/v1/sessions/gone/layers/1/annotations.csv".to_owned(), 403, "token_other_session"),
    ] {
        let owner = lab.api(Role::Owner).unwrap();
        for answer in [owner.get(&path).await, owner.send("POST", &path, &[], table).await] {
            let answer = answer.unwrap();
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{path}");
        }
    }
    let vectors = add_layer(&ada, LayerKind::Vectors).await.unwrap();
    let answer = lab.api(Role::Owner).unwrap().get(&of(vectors, "annotations.csv")).await.unwrap();
    assert_eq!(answer.code(), "export_no_table");
    assert_eq!(
        lab.api(Role::Owner).unwrap().get(&of(image, "labels.tar")).await.unwrap().code(),
        "not_applicable"
    );
}

/// Paints a dot where the stage is; its label.
async fn paint(client: &Client, layer: LayerId, [y, x]: [f64; 2]) -> u32 {
    let label = Intent::NewLabel { layer, label: None };
    let acked = within("a label", client.edit(label)).await.unwrap();
    let Some(Intent::NewLabel { label: Some(label), .. }) = acked.applied else { panic!() };
    let point = client.scene().unwrap().views[&ViewId::STAGE].point.clone();
    let stroke = Intent::Paint(Paint {
        layer,
        stroke: 1,
        tool: PaintTool::Brush,
        label,
        brush_size: 5.0,
        displayed: [2, 3],
        n_edit_dimensions: 2,
        path: vec![vec![point[0], point[1], y, x]],
    });
    within("painted", client.edit(stroke)).await.unwrap();
    label
}

async fn label_at(client: &Client, layer: LayerId, world: [f64; 2]) -> Option<f64> {
    let answer = within("values", client.ask(Query::Values { world })).await.unwrap();
    let Answered::Values { values, .. } = answer else { panic!("{answer:?}") };
    values.into_iter().find(|value| value.layer == layer).and_then(|found| found.value)
}

#[tokio::test]
async fn painted_labels_are_taken_home_as_an_ome_zarr_that_opens() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Annotator).await.unwrap();
    let layer = add_layer(&ada, LayerKind::Labels).await.unwrap();
    let label = paint(&ada, layer, [20.0, 30.0]).await;
    let file = lab.api(Role::Viewer).unwrap().get(&of(layer, "labels.tar")).await.unwrap();
    assert_eq!(file.status, 200);
    let folder = tempfile::tempdir().unwrap();
    tar::Archive::new(file.body.as_slice()).unpack(folder.path()).unwrap();
    let zarr = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    assert!(zarr.to_str().unwrap().ends_with(".ome.zarr"));
    let labels = std::fs::read_dir(zarr.join("labels")).unwrap();
    let labels = labels.map(|entry| entry.unwrap().path()).find(|path| path.is_dir()).unwrap();
    let roots = parfocal_data::Roots::new([&labels]).unwrap();
    let options =
        parfocal_data::OpenOptions { labels: Some(true), ..parfocal_data::OpenOptions::new(roots) };
    let opened = parfocal_data::open(&labels, &options).await.unwrap();
    let source = &opened.sources[0];
    let shape = &source.meta().levels[0].shape;
    assert_eq!(shape, &parfocal_tests::files::SHAPE.to_vec());
    let mut found = false;
    for chunk in all_chunks(&source.meta().levels[0].grid()) {
        let samples = source.read(0, &chunk).await.unwrap();
        found |= format!("{:?}", samples.samples()).contains(&label.to_string());
    }
    assert!(found, "the label is in it");

    let back = send(&lab, Role::Annotator, "/v1/sessions/lab/labels.tar", &file.body).await;
    assert_eq!(back.status, 201, "{}", back.json());
    let name = back.json()["name"].clone();
    let is_there = |scene: &parfocal_scene::Scene| {
        scene.layers.iter().filter(|layer| layer.painted.is_some()).count() == 2
    };
    within("a second painted layer", ada.wait_for(is_there)).await.unwrap();
    let scene = ada.scene().unwrap();
    let copy = scene.layers.last().unwrap();
    assert_eq!(json!(copy.name), name);
    assert_eq!(copy.painted.as_ref().unwrap().next_label, label + 1);
    assert_eq!(label_at(&ada, copy.id, [20.0, 30.0]).await, Some(f64::from(label)));
    assert_eq!(label_at(&ada, copy.id, [60.0, 30.0]).await, Some(0.0));
    assert_eq!(paint(&ada, copy.id, [60.0, 30.0]).await, label + 1, "and it can be painted on");
}

#[tokio::test]
async fn an_archive_without_labels_that_fit_adds_no_layer() {
    let lab = Lab::start().await.unwrap();
    let path = "/v1/sessions/lab/labels.tar";
    let zarr = |shape: Value, name: &str| {
        let mut archive = tar::Builder::new(Vec::new());
        let array = json!({
            "zarr_format": 2, "shape": shape, "chunks": shape, "dtype": "<u4", "compressor": null,
            "fill_value": 0, "order": "C", "filters": null,
        });
        let array = array.to_string();
        let mut header = tar::Header::new_ustar();
        header.set_size(array.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("{name}/.zarray"), array.as_bytes()).unwrap();
        archive.into_inner().unwrap()
    };
    let mut outside = zarr(json!([6, 3, 120, 160]), "AA/AA/x");
    outside[..5].copy_from_slice(b"../..");
    for (bytes, status, code) in [
        (b"hello".to_vec(), 400, "import_malformed"),
        (Vec::new(), 400, "import_malformed"),
        (outside, 400, "import_malformed"),
        (zarr(json!([6, 3, 120, 161]), "x.zarr"), 400, "import_labels"),
        (zarr(json!([120, 160]), "x.zarr"), 400, "import_labels"),
    ] {
        let answer = send(&lab, Role::Annotator, path, &bytes).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.json());
    }
    let answer = send(&lab, Role::Viewer, path, &zarr(json!([6, 3, 120, 160]), "x.zarr")).await;
    assert_eq!(answer.code(), "forbidden");
    let ada = lab.client(Role::Viewer).await.unwrap();
    assert!(ada.scene().unwrap().layers.iter().all(|layer| layer.painted.is_none()));
    let good = send(&lab, Role::Annotator, path, &zarr(json!([6, 3, 120, 160]), "x.zarr")).await;
    assert_eq!(good.status, 201, "{}", good.json());
}

fn all_chunks(grid: &[usize]) -> Vec<Vec<usize>> {
    grid.iter().fold(vec![vec![]], |all, &count| {
        let more = |at: Vec<usize>| (0..count).map(move |n| [at.clone(), vec![n]].concat());
        all.into_iter().flat_map(more).collect()
    })
}

#[tokio::test]
async fn a_whole_session_goes_into_a_file_and_comes_back_as_another_session() {
    let lab = Lab::start().await.unwrap();
    let ada = lab.client(Role::Owner).await.unwrap();
    let points = add_layer(&ada, LayerKind::Points).await.unwrap();
    within("drawn", ada.edit(point("a", points, [1.0, 2.0, 30.0, 40.0]))).await.unwrap();
    let own = Intent::SetLayer { layer: points, change: LayerChange::EditScope(EditScope::Own) };
    let lock = Intent::SetLayer { layer: points, change: LayerChange::Locked(true) };
    for intent in [own, lock] {
        within("edited", ada.edit(intent)).await.unwrap();
    }
    let painted = add_layer(&ada, LayerKind::Labels).await.unwrap();
    let label = paint(&ada, painted, [20.0, 30.0]).await;
    let file = lab.api(Role::Viewer).unwrap().get("/v1/sessions/lab/file").await.unwrap();
    assert_eq!(file.status, 200, "{}", file.json());
    assert!(file.head.contains("lab.parfocal.tar"));

    let made = send(&lab, Role::Owner, "/v1/import", &file.body).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let copy = connect(&lab, &made.json()["path"]).await;
    let (before, after) = (ada.scene().unwrap(), copy.scene().unwrap());
    assert_eq!(after.layers.len(), before.layers.len());
    assert!(after.layers[0].source.source.0 != u32::MAX, "the images are served");
    assert_eq!(after.layers[0].look, before.layers[0].look);
    let (was, is) = (drawn(&ada, "a").await.unwrap(), drawn(&copy, "a").await.unwrap());
    assert_eq!(is, was, "with who made it and when");
    assert_eq!(label_at(&copy, painted, [20.0, 30.0]).await, Some(f64::from(label)));
    let unlock = Intent::SetLayer { layer: points, change: LayerChange::Locked(false) };
    within("work goes on in the copy", copy.edit(unlock)).await.unwrap();
    assert!(ada.scene().unwrap().layers.iter().any(|layer| layer.locked), "and not here");
    let listed = lab.api_in("*", Role::Owner).unwrap().get("/v1/sessions").await.unwrap().json();
    let listed = listed["sessions"].as_array().unwrap();
    let copy = listed.iter().find(|session| session["name"] == made.json()["name"]).unwrap();
    assert_eq!((&copy["title"], &copy["archived"]), (&json!("lab"), &json!(false)));
}

#[tokio::test]
async fn a_file_that_is_no_session_makes_none() {
    let lab = Lab::start().await.unwrap();
    let file = lab.api(Role::Viewer).unwrap().get("/v1/sessions/lab/file").await.unwrap().body;
    for role in [Role::Viewer, Role::Annotator, Role::Presenter] {
        assert_eq!(send(&lab, role, "/v1/import", &file).await.code(), "forbidden");
    }
    let mut flipped = file.clone();
    flipped[2000] ^= 1;
    let half = file[..file.len() / 2].to_vec();
    for bad in [Vec::new(), b"hello".to_vec(), half, flipped, vec![0; 100_000]] {
        let answer = send(&lab, Role::Owner, "/v1/import", &bad).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "session_file"));
    }
    let listed = lab.api_in("*", Role::Owner).unwrap().get("/v1/sessions").await.unwrap().json();
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 1);
}
