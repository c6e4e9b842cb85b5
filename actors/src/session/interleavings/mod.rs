//! Thousands of interleavings of everything that can happen to one session: edits by several
//! people, standard Yjs clients, undo, painting, versions, restarts of the scene actor, a store that
//! fails, a process that is killed in the middle of a write. After each calm every replica is equal,
//! and nothing that was acknowledged is lost or done twice.
//!
//! - `world.rs`: the server as the scene actor runs it, with the real keeper, journal and store;
//!   `disk.rs`: what it writes, and how that fails; `calm.rs`: what is equal afterwards.
//! - `people.rs`: clients with mirrors. `foreign.rs`: standard Yjs clients.
//! - `again.rs`: all that may wait is asked again. `long.rs`: weeks of work.
//! - `intents.rs`: what they ask for. `history.rs`: what must be there after a crash.
//!
//! `PARFOCAL_CASES` says how many worlds are tried, `PARFOCAL_SEED` which one is the first.

mod again;
mod calm;
mod disk;
mod foreign;
mod history;
mod intents;
mod long;
mod people;
mod random;
mod world;

use random::Random;
use world::World;

pub(super) use world::seeds;

/// Worlds of an ordinary run: some ten seconds.
const CASES: u64 = 40;
/// What happens in one world.
const STEPS: usize = 250;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn whatever_happens_all_replicas_are_equal_and_nothing_acknowledged_is_lost() {
    let first = setting("PARFOCAL_SEED", 0);
    for seed in first..first + setting("PARFOCAL_CASES", CASES) {
        // Printed where the test fails.
        println!("world {seed}");
        let mut world = World::new(Random(seed));
        for step in 0..STEPS {
            world.step();
            if step % 50 == 49 {
                world.calm();
            }
        }
    }
}
