//! What clients say: every variant.

use std::collections::BTreeMap;

use parfocal_base::{LayerId, ParticipantId, ViewId};
use parfocal_scene::EditScope::Own;
use parfocal_scene::{
    Annotation, AnnotationChange as Change, AnnotationId, AnnotationStyle, Blending, Bookmark,
    Camera, Camera3d, ColorBy, Feature, Intent, Interpolation, LayerChange as Look, LayerKind,
    Look as LayerLook, Measure, NewAnnotation, Paint, PaintTool, Rendering,
    SettingsChange as Setting, Shape, Symbol, View, Watch,
};
use parfocal_sync::message::{
    ClientMessage as C, Doing, Hello, PixelClientMessage as P, PixelCodec, Query,
};

use crate::Case;

const LAYER: LayerId = LayerId(3);
const VIEW: ViewId = ViewId(2);

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::Client("hello", hello(None)),
        Case::Client("hello-resume", hello(Some("AQLm/5cBBA=="))),
        Case::Client("watch-stage", C::Watch { seq: 4, target: Watch::Stage }),
        Case::Client("watch-own", C::Watch { seq: 5, target: Watch::Own }),
        Case::Client("watch-follow", C::Watch { seq: 6, target: Watch::Follow(ParticipantId(9)) }),
        Case::Client("canvas", C::Canvas { width: 1280, height: 720 }),
        Case::Client("cursor", cursor(Some(vec![3.5, 12.5, -0.25]), false)),
        Case::Client("cursor-laser", cursor(Some(vec![3.5, 12.5, -0.25]), true)),
        Case::Client("cursor-nowhere", cursor(None, false)),
        Case::Client("doing-nothing", C::Doing(Doing::default())),
        Case::Client("doing", C::Doing(doing())),
        Case::Client("ask-values", ask(7, Query::Values { world: [0.5, 99.75] })),
        Case::Client("ask-histogram", ask(8, Query::Histogram { layer: LAYER })),
        Case::Client("ping", C::Ping { time: 1234.5 }),
        Case::PixelClient(
            "attach",
            P::Attach { ticket: "00112233445566778899aabbccddeeff".into() },
        ),
        Case::PixelClient("received", P::Received { sequence: 4_294_967_295 }),
        Case::PixelClient(
            "shown",
            P::Shown { sequence: 4_294_967_295, decode_us: 2100, held_us: 900 },
        ),
        Case::PixelClient("ceiling", P::Ceiling { bitrate_bps: Some(2_000_000) }),
        Case::PixelClient("ceiling-none", P::Ceiling { bitrate_bps: None }),
        Case::PixelClient("keyframe", P::Keyframe),
        Case::PixelClient("codec-h264", P::Codec { codec: PixelCodec::H264 }),
        Case::PixelClient("codec-jpeg", P::Codec { codec: PixelCodec::Jpeg }),
        Case::PixelClient("codec-png", P::Codec { codec: PixelCodec::Png }),
    ];
    let intents = looks().into_iter().chain(settings()).chain(others()).chain(changes());
    let numbered = intents.zip(1..).map(|((name, intent), seq)| intent_case(name, seq, intent));
    cases.extend(numbered);
    cases
}

fn intent_case(name: &'static str, seq: u64, intent: Intent) -> Case {
    Case::Client(name, C::Intent { seq, intent })
}

const fn cursor(position: Option<Vec<f64>>, laser: bool) -> C {
    C::Cursor { position, laser }
}

fn doing() -> Doing {
    Doing {
        tool: "polygon".into(),
        layer: Some(LAYER),
        selected: vec!["a1".into()],
        editing: Some("a1".into()),
    }
}

fn hello(resume: Option<&str>) -> C {
    C::Hello(Hello {
        version: 2,
        session: "main".into(),
        token: "eyJhbGciOiJIUzI1NiJ9.e30.c2ln".into(),
        client: "0123456789abcdef0123456789abcdef".into(),
        codecs: vec![PixelCodec::H264, PixelCodec::Jpeg, PixelCodec::Png],
        resume: resume.map(str::to_owned),
        resume_annotations: resume.map(str::to_owned),
    })
}

fn ask(id: u32, query: Query) -> C {
    C::Ask { id, query }
}

