//! A layer of annotations as marks on the canvas.

use std::ops::Range;

use parfocal_scene::{AnnotationStyle, Layer, LayerKind, Scene, Shape, Symbol, View};

use super::canvas::{Bounds, Canvas, clip_area, clip_line};
use super::color::{self, Coloring};
use super::layer_index::LayerIndex;
use super::own::{self, Own};
use super::sight::Sight;
use super::slice::Slice;
use super::{labels, points, shapes, space, tracks};
use crate::marks::{Color, Marks, Path, PathKind, Point, letters, symbol};

/// What annotations of this side or less, in canvas pixels, become: one pixel.
pub(super) const DOT: f64 = 2.0;

/// A layer's style, as it is drawn.
pub(super) struct Style {
    pub(super) face: Color,
    pub(super) edge: Color,
    pub(super) edge_width: f32,
    /// World units.
    pub(super) size: f32,
    pub(super) symbol: Symbol,
    /// Height of an em in canvas pixels.
    pub(super) em: f32,
    pub(super) out_of_slice: bool,
    /// Time steps.
    pub(super) tail_length: f64,
}

impl Style {
    fn new(style: &AnnotationStyle) -> Self {
        /// Where a colour cannot be read.
        const PLAIN: Color = [255, 209, 102, 255];
        let number = |v: f64, most: f64| if v.is_finite() { v.clamp(0.0, most) } else { 0.0 };
        Self {
            face: color::parse(&style.face_color).unwrap_or(PLAIN),
            edge: color::parse(&style.edge_color).unwrap_or(PLAIN),
            edge_width: own::edge_width(style.edge_width).unwrap_or(0.0),
            size: number(style.size, f64::from(f32::MAX)) as f32,
            symbol: style.symbol,
            // A line of DejaVu Sans is 1.164 em high.
            em: number(style.text_size / 1.164, f64::from(letters::MAX_SIZE)) as f32,
            out_of_slice: style.out_of_slice_display,
            tail_length: number(style.tail_length, 1e9),
        }
    }
}

/// A layer on its way to the canvas.
pub(super) struct Drawing<'a> {
    pub(super) index: &'a LayerIndex,
    pub(super) style: Style,
    pub(super) coloring: Option<Coloring<'a>>,
    pub(super) slice: Slice,
    pub(super) canvas: Canvas,
    pub(super) sight: Sight,
    /// Pixels per world unit; in space at the distance of the center.
    pub(super) zoom: f64,
    pub(super) marks: Marks,
}

/// The marks of what `view` shows of `layer`; `None` where that is nothing.
pub(super) fn draw(scene: &Scene, view: &View, layer: &Layer, index: &LayerIndex) -> Option<Marks> {
    let default = AnnotationStyle::default();
    let style = layer.style.as_ref().unwrap_or(&default);
    let by = style.color_by.as_ref();
    let slice = Slice::new(&scene.dims, layer, view)?;
    let canvas = Canvas::new(view)?;
    let mut drawing = Drawing {
        index,
        style: Style::new(style),
        coloring: by.map(|by| Coloring::new(by, index.column())),
        sight: Sight::new(layer, view, canvas, slice.shown),
        slice,
        canvas,
        zoom: view.camera3d.map_or(canvas.zoom, |camera| camera.zoom),
        marks: Marks::default(),
    };
    let in_space = view.camera3d.is_some();
    let slots = match in_space {
        true => space::farthest_first(&drawing),
        false => index.within(drawing.slice.shown, drawing.window()),
    };
    if layer.kind == LayerKind::Points {
        match in_space {
            true => space::points(&mut drawing, &slots),
            false => points::draw(&mut drawing, &slots),
        }
        return (!drawing.marks.is_empty()).then_some(drawing.marks);
    }
    let mut room = shapes::Room::default();
    for &slot in &slots {
        let Some((own, extents)) = index.look(slot) else { continue };
        match own.shape {
            // Points are in layers of their own.
            None | Some(Shape::Point) => {}
            Some(Shape::Track) => tracks::draw(&mut drawing, slot, own, extents),
            Some(_) if !drawing.slice.holds(extents) => {}
            Some(shape) => shapes::draw(&mut drawing, slot, shape, own, &mut room),
        }
    }
    (!drawing.marks.is_empty()).then_some(drawing.marks)
}

