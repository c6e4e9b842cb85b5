//! From an opened image to a layer: its axes join those of the scene, its look gets defaults.

use parfocal_base::{Axis, AxisKind, ImageMeta, LayerId, SourceId};

use super::check::{contrast_limits, refuse};
use super::{Applied, Blending, Dims, DimsAxis, EditScope, Interpolation, Layer, LayerKind};
use super::{LayerSource, Look, Reject, RejectCode, Scene, unit_factor};

/// What is known about an image that is to become a layer. `None` takes the default.
#[derive(Clone, Debug)]
pub struct LayerSpec<'a> {
    /// Shown in the list.
    pub name: String,
    /// What its numbers mean.
    pub kind: LayerKind,
    /// The opened source.
    pub source: SourceId,
    /// The path below the data root.
    pub path: String,
    /// Fixed index along the image's channel axis. Without one, a channel axis becomes an axis of
    /// the scene.
    pub channel: Option<usize>,
    /// Axes, sample type and resolutions of the image.
    pub meta: &'a ImageMeta,
    /// Limits found from the data; default: the range.
    pub contrast_limits_auto: Option<[f64; 2]>,
    /// Values that the data has; default: those of the sample type.
    pub contrast_limits_range: Option<[f64; 2]>,
    /// Limits to begin with; default: the automatic ones.
    pub contrast_limits: Option<[f64; 2]>,
    /// Default: gray for an image of its own, napari's channel colours for a channel.
    pub colormap: Option<String>,
    /// Default: additive for an image above another, else translucent.
    pub blending: Option<Blending>,
    /// Default: 0.5 for labels, 1 for images.
    pub opacity: Option<f64>,
    /// Whether it is drawn.
    pub visible: bool,
}

/// Opacity of a new labels layer: the image shows through.
const LABELS_OPACITY: f64 = 0.5;
/// Colours of a two-channel image, and of one with more (napari's).
const TWO_CHANNELS: [&str; 2] = ["magenta", "green"];
const MORE_CHANNELS: [&str; 6] = ["cyan", "yellow", "magenta", "red", "green", "blue"];

impl<'a> LayerSpec<'a> {
    /// A visible layer with every default.
    pub fn new(
        name: impl Into<String>,
        kind: LayerKind,
        source: SourceId,
        path: impl Into<String>,
        meta: &'a ImageMeta,
    ) -> Self {
        Self {
            name: name.into(),
            kind,
            source,
            path: path.into(),
            channel: None,
            meta,
            contrast_limits_auto: None,
            contrast_limits_range: None,
            contrast_limits: None,
            colormap: None,
            blending: None,
            opacity: None,
            visible: true,
        }
    }

    /// The image axis along which `channel` is fixed, and how many channels there are.
    fn channel_axis(&self) -> Result<Option<(usize, usize)>, Reject> {
        let Some(channel) = self.channel else { return Ok(None) };
        let axis = self.meta.axes.iter().position(|axis| axis.kind == AxisKind::Channel);
        let shape = self.meta.levels.first().map(|level| &level.shape);
        let count = axis.zip(shape).and_then(|(axis, shape)| shape.get(axis)).copied();
        match axis.zip(count) {
            Some((axis, count)) if channel < count => Ok(Some((axis, count))),
            _ => {
                let count = count.unwrap_or(0);
                let message = format!("{}: there is no channel {channel} of {count}", self.name);
                refuse(RejectCode::OutOfRange, message)
            }
        }
    }

    /// The axes that it brings to the scene, each with its number in the image.
    fn dims_axes(&self, fixed: Option<usize>) -> Result<Vec<(usize, DimsAxis)>, Reject> {
        let axes = self.meta.axes.iter().enumerate().filter(|(i, _)| Some(*i) != fixed);
        axes.map(|(i, axis)| Ok((i, self.dims_axis(i, axis)?))).collect()
    }

    fn dims_axis(&self, i: usize, axis: &Axis) -> Result<DimsAxis, Reject> {
        let place = self.meta.levels.first().and_then(|level| {
            Some((*level.shape.get(i)?, *level.scale.get(i)?, *level.translate.get(i)?))
        });
        let Some((samples @ 1.., scale, start)) = place else {
            let message = format!("{}: axis {} has no samples or no scale", self.name, axis.name);
            return refuse(RejectCode::OutOfRange, message);
        };
        Ok(DimsAxis {
            name: axis.name.clone(),
            kind: axis.kind,
            unit: axis.unit.clone(),
            start,
            stop: start + scale * (samples - 1) as f64,
            step: scale,
            labels: Vec::new(),
        })
    }

