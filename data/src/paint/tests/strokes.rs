//! What strokes go over.

use proptest::prelude::*;

use super::*;

/// What a fill reaches in [`SHAPE`], voxel by voxel.
fn filled(labels: &[u32], stroke: &Stroke) -> Vec<bool> {
    let mut reached = vec![false; labels.len()];
    let place = |v: [i64; 3]| {
        let inside = v.iter().zip(SHAPE).all(|(&v, n)| (0..n as i64).contains(&v));
        inside.then(|| v.iter().zip(SHAPE).fold(0, |at, (&v, n)| at * n + v as usize))
    };
    let start = [0, 1, 2].map(|axis: usize| (stroke.path[0][axis] + 0.5).floor() as i64);
    let Some(old) = place(start).map(|at| labels[at]).filter(|&old| old != stroke.label) else {
        return reached;
    };
    let (axes, mut rest) = (axes(stroke), vec![start]);
    while let Some(voxel) = rest.pop() {
        let Some(at) = place(voxel).filter(|&at| labels[at] == old && !reached[at]) else {
            continue;
        };
        reached[at] = true;
        for &axis in &axes {
            for step in [-1, 1] {
                let mut next = voxel;
                next[axis] += step;
                rest.push(next);
            }
        }
    }
    reached
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn strokes_write_what_looking_at_every_voxel_would(strokes in prop::collection::vec(strokes(), 1..6)) {
        let mut volume = Volume::new(&SHAPE).unwrap();
        let mut expected = vec![0; SHAPE.iter().product()];
        for stroke in &strokes {
            let before = expected.clone();
            let on = match stroke.tool {
                Tool::Fill => filled(&expected, stroke),
                _ => brushed(stroke),
            };
            for (label, _) in expected.iter_mut().zip(on).filter(|(_, on)| *on) {
                match stroke.tool {
                    Tool::Brush | Tool::Fill => *label = stroke.label,
                    Tool::Erase if stroke.label == 0 || *label == stroke.label => *label = 0,
                    Tool::Erase => {}
                }
            }
            let diff = paint(&mut volume, stroke);
            let changed = before.iter().zip(&expected).filter(|(a, b)| a != b).count();
            prop_assert_eq!(diff.voxels(), changed as u64);
            let painted = whole(&volume);
            let differs = voxels(&SHAPE).zip(painted.iter().zip(&expected)).find(|(_, (a, b))| a != b);
            prop_assert!(differs.is_none(), "{:?} after {:?}", differs, stroke);
        }
    }
}

#[test]
fn a_disc_is_naparis() {
    let mut volume = Volume::new(&[20, 20]).unwrap();
    let path = vec![vec![10.0, 10.0]];
    let disc = Stroke { tool: Tool::Brush, label: 1, size: 5.0, path, displayed: [0, 1], dims: 2 };
    paint(&mut volume, &disc);
    let row = |y: usize| (0..20).filter(|&x| volume.get(&[y, x]).unwrap() == 1).collect::<Vec<_>>();
    let rows: Vec<Vec<usize>> = (7..14).map(row).collect();
    let [wide, narrow] = [vec![8, 9, 10, 11, 12], vec![9, 10, 11]];
    let middle = [narrow.clone(), wide.clone(), wide.clone(), wide, narrow];
    assert_eq!(rows[1..6], middle);
    assert!(rows[0].is_empty() && rows[6].is_empty());
}

#[test]
fn the_smallest_brush_always_paints_where_it_is_put_down() {
    let mut volume = Volume::new(&SHAPE).unwrap();
    paint(&mut volume, &stroke(Tool::Brush, 7, 0.1, &[[1.5, 3.5, 4.49]]));
    assert_eq!(volume.get(&[2, 4, 4]), Ok(7));
    assert_eq!(whole(&volume).iter().filter(|&&label| label == 7).count(), 1);
}

#[test]
fn points_in_different_slices_are_not_joined() {
    let mut volume = Volume::new(&SHAPE).unwrap();
    paint(&mut volume, &stroke(Tool::Brush, 1, 1.0, &[[0.0, 5.0, 5.0], [1.0, 5.0, 50.0]]));
    assert_eq!([volume.get(&[0, 5, 5]), volume.get(&[1, 5, 50])], [Ok(1), Ok(1)]);
    assert_eq!(volume.get(&[0, 5, 30]), Ok(0));
    assert_eq!(volume.get(&[1, 5, 30]), Ok(0));
}

#[test]
fn a_fill_of_a_winding_corridor_through_many_chunks_reaches_its_end() {
    let mut volume = Volume::new(&[600, 600]).unwrap();
    let line = |from: [f64; 2], to: [f64; 2]| Stroke {
        tool: Tool::Brush,
        label: 1,
        size: 1.0,
        path: vec![from.to_vec(), to.to_vec()],
        displayed: [0, 1],
        dims: 2,
    };
    // Walls across, each with its door at the other end.
    for (at, y) in (10..600).step_by(10).enumerate() {
        let (from, to) = if at % 2 == 0 { (0.0, 598.0) } else { (1.0, 599.0) };
        paint(&mut volume, &line([y as f64, from], [y as f64, to]));
    }
    let fill = Stroke { tool: Tool::Fill, label: 9, ..line([0.0, 0.0], [0.0, 0.0]) };
    let diff = paint(&mut volume, &fill);
    assert_eq!(diff.voxels(), 600 * 600 - 59 * 599);
    assert_eq!(volume.get(&[599, 599]), Ok(9));
}
