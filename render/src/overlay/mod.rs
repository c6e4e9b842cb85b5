//! What is drawn on top of the layers: scale bar, axes, position as text.
//!
//! [`layout`] decides what stands where, as data; [`raster`] turns it into small pictures that
//! every painter lays over its own; `text` knows the font.

pub mod format;
mod raster;
mod space;
pub(crate) mod text;

use parfocal_scene::{DimsAxis, Scene, View};

pub use raster::{Sprite, raster};

/// A shape on the canvas; positions in pixels from the top left corner, colours sRGB with alpha.
#[derive(Clone, Debug, PartialEq)]
pub enum Overlay {
    /// A rectangle with round corners.
    Rect {
        /// Left, top.
        at: [f32; 2],
        /// Width, height.
        size: [f32; 2],
        /// Of the corners.
        radius: f32,
        /// Red, green, blue, alpha.
        color: [u8; 4],
    },
    /// A filled triangle.
    Triangle {
        /// Corners (x, y).
        corners: [[f32; 2]; 3],
        /// Red, green, blue, alpha.
        color: [u8; 4],
    },
    /// A line of text.
    Text {
        /// Left end of the baseline.
        at: [f32; 2],
        /// Height of an em in pixels.
        size: f32,
        /// What it says.
        text: String,
        /// Red, green, blue, alpha.
        color: [u8; 4],
    },
}

const INK: [u8; 4] = [255, 255, 255, 255];
/// Dark enough for white text on a white picture, light enough to see the picture through.
const BACKING: [u8; 4] = [12, 14, 18, 170];

/// Lengths in pixels, all from one number so that the picture looks alike at every size.
struct Metrics {
    /// Height of an em.
    text: f32,
    /// Between a box's edge and what is in it.
    pad: f32,
    /// Between a box and the canvas's edge.
    margin: f32,
    /// Of bars and arrows; whole pixels keep them crisp.
    stroke: f32,
    canvas: [f32; 2],
}

impl Metrics {
    fn new(view: &View) -> Self {
        let [w, h] = view.canvas.map(|side| side as f32);
        // 14 px on a canvas 720 px high, 18 at 1080, 29 at 2160: a larger picture is often looked
        // at from nearer. Below 11 px DejaVu Sans is no longer read with ease.
        let text = (7.0 + h.min(w * 0.75) / 100.0).round().clamp(11.0, 40.0);
        let part = |of: f32| (text * of).round().max(1.0);
        Self {
            text,
            pad: part(0.5),
            margin: part(0.7),
            stroke: part(0.17).max(2.0),
            canvas: [w, h],
        }
    }

    fn backing(&self, at: [f32; 2], size: [f32; 2]) -> Overlay {
        Overlay::Rect { at, size, radius: (self.text * 0.35).round(), color: BACKING }
    }

    fn ink(&self, at: [f32; 2], size: [f32; 2]) -> Overlay {
        Overlay::Rect { at, size, radius: 0.0, color: INK }
    }

    fn text(&self, at: [f32; 2], text: String) -> Overlay {
        Overlay::Text { at, size: self.text, text, color: INK }
    }

    fn width(&self, text: &str) -> f32 {
        text::width(text, self.text).ceil()
    }

    /// Height of a capital letter above the baseline.
    fn cap(&self) -> f32 {
        (self.text * 0.73).round()
    }
}

/// The overlays that the scene's settings ask for in `view`.
pub fn layout(scene: &Scene, view: &View) -> Vec<Overlay> {
    let metrics = Metrics::new(view);
    let mut out = Vec::new();
    let [down, right] = view.displayed.map(|axis| scene.dims.axes.get(axis));
    if scene.settings.scale_bar_visible
        && let Some(axis) = right
    {
        // In space: as long as at the distance of the center.
        let zoom = view.camera3d.map_or(view.camera.zoom, |camera| camera.zoom);
        scale_bar(&mut out, &metrics, axis, zoom);
    }
    if scene.settings.axes_visible
        && let Some(camera) = &view.camera3d
    {
        space::axes(&mut out, &metrics, scene, view, camera);
    } else if scene.settings.axes_visible
        && let (Some(down), Some(right)) = (down, right)
    {
        axes(&mut out, &metrics, &down.name, &right.name);
    }
    if scene.settings.dims_label_visible {
        let label = dims_label(scene, view);
        position(&mut out, &metrics, label);
    }
    out
}

