//! Lengths, angles and areas in physical units, and what statistics are taken of.

use parfocal_base::AxisKind;

use super::annotation::extent;
use super::{Annotation, Dims, Layer, Measure, Measured, Scene, Shape, unit_factor};

type Point = [f64; 2];

impl Annotation {
    /// The annotation with what can be measured of it without samples; statistics are empty until
    /// they are computed.
    pub(super) fn remeasured(mut self, scene: &Scene) -> Self {
        self.measured = self.measure_in(scene);
        self
    }

    /// Whether it waits for statistics.
    pub const fn wants_statistics(&self) -> bool {
        matches!(self.measure, Some(Measure::Statistics(_))) && self.measured.is_none()
    }

    fn measure_in(&self, scene: &Scene) -> Option<Measured> {
        let measure = self.measure.filter(|of| !matches!(of, Measure::Statistics(_)))?;
        let layer = scene.layer(self.layer)?;
        let measured = match measure {
            Measure::Length => length(&self.vertices, layer, &scene.dims),
            Measure::Angle => angle(&self.vertices, layer, &scene.dims),
            Measure::Area => area(self, layer, &scene.dims),
            Measure::Statistics(_) => return None,
        };
        Some(measured.unwrap_or_else(|reason| Measured::Failed { reason }))
    }
}

/// The axes of a layer that are space.
struct Space<'a> {
    /// Each with its number in the layer, and what one of its units is in [`Space::unit`].
    axes: Vec<(usize, f64)>,
    unit: Option<&'a str>,
}

impl<'a> Space<'a> {
    /// Of those axes of the layer that `wanted` names, in the unit of the last of them.
    fn of(layer: &Layer, dims: &'a Dims, wanted: impl Fn(usize) -> bool) -> Self {
        let axes = layer.source.axes.iter().enumerate().filter(|(i, _)| wanted(*i));
        let axes = axes.filter_map(|(i, axis)| Some((i, dims.axes.get((*axis)?)?)));
        let axes: Vec<_> = axes.filter(|(_, axis)| axis.kind == AxisKind::Space).collect();
        let unit = axes.last().and_then(|(_, axis)| axis.unit.as_deref());
        let factor =
            |(i, axis): &(usize, &super::DimsAxis)| (*i, unit_factor(axis.unit.as_deref(), unit));
        Self { axes: axes.iter().map(factor).collect(), unit }
    }

    fn unit(&self) -> Option<String> {
        self.unit.map(str::to_owned)
    }

    /// From `a` to `b`.
    fn vector(&self, a: &[f64], b: &[f64]) -> Vec<f64> {
        let along = |(axis, factor): &(usize, f64)| Some((b.get(*axis)? - a.get(*axis)?) * factor);
        self.axes.iter().filter_map(along).collect()
    }
}

fn norm(vector: &[f64]) -> f64 {
    vector.iter().map(|value| value * value).sum::<f64>().sqrt()
}

fn length(vertices: &[Vec<f64>], layer: &Layer, dims: &Dims) -> Result<Measured, String> {
    let space = Space::of(layer, dims, |_| true);
    let edges = vertices.iter().zip(vertices.iter().skip(1));
    let value = edges.map(|(a, b)| norm(&space.vector(a, b))).sum();
    if value > 0.0 {
        return Ok(Measured::Length { value, unit: space.unit() });
    }
    Err("it does not extend in space".to_owned())
}

fn angle(vertices: &[Vec<f64>], layer: &Layer, dims: &Dims) -> Result<Measured, String> {
    let space = Space::of(layer, dims, |_| true);
    let [a, b, c] = vertices else { return Err("an angle has three vertices".to_owned()) };
    let (u, v) = (space.vector(b, a), space.vector(b, c));
    let lengths = norm(&u) * norm(&v);
    if lengths == 0.0 {
        return Err("one of its sides does not extend in space".to_owned());
    }
    let cosine = u.iter().zip(&v).map(|(u, v)| u * v).sum::<f64>() / lengths;
    Ok(Measured::Angle { value: cosine.clamp(-1.0, 1.0).acos().to_degrees() })
}

fn area(of: &Annotation, layer: &Layer, dims: &Dims) -> Result<Measured, String> {
    let plane = extent(&of.vertices);
    let space = Space::of(layer, dims, |axis| plane.contains(&axis));
    let [(v, in_v), (h, in_h)] = space.axes[..] else {
        return Err("an area extends along two axes of space".to_owned());
    };
    let corner = |p: &Vec<f64>| Some([p.get(v)? * in_v, p.get(h)? * in_h]);
    let corners: Vec<Point> = of.vertices.iter().filter_map(corner).collect();
    let [value, perimeter] = match (of.shape, &corners[..]) {
        (Shape::Ellipse, &[a, b, c, d]) => ellipse([a, b, c, d]),
        _ => [shoelace(&corners), outline(&corners)],
    };
    Ok(Measured::Area { value, perimeter, unit: space.unit() })
}

