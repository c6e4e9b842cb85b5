use proptest::prelude::*;

use super::*;
use crate::machine::device::{FIRST, WELL_AGAIN};

fn view(session: u32, view: u32) -> Key {
    (Arc::from(format!("session {session}")), ViewId(view))
}

fn at(ms: u64) -> Instant {
    Instant::from_micros(ms * 1000)
}

fn trouble() -> Arc<str> {
    "it fell off the bus".into()
}

/// The views that are painted now, for so long: each a picture every 50 ms that takes so many of them.
fn run(placement: &mut Placement, views: &[(Key, u64)], from: u64, until: u64) -> usize {
    let mut moves = 0;
    for ms in (from..until).step_by(50) {
        for (view, took) in views {
            let before = placement.place_of(view);
            let (place, why) = placement.place(view, at(ms));
            moves += usize::from(before.is_some_and(|before| before != place));
            placement.painted(view, (place, why), Duration::from_millis(*took), at(ms));
        }
    }
    moves
}

#[test]
fn without_a_gpu_the_cpu_paints() {
    let mut none = Placement::new(0);
    assert_eq!(none.place(&view(0, 0), at(0)), (Place::Cpu, Why::NoGpu));
    assert_eq!(none.place(&view(0, 0), at(1)), (Place::Cpu, Why::NoGpu));
}

#[test]
fn views_of_a_session_are_painted_together_and_sessions_apart() {
    let mut placement = Placement::new(2);
    assert_eq!(placement.place(&view(0, 0), at(0)), (Place::Gpu(0), Why::Least));
    assert_eq!(placement.place(&view(1, 0), at(0)), (Place::Gpu(1), Why::Least));
    for n in 1..5 {
        assert_eq!(placement.place(&view(0, n), at(0)), (Place::Gpu(0), Why::Company));
        assert_eq!(placement.place(&view(1, n), at(0)), (Place::Gpu(1), Why::Company));
    }
    assert_eq!(placement.views(Place::Gpu(0)), 5);
}

#[test]
fn a_session_that_is_too_much_for_one_gpu_is_painted_on_two_and_stays_so() {
    let mut placement = Placement::new(2);
    let views: Vec<_> = (0..4).map(|n| (view(0, n), 12)).collect();
    let moves = run(&mut placement, &views, 0, 60_000);
    let loads = [0, 1].map(|gpu| placement.gpus[gpu].load.now(at(60_000)));
    assert!(loads.iter().all(|load| (0.2..0.75).contains(load)), "{loads:?}");
    assert!((1..=2).contains(&moves), "{moves}");
    assert_eq!(run(&mut placement, &views, 60_000, 120_000), 0);
}

#[test]
fn small_differences_move_nothing() {
    let mut placement = Placement::new(2);
    let views = [(view(0, 0), 5), (view(1, 0), 8), (view(2, 0), 3)];
    assert_eq!(run(&mut placement, &views, 0, 60_000), 0);
}

#[test]
fn all_views_leave_a_gpu_that_fails_and_go_where_there_is_least_to_do() {
    let mut placement = Placement::new(2);
    let views: Vec<_> = (0..6).map(|n| (view(n, 0), 2)).collect();
    run(&mut placement, &views, 0, 1000);
    assert_eq!(placement.views(Place::Gpu(0)), 3);
    assert_eq!(placement.failed(0, &trouble(), at(1000)), FIRST);
    for (view, _) in &views {
        assert_eq!(placement.place(view, at(1000)).0, Place::Gpu(1));
    }
    assert_eq!(placement.views(Place::Gpu(0)), 0);
    placement.failed(1, &trouble(), at(1100));
    for (view, _) in &views {
        assert_eq!(placement.place(view, at(1100)), (Place::Cpu, Why::Resting(trouble())));
    }
}

#[test]
fn views_come_back_one_by_one_and_all_at_once_when_the_gpu_is_well() {
    let mut placement = Placement::new(1);
    let views: Vec<_> = (0..9).map(|n| (view(n, 0), 1)).collect();
    run(&mut placement, &views, 0, 100);
    placement.failed(0, &trouble(), at(100));
    let back = |placement: &mut Placement, ms| {
        let there = |(view, _): &&(Key, u64)| placement.place(view, at(ms)).0 == Place::Gpu(0);
        views.iter().filter(there).count()
    };
    assert_eq!(back(&mut placement, 1099), 0);
    // One tries it, and the others wait for what comes of that.
    assert_eq!(back(&mut placement, 1100), 1);
    assert_eq!(back(&mut placement, 1500), 1);
    let first = views.iter().find(|(view, _)| placement.place_of(view) == Some(Place::Gpu(0)));
    let (first, _) = first.unwrap();
    assert!(placement.painted(first, (Place::Gpu(0), Why::Only), FIRST / 100, at(1500)));
    assert_eq!(back(&mut placement, 1501), 2);
    for _ in 0..WELL_AGAIN {
        placement.painted(first, (Place::Gpu(0), Why::Only), FIRST / 1000, at(1502));
    }
    assert_eq!(back(&mut placement, 1503), 9);
}