fn looks() -> Vec<(&'static str, Intent)> {
    let set = |change| Intent::SetLayer { layer: LAYER, change };
    vec![
        ("set-name", set(Look::Name("Kerne \"α\"".into()))),
        ("set-visible", set(Look::Visible(false))),
        ("set-opacity", set(Look::Opacity(0.5))),
        ("set-blending-opaque", set(Look::Blending(Blending::Opaque))),
        ("set-blending-translucent", set(Look::Blending(Blending::Translucent))),
        ("set-blending-additive", set(Look::Blending(Blending::Additive))),
        ("set-blending-minimum", set(Look::Blending(Blending::Minimum))),
        ("set-nearest", set(Look::Interpolation2d(Interpolation::Nearest))),
        ("set-linear", set(Look::Interpolation2d(Interpolation::Linear))),
        ("set-colormap", set(Look::Colormap("viridis".into()))),
        ("set-contrast-limits", set(Look::ContrastLimits([100.5, 4095.25]))),
        ("set-gamma", set(Look::Gamma(1.25))),
        ("set-rendering-mip", set(Look::Rendering(Rendering::Mip))),
        ("set-rendering-minip", set(Look::Rendering(Rendering::Minip))),
        ("set-rendering-average", set(Look::Rendering(Rendering::Average))),
        ("set-rendering-attenuated-mip", set(Look::Rendering(Rendering::AttenuatedMip))),
        ("set-rendering-translucent", set(Look::Rendering(Rendering::Translucent))),
        ("set-rendering-iso", set(Look::Rendering(Rendering::Iso))),
        ("set-attenuation", set(Look::Attenuation(0.125))),
        ("set-iso-threshold", set(Look::IsoThreshold(Some(1000.5)))),
        ("set-iso-threshold-auto", set(Look::IsoThreshold(None))),
        ("set-interpolation3d", set(Look::Interpolation3d(Interpolation::Nearest))),
    ]
}

fn settings() -> Vec<(&'static str, Intent)> {
    let set = |change| Intent::SetSettings { change };
    vec![
        ("set-scale-bar", set(Setting::ScaleBarVisible(true))),
        ("set-axes", set(Setting::AxesVisible(true))),
        ("set-dims-label", set(Setting::DimsLabelVisible(false))),
    ]
}

fn others() -> Vec<(&'static str, Intent)> {
    let gamma = Look::Gamma(0.5);
    let center = [220.5, 255.25];
    let keep = |bookmark| Intent::SetBookmark { bookmark: Box::new(bookmark) };
    vec![
        ("set-style", Intent::SetLayer { layer: LAYER, change: Look::Style(style()) }),
        ("set-locked", Intent::SetLayer { layer: LAYER, change: Look::Locked(true) }),
        ("set-edit-scope", Intent::SetLayer { layer: LAYER, change: Look::EditScope(Own) }),
        ("add-layer", Intent::AddLayer { layer_kind: LayerKind::Shapes, name: None, layer: None }),
        ("remove-layer", Intent::RemoveLayer { layer: LAYER }),
        ("add-annotations", Intent::AddAnnotations { annotations: drawn() }),
        ("move-annotations", Intent::MoveAnnotations { annotations: ids(), by: vec![0.5, 1.5] }),
        ("remove-annotations", Intent::RemoveAnnotations { annotations: ids() }),
        ("paint", Intent::Paint(stroke())),
        ("new-label", Intent::NewLabel { layer: LAYER, label: None }),
        ("undo", Intent::Undo),
        ("redo", Intent::Redo),
        ("set-bookmark", keep(bookmark())),
        ("set-bookmark-3d", keep(in_space(bookmark()))),
        ("set-bookmark-looks", keep(with_looks(bookmark()))),
        ("remove-bookmark", Intent::RemoveBookmark { name: "nucleus 4".into() }),
        ("move-layer", Intent::MoveLayer { layer: LAYER, index: 0 }),
        ("set-override", Intent::SetOverride { view: VIEW, layer: LAYER, change: gamma }),
        ("clear-override", Intent::ClearOverrides { view: VIEW, layer: Some(LAYER) }),
        ("clear-overrides", Intent::ClearOverrides { view: VIEW, layer: None }),
        ("set-point", Intent::SetPoint { view: ViewId::STAGE, axis: 1, value: 3.6 }),
        ("set-displayed", Intent::SetDisplayed { view: VIEW, displayed: [1, 3] }),
        ("set-camera", Intent::SetCamera { view: VIEW, center, zoom: 2.5 }),
        ("set-ndisplay", Intent::SetNdisplay { view: VIEW, ndisplay: 3 }),
        (
            "set-camera3d",
            Intent::SetCamera3d {
                view: VIEW,
                center: [4.5, 220.5, 255.25],
                zoom: 2.5,
                angles: [-30.5, 12.25, 90.5],
                perspective: 45.5,
            },
        ),
        ("reset-view", Intent::ResetView { view: ViewId::STAGE }),
    ]
}

fn ids() -> Vec<AnnotationId> {
    vec!["a1".into(), "b-2".into()]
}

fn style() -> AnnotationStyle {
    let by = ColorBy { feature: "area".into(), colormap: "viridis".into(), limits: None };
    // Fractions: browsers print whole numbers without a point.
    AnnotationStyle {
        edge_width: 2.5,
        size: 10.5,
        text_size: 14.5,
        tail_length: 30.5,
        color_by: Some(by),
        ..AnnotationStyle::default()
    }
}

