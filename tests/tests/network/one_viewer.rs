//! One viewer on a bad link.

use std::time::{Duration, Instant};

use parfocal_auth::Role;
use parfocal_encode::rate::link::{Link, Stall};
use parfocal_sync::message::PixelCodec;
use parfocal_tests::{counter, within};
use tokio::time::sleep;

use crate::figures::Run;
use crate::rig::{Rig, link};

/// What one viewer got over this link in so many milliseconds, while the stage moved.
async fn over(link: &Link, ms: u64) -> Run {
    let rig = Rig::start().await;
    let _motion = rig.motion().await;
    let relay = rig.relay(link);
    let viewer = rig.viewer(Some(&relay)).await;
    viewer.first().await;
    // Connecting is no part of the schedule.
    relay.begin(&link.into());
    let begun = Instant::now();
    sleep(Duration::from_millis(ms)).await;
    let stats = viewer.client.stats().await;
    assert_eq!((stats.connections, stats.gaps), (1, 0), "the connection holds");
    Run::of(&viewer, Some(&relay), begun)
}

/// What is wrong, or nothing.
async fn drop_and_rise() -> Result<(), String> {
    let link = link("10 to 2 to 10", 4, 2);
    let [drop, rise] = [1, 2].map(|n| u64::from(link.rates[n].at_ms));
    let run = over(&link, rise + 10_000).await;
    let (settle, figures) = (run.settle(drop), run.between(drop + 1500, rise));
    // The link is the same as before the drop, and so is how fast this machine encodes.
    let before = run.between(1000, drop);
    let recovery = run.recovery(rise, 0.8 * before.bps);
    println!("before the drop: {before}");
    println!("after it: {figures}; settled after {settle:.0} ms");
    println!("after the rise: {}; back after {recovery:.0} ms", run.between(rise, rise + 10_000));
    assert_eq!(run.from(0).keys, 0, "no key picture was needed");
    let kept = settle <= 1500.0 && recovery <= 10_000.0 && figures.queue[1] < 100.0;
    if kept { Ok(()) } else { Err(format!("{settle:.0} ms, {recovery:.0} ms, {figures}")) }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_link_drops_to_a_fifth_the_queue_is_soon_gone_and_later_the_rate_comes_back() {
    // Others may keep the processor from who measures.
    let mut wrong = Vec::new();
    while wrong.len() < 4 {
        match drop_and_rise().await {
            Ok(()) => return,
            Err(why) => wrong.push(why),
        }
    }
    panic!("{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_link_shows_motion_without_a_queue() {
    for rates in [4, 2] {
        let link = link("2 Mbit/s", rates, 1);
        let figures = over(&link, 7000).await.from(2000);
        println!("{} kbit/s: {figures}", link.rates[0].bps / 1000);
        // Pictures of one length hide their own length's worth of queue.
        let own = figures.bps / figures.fps / f64::from(link.rates[0].bps) * 1e3;
        assert!(figures.queue[1] < 150.0 + own, "{figures}");
        assert!(figures.freeze < 500.0 && figures.fps > 6.0, "{figures}");
        assert!(figures.bps > 0.6 * f64::from(link.rates[0].bps), "{figures}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_no_video_gets_smaller_pictures_over_a_slow_link() {
    let rig = Rig::start().await;
    let _motion = rig.motion_of([1280, 720]).await;
    let link = link("2 Mbit/s", 1, 1);
    let relay = rig.relay(&link);
    let viewer = rig.viewer_of(Some(&relay), PixelCodec::Jpeg).await;
    viewer.first().await;
    relay.begin(&(&link).into());
    let begun = Instant::now();
    sleep(Duration::from_secs(7)).await;
    let run = Run::of(&viewer, Some(&relay), begun);
    let (figures, last) = (run.from(2000), run.pictures.last().unwrap().header);
    println!("JPEG: {figures}, {} x {}", last.width, last.height);
    assert_eq!(([last.width, last.height], last.canvas), ([640, 360], [1280, 720]));
    // Pictures of one length hide their own length's worth of queue.
    let own = figures.bps / figures.fps / f64::from(link.rates[0].bps) * 1e3;
    assert!(figures.queue[1] < 150.0 + own && figures.freeze < 500.0, "{figures}");
    assert!(figures.fps > 4.0, "{figures}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_way_takes_no_pictures_away() {
    let near = Link { delay_ms: 2.0, ..link("round trip 300 ms", 4, 1) };
    let mut rates = Vec::new();
    for delay_ms in [near.delay_ms, 75.0, 150.0] {
        let figures = over(&Link { delay_ms, ..near.clone() }, 7000).await.from(3000);
        println!("round trip {} ms: {figures}", 2.0 * delay_ms);
        assert!(figures.queue[1] < 50.0, "{figures}");
        rates.push(figures.fps);
    }
    assert!(rates.iter().all(|fps| *fps > 0.75 * rates[0]), "{rates:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stall_of_two_seconds_ends_without_a_trace() {
    let stall = Stall { at_ms: 3000, for_ms: 2000 };
    let link = Link { stalls: vec![stall].into(), ..link("10 Mbit/s", 4, 1) };
    let run = over(&link, 9000).await;
    let (before, after) = (run.between(1000, 3000), run.from(6000));
    println!("before the stall: {before}\nfrom a second after it: {after}");
    assert!(run.between(5000, 5300).fps > 0.0, "it goes on at once");
    assert!(after.queue[1] < 80.0 && after.fps > 0.5 * before.fps, "{after}");
    assert!(after.age[0] < before.age[0] + 40.0, "the lag does not grow: {before}, {after}");
    assert_eq!(run.from(0).keys, 0, "no key picture was needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_hands_on_in_steps_is_not_taken_for_a_queue() {
    let link = link("proxy in 20 ms steps", 4, 1);
    let figures = over(&link, 7000).await.from(3000);
    println!("proxy: {figures}");
    assert!(figures.queue[1] < 80.0 && figures.freeze < 500.0, "{figures}");
    assert!(figures.bps > 0.5 * f64::from(link.rates[0].bps), "{figures}");
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_intent_to_the_pixels_that_show_it_little_more_passes_than_the_way_takes() {
    let folder = tempfile::tempdir().unwrap();
    let numbered = counter::stack(folder.path()).unwrap();
    let rig = Rig::showing(folder, numbered).await;
    let link = link("10 Mbit/s", 4, 1);
    let relay = rig.relay(&link);
    let far = rig.client(&relay, Role::Presenter).await;
    within("the first picture", far.next_frame()).await.unwrap();
    let seen = counter::glass_to_glass(&far, Duration::from_millis(40), 120);
    let seen = within("all intents are seen", seen).await.unwrap();
    let mut times: Vec<Duration> = seen.iter().copied().flatten().collect();
    times.sort();
    let [p50, p95] = [60, 114].map(|at| times.get(at).copied().unwrap_or(Duration::MAX));
    println!("from intent to pixels: p50 {p50:?}, p95 {p95:?} of {} seen", times.len());
    assert_eq!(times.len(), 120, "every intent is seen");
    // The way there and back takes 40 ms.
    assert!(p50 < Duration::from_millis(150) && p95 < Duration::from_millis(400));
}
