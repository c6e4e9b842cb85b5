//! What is written is read back; what napari, QuPath and GIS programs write is read.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::collections::BTreeMap;

use parfocal_base::{AxisKind, LayerId};
use parfocal_exchange::{ExchangeError, Import, Named, Place, csv, geojson};
use parfocal_scene::{Annotation, AnnotationId, DimsAxis, Feature, LayerKind, Shape, Symbol};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

fn axis(name: &str, kind: AxisKind, start: f64, step: f64) -> DimsAxis {
    let (name, unit) = (name.to_owned(), None);
    DimsAxis { name, kind, unit, start, stop: start + 99.0 * step, step, labels: Vec::new() }
}

/// t in seconds, y and x in quarters of a micrometer, x from 10 on.
fn axes() -> Vec<DimsAxis> {
    vec![
        axis("t", AxisKind::Time, 0.0, 2.0),
        axis("y", AxisKind::Space, 0.0, 0.25),
        axis("x", AxisKind::Space, 10.0, 0.25),
    ]
}

fn place<'a>(axes: &'a [DimsAxis], at: &'a [f64]) -> Place<'a> {
    Place { layer: LayerId(3), axes, at }
}

const AT: [f64; 3] = [4.0, 0.0, 0.0];

fn annotation(shape: Shape, vertices: &[[f64; 3]]) -> Annotation {
    let vertices: Vec<_> = vertices.iter().map(|v| v.to_vec()).collect();
    let json = serde_json::json!({ "layer": 3, "shape": shape, "vertices": vertices });
    serde_json::from_value(json).unwrap()
}

fn named(all: &[(AnnotationId, Annotation)]) -> Vec<Named<'_>> {
    all.iter().map(|(id, annotation)| (id, annotation)).collect()
}

fn numbered(all: Vec<Annotation>) -> Vec<(AnnotationId, Annotation)> {
    let id = |n: usize| AnnotationId::from(format!("a{n}").as_str());
    all.into_iter().enumerate().map(|(n, annotation)| (id(n), annotation)).collect()
}

fn read(kind: LayerKind, text: &str) -> Result<Import, ExchangeError> {
    csv::read(kind, text.as_bytes(), &place(&axes(), &AT))
}

fn read_json(text: &str) -> Result<Import, ExchangeError> {
    geojson::read(text.as_bytes(), &place(&axes(), &AT))
}

fn vertices(import: &Import) -> Vec<Vec<Vec<f64>>> {
    import.annotations.iter().map(|i| i.annotation.vertices.clone()).collect()
}

#[test]
fn points_are_written_as_napari_writes_them() {
    let mut first = annotation(Shape::Point, &[[2.0, 1.0, 10.5]]);
    first.features.insert("area".into(), Feature::Number(12.5));
    first.features.insert("note".into(), Feature::Text("a, \"b\"".into()));
    first.features.insert("axis-0".into(), Feature::Bool(true));
    let all = numbered(vec![first, annotation(Shape::Point, &[[0.0, 0.0, 10.0]])]);
    let axes = axes();
    let export = csv::write(LayerKind::Points, &place(&axes, &AT), &named(&all)).unwrap();
    let text = String::from_utf8(export.bytes).unwrap();
    assert_eq!(
        text,
        "index,axis-0,axis-1,axis-2,area,feature axis-0,note\r\n\
         0,1,4,2,12.5,True,\"a, \"\"b\"\"\"\r\n\
         1,0,0,0,,,\r\n"
    );
    assert_eq!(export.left_out, 0);
}

#[test]
fn points_that_napari_wrote_are_read() {
    // As `napari_write_points` writes two points of a plane with properties.
    let text = "index,axis-0,axis-1,confidence,good,class\r\n\
                0.0,4.0,2.0,1.0,True,cell\r\n1.0,8.0,6.0,nan,False,\r\n";
    let import = read(LayerKind::Points, text).unwrap();
    assert_eq!(vertices(&import), [[[4.0, 1.0, 10.5]], [[4.0, 2.0, 11.5]]]);
    let features: Vec<_> = import.annotations.iter().map(|i| &i.annotation.features).collect();
    assert_eq!(features[0]["confidence"], Feature::Number(1.0));
    assert_eq!(features[0]["class"], Feature::Text("cell".into()));
    assert_eq!(features[1].get("confidence"), None, "napari's nan is a value that is missing");
    assert_eq!(features[1]["good"], Feature::Bool(false));
}

