//! The axes of a view of three axes: where each of them points, as the camera sees it.

use parfocal_scene::{Camera3d, Scene, View};

use super::{INK, Metrics, Overlay, text};

/// How much of its colour an axis keeps that points away from the viewer.
const FARTHEST: f32 = 0.55;

/// Bottom left: an arrow along each of the three axes in the direction of growing index, the nearest
/// drawn last, with its name.
pub(super) fn axes(
    out: &mut Vec<Overlay>,
    m: &Metrics,
    scene: &Scene,
    view: &View,
    camera: &Camera3d,
) {
    let to = camera.directions();
    let Some(shown) = view.displayed3d() else { return };
    let arm = (m.text * 2.2).round();
    let side = 2.0 * (arm + m.text) + 2.0 * m.pad;
    let at = [m.margin, m.canvas[1] - m.margin - side];
    let middle = [at[0] + side / 2.0, at[1] + side / 2.0];
    out.push(m.backing(at, [side; 2]));
    let arrow = |d: usize| Arrow {
        along: [to.right[d] as f32 * arm, -to.up[d] as f32 * arm],
        behind: to.view[d] as f32,
        name: scene.dims.axes.get(shown[d]).map_or_else(String::new, |a| text::shorten(&a.name)),
    };
    let mut arrows = [0, 1, 2].map(arrow);
    arrows.sort_by(|a, b| b.behind.total_cmp(&a.behind));
    for arrow in arrows {
        arrow.draw(out, m, middle);
    }
}

struct Arrow {
    /// Pixels on the canvas.
    along: [f32; 2],
    /// -1 (towards the viewer) to 1 (away).
    behind: f32,
    name: String,
}

impl Arrow {
    fn draw(self, out: &mut Vec<Overlay>, m: &Metrics, from: [f32; 2]) {
        let share = FARTHEST + (1.0 - FARTHEST) * (1.0 - self.behind) / 2.0;
        let color = INK.map(|c| c - ((1.0 - share) * 255.0) as u8);
        let color = [color[0], color[1], color[2], 255];
        let [dx, dy] = self.along;
        let length = dx.hypot(dy);
        let put = |along: f32, across: f32| {
            let (ux, uy) = if length > 0.0 { (dx / length, dy / length) } else { (0.0, 0.0) };
            [from[0] + ux * along - uy * across, from[1] + uy * along + ux * across]
        };
        let head = (m.text * 0.36).max(3.0);
        // An arrow that points at the viewer has no room for a head.
        if length > 2.0 * head {
            let (half, neck) = (m.stroke / 2.0, length - head);
            let corners = [put(0.0, -half), put(0.0, half), put(neck, half), put(neck, -half)];
            for picked in [[0, 1, 2], [0, 2, 3]] {
                out.push(Overlay::Triangle { corners: picked.map(|i: usize| corners[i]), color });
            }
            let corners = [put(neck, -head * 0.8), put(neck, head * 0.8), put(length, 0.0)];
            out.push(Overlay::Triangle { corners, color });
        }
        let tip = put(length + m.text * 0.55, 0.0);
        let width = m.width(&self.name);
        let at = [(tip[0] - width / 2.0).round(), (tip[1] + m.cap() / 2.0).round()];
        out.push(Overlay::Text { at, size: m.text, text: self.name, color });
    }
}
