//! The presenter in virtual time: the vectors that the browser's presenter is held to as well, and
//! what holds over thousands of random networks.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

mod link;
mod vectors;

use std::time::Duration;

use link::{Event, Packet, play};
use parfocal_client_native::core::presenter::{DRIFT, MAX_DELAY, MAX_HELD, REST, WINDOW};
use proptest::prelude::*;

const MAX_DELAY_US: u64 = MAX_DELAY.as_micros() as u64;

/// Movement at up to 60 pictures a second over a network that stalls and jitters; sometimes a
/// picture that is not to be held, sometimes rest.
fn packets() -> impl Strategy<Value = Vec<Packet>> {
    let picture = (16_667_u64..120_000, 0_u64..60_000, 0_u8..60);
    (0_u64..80_000, prop::collection::vec(picture, 2..200)).prop_map(|(jitter, pictures)| {
        let (mut captured, mut free) = (5_000_000, 0);
        let mut packets = Vec::new();
        for (n, (interval, noise, fate)) in (0..).zip(pictures) {
            let sequence = (u32::MAX - 20).wrapping_add(n);
            captured += if fate == 0 { 900_000 } else { interval };
            let stall = if fate == 1 { 250_000 } else { 0 };
            let arrives = captured + 3_000_000 + noise * jitter / 60_000 + stall;
            // One connection: nothing overtakes.
            free = arrives.max(free);
            packets.push(Packet { sequence, captured, ready: free, at_once: fate == 2 });
        }
        packets
    })
}

/// Smooth movement, 30 pictures a second, each as long on its way as `way` says.
fn movement(first: u64, ways: impl IntoIterator<Item = u64>) -> Vec<Packet> {
    let mut free = 0;
    let picture = |(n, way): (u64, u64)| {
        let captured = first + n * 33_333;
        free = free.max(captured + way);
        Packet { sequence: n as u32, captured, ready: free, at_once: n == 0 }
    };
    (0..).zip(ways).map(picture).collect()
}

fn holds(events: &[Event]) -> Vec<u64> {
    events.iter().filter_map(|event| event.shown.map(|packet| event.now - packet.ready)).collect()
}

#[test]
fn on_an_even_network_nothing_is_held() {
    let ways = (0..300).map(|n| 20_000 + n * 7919 % 4_000);
    let (events, presenter) = play(&movement(1_000_000, ways));
    let late = holds(&events).split_off(WINDOW);
    assert!(late.iter().all(|&hold| hold <= 4_000), "{late:?}");
    assert!(presenter.report().delay <= Duration::from_millis(1));
    assert_eq!(presenter.report().dropped, 0);
}

#[test]
fn on_a_jittery_network_most_pictures_keep_the_rhythm_of_the_server() {
    let ways = (0..400).map(|n: u64| 20_000 + n.wrapping_mul(2_654_435_761) % 40_000);
    let (events, _) = play(&movement(1_000_000, ways));
    let shown: Vec<_> =
        events.iter().filter_map(|e| e.shown.map(|p| (e.now, p))).skip(100).collect();
    let even = shown.windows(2).filter(|pair| {
        let [(before, _), (now, _)] = pair else { panic!() };
        (now - before).abs_diff(33_333) <= 33_333 / u64::from(DRIFT)
    });
    let part = even.count() as f64 / shown.len() as f64;
    assert!(part > 0.5, "{part}");
    // As they arrive, hardly any would.
    let raw =
        movement(1_000_000, (0..400).map(|n: u64| 20_000 + n.wrapping_mul(2_654_435_761) % 40_000));
    let even = raw.windows(2).filter(|pair| {
        let [before, now] = pair else { panic!() };
        (now.ready - before.ready).abs_diff(33_333) <= 33_333 / u64::from(DRIFT)
    });
    assert!((even.count() as f64) < 0.3 * raw.len() as f64);
}

#[test]
fn a_step_of_the_network_is_no_jump() {
    for (before, after) in [(70_000, 20_000), (20_000, 70_000)] {
        let ways = (0..200).map(|n| if n < 100 { before } else { after });
        let (events, presenter) = play(&movement(1_000_000, ways));
        let shown: Vec<_> = events.iter().filter(|e| e.shown.is_some()).map(|e| e.now).collect();
        let slow = 33_333 + 33_333 / u64::from(DRIFT);
        for (n, pair) in shown.windows(2).enumerate() {
            let [before, now] = pair else { panic!() };
            // Nobody can show what has not arrived: a longer way shows once.
            let most = if n == 99 { slow + after.saturating_sub(20_000) } else { slow };
            assert!(now - before <= most && now - before >= 31_000, "{n}: {}", now - before);
        }
        assert_eq!(presenter.report().delay, Duration::ZERO);
        assert_eq!(shown.len(), 200, "nothing is passed over");
    }
}

