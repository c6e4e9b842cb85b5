//! Behaviour of [`Scene::apply`] and [`Scene::add_layer`].

use parfocal_base::{LayerId, SourceId, ViewId};

use super::testing::{embryo, image};
use super::{
    Blending, Change, Dims, Intent, Interpolation, LayerChange, LayerKind, LayerSpec, RejectCode,
    Scene, SettingsChange, Write,
};

const IMAGE: LayerId = LayerId(0);
const LABELS: LayerId = LayerId(1);
const STAGE: ViewId = ViewId::STAGE;
const OWN: ViewId = ViewId(7);

fn set(layer: LayerId, change: LayerChange) -> Change {
    Change::Intent(Intent::SetLayer { layer, change })
}

fn point(view: ViewId, axis: usize, value: f64) -> Change {
    Change::Intent(Intent::SetPoint { view, axis, value })
}

fn with_own_view() -> Scene {
    let mut scene = embryo();
    scene.apply(&Change::OpenView { view: OWN, from: STAGE }).unwrap();
    scene
}

/// The code of the refusal; fails where the scene changed all the same.
fn refused(scene: &mut Scene, change: &Change) -> RejectCode {
    let before = scene.clone();
    let code = scene.apply(change).expect_err("must be refused").code;
    assert_eq!(*scene, before, "a refused change changed something: {change:?}");
    code
}

#[test]
fn the_first_layer_gives_the_scene_its_axes_and_fits_the_stage() {
    let scene = embryo();
    let names: Vec<&str> = scene.dims.axes.iter().map(|axis| axis.name.as_str()).collect();
    assert_eq!(names, ["t", "z", "y", "x"]);
    let stage = &scene.views[&STAGE];
    assert_eq!(stage.displayed, [2, 3]);
    assert_eq!(stage.point, [0.0, 4.0, 25.0, 50.0]);
    assert_eq!(stage.camera, stage.fitted(&scene.dims));
    scene.check().unwrap();
}

#[test]
fn defaults_of_a_look_follow_the_kind_and_what_lies_below() {
    let mut scene = embryo();
    let meta = image(&[("c", 3, 1.0), ("y", 10, 1.0), ("x", 10, 1.0)]);
    let mut spec = LayerSpec::new("dapi", LayerKind::Image, SourceId(2), "a", &meta);
    spec.channel = Some(1);
    let (id, _) = scene.add_layer(&spec).unwrap();
    let dapi = &scene.layer(id).unwrap().look;
    assert_eq!((dapi.blending, dapi.colormap.as_str()), (Blending::Additive, "yellow"));
    let image = &scene.layer(IMAGE).unwrap().look;
    assert_eq!((image.blending, image.opacity), (Blending::Translucent, 1.0));
    let labels = &scene.layer(LABELS).unwrap().look;
    assert_eq!((labels.blending, labels.opacity), (Blending::Translucent, 0.5));
}

#[test]
fn axes_of_one_name_are_one_axis_with_the_wider_range_and_the_finer_step() {
    let mut scene = Scene::new();
    let flat = image(&[("y", 10, 2.0), ("x", 10, 2.0)]);
    scene.add_layer(&LayerSpec::new("flat", LayerKind::Image, SourceId(1), "a", &flat)).unwrap();
    scene
        .apply(&Change::Intent(Intent::SetCamera { view: STAGE, center: [3.0, 4.0], zoom: 40.0 }))
        .unwrap();
    let camera = scene.views[&STAGE].camera;
    let mut deep = image(&[("t", 4, 1.0), ("y", 30, 500.0), ("x", 10, 500.0)]);
    for axis in &mut deep.axes[1..] {
        axis.unit = Some("nanometer".to_owned());
    }
    scene.add_layer(&LayerSpec::new("deep", LayerKind::Image, SourceId(2), "b", &deep)).unwrap();
    let axes = &scene.dims.axes;
    assert_eq!(axes.iter().map(|axis| axis.name.as_str()).collect::<String>(), "tyx");
    assert!((axes[1].stop - 18.0).abs() < 1e-9 && (axes[1].step - 0.5).abs() < 1e-9);
    // The first layer and the stage follow their axes.
    assert_eq!(scene.layers[0].source.axes, [Some(1), Some(2)]);
    assert_eq!(scene.layers[1].source.axes, [Some(0), Some(1), Some(2)]);
    let stage = &scene.views[&STAGE];
    assert_eq!((stage.displayed, stage.camera), ([1, 2], camera));
    let world = scene.dims.in_scene_units(&deep, &scene.layers[1].source);
    assert!((world.levels[0].scale[1] - 0.5).abs() < 1e-9);
    assert_eq!(world.levels[0].scale[0], 1.0);
    scene.check().unwrap();
}

