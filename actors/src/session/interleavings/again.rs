//! All that a client may have waiting, asked again after a crash.

use parfocal_scene::{Intent, LayerChange, LayerKind};
use parfocal_sync::limits::MAX_PENDING_INTENTS;

use super::random::Random;
use super::world::World;

#[test]
fn after_a_crash_as_many_asks_as_may_wait_are_known_and_the_one_that_was_lost_is_done() {
    let mut world = World::new(Random(1));
    world.is_hurried = false;
    let olga = world.people.iter().position(|person| person.edits_all).unwrap();
    world.calm();
    let layer = world.keeper.scene.layers.iter().find(|layer| layer.kind == LayerKind::Points);
    let layer = layer.unwrap().id;
    let opacity = |n: usize| n as f64 / MAX_PENDING_INTENTS as f64;
    for n in 1..=MAX_PENDING_INTENTS {
        let change = LayerChange::Opacity(opacity(n - 1));
        world.people[olga].ask(Intent::SetLayer { layer, change });
    }
    // The first is lost on its way; all others are in the journal, and nobody hears so.
    world.people[olga].outbox.pop_front();
    (1..MAX_PENDING_INTENTS).for_each(|_| world.send(olga));
    world.calm_store();
    world.kill();
    let before = world.keeper.revision;
    world.calm();
    let shown = world.keeper.scene.layer(layer).unwrap().look.opacity;
    assert!((shown - opacity(0)).abs() < 1e-9, "{shown}: the one that was lost is the last");
    assert_eq!(world.keeper.revision, before + 1, "and nothing else was done again");
}
