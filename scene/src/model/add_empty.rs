//! Layers that begin empty: annotations, and labels to paint.

use parfocal_base::{AxisKind, DType, LayerId, SourceId};

use super::apply_layer::full_of_layers;
use super::check::refuse;
use super::{
    AnnotationStyle, Blending, DimsAxis, EditScope, Intent, Interpolation, Layer, LayerKind,
    LayerSource, Limits, Look, Painted, Reject, RejectCode, Scene, Write,
};

impl LayerSource {
    /// The path of labels that people paint.
    pub const PAINTED: &str = "painted";
}

/// Opacity of labels that are painted: what they are painted on shows through.
const LABELS_OPACITY: f64 = 0.5;

impl Scene {
    /// Puts an empty layer of `kind`, along all axes of the scene, on top.
    pub(super) fn add_empty_layer(
        &mut self,
        kind: LayerKind,
        name: Option<&str>,
        limits: &Limits,
    ) -> Result<(Vec<Write>, Intent), Reject> {
        let axes = &self.dims.axes;
        let message = match kind {
            LayerKind::Image => "an image layer is made by opening an image",
            _ if axes.is_empty() => "the scene has no axes yet: open an image first",
            LayerKind::Tracks if !axes.iter().any(|axis| axis.kind == AxisKind::Time) => {
                "tracks need a time axis, which the scene does not have"
            }
            _ => "",
        };
        if !message.is_empty() {
            return refuse(RejectCode::NotApplicable, message);
        }
        if self.layers.len() >= limits.layers {
            return full_of_layers(limits.layers);
        }
        let name = name.map_or_else(|| self.free_name(kind), str::to_owned);
        let layer = empty_layer(kind, name, axes);
        let id = self.next_layer;
        let writes = self.push_layer(layer)?.writes;
        let name = self.layer(id).map(|layer| layer.name.clone());
        Ok((writes, Intent::AddLayer { layer_kind: kind, name, layer: Some(id) }))
    }

    /// The name of the kind, with a number if another layer has it.
    fn free_name(&self, kind: LayerKind) -> String {
        let kind = kind.name();
        let taken = |name: &String| self.layers.iter().any(|layer| layer.name == *name);
        let numbered = (2..).map(|number: usize| format!("{kind} {number}"));
        let mut names = std::iter::once(kind.to_owned()).chain(numbered);
        names.find(|name| !taken(name)).unwrap_or_default() // there are fewer layers than numbers
    }
}