#[test]
fn an_image_that_does_not_fit_is_refused_whole() {
    let mut scene = embryo();
    let before = scene.clone();
    let line = image(&[("x", 5, 1.0)]);
    let mut absurd = image(&[("y", 5, 1.0), ("x", 5, 1.0)]);
    absurd.levels[0].translate[0] = 1e300;
    let mut empty = image(&[("y", 5, 1.0), ("x", 5, 1.0)]);
    empty.levels[0].shape[1] = 0;
    let mut short = image(&[("y", 5, 1.0), ("x", 5, 1.0)]);
    short.levels[0].scale.pop();
    for meta in [&absurd, &empty, &short] {
        let spec = LayerSpec::new("bad", LayerKind::Image, SourceId(9), "bad", meta);
        assert_eq!(scene.add_layer(&spec).unwrap_err().code, RejectCode::OutOfRange);
    }
    let mut spec = LayerSpec::new("bad", LayerKind::Image, SourceId(9), "bad", &line);
    spec.channel = Some(0);
    assert_eq!(scene.add_layer(&spec).unwrap_err().code, RejectCode::OutOfRange);
    assert_eq!(scene, before);
    let spec = LayerSpec::new("line", LayerKind::Image, SourceId(9), "line", &line);
    assert!(Scene::new().add_layer(&spec).is_err());
}

#[test]
fn limits_of_constant_or_empty_data_are_made_usable() {
    let meta = image(&[("y", 5, 1.0), ("x", 5, 1.0)]);
    for (found, kept) in
        [([7.0, 7.0], [7.0, 14.0]), ([f64::NAN; 2], [0.0, 65535.0]), ([0.0, 0.0], [0.0, 1.0])]
    {
        let mut spec = LayerSpec::new("flat", LayerKind::Image, SourceId(1), "flat", &meta);
        spec.contrast_limits_auto = Some(found);
        let mut scene = Scene::new();
        scene.add_layer(&spec).unwrap();
        assert_eq!(scene.layers[0].look.contrast_limits, kept);
    }
}

#[test]
fn values_slightly_out_of_range_are_clamped_and_the_answer_says_to_what() {
    let mut scene = embryo();
    let applied = scene.apply(&set(IMAGE, LayerChange::Opacity(1.2))).unwrap();
    assert_eq!(applied.writes, [], "1 is what it was");
    let applied = scene.apply(&set(IMAGE, LayerChange::Gamma(0.0))).unwrap();
    let expected = Intent::SetLayer { layer: IMAGE, change: LayerChange::Gamma(0.05) };
    assert_eq!(applied.intent, Some(expected));
    assert_eq!(applied.writes.len(), 1);
    let applied = scene.apply(&point(STAGE, 0, 100.0)).unwrap();
    let expected = Intent::SetPoint { view: STAGE, axis: 0, value: 90.0 };
    assert_eq!(applied.intent, Some(expected));
    let applied = scene.apply(&point(STAGE, 0, 1e9)).unwrap();
    assert_eq!(applied.intent, Some(Intent::SetPoint { view: STAGE, axis: 0, value: 270.0 }));
    let zoom = Change::Intent(Intent::SetCamera { view: STAGE, center: [0.0; 2], zoom: -5.0 });
    scene.apply(&zoom).unwrap();
    let stage = &scene.views[&STAGE];
    assert_eq!(stage.camera.zoom, stage.zoom_bounds(&scene.dims)[0]);
}