/// A polygon with all that can be said of an annotation, and a point with the least.
fn drawn() -> Vec<NewAnnotation> {
    let point = Annotation {
        layer: LAYER,
        shape: Shape::Point,
        vertices: vec![vec![0.5, 12.5, 7.5]],
        face_color: None,
        edge_color: None,
        edge_width: None,
        size: None,
        symbol: None,
        text: None,
        features: BTreeMap::new(),
        measure: None,
        measured: None,
        author: String::new(),
        created: 0,
    };
    let features = [
        ("area".to_owned(), Feature::Number(8.25)),
        ("dividing".to_owned(), Feature::Bool(true)),
        ("class".to_owned(), Feature::Text("Kern".into())),
    ];
    let corner = |y, x| vec![0.5, y, x];
    let polygon = Annotation {
        shape: Shape::Polygon,
        vertices: vec![corner(0.5, 0.5), corner(0.5, 9.5), corner(9.5, 4.5)],
        face_color: Some("#ff000080".into()),
        edge_color: Some("#ff0000".into()),
        edge_width: Some(1.5),
        size: Some(4.5),
        symbol: Some(Symbol::TriangleUp),
        text: Some("α".into()),
        features: features.into(),
        measure: Some(Measure::Statistics(LayerId(1))),
        ..point.clone()
    };
    let named = |id: &str, annotation| NewAnnotation { id: id.into(), annotation };
    vec![named("p1", point), named("q1", polygon)]
}

fn changes() -> Vec<(&'static str, Intent)> {
    let change = |change| Intent::ChangeAnnotation { annotation: "a1".into(), change };
    let at = || vec![0.5, 1.5, 2.5];
    vec![
        ("change-vertices", change(Change::Vertices(vec![at(), at()]))),
        ("move-vertex", change(Change::MoveVertex { index: 1, to: at() })),
        ("insert-vertex", change(Change::InsertVertex { index: 1, at: at() })),
        ("remove-vertex", change(Change::RemoveVertex { index: 1 })),
        ("change-face-color", change(Change::FaceColor(None))),
        ("change-edge-color", change(Change::EdgeColor(Some("#00ff00".into())))),
        ("change-edge-width", change(Change::EdgeWidth(Some(3.5)))),
        ("change-size", change(Change::Size(Some(8.5)))),
        ("change-symbol", change(Change::Symbol(Some(Symbol::X)))),
        ("change-text", change(Change::Text(Some("hier".into())))),
        ("change-feature", change(feature(Some(Feature::Number(1.5))))),
        ("clear-feature", change(feature(None))),
        ("change-measure", change(Change::Measure(Some(Measure::Length)))),
    ]
}

fn feature(value: Option<Feature>) -> Change {
    Change::Feature { name: "area".into(), value }
}

fn stroke() -> Paint {
    Paint {
        layer: LAYER,
        stroke: 12,
        tool: PaintTool::Brush,
        label: 7,
        brush_size: 10.5,
        displayed: [2, 3],
        n_edit_dimensions: 2,
        path: vec![vec![0.5, 1.5, 10.5, 20.5], vec![0.5, 1.5, 12.5, 21.5]],
    }
}

fn bookmark() -> Bookmark {
    let camera = Camera { center: [10.5, 20.5], zoom: 4.5 };
    let view = View {
        point: vec![3.5, 1.5, 0.5, 0.5],
        displayed: [2, 3],
        camera,
        canvas: [1280, 720],
        camera3d: None,
        overrides: BTreeMap::new(),
    };
    Bookmark { name: "nucleus 4".into(), author: String::new(), view, looks: BTreeMap::new() }
}

fn in_space(mut bookmark: Bookmark) -> Bookmark {
    bookmark.view.camera3d = Some(Camera3d {
        depth: 1,
        center: [1.5, 10.5, 20.5],
        zoom: 4.5,
        angles: [0.5, -10.5, 90.5],
        perspective: 30.5,
    });
    bookmark
}

/// Of two layers, so that keys are seen to be numbers: 3 stands before 10.
fn with_looks(mut bookmark: Bookmark) -> Bookmark {
    let look = LayerLook {
        visible: true,
        opacity: 0.5,
        blending: Blending::Additive,
        interpolation2d: Interpolation::Linear,
        colormap: "viridis".into(),
        contrast_limits: [100.5, 4095.25],
        gamma: 1.25,
        rendering: Rendering::AttenuatedMip,
        attenuation: 0.125,
        iso_threshold: Some(1000.5),
        interpolation3d: Interpolation::Linear,
    };
    bookmark.looks = [LAYER, LayerId(10)].map(|layer| (layer, look.clone())).into();
    let changes = vec![Look::Visible(false), Look::Gamma(0.5)];
    bookmark.view.overrides = [(LAYER, changes), (LayerId(10), vec![Look::Opacity(0.25)])].into();
    bookmark
}
