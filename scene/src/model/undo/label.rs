//! What a step is called.

use parfocal_base::LayerId;

use crate::model::colormap::clipped;
use crate::model::{AnnotationWrite, Intent, PaintTool, Scene, Shape};

/// A few words for a tooltip: what would be taken back.
pub(super) fn label(intent: Option<&Intent>, before: &Scene, writes: &[AnnotationWrite]) -> String {
    let layer = |id: &LayerId| before.layer(*id).map_or_else(String::new, |l| clipped(&l.name));
    match intent {
        Some(Intent::SetLayer { layer: id, change }) => {
            format!("{} of {}", change.property(), layer(id))
        }
        Some(Intent::MoveLayer { layer: id, .. }) => format!("move layer {}", layer(id)),
        Some(Intent::SetSettings { change }) => change.property().to_owned(),
        Some(Intent::AddLayer { name, layer_kind, .. }) => {
            format!("add layer {}", clipped(name.as_deref().unwrap_or(layer_kind.name())))
        }
        Some(Intent::RemoveLayer { layer: id }) => format!("remove layer {}", layer(id)),
        Some(Intent::ChangeAnnotation { change, .. }) => {
            format!("{} of {}", change.property(), counted(writes, false))
        }
        Some(Intent::MoveAnnotations { .. }) => format!("move {}", counted(writes, true)),
        Some(Intent::Paint(paint)) => match paint.tool {
            PaintTool::Brush if paint.label > 0 => format!("paint label {}", paint.label),
            PaintTool::Fill => format!("fill with label {}", paint.label),
            PaintTool::Brush | PaintTool::Erase => "erase".to_owned(),
        },
        Some(Intent::SetBookmark { bookmark }) => format!("keep view {}", clipped(&bookmark.name)),
        Some(Intent::RemoveBookmark { name }) => format!("forget view {}", clipped(name)),
        _ => format!("{} {}", verb(writes), counted(writes, true)),
    }
}

fn verb(writes: &[AnnotationWrite]) -> &'static str {
    if writes.iter().all(|write| write.before.is_none()) {
        "add"
    } else if writes.iter().all(|write| write.after.is_none()) {
        "remove"
    } else {
        "change"
    }
}

/// `point`, `3 points`, `3 annotations`.
fn counted(writes: &[AnnotationWrite], with_number: bool) -> String {
    let shape = |write: &AnnotationWrite| {
        write.after.as_ref().or(write.before.as_ref()).map(|annotation| annotation.shape)
    };
    let mut shapes = writes.iter().filter_map(shape);
    let first = shapes.next();
    let name = match first {
        Some(first) if shapes.all(|shape| shape == first) => Shape::name(first),
        _ => "annotation",
    };
    match writes.len() {
        1 => name.to_owned(),
        _ if !with_number => name.to_owned(),
        many => format!("{many} {name}s"),
    }
}
