//! The one place where values are validated: numbers and names that a change brings, and whole
//! scenes read from a document.

use std::collections::BTreeSet;

use super::colormap::clipped;
use super::{Dims, DimsAxis, Interpolation, Layer, LayerChange, LayerKind, Look, Painted, View};
use super::{Reject, RejectCode, Scene};

/// Largest magnitude of a contrast limit: no instrument counts that far, and a renderer's 32-bit
/// floats can still square it.
const CONTRAST: f64 = 1e18;
/// Largest magnitude of a world coordinate, in whatever unit: differences stay exact to 1 part in
/// 10¹⁵, and products with a zoom stay finite.
pub(super) const WORLD: f64 = 1e15;
/// Smallest distance between positions, in whatever unit.
const STEP: f64 = 1e-15;
/// Most positions of one axis: they are counted in 32 bits on the wire and in browsers.
const POSITIONS: f64 = 2_147_483_648.0;
/// Longest name of an axis, a unit or a position, in bytes.
const LABEL: usize = 64;

pub(super) fn refuse<T>(code: RejectCode, message: impl Into<String>) -> Result<T, Reject> {
    Err(Reject::new(code, message))
}

/// `value`, if it is a number.
pub(super) fn finite(what: &str, value: f64) -> Result<f64, Reject> {
    if value.is_finite() {
        return Ok(value);
    }
    refuse(RejectCode::NotFinite, format!("{what} must be a finite number, not {value}"))
}

impl LayerChange {
    /// The change with the values that will be applied to a layer of `kind`.
    pub(super) fn checked(self, kind: LayerKind) -> Result<Self, Reject> {
        let fits = match &self {
            Self::Colormap(_)
            | Self::ContrastLimits(_)
            | Self::Gamma(_)
            | Self::Rendering(_)
            | Self::Attenuation(_)
            | Self::IsoThreshold(_)
            | Self::Interpolation3d(_) => kind == LayerKind::Image,
            Self::Interpolation2d(mode) => {
                *mode == Interpolation::Nearest || kind == LayerKind::Image
            }
            Self::Style(_) | Self::EditScope(_) => kind.is_annotation(),
            _ => true,
        };
        if !fits {
            let property = match &self {
                Self::Interpolation2d(_) => "linear interpolation",
                other => other.property(),
            };
            let message = format!("a layer of the kind {} has no {property}", kind.name());
            return refuse(RejectCode::NotApplicable, message);
        }
        Ok(match self {
            Self::Name(name) => Self::Name(name_in_list("layer", &name)?),
            Self::Opacity(value) => Self::Opacity(finite("opacity", value)?.clamp(0.0, 1.0)),
            Self::Gamma(value) => {
                let [low, high] = Look::GAMMA;
                Self::Gamma(finite("gamma", value)?.clamp(low, high))
            }
            Self::Attenuation(value) => {
                let [low, high] = Look::ATTENUATION;
                Self::Attenuation(finite("attenuation", value)?.clamp(low, high))
            }
            Self::IsoThreshold(value) => Self::IsoThreshold(iso_threshold(value)?),
            Self::ContrastLimits(limits) => Self::ContrastLimits(contrast_limits(limits)?),
            Self::Colormap(name) => Self::Colormap(Scene::known_colormap(&name)?),
            Self::Style(style) => Self::Style(style.checked()?),
            Self::Visible(_)
            | Self::Blending(_)
            | Self::Interpolation2d(_)
            | Self::Interpolation3d(_)
            | Self::Rendering(_)
            | Self::Locked(_)
            | Self::EditScope(_) => self,
        })
    }
}

impl LayerChange {
    /// As [`LayerChange::checked`], of what a view can show otherwise.
    pub(super) fn checked_override(self, kind: LayerKind) -> Result<Self, Reject> {
        if self.is_look() {
            return self.checked(kind);
        }
        let message = "only the look of a layer can be overridden: change the layer itself";
        refuse(RejectCode::NotApplicable, message)
    }
}

/// A name of a layer or a bookmark, without blanks around it.
pub(super) fn name_in_list(what: &str, name: &str) -> Result<String, Reject> {
    let name = name.trim();
    if name.is_empty() || name.len() > Layer::MAX_NAME || name.chars().any(char::is_control) {
        let message = format!(
            "the name of a {what} has 1 to {} bytes and no control characters",
            Layer::MAX_NAME
        );
        return refuse(RejectCode::OutOfRange, message);
    }
    Ok(name.to_owned())
}