#[test]
fn shapes_are_written_as_napari_writes_them() {
    let line = annotation(Shape::Line, &[[0.0, 0.0, 10.0], [0.0, 1.0, 10.0]]);
    let text = annotation(Shape::Text, &[[0.0, 0.0, 10.0]]);
    let polyline = annotation(Shape::Polyline, &[[2.0, 0.0, 10.0], [2.0, 1.0, 10.0]]);
    let all = numbered(vec![line, text, polyline]);
    let axes = axes();
    let export = csv::write(LayerKind::Shapes, &place(&axes, &AT), &named(&all)).unwrap();
    assert_eq!(
        String::from_utf8(export.bytes).unwrap(),
        "index,shape-type,vertex-index,axis-0,axis-1,axis-2\r\n\
         0,line,0,0,0,0\r\n0,line,1,0,4,0\r\n1,path,0,1,0,0\r\n1,path,1,1,4,0\r\n"
    );
    assert_eq!(export.left_out, 1, "napari has no text among its shapes");
}

#[test]
fn shapes_that_napari_wrote_are_read() {
    let text = "index,shape-type,vertex-index,axis-0,axis-1\r\n\
                0,rectangle,0,0.0,0.0\r\n0,rectangle,1,0.0,4.0\r\n0,rectangle,2,4.0,4.0\r\n\
                0,rectangle,3,4.0,0.0\r\n1,path,0,1.0,1.0\r\n1,path,1,2.0,2.0\r\n";
    let import = read(LayerKind::Shapes, text).unwrap();
    let shapes: Vec<_> = import.annotations.iter().map(|i| i.annotation.shape).collect();
    assert_eq!(shapes, [Shape::Rectangle, Shape::Path]);
    assert_eq!(vertices(&import)[0][2], [4.0, 1.0, 11.0]);
}

#[test]
fn a_table_that_is_wrong_is_refused_with_its_line() {
    let shapes = "index,shape-type,vertex-index,axis-0,axis-1\n";
    for (kind, text, says) in [
        (LayerKind::Points, "index,axis-0,axis-1\n0,1,2\n1,x,2\n", "line 3, column \"axis-0\""),
        (LayerKind::Points, "index,axis-0,axis-1\n0,1,inf\n", "not a finite number"),
        (LayerKind::Points, "index,axis-0,axis-1\n0,1\n", "line: 2"),
        (LayerKind::Points, "index,a,b\n0,1,2\n", "0 axes"),
        (LayerKind::Points, "axis-0,axis-1,axis-2,axis-3\n", "4 axes, the layer has 3"),
        (LayerKind::Points, shapes, "a table of shapes"),
        (LayerKind::Points, "axis-0,axis-1,c\n0,1,\u{0}\n", ""),
        (LayerKind::Shapes, "index,axis-0,axis-1\n", "no column \"shape-type\""),
        (LayerKind::Shapes, &format!("{shapes}0,star,0,1,2\n"), "\"star\" is not a shape"),
        (LayerKind::Shapes, &format!("{shapes}0,polygon,0,1,2\n"), "3 vertices or more"),
        (LayerKind::Shapes, &format!("{shapes}x,line,0,1,2\n"), "column \"index\""),
        (
            LayerKind::Shapes,
            &format!(
                "{shapes}0,line,0,1,2\n0,line,1,1,3\n1,line,0,1,2\n1,line,1,1,3\n0,line,2,1,2\n"
            ),
            "line 6: shape 0 has begun before",
        ),
        (LayerKind::Tracks, "track_id,t,y,x\n1,0,0,0\n1,0,1,1\n", "twice at this time"),
        (LayerKind::Tracks, "index,t,y,x\n1,0,0,0\n", "track_id"),
        (LayerKind::Vectors, "index,axis-0,axis-1\n", "use GeoJSON"),
    ] {
        match read(kind, text) {
            Err(error) => assert!(error.to_string().contains(says), "{text}: {error}"),
            Ok(_) => assert!(says.is_empty(), "{text}"),
        }
    }
    let broken = csv::read(LayerKind::Points, b"axis-0,axis-1,c\n0,1,\xff\n", &place(&axes(), &AT));
    assert!(broken.unwrap_err().to_string().contains("line 2"));
}

