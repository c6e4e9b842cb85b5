//! Painting: what a stroke may be, and who gives out labels.

use parfocal_base::LayerId;

use super::annotation::coordinate;
use super::check::{finite, refuse};
use super::diff::layer_writes;
use super::{Intent, Layer, Limits, Paint, Painted, Reject, RejectCode, Scene, Write};

impl Paint {
    /// Smallest and largest brush in voxels: larger areas are filled.
    pub const BRUSH_SIZE: [f64; 2] = [1.0, 512.0];
    /// Largest ball in voxels, with more than two dimensions: a million voxels.
    pub const BALL_SIZE: f64 = 128.0;
    /// Most dimensions of a brush.
    pub const MAX_EDIT_DIMENSIONS: usize = 3;
}

impl Scene {
    /// `paint` as it is to be applied to the layer's voxels: the size of the brush within
    /// [`Paint::BRUSH_SIZE`], or [`Paint::BALL_SIZE`].
    ///
    /// # Errors
    /// A [`Reject`] where the layer is not painted or is locked, where the path is empty, too long
    /// or not made of coordinates, and for a label that the server has not given out.
    pub fn check_paint(&self, paint: &Paint, limits: &Limits) -> Result<Paint, Reject> {
        let layer = self.known_layer(paint.layer)?;
        let painted = open_to_paint(layer)?;
        if paint.label >= painted.next_label {
            let message = format!(
                "labels come from the server (new_label): {} is not among those below {}",
                paint.label, painted.next_label
            );
            return refuse(RejectCode::OutOfRange, message);
        }
        let axes = layer.source.axes.len();
        let along = |axis: &usize| layer.source.axes.contains(&Some(*axis));
        let [vertical, horizontal] = paint.displayed;
        if vertical == horizontal || !paint.displayed.iter().all(along) {
            let message = format!(
                "the displayed axes of a stroke are two of the scene's that layer {} runs along",
                layer.name
            );
            return refuse(RejectCode::UnknownAxis, message);
        }
        let most = axes.min(Paint::MAX_EDIT_DIMENSIONS);
        if !(2..=most).contains(&paint.n_edit_dimensions) {
            let message = format!("a brush of this layer has 2 to {most} dimensions");
            return refuse(RejectCode::OutOfRange, message);
        }
        let [smallest, largest] = Paint::BRUSH_SIZE;
        let largest = if paint.n_edit_dimensions > 2 { Paint::BALL_SIZE } else { largest };
        Ok(Paint {
            brush_size: finite("brush_size", paint.brush_size)?.clamp(smallest, largest),
            path: checked_path(&paint.path, axes, limits)?,
            ..paint.clone()
        })
    }

    /// Gives out the next label of a painted layer.
    pub(super) fn new_label(&mut self, id: LayerId) -> Result<(Vec<Write>, Intent), Reject> {
        let layer = self.layer_mut(id)?;
        let label = open_to_paint(layer)?.next_label;
        let Some(next_label) = label.checked_add(1) else {
            return refuse(RejectCode::Limit, "this layer has used up all 4,294,967,294 labels");
        };
        let before = layer.clone();
        if let Some(painted) = &mut layer.painted {
            painted.next_label = next_label;
        }
        Ok((layer_writes(&before, layer), Intent::NewLabel { layer: id, label: Some(label) }))
    }
}

fn open_to_paint(layer: &Layer) -> Result<&Painted, Reject> {
    let Some(painted) = &layer.painted else {
        let message = format!("layer {} is not painted: add a labels layer", layer.name);
        return refuse(RejectCode::NotApplicable, message);
    };
    layer.check_unlocked()?;
    Ok(painted)
}