/// Two different values in rising order, far enough apart to divide by.
pub(super) fn contrast_limits([low, high]: [f64; 2]) -> Result<[f64; 2], Reject> {
    let low = finite("contrast_limits", low)?.clamp(-CONTRAST, CONTRAST);
    let high = finite("contrast_limits", high)?.clamp(-CONTRAST, CONTRAST);
    if (high - low).max(0.0).recip().is_finite() {
        return Ok([low, high]);
    }
    let message = format!("contrast_limits must rise: the first ({low}) below the second ({high})");
    refuse(RejectCode::OutOfRange, message)
}

/// A sample value as far out as contrast limits can be.
pub(super) fn iso_threshold(value: Option<f64>) -> Result<Option<f64>, Reject> {
    let bounded = |value| Ok(finite("iso_threshold", value)?.clamp(-CONTRAST, CONTRAST));
    value.map(bounded).transpose()
}

pub(super) fn label(what: &str, text: &str) -> Result<(), Reject> {
    if text.is_empty() || text.len() > LABEL || text.chars().any(char::is_control) {
        let message = format!("{what} {:?} must have 1 to {LABEL} printable bytes", clipped(text));
        return refuse(RejectCode::OutOfRange, message);
    }
    Ok(())
}

impl DimsAxis {
    fn check(&self) -> Result<(), Reject> {
        label("the axis name", &self.name)?;
        if let Some(unit) = &self.unit {
            label("the unit", unit)?;
        }
        let name = &self.name;
        for value in [self.start, self.stop, self.step] {
            finite(&format!("each bound of axis {name}"), value)?;
        }
        let in_world = self.start.abs() <= WORLD && self.stop.abs() <= WORLD;
        let steps = (self.stop - self.start) / self.step;
        if !in_world || self.stop < self.start || self.step < STEP || steps >= POSITIONS {
            let message = format!(
                "axis {name} runs from {} to {} in steps of {}: it must rise, within ±{WORLD:e}, \
                 in at most {POSITIONS} steps of {STEP:e} or more",
                self.start, self.stop, self.step
            );
            return refuse(RejectCode::OutOfRange, message);
        }
        if !self.labels.is_empty() && self.labels.len() != self.count() {
            let message = format!("axis {name} needs one label for each of its positions, or none");
            return refuse(RejectCode::OutOfRange, message);
        }
        self.labels.iter().try_for_each(|text| label("the position name", text))
    }
}

impl Dims {
    /// Whether a scene can have these axes: none, or 2 to [`Dims::MAX_AXES`] with different names.
    pub fn check(&self) -> Result<(), Reject> {
        if self.axes.len() == 1 || self.axes.len() > Self::MAX_AXES {
            let message = format!(
                "a scene has 2 to {} axes, not {}: a picture needs two, and no more can be kept apart",
                Self::MAX_AXES,
                self.axes.len()
            );
            return refuse(RejectCode::OutOfRange, message);
        }
        let mut names = BTreeSet::new();
        for axis in &self.axes {
            axis.check()?;
            if !names.insert(&axis.name) {
                let message = format!("two axes have the name {}", axis.name);
                return refuse(RejectCode::OutOfRange, message);
            }
        }
        Ok(())
    }
}