#[test]
fn too_much_is_refused() {
    let mut text = "index,axis-0,axis-1\n".to_owned();
    text.push_str(&"0,1,2\n".repeat(parfocal_exchange::MAX_ANNOTATIONS + 1));
    assert_eq!(read(LayerKind::Points, &text).unwrap_err().code(), "import_too_large");
    let cell = "x".repeat(parfocal_exchange::MAX_CELL_BYTES + 1);
    let text = format!("axis-0,axis-1,note\n1,2,{cell}\n");
    assert_eq!(read(LayerKind::Points, &text).unwrap_err().code(), "import_too_large");
    let header: Vec<_> = (0..=parfocal_exchange::MAX_FEATURES).map(|n| format!("f{n}")).collect();
    let text = format!("axis-0,axis-1,{}\n", header.join(","));
    assert_eq!(read(LayerKind::Points, &text).unwrap_err().code(), "import_too_large");
    let point = r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]}},"#;
    let features = point.repeat(parfocal_exchange::MAX_ANNOTATIONS + 1);
    let text = format!("[{}]", features.trim_end_matches(','));
    assert_eq!(read_json(&text).unwrap_err().code(), "import_too_large");
}

#[test]
fn tracks_are_read_in_any_order_of_rows() {
    let text = "track_id,t,y,x,class\n7,1,4,2,b\n9,0,0,0,c\n7,0,0,0,a\n";
    let import = read(LayerKind::Tracks, text).unwrap();
    assert_eq!(vertices(&import)[0], [[0.0, 0.0, 10.0], [2.0, 1.0, 10.5]]);
    let features = &import.annotations[0].annotation.features;
    assert_eq!(features["track_id"], Feature::Number(7.0));
    assert_eq!(features["class"], Feature::Text("b".into()), "those of the first row");
}

#[test]
fn plain_geojson_of_others_is_read() {
    let text = r##"{"type":"FeatureCollection","name":"x","features":[
        {"type":"Feature","id":5,"geometry":{"type":"Polygon","coordinates":
            [[[0,0],[4,0],[4,8],[0,0]],[[1,1],[2,1],[2,2],[1,1]]],"plane":{"c":-1,"z":3,"t":1}},
         "properties":{"objectType":"annotation","classification":{"name":"Tumor","color":[200,0,10]},
                       "fill":"#0f0","score":0.5,"nested":{"a":1},"good":true}},
        {"type":"Feature","geometry":{"type":"MultiPoint","coordinates":[[1,2],[3,4,9]]},"properties":null},
        {"type":"Feature","geometry":null,"properties":{}},
        {"type":"Feature","geometry":{"type":"GeometryCollection","geometries":
            [{"type":"LineString","coordinates":[[0,0],[1,1],[2,2]]}]},"properties":{}}]}"##;
    let import = read_json(text).unwrap();
    let shapes: Vec<_> = import.annotations.iter().map(|i| i.annotation.shape).collect();
    assert_eq!(shapes, [Shape::Polygon, Shape::Point, Shape::Point, Shape::Polyline]);
    let polygon = &import.annotations[0].annotation;
    let corners = [[2.0, 0.0, 10.0], [2.0, 0.0, 11.0], [2.0, 2.0, 11.0]];
    assert_eq!(polygon.vertices, corners, "plane t 1 is at 2 s; the last corner is the first");
    assert_eq!(polygon.edge_color.as_deref(), Some("#c8000a"));
    assert_eq!(polygon.face_color.as_deref(), Some("#00ff00"));
    let expected = BTreeMap::from([
        ("objectType".to_owned(), Feature::Text("annotation".into())),
        ("classification".to_owned(), Feature::Text("Tumor".into())),
        ("score".to_owned(), Feature::Number(0.5)),
        ("good".to_owned(), Feature::Bool(true)),
    ]);
    assert_eq!(polygon.features, expected);
    assert_eq!(vertices(&import)[2], [[4.0, 1.0, 10.75]]);
    assert_eq!(import.warnings.len(), 2, "{:?}", import.warnings);
}