fn checked_path(path: &[Vec<f64>], axes: usize, limits: &Limits) -> Result<Vec<Vec<f64>>, Reject> {
    if path.len() > limits.path {
        let message = format!(
            "a part of a stroke has at most {} points, not {}: send several parts",
            limits.path,
            path.len()
        );
        return refuse(RejectCode::Limit, message);
    }
    if path.is_empty() || path.iter().any(|point| point.len() != axes) {
        let message = format!("a stroke has a point or more, each with {axes} coordinates");
        return refuse(RejectCode::OutOfRange, message);
    }
    let points = path.iter().map(|point| point.iter().map(|value| coordinate(*value)).collect());
    points.collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{PAINTED, POINTS, annotated, owner};
    use super::super::{LayerChange, PaintTool};
    use super::*;

    fn new_label(scene: &mut Scene) -> Result<Option<u32>, RejectCode> {
        let intent = Intent::NewLabel { layer: PAINTED, label: None };
        let done = scene.apply_intent(&intent, &owner(), &Limits::default());
        match done.map_err(|why| why.code)?.intent {
            Some(Intent::NewLabel { label, .. }) => Ok(label),
            other => panic!("{other:?}"),
        }
    }

    fn stroke(label: u32) -> Paint {
        Paint {
            layer: PAINTED,
            stroke: 1,
            tool: PaintTool::Brush,
            label,
            brush_size: 1e6,
            displayed: [2, 3],
            n_edit_dimensions: 2,
            path: vec![vec![0.0, 0.0, 5.0, 5.0], vec![0.0, 0.0, 6.0, 9.0]],
        }
    }

    #[test]
    fn labels_are_given_out_once_and_only_those_can_be_painted() {
        let mut scene = annotated();
        let check = |scene: &Scene, label| scene.check_paint(&stroke(label), &Limits::default());
        assert!(check(&scene, 0).is_ok());
        assert_eq!(check(&scene, 1).unwrap_err().code, RejectCode::OutOfRange);
        assert_eq!(new_label(&mut scene), Ok(Some(1)));
        assert_eq!(new_label(&mut scene), Ok(Some(2)));
        assert!(check(&scene, 2).is_ok());
        assert_eq!(check(&scene, 3).unwrap_err().code, RejectCode::OutOfRange);
    }

    #[test]
    fn labels_that_are_used_up_are_a_limit() {
        let mut scene = annotated();
        scene.layer_mut(PAINTED).unwrap().painted.as_mut().unwrap().next_label = u32::MAX - 1;
        assert_eq!(new_label(&mut scene), Ok(Some(u32::MAX - 1)));
        assert_eq!(new_label(&mut scene), Err(RejectCode::Limit));
        assert_eq!(scene.check_paint(&stroke(u32::MAX - 1), &Limits::default()).err(), None);
    }

    #[test]
    fn a_stroke_fits_its_layer() {
        let mut scene = annotated();
        let check = |scene: &Scene, edit: &dyn Fn(&mut Paint)| {
            let mut paint = stroke(0);
            edit(&mut paint);
            scene.check_paint(&paint, &Limits::default()).map_err(|why| why.code)
        };
        assert_eq!(check(&scene, &|_| ()).unwrap().brush_size, 512.0);
        assert_eq!(check(&scene, &|p| p.n_edit_dimensions = 3).unwrap().brush_size, 128.0);
        let point = |value: f64| vec![vec![value; 4]];
        type Edit<'a> = &'a dyn Fn(&mut Paint);
        let bad: [(Edit<'_>, RejectCode); 11] = [
            (&|p| p.layer = LayerId(99), RejectCode::UnknownLayer),
            (&|p| p.layer = POINTS, RejectCode::NotApplicable),
            (&|p| p.layer = LayerId(1), RejectCode::NotApplicable),
            (&|p| p.brush_size = f64::NAN, RejectCode::NotFinite),
            (&|p| p.displayed = [3, 3], RejectCode::UnknownAxis),
            (&|p| p.displayed = [2, 4], RejectCode::UnknownAxis),
            (&|p| p.n_edit_dimensions = 4, RejectCode::OutOfRange),
            (&|p| p.path.clear(), RejectCode::OutOfRange),
            (&|p| p.path[1].truncate(3), RejectCode::OutOfRange),
            (&|p| p.path = point(f64::INFINITY), RejectCode::NotFinite),
            (&|p| p.path = vec![vec![0.0; 4]; 4097], RejectCode::Limit),
        ];
        for (i, (edit, code)) in bad.iter().enumerate() {
            assert_eq!(check(&scene, edit), Err(*code), "case {i}");
        }
        let lock = Intent::SetLayer { layer: PAINTED, change: LayerChange::Locked(true) };
        scene.apply_intent(&lock, &owner(), &Limits::default()).unwrap();
        assert_eq!(check(&scene, &|_| ()), Err(RejectCode::Locked));
        assert_eq!(new_label(&mut scene), Err(RejectCode::Locked));
    }
}
