//! Weeks of work on one session.

use parfocal_scene::{Annotation, AnnotationId, Intent, LayerKind, NewAnnotation, Shape};

use super::random::Random;
use super::world::World;

/// Annotations that are moved again and again.
const MANY: usize = 40;
/// Moves of all of them: three times as many overwrites as make a document wasteful.
const MOVES: usize = 2500;
/// Bytes that a document may take: its tombstones before it is compacted, and until the next
/// snapshot after that.
const MOST: usize = 600_000;

#[test]
fn what_is_edited_for_weeks_stays_as_small_as_what_is_there() {
    let mut world = World::new(Random(1));
    let layer = world.keeper.scene.layers.iter().find(|layer| layer.kind == LayerKind::Points);
    let layer = layer.unwrap().id;
    let ids: Vec<_> = (0..MANY).map(|i| format!("p{i}").as_str().into()).collect();
    let new = |id: &AnnotationId| NewAnnotation {
        id: id.clone(),
        annotation: Annotation::new(layer, Shape::Point, vec![vec![0.0; 3]]),
    };
    let annotations = ids.iter().map(new).collect();
    world.server_asks(Intent::AddAnnotations { annotations });
    world.is_hurried = false;
    let small = world.keeper.drawn.full_state().unwrap().len();
    let mut largest = 0;
    for moved in 0..MOVES {
        let by = vec![0.0, 0.5, 0.0];
        world.server_asks(Intent::MoveAnnotations { annotations: ids.clone(), by });
        if moved % 25 == 0 {
            largest = largest.max(world.keeper.drawn.full_state().unwrap().len());
        }
    }
    world.calm();
    let now = world.keeper.drawn.full_state().unwrap().len();
    println!("{small} bytes at first, {largest} at most, {now} in the end");
    assert!(largest < MOST, "{largest} bytes at most");
    assert!(now < MOST);
}