impl Layer {
    /// The layer with names and numbers as they will be kept, in a scene with `axes` axes.
    pub(super) fn checked(mut self, axes: usize) -> Result<Self, Reject> {
        self.name = name_in_list("layer", &self.name)?;
        let mut used = BTreeSet::new();
        for &axis in self.source.axes.iter().flatten() {
            if axis >= axes || !used.insert(axis) {
                let message = format!(
                    "layer {} runs along axis {axis} twice, or the scene has only {axes} axes",
                    self.name
                );
                return refuse(RejectCode::UnknownAxis, message);
            }
        }
        self.contrast_limits_auto = contrast_limits(self.contrast_limits_auto)?;
        self.contrast_limits_range = contrast_limits(self.contrast_limits_range)?;
        self.look = self.look.checked()?;
        self.contrast_limits_range = grown(self.contrast_limits_range, self.look.contrast_limits);
        if self.kind != LayerKind::Image {
            self.look.interpolation2d = Interpolation::Nearest;
        }
        self.style = match self.kind.is_annotation() {
            true => Some(self.style.unwrap_or_default().checked()?),
            false => None,
        };
        let whole = self.source.axes.iter().all(Option::is_some);
        let axes = self.source.axes.len();
        let fits = self.painted.as_ref().is_none_or(|painted| painted.fits(axes));
        let is_labels = self.kind == LayerKind::Labels;
        let own = self.kind.is_annotation() || self.painted.is_some();
        if (own && !whole) || !fits || (self.painted.is_some() && !is_labels) {
            let message = format!("what is in layer {} does not fit its axes", self.name);
            return refuse(RejectCode::OutOfRange, message);
        }
        Ok(self)
    }
}

impl Painted {
    fn fits(&self, axes: usize) -> bool {
        let lengths = [self.shape.len(), self.scale.len(), self.translate.len()];
        let voxels = self.shape.iter().try_fold(1_u64, |all, &n| all.checked_mul(n as u64));
        lengths == [axes; 3]
            && voxels.is_some_and(|voxels| (1..=Self::MAX_VOXELS).contains(&voxels))
            && self.scale.iter().all(|scale| scale.is_finite() && *scale > 0.0)
            && self.translate.iter().all(|translate| translate.abs() <= WORLD)
            && self.next_label > 0
    }
}

/// `range`, made larger where it does not hold `limits`.
pub(super) const fn grown(range: [f64; 2], limits: [f64; 2]) -> [f64; 2] {
    [range[0].min(limits[0]), range[1].max(limits[1])]
}

impl View {
    pub(super) fn check(&self, dims: &Dims) -> Result<(), Reject> {
        let axes = dims.axes.len();
        let [vertical, horizontal] = self.displayed;
        let known = axes == 0 || vertical.max(horizontal) < axes;
        if self.point.len() != axes || vertical == horizontal || !known {
            return refuse(RejectCode::UnknownAxis, "a view does not fit the axes of its scene");
        }
        let camera = [self.camera.center[0], self.camera.center[1], self.camera.zoom];
        for value in self.point.iter().chain(&camera) {
            finite("each coordinate of a view", *value)?;
        }
        if self.camera.zoom <= 0.0 || self.canvas != Self::canvas_in_bounds(self.canvas) {
            return refuse(RejectCode::OutOfRange, "a view has no usable zoom or canvas");
        }
        self.camera3d.as_ref().map_or(Ok(()), |camera| self.check_camera3d(dims, camera))
    }
}

impl Scene {
    /// Whether every part fits the others, as every scene that [`Scene::apply`] leaves does. For
    /// scenes that were read from elsewhere.
    pub fn check(&self) -> Result<(), Reject> {
        self.dims.check()?;
        let mut ids = BTreeSet::new();
        for layer in &self.layers {
            if layer.id >= self.next_layer || !ids.insert(layer.id) {
                let message = format!("the number of layer {} is not its own", layer.id);
                return refuse(RejectCode::UnknownLayer, message);
            }
            if layer.clone().checked(self.dims.axes.len())? != *layer {
                let message = format!("layer {} has a value out of its range", layer.id);
                return refuse(RejectCode::OutOfRange, message);
            }
        }
        for view in self.views.values() {
            view.check(&self.dims)?;
            for (id, changes) in &view.overrides {
                let Some(layer) = self.layer(*id) else {
                    return refuse(RejectCode::UnknownLayer, format!("no layer {id} to override"));
                };
                for change in changes {
                    if change.clone().checked_override(layer.kind)? != *change {
                        let message = format!("an override of layer {id} is out of its range");
                        return refuse(RejectCode::OutOfRange, message);
                    }
                }
            }
        }
        for (name, bookmark) in &self.bookmarks {
            if bookmark.clone().checked(self)? != *bookmark || *name != bookmark.name {
                let message = format!("the bookmark {:?} is out of its range", clipped(name));
                return refuse(RejectCode::OutOfRange, message);
            }
        }
        Ok(())
    }
}
