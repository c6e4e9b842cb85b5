use proptest::prelude::*;

use super::*;
use crate::rate::Target;
use crate::rate::link::Random;

const HD: Canvas = Canvas { width: 1920, height: 1080 };

fn at(ms: u64) -> Instant {
    Instant::from_micros(ms * 1000)
}

fn viewer(id: u32, bitrate_bps: u32) -> Viewer {
    let target = Target { bitrate_bps, fps: 60, max_height: 2160 };
    Viewer { id: ParticipantId(id), codec: Codec::H264, target }
}

/// A view whose encoders make key pictures when they are to.
#[derive(Default)]
struct Rig {
    allocator: Allocator,
    keys: BTreeMap<RenditionId, usize>,
    now: u64,
}

impl Rig {
    /// Runs for so long, planning ten times a second.
    fn run(
        &mut self,
        ms: u64,
        viewers: impl Fn(u64) -> Vec<Viewer>,
        view: usize,
    ) -> Vec<Rendition> {
        let budget = Budget { view, ..Budget::default() };
        let mut renditions = Vec::new();
        for _ in 0..ms / 100 {
            self.now += 100;
            renditions = self.allocator.plan(at(self.now), HD, &viewers(self.now), budget);
            for rendition in &renditions {
                if rendition.key_at.is_some_and(|key| key <= at(self.now)) {
                    self.allocator.key_made(at(self.now), rendition.id);
                    *self.keys.entry(rendition.id).or_default() += 1;
                }
            }
        }
        renditions
    }
}

fn of(renditions: &[Rendition], id: u32) -> &Rendition {
    renditions.iter().find(|rendition| rendition.members.contains(&ParticipantId(id))).unwrap()
}

#[test]
fn one_viewer_alone_gets_an_encoder_tuned_to_them() {
    let mut rig = Rig::default();
    let renditions = rig.run(3_000, |_| vec![viewer(1, 5_000_000)], 4);
    assert_eq!(renditions.len(), 1);
    assert_eq!(renditions[0].bitrate_bps, 5_000_000);
    let renditions = rig.run(1_000, |_| vec![viewer(1, 900_000)], 4);
    assert_eq!((renditions.len(), renditions[0].bitrate_bps), (1, 900_000));
    assert_eq!(renditions[0].height, 540);
}

#[test]
fn jpeg_gets_smaller_on_a_slow_link_and_png_never_does() {
    let all = |_| {
        let codecs = [Codec::H264, Codec::Jpeg, Codec::Png];
        let with = |(id, codec)| Viewer { codec, ..viewer(id, 2_000_000) };
        (1..).zip(codecs).map(with).collect()
    };
    let renditions = Rig::default().run(3_000, all, 4);
    let got = [1, 2, 3].map(|id| of(&renditions, id)).map(|r| (r.width, r.height, r.fps));
    assert_eq!(got[..2], [(1280, 720, 30), (640, 360, 20)]);
    assert_eq!((got[2].0, got[2].1), (1920, 1080));
}

#[test]
fn viewers_who_take_about_the_same_share_one_encoder() {
    let mut rig = Rig::default();
    let all = |_| (0..100).map(|n| viewer(n, 4_000_000 + n * 5_000)).collect();
    let renditions = rig.run(10_000, all, 4);
    assert_eq!(renditions.len(), 1);
    assert_eq!((renditions[0].bitrate_bps, renditions[0].members.len()), (4_000_000, 100));
    assert_eq!(rig.keys.values().sum::<usize>(), 1);
}

#[test]
fn one_whose_link_breaks_down_slows_nobody_else() {
    let mut rig = Rig::default();
    let before = |_| (0..10).map(|n| viewer(n, 8_000_000)).collect();
    rig.run(3_000, before, 4);
    let broken = |_| (0..10).map(|n| viewer(n, if n == 3 { 300_000 } else { 8_000_000 })).collect();
    for _ in 0..50 {
        let renditions = rig.run(100, broken, 4);
        assert_eq!(of(&renditions, 0).bitrate_bps, 8_000_000);
    }
    let renditions = rig.run(100, broken, 4);
    assert_eq!(of(&renditions, 3).bitrate_bps, 300_000);
    // One for all at the beginning, one for the one who moved.
    assert_eq!(rig.keys.values().sum::<usize>(), 2);
}

#[test]
fn one_who_recovers_comes_back_at_one_key_picture() {
    let mut rig = Rig::default();
    let broken = |_| (0..10).map(|n| viewer(n, if n == 3 { 300_000 } else { 8_000_000 })).collect();
    rig.run(5_000, broken, 4);
    let keys: usize = rig.keys.values().sum();
    let well = |_| (0..10).map(|n| viewer(n, 8_000_000)).collect();
    let renditions = rig.run(10_000, well, 4);
    assert_eq!((renditions.len(), renditions[0].members.len()), (1, 10));
    assert_eq!(rig.keys.values().sum::<usize>(), keys + 1);
}

#[test]
fn without_a_second_encoder_one_bad_link_costs_others_a_bounded_part() {
    let mut rig = Rig::default();
    let broken = |_| vec![viewer(1, 8_000_000), viewer(2, 100_000)];
    let renditions = rig.run(5_000, broken, 1);
    assert_eq!((renditions.len(), renditions[0].bitrate_bps), (1, 2_000_000));
}