#[test]
fn contrast_limits_beyond_the_range_widen_it() {
    let mut scene = embryo();
    let change = set(IMAGE, LayerChange::ContrastLimits([-10.0, 100.0]));
    let keys: Vec<&str> = scene
        .apply(&change)
        .unwrap()
        .writes
        .iter()
        .map(|write| match write {
            Write::Layer { key, .. } => *key,
            other => panic!("unexpected {other:?}"),
        })
        .collect();
    assert_eq!(keys, ["contrast_limits_range", "contrast_limits"]);
    assert_eq!(scene.layer(IMAGE).unwrap().contrast_limits_range, [-10.0, 65535.0]);
}

#[test]
fn what_is_already_so_writes_nothing() {
    let mut scene = with_own_view();
    let own = Change::Intent(Intent::SetOverride {
        view: OWN,
        layer: IMAGE,
        change: LayerChange::Visible(false),
    });
    assert_eq!(scene.apply(&own).unwrap().writes.len(), 1);
    let idle = [
        own,
        set(IMAGE, LayerChange::Visible(true)),
        set(IMAGE, LayerChange::Name("  embryo ".to_owned())),
        point(STAGE, 1, 4.2),
        Change::Intent(Intent::MoveLayer { layer: LABELS, index: 99 }),
        Change::Intent(Intent::SetSettings { change: SettingsChange::AxesVisible(false) }),
        Change::Intent(Intent::ResetView { view: STAGE }),
        Change::Intent(Intent::SetDisplayed { view: STAGE, displayed: [2, 3] }),
        Change::Intent(Intent::ClearOverrides { view: OWN, layer: Some(LABELS) }),
        Change::SetCanvas { view: STAGE, canvas: [1281, 720] },
        Change::SetDims(scene.dims.clone()),
        Change::SetSource { layer: IMAGE, source: SourceId(1) },
        Change::OpenView { view: STAGE, from: STAGE },
    ];
    let before = scene.clone();
    for change in idle {
        assert_eq!(scene.apply(&change).unwrap().writes, [], "{change:?}");
        assert_eq!(scene, before);
    }
}

#[test]
fn nonsense_is_refused_with_a_code_and_changes_nothing() {
    let scene = &mut with_own_view();
    let nowhere = LayerId(99);
    use RejectCode::{NotApplicable, NotFinite, OutOfRange, UnknownAxis, UnknownColormap};
    use RejectCode::{UnknownLayer, UnknownView};
    let over = |view, layer, change| Change::Intent(Intent::SetOverride { view, layer, change });
    let camera = |center, zoom| Change::Intent(Intent::SetCamera { view: STAGE, center, zoom });
    let displayed = |d| Change::Intent(Intent::SetDisplayed { view: STAGE, displayed: d });
    let limits = LayerChange::ContrastLimits;
    let cases = [
        (set(nowhere, LayerChange::Visible(false)), UnknownLayer),
        (Change::Intent(Intent::MoveLayer { layer: nowhere, index: 0 }), UnknownLayer),
        (set(IMAGE, LayerChange::Opacity(f64::NAN)), NotFinite),
        (set(IMAGE, LayerChange::Gamma(f64::INFINITY)), NotFinite),
        (set(IMAGE, limits([f64::NAN, 1.0])), NotFinite),
        (set(IMAGE, limits([5.0, 5.0])), OutOfRange),
        (set(IMAGE, limits([6.0, 5.0])), OutOfRange),
        (set(IMAGE, limits([0.0, 1e-320])), OutOfRange),
        (set(IMAGE, LayerChange::Name(" \t".to_owned())), OutOfRange),
        (set(IMAGE, LayerChange::Name("a".repeat(201))), OutOfRange),
        (set(IMAGE, LayerChange::Name("a\u{0}b".to_owned())), OutOfRange),
        (set(IMAGE, LayerChange::Colormap("jet?".to_owned())), UnknownColormap),
        (set(LABELS, limits([0.0, 1.0])), NotApplicable),
        (set(LABELS, LayerChange::Gamma(1.0)), NotApplicable),
        (set(LABELS, LayerChange::Colormap("gray".to_owned())), NotApplicable),
        (set(LABELS, LayerChange::Interpolation2d(Interpolation::Linear)), NotApplicable),
        (over(STAGE, IMAGE, LayerChange::Visible(false)), NotApplicable),
        (over(OWN, IMAGE, LayerChange::Name("x".to_owned())), NotApplicable),
        (over(OWN, LABELS, LayerChange::Gamma(2.0)), NotApplicable),
        (over(OWN, nowhere, LayerChange::Visible(false)), UnknownLayer),
        (over(ViewId(8), IMAGE, LayerChange::Visible(false)), UnknownView),
        (point(STAGE, 4, 0.0), UnknownAxis),
        (point(STAGE, usize::MAX, 0.0), UnknownAxis),
        (point(ViewId(8), 0, 0.0), UnknownView),
        (point(STAGE, 0, f64::NAN), NotFinite),
        (displayed([3, 4]), UnknownAxis),
        (displayed([3, 3]), OutOfRange),
        (camera([0.0, f64::NEG_INFINITY], 1.0), NotFinite),
        (camera([0.0, 0.0], f64::NAN), NotFinite),
        (Change::RemoveLayer(nowhere), UnknownLayer),
        (Change::CloseView(STAGE), NotApplicable),
        (Change::CloseView(ViewId(8)), UnknownView),
        (Change::OpenView { view: OWN, from: ViewId(8) }, UnknownView),
        (Change::SetDims(Dims::default()), UnknownAxis),
    ];
    for (change, code) in cases {
        assert_eq!(refused(scene, &change), code, "{change:?}");
    }
}