/// Bottom right: a bar of a round length, its length above it.
fn scale_bar(out: &mut Vec<Overlay>, m: &Metrics, axis: &DimsAxis, zoom: f64) {
    let [w, h] = m.canvas;
    let most = f64::from(w) * 0.22 / zoom;
    if !(most.is_finite() && most > 1e-300) {
        return;
    }
    let world = format::nice_below(most);
    let bar = ((world * zoom).round() as f32).max(1.0);
    let label = format::length(world, axis.unit.as_deref());
    let width = m.width(&label);
    let gap = (m.text * 0.4).round();
    let size = [bar.max(width) + 2.0 * m.pad, m.cap() + gap + m.stroke + 2.0 * m.pad];
    let at = [w - m.margin - size[0], h - m.margin - size[1]];
    let middle = at[0] + size[0] / 2.0;
    out.push(m.backing(at, size));
    out.push(m.text([(middle - width / 2.0).round(), at[1] + m.pad + m.cap()], label));
    let top = at[1] + size[1] - m.pad - m.stroke;
    out.push(m.ink([(middle - bar / 2.0).round(), top], [bar, m.stroke]));
}

/// Bottom left: an arrow along each shown axis in the direction of growing index, with its name.
fn axes(out: &mut Vec<Overlay>, m: &Metrics, down: &str, right: &str) {
    let [down, right] = [down, right].map(text::shorten);
    let arm = (m.text * 2.2).round();
    let head = (m.text * 0.32).round().max(3.0);
    let names = [m.width(&down), m.width(&right)];
    let gap = (m.text * 0.35).round();
    // The origin is inset by half the name below it, so that the name stays in the box.
    let inset = (names[0] / 2.0).max(head).ceil();
    let size = [
        inset + arm + gap + names[1] + 2.0 * m.pad,
        m.cap().max(2.0 * head) / 2.0 + arm + gap + m.cap() + 2.0 * m.pad,
    ];
    let at = [m.margin, m.canvas[1] - m.margin - size[1]];
    let half = (m.stroke / 2.0).floor();
    let origin =
        [(at[0] + m.pad + inset).round(), (at[1] + m.pad + m.cap().max(2.0 * head) / 2.0).round()];
    out.push(m.backing(at, size));
    out.push(m.ink([origin[0] - half, origin[1] - half], [arm - head + half, m.stroke]));
    out.push(m.ink(
        [origin[0] - half, origin[1] - half + m.stroke],
        [m.stroke, arm - head + half - m.stroke],
    ));
    let centre = origin.map(|o| o - half + m.stroke / 2.0);
    let tip = |along: f32, across: f32, turn: bool| {
        if turn {
            [centre[0] + across, origin[1] + along]
        } else {
            [origin[0] + along, centre[1] + across]
        }
    };
    for turn in [false, true] {
        let base = arm - head - head * 0.4;
        let corners = [tip(base, -head, turn), tip(base, head, turn), tip(arm, 0.0, turn)];
        out.push(Overlay::Triangle { corners, color: INK });
    }
    let below = [(centre[0] - names[0] / 2.0).round(), origin[1] + arm + gap + m.cap()];
    let beside = [origin[0] + arm + gap, (centre[1] + m.cap() / 2.0).round()];
    out.push(m.text(below, down));
    out.push(m.text(beside, right));
}

/// Top left: a line of text.
fn position(out: &mut Vec<Overlay>, m: &Metrics, label: String) {
    if label.is_empty() {
        return;
    }
    let at = [m.margin, m.margin];
    out.push(m.backing(at, [m.width(&label) + 2.0 * m.pad, m.cap() + 2.0 * m.pad]));
    out.push(m.text([at[0] + m.pad, at[1] + m.pad + m.cap()], label));
}

/// Where the view stands on the axes that are not shown: `t 12/20 · z 1.8 µm`.
pub fn dims_label(scene: &Scene, view: &View) -> String {
    let depth = view.camera3d.map(|camera| camera.depth);
    let hidden =
        |(axis, _): &(usize, &DimsAxis)| !view.displayed.contains(axis) && depth != Some(*axis);
    let part = |(axis, dims): (usize, &DimsAxis)| {
        let point = view.point.get(axis).copied().unwrap_or(dims.start);
        if let Some(label) = dims.labels.get(dims.position(point)) {
            return format!("{} {label}", dims.name);
        }
        match &dims.unit {
            Some(unit) => {
                let number = format::number(point, dims.step);
                format!("{} {number} {}", dims.name, format::unit_symbol(unit))
            }
            // Without a unit the position is counted, from 1 as beside the sliders.
            None => format!("{} {}/{}", dims.name, dims.position(point) + 1, dims.count()),
        }
    };
    let parts: Vec<_> = scene.dims.axes.iter().enumerate().filter(hidden).map(part).collect();
    text::shorten(&parts.join(" \u{b7} "))
}
