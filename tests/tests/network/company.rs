//! Several viewers: who shares a link, and who must not suffer from whom.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parfocal_base::ViewId;
use parfocal_scene::Watch;
use parfocal_tests::within;
use tokio::time::sleep;

use crate::figures::Run;
use crate::rig::{Motion, Rig, link};

async fn pass(ms: u64) {
    sleep(Duration::from_millis(ms)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_on_a_bad_link_takes_nothing_from_the_others() {
    let rig = Rig::start().await;
    let _motion = rig.motion().await;
    let good = [rig.viewer(None).await, rig.viewer(None).await];
    for viewer in &good {
        viewer.first().await;
    }
    pass(4000).await;
    let begun = Instant::now();
    pass(3000).await;
    let slow = link("0.3 Mbit/s", 1, 1);
    let relay = rig.relay(&slow);
    let bad = rig.viewer(Some(&relay)).await;
    bad.first().await;
    // It was put with the others, and leaves them when its link is known.
    let joined = u64::try_from(begun.elapsed().as_millis()).unwrap();
    pass(6000).await;
    for viewer in &good {
        let run = Run::of(viewer, None, begun);
        let [before, joining, beside] =
            [(0, 3000), (3000, joined + 2000), (joined + 2000, joined + 6000)]
                .map(|(from, to)| run.between(from, to));
        println!("without: {before}\njoining: {joining}\nbeside:  {beside}");
        assert!(joining.keys <= 1, "{joining}");
        assert_eq!(beside.keys, 0, "{beside}");
        assert!(beside.fps > 0.8 * before.fps, "{beside} instead of {before}");
        assert!(beside.bps > 0.8 * before.bps, "{beside} instead of {before}");
        assert!(beside.age[1] < before.age[1] + 60.0, "{beside} instead of {before}");
    }
    let bad = Run::of(&bad, Some(&relay), begun).from(joined + 2000);
    println!("the bad one: {bad}");
    assert!(bad.fps > 3.0 && bad.freeze < 1000.0 && bad.queue[1] < 350.0, "{bad}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_costs_the_others_one_key_picture() {
    let rig = Rig::start().await;
    let _motion = rig.motion().await;
    let here = rig.viewer(None).await;
    here.first().await;
    pass(4000).await;
    for n in 0..3 {
        let begun = Instant::now();
        let joiner = rig.viewer(None).await;
        joiner.first().await;
        pass(2000).await;
        let figures = Run::of(&here, None, begun).from(0);
        println!("joiner {n}: {figures}");
        assert!(figures.keys <= 1, "{figures}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_views_over_one_link_share_it() {
    let rig = Rig::start().await;
    let link = link("two on one link", 4, 1);
    let relay = rig.relay(&link);
    let viewers = [rig.viewer(Some(&relay)).await, rig.viewer(Some(&relay)).await];
    let mut motions = Vec::new();
    for viewer in &viewers {
        within("a view of their own", viewer.client.watch(Watch::Own)).await.unwrap();
        let own = ViewId::own(viewer.client.me());
        motions.push(Motion::of(Arc::clone(&viewer.client), own));
    }
    let begun = Instant::now();
    pass(13_000).await;
    let shares = viewers.each_ref().map(|viewer| Run::of(viewer, Some(&relay), begun).from(7000));
    shares.iter().for_each(|share| println!("one of two: {share}"));
    let [a, b] = shares.map(|share| share.bps);
    assert!(a.min(b) > 0.3 * a.max(b), "{a} and {b}");
    assert!(a + b > 0.5 * f64::from(link.rates[0].bps), "{a} and {b}");
    for share in shares {
        assert!(share.queue[1] < 120.0 && share.freeze < 1000.0, "{share}");
    }
}