#[test]
fn a_smaller_budget_is_kept_at_once() {
    let mut rig = Rig::default();
    let rates = [500_000, 1_500_000, 4_000_000, 12_000_000];
    let all = |_| rates.iter().zip(0..).map(|(&bps, n)| viewer(n, bps)).collect();
    assert_eq!(rig.run(3_000, all, 4).len(), 4);
    let renditions = rig.run(1_500, all, 2);
    assert_eq!(renditions.len(), 2);
    assert_eq!(renditions.iter().map(|r| r.members.len()).sum::<usize>(), 4);
}

#[test]
fn a_rush_of_joiners_costs_the_others_one_key_picture() {
    let mut rig = Rig::default();
    rig.run(3_000, |_| vec![viewer(0, 4_000_000)], 4);
    let keys: usize = rig.keys.values().sum();
    rig.run(2_000, |_| (0..200).map(|n| viewer(n, 4_000_000)).collect(), 4);
    assert_eq!(rig.keys.values().sum::<usize>(), keys + 1);
}

#[test]
fn who_cannot_decode_does_not_make_key_pictures_constant() {
    let mut rig = Rig::default();
    let all = |_| vec![viewer(0, 4_000_000), viewer(1, 4_000_000)];
    rig.run(1_000, all, 4);
    let keys: usize = rig.keys.values().sum();
    for _ in 0..600 {
        rig.allocator.request_key(at(rig.now), ParticipantId(1));
        rig.run(100, all, 4);
    }
    let made = rig.keys.values().sum::<usize>() - keys;
    assert!((5..=14).contains(&made), "{made} in a minute");
}

#[test]
fn links_that_waver_move_nobody() {
    let mut rig = Rig::default();
    let all = |now: u64| {
        let mut random = Random::new(now);
        (0..20).map(|n| viewer(n, (5e6 * (0.85 + 0.3 * random.unit())) as u32)).collect()
    };
    rig.run(5_000, all, 4);
    let keys: usize = rig.keys.values().sum();
    rig.run(60_000, all, 4);
    assert_eq!(rig.keys.values().sum::<usize>(), keys);
}

#[test]
fn a_slow_decoder_gets_what_it_follows_and_the_others_what_they_did() {
    let mut rig = Rig::default();
    let mut phone = viewer(9, 8_000_000);
    (phone.target.fps, phone.target.max_height) = (20, 540);
    let all = |_| vec![viewer(1, 8_000_000), viewer(2, 8_000_000), phone];
    let renditions = rig.run(5_000, all, 4);
    assert!(of(&renditions, 9).height <= 540 && of(&renditions, 9).fps <= 20);
    assert_eq!((of(&renditions, 1).height, of(&renditions, 1).fps), (1080, 60));
}

#[test]
fn five_hundred_viewers_are_planned_in_little_time() {
    let mut rig = Rig::default();
    let all = |now: u64| {
        let mut random = Random::new(now);
        (0..500)
            .map(|n| viewer(n, (f64::from(1 + n % 10) * 1e6 * (0.9 + 0.2 * random.unit())) as u32))
            .collect()
    };
    let begun = std::time::Instant::now();
    let renditions = rig.run(10_000, all, 4);
    println!("{:?} a plan", begun.elapsed() / 100);
    assert!(renditions.len() <= 4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn everybody_has_one_seat_whatever_comes(
        steps in prop::collection::vec((0_u32..12, 64_000_u32..20_000_000, any::<bool>(), 1_usize..5), 1..80)
    ) {
        let mut rig = Rig::default();
        let mut viewers: BTreeMap<u32, Viewer> = BTreeMap::new();
        let (mut seen, mut greatest) = (std::collections::BTreeSet::new(), None);
        for (id, bps, leaves, budget) in steps {
            if leaves { viewers.remove(&id); } else { viewers.insert(id, viewer(id, bps)); }
            let all: Vec<Viewer> = viewers.values().copied().collect();
            let renditions = rig.run(200, |_| all.clone(), budget);
            for rendition in &renditions {
                prop_assert!(rendition.width % 2 == 0 && rendition.height % 2 == 0);
                prop_assert!(rendition.width >= 16 && rendition.height >= 16);
                if seen.insert(rendition.id) {
                    prop_assert!(greatest.is_none_or(|g| rendition.id > g), "an id came back");
                    greatest = Some(rendition.id);
                }
            }
            for id in viewers.keys() {
                let id = ParticipantId(*id);
                let on = renditions.iter().filter(|r| r.members.contains(&id)).count();
                let to = renditions.iter().filter(|r| r.joining.contains(&id)).count();
                prop_assert!(on <= 1 && to <= 1 && on + to >= 1);
            }
        }
        // All settles within the budget.
        let all: Vec<Viewer> = viewers.values().copied().collect();
        let renditions = rig.run(3_000, |_| all.clone(), 2);
        prop_assert!(renditions.len() <= 2);
        let members: usize = renditions.iter().map(|r| r.members.len()).sum();
        prop_assert_eq!(members, viewers.len());
    }
}