#[test]
fn a_picture_that_a_gpu_refuses_is_no_load_of_that_gpu() {
    let mut placement = Placement::new(1);
    let (place, _) = placement.place(&view(0, 0), at(0));
    assert_eq!(place, Place::Gpu(0));
    let refused = (Place::Cpu, Why::Refused("too many letters".into()));
    placement.painted(&view(0, 0), refused.clone(), Duration::from_secs(1), at(10));
    assert_eq!((placement.gpus[0].load.now(at(10)), placement.views(Place::Gpu(0))), (0.0, 1));
    assert_eq!(placement.last(&view(0, 0)), Some(refused));
    assert_eq!(placement.place(&view(0, 0), at(20)).0, Place::Gpu(0));
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Paint { view: (u32, u32), took: u64 },
    Fail(usize),
    Close((u32, u32)),
    Wait(u64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let id = (0..3_u32, 0..4_u32);
    let event = prop_oneof![
        12 => (id.clone(), 0..200_u64).prop_map(|(view, took)| Event::Paint { view, took }),
        1 => (0..4_usize).prop_map(Event::Fail),
        1 => id.prop_map(Event::Close),
        6 => (0..3000_u64).prop_map(Event::Wait),
    ];
    prop::collection::vec(event, 0..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_view_is_where_it_cannot_be_painted_and_what_is_counted_is_there(
        gpus in 0..4_usize,
        events in events(),
    ) {
        let mut placement = Placement::new(gpus);
        let (mut now, mut rests) = (at(0), vec![at(0); 4]);
        for event in events {
            match event {
                Event::Paint { view: (session, id), took } => {
                    let key = view(session, id);
                    let (place, why) = placement.place(&key, now);
                    prop_assert_eq!(placement.place_of(&key), Some(place));
                    match place {
                        Place::Gpu(gpu) => prop_assert!(gpu < gpus && rests[gpu] <= now),
                        Place::Cpu => prop_assert!(gpus == 0 || matches!(why, Why::Resting(_))),
                    }
                    placement.painted(&key, (place, why), Duration::from_millis(took), now);
                }
                Event::Fail(gpu) if gpu < gpus => {
                    rests[gpu] = now + placement.failed(gpu, &trouble(), now);
                    prop_assert_eq!(placement.views(Place::Gpu(gpu)), 0);
                }
                Event::Fail(_) => {}
                Event::Close((session, id)) => placement.forget(&view(session, id), now),
                Event::Wait(ms) => now = now + Duration::from_millis(ms),
            }
            for gpu in 0..gpus {
                let there = |seat: &&Seat| seat.place == Place::Gpu(gpu);
                let seats: Vec<_> = placement.views.values().filter(there).collect();
                let load: f64 = seats.iter().map(|seat| seat.load.now(now)).sum();
                let counted = placement.gpus[gpu].load.now(now);
                prop_assert_eq!(placement.views(Place::Gpu(gpu)), seats.len());
                prop_assert!((counted - load).abs() < 1e-6, "{} for {}", counted, load);
            }
        }
        // Whatever happened: where there is a GPU, all are painted on GPUs in the end.
        let views: Vec<_> = placement.views.keys().cloned().map(|view| (view, 1)).collect();
        let begun = now.as_micros() / 1000 + 61_000;
        run(&mut placement, &views, begun, begun + 30_000);
        let on_cpu = placement.views(Place::Cpu);
        prop_assert_eq!(on_cpu, if gpus == 0 { views.len() } else { 0 });
    }

    #[test]
    fn views_that_take_the_same_time_come_to_rest(
        gpus in 2..5_usize,
        took in prop::collection::vec((0..4_u32, 0..40_u64), 1..10),
    ) {
        let mut placement = Placement::new(gpus);
        let views: Vec<_> =
            took.iter().zip(0..).map(|(&(session, took), n)| (view(session, n), took)).collect();
        run(&mut placement, &views, 0, 120_000);
        prop_assert_eq!(run(&mut placement, &views, 120_000, 160_000), 0);
    }
}