/// Each corner with the next one.
fn edges(corners: &[Point]) -> impl Iterator<Item = (&Point, &Point)> {
    corners.iter().zip(corners.iter().cycle().skip(1))
}

/// Relative to the first corner, so that far from 0 nothing is lost.
fn shoelace(corners: &[Point]) -> f64 {
    let [v, h] = corners.first().copied().unwrap_or_default();
    let twice = edges(corners).map(|(a, b)| (a[0] - v) * (b[1] - h) - (b[0] - v) * (a[1] - h));
    (twice.sum::<f64>() / 2.0).abs()
}

fn outline(corners: &[Point]) -> f64 {
    edges(corners).map(|(a, b)| (b[0] - a[0]).hypot(b[1] - a[1])).sum()
}

/// From the middle of an ellipse's box to the middles of two sides that meet.
pub(super) fn halves([a, b, c, _]: [Point; 4]) -> [Point; 2] {
    [[(b[0] - a[0]) / 2.0, (b[1] - a[1]) / 2.0], [(c[0] - b[0]) / 2.0, (c[1] - b[1]) / 2.0]]
}

/// Area and perimeter (Ramanujan's second formula: within 0.04 %, far closer for all but needles).
fn ellipse(corners: [Point; 4]) -> [f64; 2] {
    let [p, q] = halves(corners);
    let cross = (p[0] * q[1] - p[1] * q[0]).abs();
    let squares = p[0] * p[0] + p[1] * p[1] + q[0] * q[0] + q[1] * q[1];
    // The half axes are the singular values of (p q).
    let sum = (squares + 2.0 * cross).sqrt();
    let difference = (squares - 2.0 * cross).max(0.0).sqrt();
    let flat = (difference / sum).powi(2);
    let perimeter =
        std::f64::consts::PI * sum * (1.0 + 3.0 * flat / (10.0 + (4.0 - 3.0 * flat).sqrt()));
    [std::f64::consts::PI * cross, perimeter]
}

#[cfg(test)]
mod tests {
    use super::super::testing::{SHAPES, adding, ann, annotated, drawn};
    use super::super::{AnnotationChange, Annotations, Intent, Limits};
    use super::*;

    fn measured(measure: Measure, annotation: Annotation) -> Option<Measured> {
        Annotation { measure: Some(measure), ..annotation }.remeasured(&annotated()).measured
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * b.abs()
    }

    fn micrometers() -> Option<String> {
        Some("micrometer".to_owned())
    }

    #[test]
    fn a_length_is_along_all_vertices_in_space_alone() {
        let mut path = drawn(SHAPES, Shape::Path, &[[0.0, 0.0], [3.0, 4.0], [3.0, 6.0]]);
        path.vertices[2][0] = 90.0; // time is no length
        path.vertices[2][1] = 2.0; // z is
        let Some(Measured::Length { value, unit }) = measured(Measure::Length, path) else {
            panic!("no length");
        };
        assert!(close(value, 5.0 + 8.0_f64.sqrt()));
        assert_eq!(unit, micrometers());
    }

    #[test]
    fn axes_of_different_units_are_measured_in_that_of_the_last() {
        let mut scene = annotated();
        scene.dims.axes[2].unit = Some("nanometer".to_owned());
        let line = drawn(SHAPES, Shape::Line, &[[0.0, 0.0], [3000.0, 4.0]]);
        let line = Annotation { measure: Some(Measure::Length), ..line }.remeasured(&scene);
        let Some(Measured::Length { value, unit }) = line.measured else { panic!("no length") };
        assert!(close(value, 5.0));
        assert_eq!(unit, micrometers());
    }

    #[test]
    fn an_angle_is_that_at_the_middle_vertex() {
        for (end, degrees) in [([0.0, 5.0], 0.0), ([2.0, 0.0], 90.0), ([0.0, -3.0], 180.0)] {
            let bent = drawn(SHAPES, Shape::Polyline, &[[0.0, 1.0], [0.0, 0.0], end]);
            let Some(Measured::Angle { value }) = measured(Measure::Angle, bent) else {
                panic!("no angle");
            };
            assert!((value - degrees).abs() < 1e-9);
        }
        let mut in_time = drawn(SHAPES, Shape::Polyline, &[[0.0, 1.0], [0.0, 0.0], [0.0, 0.0]]);
        in_time.vertices[2][0] = 30.0;
        let failed = measured(Measure::Angle, in_time);
        assert!(matches!(failed, Some(Measured::Failed { .. })), "{failed:?}");
    }

    #[test]
    fn areas_have_a_perimeter_and_do_not_suffer_far_from_the_origin() {
        let far = 1e9;
        let corners = [[far, far], [far, far + 4.0], [far + 3.0, far]];
        let Some(Measured::Area { value, perimeter, unit }) =
            measured(Measure::Area, drawn(SHAPES, Shape::Polygon, &corners))
        else {
            panic!("no area");
        };
        assert!(close(value, 6.0) && close(perimeter, 12.0));
        assert_eq!(unit, micrometers());
    }