#[test]
fn an_own_view_starts_where_it_was_opened_and_shows_its_own_looks() {
    let mut scene = embryo();
    scene.apply(&point(STAGE, 1, 6.0)).unwrap();
    scene.apply(&Change::OpenView { view: OWN, from: STAGE }).unwrap();
    assert_eq!(scene.views[&OWN], scene.views[&STAGE]);
    let change = LayerChange::Colormap("#FF8000".to_owned());
    let own = Intent::SetOverride { view: OWN, layer: IMAGE, change };
    scene.apply(&Change::Intent(own)).unwrap();
    let layer = scene.layer(IMAGE).unwrap();
    assert_eq!(Scene::effective_look(layer, &scene.views[&OWN]).colormap, "#ff8000");
    assert_eq!(Scene::effective_look(layer, &scene.views[&STAGE]), layer.look);
    // The stage can take an own view's place, but never its looks.
    scene.apply(&Change::OpenView { view: STAGE, from: OWN }).unwrap();
    assert!(scene.views[&STAGE].overrides.is_empty());
}

#[test]
fn removing_a_layer_takes_its_overrides_along_and_never_frees_its_number() {
    let mut scene = with_own_view();
    let change = LayerChange::Visible(false);
    let own = Intent::SetOverride { view: OWN, layer: LABELS, change };
    scene.apply(&Change::Intent(own)).unwrap();
    let layer = scene.layer(LABELS).unwrap().clone();
    scene.apply(&Change::RemoveLayer(LABELS)).unwrap();
    assert!(scene.views[&OWN].overrides.is_empty());
    scene.apply(&Change::AddLayer(Box::new(layer))).unwrap();
    assert_eq!(scene.layers[1].id, LayerId(2));
    scene.check().unwrap();
}

#[test]
fn layers_are_bounded_in_number() {
    let mut scene = embryo();
    let layer = scene.layers[0].clone();
    while scene.layers.len() < Scene::MAX_LAYERS {
        scene.apply(&Change::AddLayer(Box::new(layer.clone()))).unwrap();
    }
    let change = Change::AddLayer(Box::new(layer));
    assert_eq!(refused(&mut scene, &change), RejectCode::Limit);
}

#[test]
fn another_pair_of_displayed_axes_resets_the_camera() {
    let mut scene = embryo();
    let change = Change::Intent(Intent::SetDisplayed { view: STAGE, displayed: [1, 3] });
    scene.apply(&change).unwrap();
    let stage = &scene.views[&STAGE];
    assert_eq!(stage.camera, stage.fitted(&scene.dims));
    assert_eq!(stage.camera.center, [4.0, 49.75]);
}
