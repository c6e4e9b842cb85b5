//! The load queue in virtual time, by examples and by random actions.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use parfocal_base::{ChunkKey, Instant, SourceId, ViewId};
use proptest::prelude::*;

use crate::queue::{FIRST_BACKOFF, LONGEST_BACKOFF, LoadAction, LoadQueue, MAX_WANTED};

const T0: Instant = Instant::ZERO;

fn key(i: usize) -> ChunkKey {
    ChunkKey::new(SourceId(1), 0, &[i]).unwrap()
}

fn keys(all: impl IntoIterator<Item = usize>) -> Vec<ChunkKey> {
    all.into_iter().map(key).collect()
}

fn starts(all: impl IntoIterator<Item = usize>) -> Vec<LoadAction> {
    all.into_iter().map(|i| LoadAction::Start(key(i))).collect()
}

#[test]
fn the_most_urgent_start_first_and_the_bound_holds() {
    let mut queue = LoadQueue::new(2);
    assert_eq!(queue.set_wanted(T0, ViewId(0), keys([5, 3, 4])), starts([5, 3]));
    assert_eq!(queue.finished(T0, key(3)), starts([4]));
    assert_eq!(queue.finished(T0, key(5)), []);
}

#[test]
fn views_take_turns() {
    let mut queue = LoadQueue::new(1);
    assert_eq!(queue.set_wanted(T0, ViewId(0), keys([0, 1, 2])), starts([0]));
    assert_eq!(queue.set_wanted(T0, ViewId(1), keys([10, 11])), []);
    assert_eq!(queue.finished(T0, key(0)), starts([10]));
    assert_eq!(queue.finished(T0, key(10)), starts([1]));
    assert_eq!(queue.finished(T0, key(1)), starts([11]));
}

#[test]
fn what_no_view_wants_any_more_is_cancelled() {
    let mut queue = LoadQueue::new(4);
    queue.set_wanted(T0, ViewId(0), keys([0, 1]));
    queue.set_wanted(T0, ViewId(1), keys([1, 2]));
    assert_eq!(queue.wanting(&key(1)), [ViewId(0), ViewId(1)]);
    let actions = queue.set_wanted(T0, ViewId(0), keys([3]));
    assert_eq!(actions, [LoadAction::Cancel(key(0)), LoadAction::Start(key(3))]);
    let actions = queue.remove(T0, ViewId(1));
    assert_eq!(actions, [LoadAction::Cancel(key(1)), LoadAction::Cancel(key(2))]);
    assert_eq!((queue.running(), queue.waiting()), (1, 1));
}

#[test]
fn a_failed_chunk_waits_longer_each_time_and_does_not_block_others() {
    let mut queue = LoadQueue::new(1);
    queue.set_wanted(T0, ViewId(0), keys([0, 1]));
    assert_eq!(queue.failed(T0, key(0)), starts([1]));
    assert_eq!(queue.finished(T0, key(1)), []);
    assert_eq!(queue.set_wanted(T0, ViewId(0), keys([0])), []);
    let retry = T0 + FIRST_BACKOFF;
    assert_eq!(queue.next_retry(), Some(retry));
    assert_eq!(queue.tick(retry - Duration::from_micros(1)), []);
    assert_eq!(queue.tick(retry), starts([0]));
    queue.failed(retry, key(0));
    assert_eq!(queue.next_retry(), Some(retry + FIRST_BACKOFF * 2));
    let mut now = retry;
    for _ in 0..40 {
        now = queue.next_retry().unwrap();
        assert_eq!(queue.tick(now), starts([0]));
        queue.failed(now, key(0));
    }
    assert_eq!(queue.next_retry(), Some(now + LONGEST_BACKOFF));
    queue.remove(now, ViewId(0));
    assert_eq!(queue.next_retry(), None);
}

#[test]
fn a_view_cannot_want_without_bound() {
    let mut queue = LoadQueue::new(1);
    queue.set_wanted(T0, ViewId(0), keys(0..MAX_WANTED + 10));
    assert_eq!(queue.waiting(), MAX_WANTED);
}

#[derive(Clone, Debug)]
enum Input {
    Want(u32, Vec<usize>),
    Remove(u32),
    Finish(usize),
    Fail(usize),
    Wait(u64),
}

fn input() -> impl Strategy<Value = Input> {
    prop_oneof![
        3 => (0..4_u32, prop::collection::vec(0..12_usize, 0..8)).prop_map(|(v, k)| Input::Want(v, k)),
        1 => (0..4_u32).prop_map(Input::Remove),
        3 => (0..12_usize).prop_map(Input::Finish),
        1 => (0..12_usize).prop_map(Input::Fail),
        1 => (0..3_000_000_u64).prop_map(Input::Wait),
    ]
}

proptest! {
    #[test]
    fn loads_under_way_are_wanted_bounded_and_answered_once(inputs in prop::collection::vec(input(), 0..60)) {
        let (mut queue, mut now) = (LoadQueue::new(3), T0);
        let mut wanted: BTreeMap<u32, HashSet<ChunkKey>> = BTreeMap::new();
        let mut running: HashSet<ChunkKey> = HashSet::new();
        let mut failed: BTreeMap<ChunkKey, Instant> = BTreeMap::new();
        for input in inputs {
            let actions = match input {
                Input::Want(view, list) => {
                    wanted.insert(view, keys(list.clone()).into_iter().collect());
                    queue.set_wanted(now, ViewId(view), keys(list))
                }
                Input::Remove(view) => {
                    wanted.remove(&view);
                    queue.remove(now, ViewId(view))
                }
                Input::Finish(i) if running.remove(&key(i)) => {
                    wanted.values_mut().for_each(|set| { set.remove(&key(i)); });
                    failed.remove(&key(i));
                    queue.finished(now, key(i))
                }
                Input::Fail(i) if running.remove(&key(i)) => {
                    failed.insert(key(i), now);
                    queue.failed(now, key(i))
                }
                Input::Finish(_) | Input::Fail(_) => continue,
                Input::Wait(us) => {
                    now = now + Duration::from_micros(us);
                    queue.tick(now)
                }
            };
            for action in actions {
                match action {
                    LoadAction::Start(key) => {
                        prop_assert!(running.insert(key), "started twice");
                        let tried = failed.get(&key).map(|at| now.since(*at));
                        prop_assert!(tried.is_none_or(|t| t >= FIRST_BACKOFF), "hot retry");
                    }
                    LoadAction::Cancel(key) => prop_assert!(running.remove(&key), "cancelled what does not run"),
                }
            }
            let all: HashSet<ChunkKey> = wanted.values().flatten().copied().collect();
            prop_assert!(running.is_subset(&all), "a load that nobody wants");
            prop_assert_eq!(queue.running(), running.len());
            prop_assert!(running.len() <= 3);
            // No slot stays free while something could start.
            let ready = all.iter().any(|k| !running.contains(k) && !failed.contains_key(k));
            prop_assert!(running.len() == 3 || !ready, "idle with work to do");
        }
    }
}