impl Drawing<'_> {
    /// World coordinates within which an annotation's box must reach to be seen.
    fn window(&self) -> [[f64; 2]; 2] {
        let edge = f64::from(self.style.edge_width.max(self.index.widest()));
        let [across, down] = labels::reach(&self.style, self.index.longest());
        let mut window = self.canvas.window([edge + DOT + across, edge + DOT + down]);
        let radius = f64::from(self.style.size) / 2.0;
        for [low, high] in &mut window {
            (*low, *high) = (*low - radius, *high + radius);
        }
        window
    }

    /// The part of the canvas on which a line of this width leaves anything.
    pub(super) fn seen(&self, width: f64) -> Bounds {
        Bounds { low: [0.0; 2], high: self.canvas.size }.grown(width / 2.0 + 2.0)
    }

    pub(super) fn edge_color(&self, own: &Own) -> Color {
        own.edge.unwrap_or_else(|| match &self.coloring {
            Some(coloring) => coloring.of(own.value, self.style.edge),
            None => self.style.edge,
        })
    }

    /// Face and edge of a point.
    pub(super) fn point_colors(&self, own: &Own) -> [Color; 2] {
        let style = &self.style;
        let face = own.face.unwrap_or_else(|| match &self.coloring {
            Some(coloring) => coloring.of(own.value, style.face),
            None => style.face,
        });
        [face, own.edge.unwrap_or(style.edge)]
    }

    pub(super) fn edge_width(&self, own: &Own) -> f32 {
        own.edge_width.unwrap_or(self.style.edge_width)
    }

    fn push(&mut self, places: impl Iterator<Item = [f32; 3]>) -> Range<u32> {
        // A layer has fewer vertices than 2^32 by far; a path that lies beyond them is not painted.
        let end = |marks: &Marks| u32::try_from(marks.vertices.len()).unwrap_or(u32::MAX);
        let start = end(&self.marks);
        self.marks.vertices.extend(places);
        start..end(&self.marks)
    }

    fn push_path(&mut self, places: impl Iterator<Item = [f32; 3]>, kind: PathKind, color: Color) {
        let vertices = self.push(places);
        self.marks.paths.push(Path { vertices, kind, color });
    }

    /// An area with its edge, or (without a face) a line.
    pub(super) fn shape(
        &mut self,
        outline: &[[f64; 2]],
        bounds: Bounds,
        face: Option<Color>,
        (edge, width): (Color, f32),
    ) {
        let closed = face.is_some();
        let face = face.filter(|face| face[3] > 0);
        if self.seen(f64::from(width)).holds(&bounds) {
            // Mostly all of it is seen, and both use the same vertices.
            let vertices = self.push(outline.iter().map(|&[x, y]| [x as f32, y as f32, 1.0]));
            if let Some(color) = face {
                let vertices = vertices.clone();
                self.marks.paths.push(Path { vertices, kind: PathKind::Fill, color });
            }
            if width > 0.0 && edge[3] > 0 {
                let kind = PathKind::Stroke { width, closed };
                self.marks.paths.push(Path { vertices, kind, color: edge });
            }
            return;
        }
        if let Some(face) = face {
            let seen = clip_area(outline.to_vec(), self.seen(0.0));
            if !seen.is_empty() {
                let places = seen.into_iter().map(|[x, y]| [x as f32, y as f32, 1.0]);
                self.push_path(places, PathKind::Fill, face);
            }
        }
        let mut line: Vec<_> = outline.iter().map(|&[x, y]| [x, y, 1.0]).collect();
        line.extend(line.first().copied().filter(|_| closed));
        self.line(&line, width, edge);
    }

    /// A line along what is seen, with weights.
    pub(super) fn way(&mut self, seen: &[[f64; 4]], width: f32, color: Color) {
        let sight = self.sight;
        clip_line(seen, sight.front(), |part| {
            let place = |&[behind, x, y, weight]: &[f64; 4]| {
                let [x, y] = sight.place([behind, x, y]);
                [x, y, weight]
            };
            self.line(&part.iter().map(place).collect::<Vec<_>>(), width, color);
        });
    }

    /// A line along places with weights.
    pub(super) fn line(&mut self, line: &[[f64; 3]], width: f32, color: Color) {
        if width > 0.0 && color[3] > 0 {
            let kind = PathKind::Stroke { width, closed: false };
            clip_line(line, self.seen(f64::from(width)), |part| {
                self.push_path(part.iter().map(|place| place.map(|v| v as f32)), kind, color);
            });
        }
    }

    /// One pixel for what is too small to have a form.
    pub(super) fn dot(&mut self, at: [f64; 2], color: Color) {
        self.point(at, 0.0, 0.0, [color, color], Symbol::Disc);
    }

    /// A symbol, whose edge leaves something of its face.
    #[inline]
    pub(super) fn point(
        &mut self,
        at: [f64; 2],
        radius: f64,
        edge_width: f32,
        [face, edge]: [Color; 2],
        form: Symbol,
    ) {
        /// Below it is one pixel.
        const SMALLEST: f64 = 0.5;
        let (reach, [x, y], [width, height]) = (radius + 1.0, at, self.canvas.size);
        if !(x >= -reach && y >= -reach && x <= width + reach && y <= height + reach) {
            return;
        }
        let radius = if radius < SMALLEST { 0.0 } else { radius as f32 };
        let widest = 0.5 * symbol::thickness(form) * radius;
        let has_edge = edge_width > 0.0 && edge[3] > 0;
        self.marks.points.push(Point {
            at: [x as f32, y as f32],
            radius,
            edge_width: if has_edge { edge_width.min(widest) } else { 0.0 },
            face,
            edge: if has_edge { edge } else { face },
            symbol: form,
        });
    }
}