    #[test]
    fn an_ellipse_is_measured_as_it_is_turned() {
        let area = |corners: [[f64; 2]; 4]| {
            let disc = drawn(SHAPES, Shape::Ellipse, &corners);
            match measured(Measure::Area, disc) {
                Some(Measured::Area { value, perimeter, .. }) => [value, perimeter],
                other => panic!("{other:?}"),
            }
        };
        let pi = std::f64::consts::PI;
        let circle = area([[0.0, 0.0], [0.0, 2.0], [2.0, 2.0], [2.0, 0.0]]);
        assert!(close(circle[0], pi) && close(circle[1], 2.0 * pi));
        let turned = area([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [1.0, 2.0]].map(|[v, h]| [v, h]));
        assert!(close(turned[0], pi / 2.0) && close(turned[1], 2.0 * pi * 0.5_f64.sqrt()));
        let flat = area([[0.0, 0.0], [0.0, 10.0], [2.0, 10.0], [2.0, 0.0]]);
        assert!(close(flat[0], 5.0 * pi) && (flat[1] - 21.010_044_539).abs() < 1e-4, "{flat:?}");
    }

    #[test]
    fn an_area_across_time_is_none() {
        let mut kymograph = drawn(SHAPES, Shape::Polygon, &[[0.0, 0.0], [0.0, 4.0], [0.0, 4.0]]);
        kymograph.vertices[2][0] = 60.0;
        let failed = measured(Measure::Area, kymograph);
        assert!(matches!(failed, Some(Measured::Failed { .. })), "{failed:?}");
    }

    #[test]
    fn what_is_measured_follows_vertices_and_measure() {
        let (scene, mut all) = (annotated(), Annotations::default());
        let line = drawn(SHAPES, Shape::Line, &[[0.0, 0.0], [3.0, 4.0]]);
        let mut ask = |intent: &Intent| {
            all.apply(&scene, intent, &ann(), &Limits::default()).unwrap();
            match &all.get(&"a0".into()).unwrap().measured {
                Some(Measured::Length { value, .. }) => Some(*value),
                _ => None,
            }
        };
        let change = |change| Intent::ChangeAnnotation { annotation: "a0".into(), change };
        assert_eq!(ask(&adding([line])), None);
        assert_eq!(ask(&change(AnnotationChange::Measure(Some(Measure::Length)))), Some(5.0));
        let to = vec![0.0, 0.0, 6.0, 8.0];
        assert_eq!(ask(&change(AnnotationChange::MoveVertex { index: 1, to })), Some(10.0));
        assert_eq!(ask(&change(AnnotationChange::Measure(None))), None);
    }

    #[test]
    fn statistics_are_taken_only_of_the_shape_that_they_were_computed_for() {
        let (scene, mut all) = (annotated(), Annotations::default());
        let of = Some(Measure::Statistics(parfocal_base::LayerId(0)));
        let disc = drawn(SHAPES, Shape::Ellipse, &[[0.0, 0.0], [0.0, 2.0], [2.0, 2.0], [2.0, 0.0]]);
        let disc = Annotation { measure: of, ..disc };
        all.apply(&scene, &adding([disc]), &ann(), &Limits::default()).unwrap();
        let asked = all.get(&"a0".into()).unwrap().clone();
        assert!(asked.wants_statistics());
        let failed = Measured::Failed { reason: "x".to_owned() };
        let write = all.set_measured(&"a0".into(), &asked, failed.clone()).unwrap();
        assert_eq!(write.after.unwrap().measured, Some(failed.clone()));
        let shift = |by: f64| Intent::MoveAnnotations {
            annotations: vec!["a0".into()],
            by: vec![0.0, 0.0, by, 0.0],
        };
        all.apply(&scene, &shift(1.0), &ann(), &Limits::default()).unwrap();
        assert!(all.get(&"a0".into()).unwrap().wants_statistics());
        assert!(all.set_measured(&"a0".into(), &asked, failed.clone()).is_none());
        assert!(all.set_measured(&"gone".into(), &asked, failed).is_none());
    }

    #[test]
    fn other_axes_are_measured_anew() {
        let (mut scene, mut all) = (annotated(), Annotations::default());
        let line = drawn(SHAPES, Shape::Line, &[[0.0, 0.0], [3.0, 4.0]]);
        let line = Annotation { measure: Some(Measure::Length), ..line };
        let plain = drawn(SHAPES, Shape::Line, &[[0.0, 0.0], [3.0, 4.0]]);
        all.apply(&scene, &adding([line, plain]), &ann(), &Limits::default()).unwrap();
        assert!(all.remeasure(&scene).is_empty());
        scene.dims.axes[3].unit = Some("millimeter".to_owned());
        assert_eq!(all.remeasure(&scene).len(), 1);
    }
}
