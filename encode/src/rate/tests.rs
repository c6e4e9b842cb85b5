use std::time::Duration;

use parfocal_base::Instant;
use proptest::prelude::*;

use super::*;

fn at(ms: u64) -> Instant {
    Instant::from_micros(ms * 1000)
}

/// Pictures of these sizes, 33 ms apart, over a link of 10 bytes/µs (80 Mbit/s) and 40 ms.
fn play(
    rate: &mut RateControl,
    from: u64,
    first: u32,
    sizes: impl IntoIterator<Item = usize>,
) -> u64 {
    let mut now = from;
    for (sequence, bytes) in (first..).zip(sizes) {
        rate.sent(at(now), sequence, bytes, Kind::Frame);
        let arrives = at(now) + Duration::from_micros(40_000 + bytes as u64 / 10);
        assert!(rate.shown(arrives, sequence, Duration::from_millis(5)));
        now += 50;
    }
    now
}

#[test]
fn an_idle_viewer_keeps_its_estimate_and_one_late_message_takes_nothing() {
    let mut rate = RateControl::new(RateConfig::default());
    let now = play(&mut rate, 0, 0, (0..200).map(|n| 20_000 + n % 7 * 3_000));
    let before = rate.target(at(now)).bitrate_bps;
    assert!(before > RateConfig::default().start_bps);
    let later = now + 600_000;
    assert_eq!(rate.target(at(later)).bitrate_bps, before);
    rate.sent(at(later), 200, 500, Kind::Frame);
    rate.received(at(later + 300), 200);
    assert_eq!(rate.target(at(later + 300)).bitrate_bps, before);
    assert!(rate.report(at(later + 300)).application_limited);
}

#[test]
fn little_pictures_never_lower_the_estimate() {
    let mut rate = RateControl::new(RateConfig::default());
    let now = play(&mut rate, 0, 0, (0..200).map(|n| 20_000 + n % 7 * 3_000));
    let before = rate.target(at(now)).bitrate_bps;
    let now = play(&mut rate, now, 200, (0..2000).map(|n| 100 + n % 7 * 10));
    assert!(rate.target(at(now)).bitrate_bps >= before);
}

#[test]
fn the_user_s_ceiling_is_respected_and_lifted() {
    let mut rate = RateControl::new(RateConfig::default());
    let free = rate.target(at(0)).bitrate_bps;
    rate.set_ceiling(Some(300_000));
    assert_eq!(rate.target(at(0)).bitrate_bps, 300_000);
    rate.set_ceiling(None);
    assert_eq!(rate.target(at(0)).bitrate_bps, free);
}

#[test]
fn receipts_of_what_is_not_under_way_say_nothing() {
    let mut rate = RateControl::new(RateConfig::default());
    assert!(!rate.received(at(0), 0));
    assert!(!rate.shown(at(0), 7, Duration::ZERO));
    rate.sent(at(0), 7, 100, Kind::Key);
    assert!(!rate.received(at(1), 8));
    assert!(rate.shown(at(50), 7, Duration::ZERO));
    assert!(!rate.shown(at(51), 7, Duration::ZERO));
}

#[test]
fn a_picture_larger_than_the_window_goes_out_alone() {
    let mut rate = RateControl::new(RateConfig::default());
    assert_eq!(rate.admission(at(0)), Admission::Now);
    rate.sent(at(0), 0, 10 * MAX_BYTES_IN_FLIGHT, Kind::Key);
    assert_eq!(rate.admission(at(1)), Admission::Full(Reason::Bytes));
    assert_eq!(rate.room_for_still(at(1)), 0);
    rate.received(at(5_000), 0);
    assert_eq!(rate.admission(at(5_000)), Admission::Now);
}

proptest! {
    #[test]
    fn what_is_under_way_stays_bounded_where_admission_is_asked(
        steps in prop::collection::vec((0_u64..60, 0_u8..4, 1_usize..300_000, 0_u32..64), 1..400)
    ) {
        let mut rate = RateControl::new(RateConfig::default());
        let (mut now, mut next, mut most) = (0, 0_u32, 0);
        for (wait, what, bytes, back) in steps {
            now += wait;
            match what {
                0 | 1 if rate.admission(at(now)) == Admission::Now => {
                    rate.sent(at(now), next, bytes, Kind::Frame);
                    next += 1;
                    most = most.max(bytes);
                }
                2 => drop(rate.received(at(now), next.saturating_sub(back))),
                3 => drop(rate.shown(at(now), next.saturating_sub(back), Duration::from_millis(wait))),
                _ => {}
            }
            let report = rate.report(at(now));
            prop_assert!(report.messages_in_flight <= MAX_PICTURES_IN_FLIGHT);
            prop_assert!(report.bytes_in_flight < MAX_BYTES_IN_FLIGHT + most);
            let config = RateConfig::default();
            let target = rate.target(at(now));
            prop_assert!((config.min_bps..=config.max_bps).contains(&target.bitrate_bps));
            prop_assert!((5..=60).contains(&target.fps) && target.max_height >= 360);
            prop_assert!(rate.room_for_still(at(now)) <= MAX_BYTES_IN_FLIGHT);
        }
    }
}