#[test]
fn geojson_that_is_wrong_is_refused_with_its_place() {
    for (text, says) in [
        ("", "line 1"),
        ("{\n \"type\": \"FeatureCollection\",\n \"features\": [{]}", "line 3"),
        (r#"{"type":"Topology"}"#, "no FeatureCollection"),
        (r#"{"type":"FeatureCollection","features":7}"#, "line 1"),
        (r#"[{"type":"Feature","geometry":{"type":"Circle"}}]"#, "\"Circle\" is no geometry"),
        (r#"[{"geometry":{"type":"Point","coordinates":[1]}}]"#, "feature 1: a position"),
        (r#"[{"geometry":{"type":"Point","coordinates":"x"}}]"#, "wrong coordinates"),
        (r#"[{"geometry":{"type":"Point","coordinates":[1e999,0]}}]"#, "out of range"),
        (r#"[{"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}}]"#, "needs 3"),
        (&format!("{}{}", "[".repeat(5000), "]".repeat(5000)), "line 1"),
    ] {
        let error = read_json(text).unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}

#[test]
fn a_geometry_that_was_changed_elsewhere_counts_and_the_rest_stays() {
    let mut line = annotation(Shape::Line, &[[6.0, 0.0, 10.0], [6.0, 1.0, 10.0]]);
    line.symbol = Some(Symbol::Star);
    line.features.insert("n".into(), Feature::Number(1.0));
    let all = numbered(vec![line.clone()]);
    let axes = axes();
    let export = geojson::write(&place(&axes, &AT), &named(&all)).unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&export.bytes).unwrap();
    // Rounded and reformatted by another program: still the same.
    json["features"][0]["geometry"]["coordinates"] = serde_json::json!([[0, 0], [0, 4.000001]]);
    let same = read_json(&json.to_string()).unwrap();
    assert_eq!(same.annotations[0].annotation, line);
    json["features"][0]["geometry"]["coordinates"] = serde_json::json!([[0, 0], [8, 4]]);
    let moved = read_json(&json.to_string()).unwrap();
    line.vertices[1] = vec![6.0, 1.0, 12.0];
    assert_eq!(moved.annotations[0].annotation, line);
}

#[test]
fn a_file_goes_to_the_same_place_in_a_layer_of_another_scale() {
    let line = annotation(Shape::Line, &[[6.0, 0.0, 10.0], [6.0, 1.0, 10.0]]);
    let all = numbered(vec![line.clone()]);
    let (coarse, mut fine) = (axes(), axes());
    fine[2].step = 0.125;
    let export = geojson::write(&place(&coarse, &AT), &named(&all)).unwrap();
    let import = geojson::read(&export.bytes, &place(&fine, &AT)).unwrap();
    assert_eq!(import.annotations[0].annotation, line);
}

fn coordinate() -> impl Strategy<Value = f64> {
    prop_oneof![-1e6..1e6_f64, (-400..400).prop_map(|n| f64::from(n) * 0.25)]
}

/// Names that collide with columns of our own, and others.
fn feature_name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z ]{1,8}".prop_map(|s| format!("f{s}")),
        proptest::sample::select(vec![
            "index",
            "axis-0",
            "text",
            "shape-type",
            "vertex-index",
            "feature x",
            "t",
            "a,b\"\n",
            "ü",
        ])
        .prop_map(str::to_owned),
    ]
}

/// One type for each column, as the scene has it; texts that are no numbers.
fn features(rows: usize) -> impl Strategy<Value = BTreeMap<String, Vec<Option<Feature>>>> {
    let column = prop_oneof![
        vec(proptest::option::of((-1e9..1e9_f64).prop_map(Feature::Number)), rows),
        vec(proptest::option::of(any::<bool>().prop_map(Feature::Bool)), rows),
        vec(
            proptest::option::of(
                "[a-z,\"\r\n ü]{0,6}".prop_map(|s| Feature::Text(format!("z{s}")))
            ),
            rows
        ),
    ];
    btree_map(feature_name(), column, 0..4)
}

fn shape() -> impl Strategy<Value = (Shape, usize)> {
    prop_oneof![
        Just((Shape::Line, 2)),
        (2..6_usize).prop_map(|n| (Shape::Path, n)),
        (3..6_usize).prop_map(|n| (Shape::Polygon, n)),
        Just((Shape::Rectangle, 4)),
        Just((Shape::Ellipse, 4)),
    ]
}

fn drawn(shape: impl Strategy<Value = (Shape, usize)>) -> impl Strategy<Value = Annotation> {
    let vertices = |n| vec((coordinate(), coordinate(), coordinate()), n);
    (shape.prop_flat_map(move |(shape, n)| (Just(shape), vertices(n))), "[a-z]{1,5}", any::<bool>())
        .prop_map(|((shape, vertices), text, with_text)| {
            let vertices: Vec<_> = vertices.into_iter().map(|(t, y, x)| [t, y, x]).collect();
            let mut annotation = annotation(shape, &vertices);
            annotation.text = with_text.then_some(text);
            annotation
        })
}

fn with_features(
    all: impl Strategy<Value = Vec<Annotation>>,
) -> impl Strategy<Value = Vec<Annotation>> {
    all.prop_flat_map(|all| (features(all.len()), Just(all))).prop_map(|(columns, mut all)| {
        for (name, column) in columns {
            for (annotation, cell) in all.iter_mut().zip(column) {
                annotation.features.extend(cell.map(|cell| (name.clone(), cell)));
            }
        }
        all
    })
}

fn close(a: &Annotation, b: &Annotation) {
    let flat = |a: &Annotation| a.vertices.concat();
    for (a, b) in flat(a).iter().zip(flat(b)) {
        assert!((a - b).abs() <= 1e-9 * (1.0 + a.abs()), "{a} {b}");
    }
    let rest = |a: &Annotation| Annotation { vertices: Vec::new(), ..a.clone() };
    assert_eq!(rest(a), rest(b));
    assert_eq!(a.vertices.len(), b.vertices.len());
}

fn csv_round_trip(kind: LayerKind, all: Vec<Annotation>) {
    let (all, axes) = (numbered(all), axes());
    let place = place(&axes, &AT);
    let export = csv::write(kind, &place, &named(&all)).unwrap();
    assert_eq!(export.left_out, 0);
    let import = csv::read(kind, &export.bytes, &place).unwrap();
    assert_eq!(import.annotations.len(), all.len());
    for ((_, before), after) in all.iter().zip(&import.annotations) {
        close(before, &after.annotation);
    }
}

proptest! {
    #[test]
    fn points_come_back_from_a_table(all in with_features(vec(drawn(Just((Shape::Point, 1))), 0..8))) {
        csv_round_trip(LayerKind::Points, all);
    }

    #[test]
    fn shapes_come_back_from_a_table(all in with_features(vec(drawn(shape()), 0..8))) {
        csv_round_trip(LayerKind::Shapes, all);
    }

    #[test]
    fn tracks_come_back_from_a_table(
        all in with_features(vec(drawn((1..6_usize).prop_map(|n| (Shape::Track, n))), 0..8))
    ) {
        let rising = |(n, mut track): (usize, Annotation)| {
            track.features.insert("track_id".into(), Feature::Number(n as f64 * 3.0));
            for (t, vertex) in track.vertices.iter_mut().enumerate() {
                vertex[0] = t as f64 * 2.0;
            }
            track
        };
        csv_round_trip(LayerKind::Tracks, all.into_iter().enumerate().map(rising).collect());
    }

    #[test]
    fn everything_comes_back_from_geojson_to_its_last_bit(
        all in with_features(vec(drawn(prop_oneof![
            shape(), Just((Shape::Point, 1)), Just((Shape::Text, 1)), Just((Shape::Vector, 2)),
            (1..4_usize).prop_map(|n| (Shape::Track, n)), (2..5_usize).prop_map(|n| (Shape::Polyline, n)),
        ]), 0..8)),
        width in proptest::option::of(0.1..9.0_f64),
    ) {
        let paint = |mut a: Annotation| {
            a.face_color = Some("#01020380".into());
            a.edge_width = width;
            a.symbol = Some(Symbol::Ring);
            a.author = "ada".into();
            a.created = 1_800_000_000_123;
            a
        };
        let (all, axes) = (numbered(all.into_iter().map(paint).collect()), axes());
        let place = place(&axes, &AT);
        let export = geojson::write(&place, &named(&all)).unwrap();
        let import = geojson::read(&export.bytes, &place).unwrap();
        prop_assert_eq!(&import.warnings, &Vec::<String>::new());
        let back: Vec<_> =
            import.annotations.into_iter().map(|i| (i.id.unwrap(), i.annotation)).collect();
        prop_assert_eq!(back, all);
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in vec(any::<u8>(), 0..200), text in "[\\[\\]{}\",:a-z0-9\n-]{0,200}") {
        let axes = axes();
        let place = place(&axes, &AT);
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            for kind in [LayerKind::Points, LayerKind::Shapes, LayerKind::Tracks] {
                let _ = csv::read(kind, bytes, &place);
            }
            let _ = geojson::read(bytes, &place);
        }
    }
}
