//! Undo and redo, by several people in any order.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::paint::Diff;

/// What one stroke changed, voxel by voxel: place, old, new.
type Changes = Vec<(usize, u32, u32)>;

/// Takes changes back where they still stand; what that changed.
fn take_back(labels: &mut [u32], changes: &Changes) -> Changes {
    let mut back = Changes::new();
    for &(at, old, new) in changes {
        if labels[at] == new {
            labels[at] = old;
            back.push((at, new, old));
        }
    }
    back
}

#[derive(Clone, Debug)]
enum Step {
    Paint(usize, Stroke),
    Undo(usize, Index),
    Redo(usize, Index),
    Store,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let user = 0..2_usize;
    let step = prop_oneof![
        5 => (user.clone(), strokes()).prop_map(|(user, stroke)| Step::Paint(user, stroke)),
        3 => (user.clone(), any::<Index>()).prop_map(|(user, at)| Step::Undo(user, at)),
        2 => (user, any::<Index>()).prop_map(|(user, at)| Step::Redo(user, at)),
        1 => Just(Step::Store),
    ];
    prop::collection::vec(step, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn undo_in_any_order_restores_only_what_still_holds_the_strokes_value(steps in steps()) {
        let mut volume = Volume::new(&SHAPE).unwrap();
        let mut expected = vec![0; SHAPE.iter().product()];
        let mut done: [Vec<(Diff, Changes)>; 2] = Default::default();
        let mut undone: [Vec<(Diff, Changes)>; 2] = Default::default();
        for step in steps {
            match step {
                Step::Paint(user, stroke) => {
                    let diff = paint(&mut volume, &stroke);
                    let now = whole(&volume);
                    let changes = (0..now.len()).filter(|&at| now[at] != expected[at]);
                    let changes = changes.map(|at| (at, expected[at], now[at])).collect();
                    expected = now;
                    done[user].push((diff, changes));
                }
                Step::Undo(user, at) if !done[user].is_empty() => {
                    let at = at.index(done[user].len());
                    let (diff, changes) = done[user].remove(at);
                    let reverse = volume.revert(&diff).unwrap();
                    undone[user].push((reverse, take_back(&mut expected, &changes)));
                }
                Step::Redo(user, at) if !undone[user].is_empty() => {
                    let at = at.index(undone[user].len());
                    let (diff, changes) = undone[user].remove(at);
                    let reverse = volume.revert(&diff).unwrap();
                    done[user].push((reverse, take_back(&mut expected, &changes)));
                }
                Step::Undo(..) | Step::Redo(..) => {}
                Step::Store => volume = stored(&mut volume),
            }
            prop_assert!(whole(&volume) == expected);
        }
    }

    #[test]
    fn applying_reverting_and_applying_again_is_applying(before in prop::collection::vec(strokes(), 0..4), stroke in strokes()) {
        let mut volume = Volume::new(&SHAPE).unwrap();
        for stroke in &before {
            paint(&mut volume, stroke);
        }
        let first = whole(&volume);
        let diff = paint(&mut volume, &stroke);
        let second = whole(&volume);
        let reverse = volume.revert(&diff).unwrap();
        prop_assert!(whole(&volume) == first);
        prop_assert_eq!(volume.revert(&reverse).unwrap(), diff.clone());
        prop_assert!(whole(&volume) == second);
        volume.revert(&diff).unwrap();
        prop_assert_eq!(paint(&mut volume, &stroke), diff);
        prop_assert!(whole(&volume) == second);
    }
}

/// The volume as it comes out of a store.
fn stored(volume: &mut Volume) -> Volume {
    let mut again = Volume::new(&SHAPE).unwrap();
    for chunk in volume.chunks().collect::<Vec<_>>() {
        if let Some(bytes) = volume.encode_chunk(chunk).unwrap() {
            again.load_chunk(chunk, &bytes).unwrap();
        }
    }
    again
}

#[test]
fn anothers_work_over_a_stroke_survives_its_undo() {
    let mut volume = Volume::new(&SHAPE).unwrap();
    let ada =
        paint(&mut volume, &stroke(Tool::Brush, 1, 20.0, &[[0.0, 50.0, 50.0], [0.0, 50.0, 90.0]]));
    paint(&mut volume, &stroke(Tool::Brush, 2, 10.0, &[[0.0, 50.0, 70.0]]));
    let reverse = volume.revert(&ada).unwrap();
    assert_eq!(volume.get(&[0, 50, 70]), Ok(2));
    assert_eq!(volume.get(&[0, 50, 50]), Ok(0));
    assert!(reverse.voxels() < ada.voxels());
    volume.revert(&reverse).unwrap();
    assert_eq!([volume.get(&[0, 50, 70]), volume.get(&[0, 50, 50])], [Ok(2), Ok(1)]);
}

#[test]
fn a_diff_of_another_volume_changes_nothing_here() {
    let mut large = Volume::new(&[3, 600, 600]).unwrap();
    let diff = paint(&mut large, &stroke(Tool::Brush, 1, 9.0, &[[2.0, 590.0, 590.0]]));
    let mut small = Volume::new(&SHAPE).unwrap();
    assert!(small.revert(&diff).unwrap().is_empty());
    assert!(whole(&small).iter().all(|&label| label == 0));
}