#[test]
fn what_comes_after_rest_is_shown_at_once_and_movement_goes_on_from_there() {
    let jittery = (0..100).map(|n: u64| 20_000 + n.wrapping_mul(2_654_435_761) % 40_000);
    let mut packets = movement(1_000_000, jittery);
    let last = packets.last().unwrap().captured;
    for n in 0..10 {
        let captured = last + REST.as_micros() as u64 + 1 + n * 33_333;
        let ready = captured + 30_000;
        packets.push(Packet { sequence: 100 + n as u32, captured, ready, at_once: false });
    }
    let (events, _) = play(&packets);
    let shown: Vec<_> = events.iter().filter_map(|e| e.shown.map(|p| (e.now, p))).collect();
    for (n, (now, packet)) in shown.iter().filter(|(_, p)| p.sequence >= 100).enumerate() {
        let drift = n as u64 * 33_333 / u64::from(DRIFT);
        assert!(now - packet.ready <= drift, "{n}: held for {}", now - packet.ready);
    }
}

#[test]
fn a_screen_that_did_not_look_gets_the_latest_picture_and_no_backlog() {
    let mut presenter = link::Presenter::default();
    let ways = (0..100).map(|n: u64| 20_000 + n.wrapping_mul(2_654_435_761) % 40_000);
    let mut shown = Vec::new();
    for packet in movement(1_000_000, ways) {
        let step = presenter.ready(link::at(packet.ready), packet.header(), packet);
        shown.extend(step.show);
        assert!(presenter.report().held <= MAX_HELD);
    }
    let step = presenter.tick(link::at(1_000_000_000));
    shown.extend(step.show);
    assert_eq!(shown.last().unwrap().sequence, 99);
    assert_eq!(presenter.report().held, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_picture_is_shown_in_order_or_passed_over_and_none_is_held_long(packets in packets()) {
        let (events, presenter) = play(&packets);
        let mut fates = Vec::new();
        for event in &events {
            fates.extend(event.dropped.iter().map(|packet| packet.sequence));
            fates.extend(event.shown.map(|packet| packet.sequence));
            prop_assert!(event.held <= MAX_HELD);
            if let Some(packet) = event.shown {
                prop_assert!(event.now - packet.ready <= MAX_DELAY_US);
            }
        }
        let sent: Vec<u32> = packets.iter().map(|packet| packet.sequence).collect();
        prop_assert_eq!(fates, sent, "each once, in order");
        let report = presenter.report();
        prop_assert_eq!((report.shown + report.dropped) as usize, packets.len());
        let latest = events.iter().filter_map(|event| event.shown).next_back().unwrap();
        prop_assert_eq!(latest.sequence, packets.last().unwrap().sequence, "the latest is seen");
    }

    /// Two pictures that were both held are shown at the distance at which they were taken, but for
    /// the drift, unless a bound was reached: the longest hold, or the most held.
    #[test]
    fn the_rhythm_changes_by_the_drift_alone(packets in packets()) {
        let (events, _) = play(&packets);
        let shown: Vec<_> = events.iter().filter_map(|e| e.shown.map(|p| (e, p))).collect();
        for pair in shown.windows(2) {
            let [(e0, p0), (e1, p1)] = pair else { panic!() };
            let kept = |event: &Event, packet: &Packet| {
                let early = event.packet.is_some() && event.held == MAX_HELD;
                let hold = event.now - packet.ready;
                hold > 0 && hold < MAX_DELAY_US && !early
            };
            let follows = p1.sequence.wrapping_sub(p0.sequence) == 1;
            if follows && kept(e0, p0) && kept(e1, p1) {
                let (taken, seen) = (p1.captured - p0.captured, e1.now - e0.now);
                prop_assert!(seen.abs_diff(taken) <= taken / u64::from(DRIFT), "{taken} {seen}");
            }
        }
    }

    #[test]
    fn once_the_network_is_even_again_nothing_is_held_any_more(packets in packets(), way in 0_u64..500_000) {
        let mut packets = packets;
        let last = *packets.last().unwrap();
        let (rate, mut free) = (20_000, last.ready);
        let settled = WINDOW as u64 + u64::from(DRIFT) * MAX_DELAY_US / rate + 1;
        // A backlog is worked off first.
        let backlog = 1_000_000 / rate;
        for n in 1..=backlog + settled + 5 {
            let captured = last.captured + n * rate;
            free = free.max(captured + 3_000_000 + way);
            let sequence = last.sequence.wrapping_add(n as u32);
            packets.push(Packet { sequence, captured, ready: free, at_once: false });
        }
        let (events, presenter) = play(&packets);
        let holds = holds(&events);
        prop_assert!(holds.iter().rev().take(5).all(|&hold| hold == 0), "{holds:?}");
        prop_assert_eq!(presenter.report().delay, Duration::ZERO);
    }

    #[test]
    fn no_clock_however_wrong_makes_it_fail_or_wait(
        pictures in prop::collection::vec((any::<u64>(), any::<bool>(), 0_u64..100_000), 1..60)
    ) {
        let mut presenter = link::Presenter::default();
        let mut now = 0;
        for (sequence, (captured, at_once, pause)) in (0..).zip(pictures) {
            now += pause;
            let packet = Packet { sequence, captured, ready: now, at_once };
            let _ = presenter.ready(link::at(now), packet.header(), packet);
            let wake = presenter.next_wake().map_or(0, |wake| wake.as_micros());
            prop_assert!(wake <= now + MAX_DELAY_US);
            prop_assert!(presenter.report().held <= MAX_HELD);
        }
    }
}
