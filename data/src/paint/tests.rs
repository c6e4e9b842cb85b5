//! Painted labels.

mod exchange;
mod limits;
mod source;
mod strokes;
mod undo;

use proptest::prelude::*;

use crate::paint::{PaintLimits, Stroke, Tool, Volume};

/// More than one chunk along each of the last two axes.
const SHAPE: [usize; 3] = [3, 270, 300];

fn stroke(tool: Tool, label: u32, size: f64, path: &[[f64; 3]]) -> Stroke {
    let path = path.iter().map(|point| point.to_vec()).collect();
    Stroke { tool, label, size, path, displayed: [1, 2], dims: 2 }
}

fn paint(volume: &mut Volume, stroke: &Stroke) -> crate::paint::Diff {
    volume.apply(stroke, &PaintLimits::default()).unwrap()
}

/// All labels of a volume, C order.
fn whole(volume: &Volume) -> Vec<u32> {
    let shape = volume.shape().to_vec();
    let mut labels = vec![0; shape.iter().product()];
    let (strides, split) = (crate::block::strides(&shape), shape.len() - 2);
    let [rows, columns] = volume.grid.tile();
    for chunk in volume.chunks() {
        let at = chunk.to_vec();
        let number = volume.grid.number(&at).unwrap();
        let Some(chunk) = volume.slots.labels(number).unwrap() else { continue };
        let origin: usize =
            (0..shape.len()).map(|axis| at[axis] * volume.grid.chunk[axis] * strides[axis]).sum();
        let [tall, wide] = [split, split + 1].map(|axis| {
            (shape[axis] - at[axis] * volume.grid.chunk[axis]).min([rows, columns][axis - split])
        });
        for (y, row) in chunk.chunks(columns).enumerate() {
            let wide = if y < tall { wide } else { 0 };
            assert!(row[wide..].iter().all(|&label| label == 0), "beyond the end of an axis");
            let first = origin + y * strides[split];
            if wide > 0 {
                labels[first..first + wide].copy_from_slice(&row[..wide]);
            }
        }
    }
    labels
}

/// Every voxel of a volume in C order.
fn voxels(shape: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    let (zero, shape) = (vec![0; shape.len()], shape.to_vec());
    let mut at = zero.clone();
    (0..shape.iter().product::<usize>()).map(move |_| {
        let now = at.clone();
        crate::block::step(&mut at, &zero, &shape);
        now
    })
}

/// The axes that a stroke paints along.
fn axes(stroke: &Stroke) -> Vec<usize> {
    let n = stroke.path[0].len();
    if stroke.dims == 2 { stroke.displayed.to_vec() } else { (n - stroke.dims..n).collect() }
}

/// Which voxels of [`SHAPE`] a brush goes over, found one by one.
fn brushed(stroke: &Stroke) -> Vec<bool> {
    let axes = axes(stroke);
    let round = |c: f64| (c + 0.5).floor();
    let path: Vec<[f64; 3]> = stroke.path.iter().map(|p| [p[0], p[1], p[2]]).collect();
    let inside = |v: [f64; 3]| {
        // Whether a point lies in the voxel's plane, or ball.
        let on = |p: &[f64; 3]| (0..3).all(|i| axes.contains(&i) || round(p[i]) == v[i]);
        let near = |a: &[f64; 3], b: &[f64; 3]| {
            let dot = |p: &[f64; 3], q: &[f64; 3]| -> f64 {
                axes.iter().map(|&i| (p[i] - a[i]) * (q[i] - a[i])).sum()
            };
            let t = if dot(b, b) > 0.0 { (dot(&v, b) / dot(b, b)).clamp(0.0, 1.0) } else { 0.0 };
            let d2: f64 = axes.iter().map(|&i| (v[i] - a[i] - t * (b[i] - a[i])).powi(2)).sum();
            d2 <= (stroke.size / 2.0).powi(2) + 1e-9
        };
        path.iter().any(|p| (0..3).all(|i| round(p[i]) == v[i]) || on(p) && near(p, p))
            || path.windows(2).any(|w| on(&w[0]) && on(&w[1]) && near(&w[0], &w[1]))
    };
    voxels(&SHAPE).map(|v| inside([v[0] as f64, v[1] as f64, v[2] as f64])).collect()
}

/// Strokes within and around [`SHAPE`], coordinates in sixteenths so that most sums are exact.
fn strokes() -> impl Strategy<Value = Stroke> {
    let c = |len: i32| (-40..(len * 16 + 40)).prop_map(|c| f64::from(c) / 16.0);
    let any_point = (-16..64_i32, c(270), c(300));
    let any_point = any_point.prop_map(|(z, y, x)| vec![f64::from(z) / 16.0, y, x]);
    let near = (c(1), c(24), c(24)).prop_map(|(z, y, x)| vec![1.0 + z / 8.0, y + 244.0, x + 244.0]);
    let point = prop_oneof![1 => any_point, 3 => near];
    let tool = prop_oneof![6 => Just(Tool::Brush), 2 => Just(Tool::Erase), 2 => Just(Tool::Fill)];
    let path = prop::collection::vec(point, 1..5);
    let displayed = prop_oneof![4 => Just([1, 2]), 1 => Just([2, 0]), 1 => Just([0, 1])];
    let dims = prop_oneof![3 => Just(2_usize), 1 => Just(3)];
    (tool, 0..4_u32, 1..400_i32, path, displayed, dims).prop_map(
        |(tool, label, size, path, displayed, dims)| {
            let size = f64::from(size) / 16.0;
            Stroke { tool, label, size, path, displayed, dims }
        },
    )
}