    fn look(&self, on_image: bool, channels: usize, auto: [f64; 2]) -> Look {
        let is_labels = self.kind == LayerKind::Labels;
        let blending =
            if on_image && !is_labels { Blending::Additive } else { Blending::default() };
        let colour = self.channel.map_or("gray", |channel| match channels {
            0 | 1 => "gray",
            2 => TWO_CHANNELS[channel % TWO_CHANNELS.len()],
            _ => MORE_CHANNELS[channel % MORE_CHANNELS.len()],
        });
        Look {
            visible: self.visible,
            opacity: self.opacity.unwrap_or(if is_labels { LABELS_OPACITY } else { 1.0 }),
            blending: self.blending.unwrap_or(blending),
            interpolation2d: Interpolation::default(),
            colormap: self.colormap.clone().unwrap_or_else(|| colour.to_owned()),
            contrast_limits: self.contrast_limits.unwrap_or(auto),
            ..Look::default()
        }
    }
}

impl Scene {
    /// Puts the image that `spec` describes on top. Its axes join the scene's by name; for the
    /// first layer the scene takes its axes and every view shows all of it.
    ///
    /// # Errors
    /// A [`Reject`] that names the layer and what does not fit; then nothing was changed.
    pub fn add_layer(&mut self, spec: &LayerSpec<'_>) -> Result<(LayerId, Applied), Reject> {
        let fixed = spec.channel_axis()?;
        let brought = spec.dims_axes(fixed.map(|(axis, _)| axis))?;
        let mut dims = if self.layers.is_empty() { Dims::default() } else { self.dims.clone() };
        for (_, axis) in &brought {
            dims.join(axis);
        }
        let mut after = self.with_dims(dims)?;
        let mut axes = vec![None; spec.meta.axes.len()];
        for (i, axis) in &brought {
            axes[*i] = after.dims.axes.iter().position(|known| known.name == axis.name);
        }
        let source = LayerSource {
            source: spec.source,
            path: spec.path.clone(),
            channel: spec.channel,
            axes,
        };
        let range = usable(spec.contrast_limits_range, spec.meta.dtype.range());
        let auto = usable(spec.contrast_limits_auto, range);
        let on_image = self.layers.iter().any(|layer| layer.kind == LayerKind::Image);
        let id = after.next_layer;
        after.push_layer(Layer {
            id,
            name: spec.name.clone(),
            kind: spec.kind,
            source,
            contrast_limits_range: range,
            contrast_limits_auto: auto,
            look: spec.look(on_image, fixed.map_or(0, |(_, count)| count), auto),
            style: None,
            painted: None,
            locked: false,
            edit_scope: EditScope::default(),
        })?;
        Ok((id, self.become_scene(after)))
    }
}

/// Limits found in data, which may be constant (then they are spread) or hold no number (then
/// they are `instead`).
fn usable(found: Option<[f64; 2]>, instead: [f64; 2]) -> [f64; 2] {
    let spread = |[low, _]: [f64; 2]| contrast_limits([low, low + low.abs().max(1.0)]);
    found
        .and_then(|limits| contrast_limits(limits).or_else(|_| spread(limits)).ok())
        .unwrap_or(instead)
}

impl Dims {
    /// Makes room for `axis`: widens the axis of that name, or puts it where its kind belongs.
    fn join(&mut self, axis: &DimsAxis) {
        if let Some(known) = self.axes.iter_mut().find(|known| known.name == axis.name) {
            known.widen(axis);
            return;
        }
        let place = self.axes.iter().position(|known| rank(known) > rank(axis));
        self.axes.insert(place.unwrap_or(self.axes.len()), axis.clone());
    }
}

/// Order of axes, slowest first: time, channel, what else there is, z, y, x.
fn rank(axis: &DimsAxis) -> u8 {
    match (axis.kind, axis.name.as_str()) {
        (AxisKind::Time, _) => 0,
        (AxisKind::Channel, _) => 1,
        (AxisKind::Other, _) => 2,
        (AxisKind::Space, "z") => 4,
        (AxisKind::Space, "y") => 5,
        (AxisKind::Space, "x") => 6,
        (AxisKind::Space, _) => 3,
    }
}

impl DimsAxis {
    /// Holds `other` too, in this axis's unit, with the finer of both steps.
    fn widen(&mut self, other: &Self) {
        let factor = unit_factor(other.unit.as_deref(), self.unit.as_deref());
        if self.unit.is_none() {
            self.unit.clone_from(&other.unit);
        }
        let before = (self.start, self.stop, self.step);
        self.start = self.start.min(other.start * factor);
        self.stop = self.stop.max(other.stop * factor);
        self.step = self.step.min(other.step * factor);
        if before != (self.start, self.stop, self.step) {
            self.labels.clear();
        }
    }
}
