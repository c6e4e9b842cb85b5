//! Where the samples are of which statistics are taken.

use parfocal_base::{ImageMeta, LayerId};

use super::annotation::extent;
use super::measure::halves;
use super::{Annotation, Measure, Scene, Shape};

/// A closed shape in an image, in indices of its first resolution: sample `i` has its centre at `i`.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredRegion {
    /// The image layer.
    pub layer: LayerId,
    /// Axes of the image along which the shape extends: vertical, horizontal.
    pub plane: [usize; 2],
    /// The position on each axis of the image; those of the plane are 0.
    pub at: Vec<usize>,
    /// What is around the samples.
    pub outline: MeasuredOutline,
}

/// An outline in indices (vertical, horizontal).
#[derive(Clone, Debug, PartialEq)]
pub enum MeasuredOutline {
    /// Of a polygon or a rectangle.
    Polygon(Vec<[f64; 2]>),
    /// The ellipse that fills the parallelogram around `center`.
    Ellipse {
        /// Its middle.
        center: [f64; 2],
        /// From the middle to the middles of two sides that meet.
        halves: [[f64; 2]; 2],
    },
}

impl Scene {
    /// Where the statistics of `annotation` are taken in an image that `meta` describes, which is
    /// that of the layer that its measure names.
    ///
    /// # Errors
    /// Why there is no such place, for a person.
    pub fn measured_region(
        &self,
        annotation: &Annotation,
        meta: &ImageMeta,
    ) -> Result<MeasuredRegion, String> {
        let Some(Measure::Statistics(id)) = annotation.measure else {
            return Err("no statistics are asked of it".to_owned());
        };
        let (Some(image), Some(own)) = (self.layer(id), self.layer(annotation.layer)) else {
            return Err("the layer that was measured is gone".to_owned());
        };
        let meta = self.dims.in_scene_units(meta, &image.source);
        let level = meta.levels.first().ok_or("the image has no samples")?;
        // For each axis of the image: the coordinate's place in a vertex.
        let place = |axis: usize| {
            let scene = image.source.axes.get(axis).copied().flatten()?;
            own.source.axes.iter().position(|known| *known == Some(scene))
        };
        let index = |axis: usize, vertex: &[f64]| {
            let [scale, translate] = [level.scale.get(axis)?, level.translate.get(axis)?];
            Some((vertex.get(place(axis)?)? - translate) / scale)
        };
        let extent = extent(&annotation.vertices);
        let mut plane = Vec::new();
        let mut at = Vec::new();
        for (axis, &samples) in level.shape.iter().enumerate() {
            let name = meta.axes.get(axis).map_or("", |axis| axis.name.as_str());
            if image.source.axes.get(axis) == Some(&None) {
                at.push(image.source.channel.unwrap_or_default());
            } else if place(axis).is_some_and(|place| extent.contains(&place)) {
                plane.push(axis);
                at.push(0);
            } else {
                let first = annotation.vertices.first().and_then(|vertex| index(axis, vertex));
                let first = first.ok_or_else(|| {
                    format!("the shape does not say where it is along {name} of the image")
                })?;
                let nearest = first.round();
                if !(0.0..samples as f64).contains(&nearest) {
                    return Err(format!("the shape lies outside the image along {name}"));
                }
                at.push(nearest as usize);
            }
        }
        let [v, h] = plane[..] else {
            return Err("the shape lies across an axis that the image does not have".to_owned());
        };
        let corner = |vertex: &Vec<f64>| Some([index(v, vertex)?, index(h, vertex)?]);
        let corners: Vec<[f64; 2]> = annotation.vertices.iter().filter_map(corner).collect();
        let outline = match (annotation.shape, &corners[..]) {
            (Shape::Ellipse, &[a, b, c, d]) => MeasuredOutline::Ellipse {
                center: [(a[0] + c[0]) / 2.0, (a[1] + c[1]) / 2.0],
                halves: halves([a, b, c, d]),
            },
            _ => MeasuredOutline::Polygon(corners),
        };
        Ok(MeasuredRegion { layer: id, plane: [v, h], at, outline })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{SHAPES, annotated, drawn, image};
    use super::*;

    const IMAGE: LayerId = LayerId(0);

    fn asked(shape: Shape, yx: &[[f64; 2]]) -> Annotation {
        let mut annotation = drawn(SHAPES, shape, yx);
        for vertex in &mut annotation.vertices {
            (vertex[0], vertex[1]) = (60.0, 3.9);
        }
        Annotation { measure: Some(Measure::Statistics(IMAGE)), ..annotation }
    }

    #[test]
    fn a_region_is_in_indices_of_the_image_at_its_nearest_positions() {
        let scene = annotated();
        let meta = image(&[("t", 10, 30.0), ("z", 5, 2.0), ("y", 100, 0.5), ("x", 200, 0.5)]);
        let triangle = asked(Shape::Polygon, &[[1.0, 2.0], [1.0, 4.0], [3.0, 4.0]]);
        let region = scene.measured_region(&triangle, &meta).unwrap();
        let corners = vec![[2.0, 4.0], [2.0, 8.0], [6.0, 8.0]];
        assert_eq!((region.plane, &region.at), ([2, 3], &vec![2, 2, 0, 0]));
        assert_eq!(region.outline, MeasuredOutline::Polygon(corners));
        let disc = asked(Shape::Ellipse, &[[0.0, 0.0], [0.0, 4.0], [2.0, 4.0], [2.0, 0.0]]);
        let region = scene.measured_region(&disc, &meta).unwrap();
        let (center, halves) = ([2.0, 4.0], [[0.0, 4.0], [2.0, 0.0]]);
        assert_eq!(region.outline, MeasuredOutline::Ellipse { center, halves });
    }

    #[test]
    fn units_of_the_image_and_its_fixed_channel_are_minded() {
        let mut scene = annotated();
        let mut meta = image(&[("c", 3, 1.0), ("y", 100, 500.0), ("x", 200, 500.0)]);
        for axis in &mut meta.axes[1..] {
            axis.unit = Some("nanometer".to_owned());
        }
        let source = &mut scene.layers[0].source;
        (source.channel, source.axes) = (Some(2), vec![None, Some(2), Some(3)]);
        let square = asked(Shape::Polygon, &[[1.0, 1.0], [1.0, 2.0], [2.0, 2.0], [2.0, 1.0]]);
        let region = scene.measured_region(&square, &meta).unwrap();
        assert_eq!((region.plane, region.at), ([1, 2], vec![2, 0, 0]));
        let MeasuredOutline::Polygon(corners) = region.outline else { panic!("no polygon") };
        assert!((corners[0][0] - 2.0).abs() < 1e-9 && (corners[2][1] - 4.0).abs() < 1e-9);
    }

    #[test]
    fn a_place_that_the_image_does_not_have_is_said() {
        let mut scene = annotated();
        let meta = image(&[("t", 10, 30.0), ("z", 5, 2.0), ("y", 100, 0.5), ("x", 200, 0.5)]);
        let mut late = asked(Shape::Polygon, &[[1.0, 2.0], [1.0, 4.0], [3.0, 4.0]]);
        late.vertices.iter_mut().for_each(|vertex| vertex[0] = 900.0);
        assert!(scene.measured_region(&late, &meta).unwrap_err().contains("outside"));
        let flat = image(&[("y", 100, 0.5), ("x", 200, 0.5)]);
        scene.layers[0].source.axes = vec![Some(2), Some(3)];
        let mut upright = asked(Shape::Polygon, &[[1.0, 2.0], [1.0, 4.0], [1.0, 4.0]]);
        upright.vertices[2][1] = 8.0;
        assert!(scene.measured_region(&upright, &flat).is_err());
        scene.layers.remove(0);
        assert!(scene.measured_region(&late, &meta).unwrap_err().contains("gone"));
    }
}
