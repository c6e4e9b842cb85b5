//! What people ask for.

use parfocal_base::{LayerId, ViewId};
use parfocal_scene::{
    Annotation, AnnotationChange, AnnotationId, Bookmark, EditScope, Feature, Intent, LayerChange,
    LayerKind, NewAnnotation, Paint, PaintTool, Scene, SettingsChange, Shape,
};

use super::random::Random;
use crate::session::keeper::Keeper;

/// Something, mostly possible.
pub(super) fn intent(random: &mut Random, keeper: &Keeper, name: &str) -> Intent {
    let scene = &keeper.scene;
    let all: Vec<AnnotationId> = keeper.annotations.iter().map(|(id, _)| id.clone()).collect();
    let some = random.of(&all).unwrap_or_else(|| "nobody".into());
    let view = ViewId::STAGE;
    match random.below(20) {
        0..4 => {
            let annotations = (0..1 + random.below(3))
                .map(|i| {
                    let id = AnnotationId::from(format!("{name}-{i}").as_str());
                    NewAnnotation { id, annotation: annotation(random, scene) }
                })
                .collect();
            Intent::AddAnnotations { annotations }
        }
        4..7 => Intent::ChangeAnnotation { annotation: some, change: change(random) },
        7 => Intent::MoveAnnotations { annotations: vec![some], by: vec![0.0, 1.0, -1.0] },
        8 => Intent::RemoveAnnotations { annotations: vec![some] },
        9..12 => Intent::Undo,
        12 => Intent::Redo,
        13..15 => paint(random, scene),
        15 => layer_intent(random, scene),
        16 => Intent::SetLayer { layer: any(random, scene), change: layer_change(random) },
        17 => {
            let point = scene.views.get(&view).cloned().unwrap();
            let looks = scene.layers.iter().map(|layer| (layer.id, layer.look.clone())).collect();
            let name = random.of(&["here", "there"]).unwrap_or_default().to_owned();
            let bookmark = Bookmark { name, author: String::new(), view: point, looks };
            Intent::SetBookmark { bookmark: Box::new(bookmark) }
        }
        18 => Intent::SetPoint { view, axis: 0, value: random.below(4) as f64 },
        _ => Intent::SetCamera { view, center: [random.below(9) as f64, 3.0], zoom: 2.0 },
    }
}

fn any(random: &mut Random, scene: &Scene) -> LayerId {
    random.of(&scene.layers).map(|layer| layer.id).unwrap_or_default()
}

fn of_kind(random: &mut Random, scene: &Scene, kind: LayerKind) -> LayerId {
    let all: Vec<_> = scene.layers.iter().filter(|l| l.kind == kind).map(|l| l.id).collect();
    random.of(&all).unwrap_or(LayerId(99))
}

fn at(random: &mut Random) -> Vec<f64> {
    vec![random.below(3) as f64, random.below(16) as f64, random.below(16) as f64]
}

pub(super) fn annotation(random: &mut Random, scene: &Scene) -> Annotation {
    if random.one_in(2) {
        let layer = of_kind(random, scene, LayerKind::Points);
        return Annotation::new(layer, Shape::Point, vec![at(random)]);
    }
    let layer = of_kind(random, scene, LayerKind::Shapes);
    let vertices = (0..2 + random.below(3)).map(|_| at(random)).collect();
    Annotation::new(layer, Shape::Polyline, vertices)
}

fn change(random: &mut Random) -> AnnotationChange {
    match random.below(4) {
        0 => AnnotationChange::Size(Some(1.0 + random.below(5) as f64)),
        1 => AnnotationChange::FaceColor(Some("#ff0000".to_owned())),
        2 => AnnotationChange::MoveVertex { index: 0, to: at(random) },
        _ => {
            let value = Some(Feature::Number(random.below(9) as f64));
            AnnotationChange::Feature { name: "score".to_owned(), value }
        }
    }
}

fn paint(random: &mut Random, scene: &Scene) -> Intent {
    let tools = [PaintTool::Brush, PaintTool::Brush, PaintTool::Erase, PaintTool::Fill];
    Intent::Paint(Paint {
        layer: of_kind(random, scene, LayerKind::Labels),
        stroke: random.below(3) as u32,
        tool: random.of(&tools).unwrap_or(PaintTool::Brush),
        label: 1,
        brush_size: 3.0,
        displayed: [1, 2],
        n_edit_dimensions: 2,
        path: vec![at(random)],
    })
}

fn layer_intent(random: &mut Random, scene: &Scene) -> Intent {
    let kinds = [LayerKind::Points, LayerKind::Shapes, LayerKind::Labels];
    match random.below(6) {
        0 | 1 => {
            let layer_kind = random.of(&kinds).unwrap_or(LayerKind::Points);
            Intent::AddLayer { layer_kind, name: None, layer: None }
        }
        2 => Intent::RemoveLayer { layer: any(random, scene) },
        3 => Intent::MoveLayer { layer: any(random, scene), index: random.below(3) },
        4 => {
            let layer = of_kind(random, scene, LayerKind::Labels);
            Intent::NewLabel { layer, label: None }
        }
        _ => {
            let change = SettingsChange::AxesVisible(random.one_in(2));
            Intent::SetSettings { change }
        }
    }
}

fn layer_change(random: &mut Random) -> LayerChange {
    match random.below(6) {
        0 => LayerChange::Locked(random.one_in(3)),
        1 => LayerChange::EditScope(random.of(&[EditScope::Own, EditScope::All]).unwrap()),
        2 => LayerChange::Name(format!("layer {}", random.below(9))),
        _ => LayerChange::Opacity(random.below(9) as f64 / 10.0),
    }
}