fn empty_layer(kind: LayerKind, name: String, axes: &[DimsAxis]) -> Layer {
    let painted = (kind == LayerKind::Labels).then(|| Painted {
        shape: axes.iter().map(DimsAxis::count).collect(),
        scale: axes.iter().map(|axis| axis.step).collect(),
        translate: axes.iter().map(|axis| axis.start).collect(),
        next_label: 1,
    });
    let range = if painted.is_some() { DType::U32.range() } else { [0.0, 1.0] };
    Layer {
        id: LayerId(0), // gets its own when it joins the others
        name,
        kind,
        source: LayerSource {
            source: SourceId(u32::MAX),
            path: if painted.is_some() { LayerSource::PAINTED } else { "" }.to_owned(),
            channel: None,
            axes: (0..axes.len()).map(Some).collect(),
        },
        contrast_limits_range: range,
        contrast_limits_auto: range,
        look: Look {
            visible: true,
            opacity: if painted.is_some() { LABELS_OPACITY } else { 1.0 },
            blending: Blending::default(),
            interpolation2d: Interpolation::default(),
            colormap: "gray".to_owned(),
            contrast_limits: range,
            ..Look::default()
        },
        style: kind.is_annotation().then(AnnotationStyle::default),
        painted,
        locked: false,
        edit_scope: EditScope::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{PAINTED, POINTS, TRACKS, annotated, embryo, image, owner};
    use super::super::{LayerChange, LayerSpec};
    use super::*;

    fn add(scene: &mut Scene, kind: LayerKind, name: Option<&str>) -> Result<Intent, RejectCode> {
        let name = name.map(str::to_owned);
        let intent = Intent::AddLayer { layer_kind: kind, name, layer: None };
        let applied = scene.apply_intent(&intent, &owner(), &Limits::default());
        scene.check().unwrap();
        applied.map(|applied| applied.intent.unwrap()).map_err(|why| why.code)
    }

    #[test]
    fn empty_layers_run_along_all_axes_and_say_their_number() {
        let scene = annotated();
        let points = scene.layer(POINTS).unwrap();
        assert_eq!(points.source.axes, [Some(0), Some(1), Some(2), Some(3)]);
        assert_eq!((points.name.as_str(), points.style.is_some()), ("points", true));
        let painted = scene.layer(PAINTED).unwrap().painted.as_ref().unwrap();
        assert_eq!(
            (painted.shape.as_slice(), painted.next_label),
            ([10, 5, 100, 200].as_slice(), 1)
        );
        assert_eq!(painted.scale, [30.0, 2.0, 0.5, 0.5]);
        assert!(scene.layer(TRACKS).unwrap().painted.is_none());
        scene.check().unwrap();
    }

    #[test]
    fn a_name_is_made_up_where_none_is_given_and_no_other_layer_has_it() {
        let mut scene = annotated();
        let Ok(Intent::AddLayer { name, layer, .. }) = add(&mut scene, LayerKind::Points, None)
        else {
            panic!("refused");
        };
        assert_eq!((name.as_deref(), layer), (Some("points 2"), Some(LayerId(7))));
        let given = add(&mut scene, LayerKind::Points, Some(" nuclei "));
        assert!(matches!(given, Ok(Intent::AddLayer { name: Some(name), .. }) if name == "nuclei"));
        let bad = add(&mut scene, LayerKind::Points, Some("\n"));
        assert_eq!(bad, Err(RejectCode::OutOfRange));
    }

    #[test]
    fn images_layers_without_axes_and_tracks_without_time_are_refused() {
        let nothing = add(&mut Scene::new(), LayerKind::Points, None);
        assert_eq!(nothing, Err(RejectCode::NotApplicable));
        assert_eq!(add(&mut embryo(), LayerKind::Image, None), Err(RejectCode::NotApplicable));
        let mut still = Scene::new();
        let meta = image(&[("y", 10, 1.0), ("x", 10, 1.0)]);
        let spec = LayerSpec::new("a", LayerKind::Image, SourceId(1), "a", &meta);
        still.add_layer(&spec).unwrap();
        assert_eq!(add(&mut still, LayerKind::Tracks, None), Err(RejectCode::NotApplicable));
        assert!(add(&mut still, LayerKind::Vectors, None).is_ok());
    }

    #[test]
    fn there_are_as_many_layers_as_the_limits_say() {
        let mut scene = embryo();
        let limits = Limits { layers: 2, ..Limits::default() };
        let intent = Intent::AddLayer { layer_kind: LayerKind::Points, name: None, layer: None };
        let why = scene.apply_intent(&intent, &owner(), &limits).unwrap_err();
        assert_eq!(why.code, RejectCode::Limit);
    }

    #[test]
    fn style_scope_and_lock_are_of_layers_that_have_them_and_a_lock_keeps_the_layer() {
        let mut scene = annotated();
        let set = |scene: &mut Scene, layer, change| {
            let intent = Intent::SetLayer { layer, change };
            let done = scene.apply_intent(&intent, &owner(), &Limits::default());
            scene.check().unwrap();
            done.map(|done| done.writes.len()).map_err(|why| why.code)
        };
        let style = |color: &str| {
            let style = AnnotationStyle {
                face_color: color.to_owned(),
                text_size: 1e9,
                ..AnnotationStyle::default()
            };
            LayerChange::Style(style)
        };
        assert_eq!(set(&mut scene, POINTS, style("#FF0000")), Ok(1));
        let kept = scene.layer(POINTS).unwrap().style.clone().unwrap();
        assert_eq!((kept.face_color.as_str(), kept.text_size), ("#ff0000", 200.0));
        assert_eq!(set(&mut scene, POINTS, style("red")), Err(RejectCode::OutOfRange));
        assert_eq!(set(&mut scene, LayerId(0), style("#ff0000")), Err(RejectCode::NotApplicable));
        let own = LayerChange::EditScope(EditScope::Own);
        assert_eq!(set(&mut scene, PAINTED, own), Err(RejectCode::NotApplicable));
        let gamma = LayerChange::Gamma(2.0);
        assert_eq!(set(&mut scene, POINTS, gamma), Err(RejectCode::NotApplicable));
        assert_eq!(set(&mut scene, POINTS, LayerChange::Locked(true)), Ok(1));
        assert_eq!(set(&mut scene, POINTS, style("#00ff00")), Err(RejectCode::Locked));
        let mut remove = |layer| {
            let done =
                scene.apply_intent(&Intent::RemoveLayer { layer }, &owner(), &Limits::default());
            done.map_err(|why| why.code).map(|done| done.writes.len())
        };
        assert_eq!(remove(POINTS), Err(RejectCode::Locked));
        assert_eq!(remove(TRACKS), Ok(2));
    }
}
