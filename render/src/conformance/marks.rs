//! Layers of annotations, one for each kind.

use parfocal_scene::Symbol;

use crate::draw_list::{Content, DrawLayer};
use crate::marks::{Color, Marks, Path, PathKind, Point, Text};

use super::cases::layer;

const COLORS: [Color; 4] =
    [[250, 80, 40, 255], [40, 200, 250, 140], [240, 240, 60, 255], [90, 40, 220, 77]];

/// Each with its name.
pub(super) fn layers() -> Vec<(&'static str, DrawLayer)> {
    [
        ("areas", areas()),
        ("lines", lines()),
        ("points", points()),
        ("points of one pixel", dots()),
        ("text", texts()),
        ("all marks", all()),
    ]
    .map(|(name, marks)| (name, layer(Content::Marks(marks))))
    .into()
}

fn add(marks: &mut Marks, vertices: &[[f32; 3]], kind: PathKind) {
    let start = marks.vertices.len() as u32;
    marks.vertices.extend(vertices);
    let color = COLORS[marks.paths.len() % COLORS.len()];
    marks.paths.push(Path { vertices: start..start + vertices.len() as u32, kind, color });
}

/// `count` places around a middle, every `skip`th after another.
fn around(middle: [f32; 2], radius: f32, count: usize, skip: usize) -> Vec<[f32; 3]> {
    let place = |i: usize| {
        let angle = (i * skip) as f32 / count as f32 * std::f32::consts::TAU + 0.3;
        [middle[0] + radius * angle.cos(), middle[1] + radius * angle.sin(), 1.0]
    };
    (0..count).map(place).collect()
}

/// A triangle, one in whole pixels, a star that crosses itself, and one far beyond the canvas.
fn areas() -> Marks {
    let mut marks = Marks::default();
    add(&mut marks, &around([20.3, 20.7], 17.2, 3, 1), PathKind::Fill);
    let square = [[40.0, 5.0, 1.0], [60.0, 5.0, 1.0], [60.0, 25.0, 1.0], [40.0, 25.0, 1.0]];
    add(&mut marks, &square, PathKind::Fill);
    add(&mut marks, &around([70.0, 40.0], 24.0, 7, 3), PathKind::Fill);
    add(&mut marks, &around([-10.0, 60.0], 700.0, 5, 2), PathKind::Fill);
    add(&mut marks, &around([30.0, 50.0], 12.0, 80, 1), PathKind::Fill);
    marks
}

/// Thin, wide, closed, fading, and a lone vertex.
fn lines() -> Marks {
    let mut marks = Marks::default();
    let stroke = |width, closed| PathKind::Stroke { width, closed };
    add(&mut marks, &around([25.0, 25.0], 18.0, 6, 1), stroke(0.4, true));
    add(&mut marks, &around([60.0, 30.0], 22.0, 5, 2), stroke(5.5, true));
    add(&mut marks, &[[3.0, 60.0, 0.1], [50.2, 33.0, 1.0], [99.0, 64.0, 0.4]], stroke(2.0, false));
    add(&mut marks, &[[-500.0, -90.0, 1.0], [700.0, 200.0, 1.0]], stroke(1.5, false));
    add(&mut marks, &[[88.0, 12.0, 0.8]], stroke(9.0, false));
    add(&mut marks, &[[0.0, 10.5, 1.0], [100.0, 10.5, 1.0]], stroke(1.0, false));
    marks
}

/// Every symbol at three sizes.
fn points() -> Marks {
    let mut marks = Marks::default();
    for (at, symbol) in Symbol::ALL.into_iter().enumerate() {
        for (row, radius) in [3.0_f32, 7.3, 12.0].into_iter().enumerate() {
            marks.points.push(Point {
                at: [6.0 + at as f32 * 11.4, 8.0 + row as f32 * 19.3],
                radius,
                edge_width: [0.0, 1.0, 2.6][(at + row) % 3],
                face: COLORS[at % 4],
                edge: COLORS[(at + row + 1) % 4],
                symbol,
            });
        }
    }
    marks
}

fn dots() -> Marks {
    let place = |i: usize| {
        let [x, y] = [(i * 37 % 101) as f32 + 0.4, (i * 53 % 67) as f32 + 0.7];
        let [face, edge] = [i % 4, (i + 1) % 4].map(|color| COLORS[color]);
        Point { at: [x, y], radius: 0.0, edge_width: 0.0, face, edge, symbol: Symbol::ALL[i % 9] }
    };
    Marks { points: (0..400).map(place).collect(), ..Marks::default() }
}

fn texts() -> Marks {
    let line = |at: [f32; 2], size: f32, text: &str, i: usize| {
        let [color, halo] = [i % 4, (i + 1) % 4].map(|color| COLORS[color]);
        Text { at, size, text: text.into(), color, halo }
    };
    let texts = vec![
        line([4.4, 20.0], 14.0, "Ωmega 45.2°", 0),
        line([-9.0, 40.0], 22.0, "β-tubulin", 1),
        line([60.0, 62.0], 9.0, "12.3 µm²", 2),
        line([50.0, 30.0], 11.0, "", 3),
        line([400.0, 30.0], 11.0, "not seen", 3),
    ];
    Marks { texts, ..Marks::default() }
}

/// All of these in one layer.
fn all() -> Marks {
    let mut marks = areas();
    for other in [lines(), points(), dots(), texts()] {
        let first = marks.vertices.len() as u32;
        marks.vertices.extend(other.vertices);
        marks.paths.extend(other.paths.into_iter().map(|path| {
            let vertices = path.vertices.start + first..path.vertices.end + first;
            Path { vertices, ..path }
        }));
        marks.points.extend(other.points);
        marks.texts.extend(other.texts);
    }
    marks
}
