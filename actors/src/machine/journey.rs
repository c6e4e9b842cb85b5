//! From an edit to the client that has its picture, in virtual time: what the machines of this crate
//! together make somebody wait for, beyond the way itself.

use std::time::Duration;

use parfocal_base::Instant;
use parfocal_encode::allocate::ladder::{Canvas, Ladder, Limits, STEPS};
use parfocal_encode::rate::link::{Bottleneck, Link, Random};

use super::flow::{Admit, Flow};
use super::spending::{Rates, Spending};

const CANVAS: Canvas = Canvas { width: 640, height: 360 };
/// Painting and encoding.
const WORK: Duration = Duration::from_millis(4);
/// What is told apart.
const STEP: Duration = Duration::from_micros(250);
/// Until the link is known.
const WARM: Instant = Instant::from_micros(5_000_000);
const END: Instant = Instant::from_micros(30_000_000);

/// Milliseconds from an edit to the arrival of a picture that shows it, sorted, where edits come
/// so many milliseconds apart.
fn waits(link: Link, every: u64) -> Vec<f64> {
    let (mut random, mut link) = (Random::new(7), Bottleneck::new(link, Instant::ZERO, 7));
    let (mut flow, mut spending) = (Flow::default(), Spending::default());
    let limits = Limits { max_height: 2160, max_fps: 60 };
    let mut ladder = Ladder::new(CANVAS, flow.target(Instant::ZERO).bitrate_bps, limits);
    let mut edits: Vec<Instant> = Vec::new();
    let mut encoding: Option<(Instant, usize, Vec<Instant>)> = None;
    let mut receipts: Vec<(Instant, u32)> = Vec::new();
    let (mut now, mut next_edit, mut key, mut waits) = (Instant::ZERO, 0, true, Vec::new());
    while now < END {
        now = now + STEP;
        receipts.retain(|&(at, sequence)| {
            if at <= now {
                flow.shown(now, sequence, Duration::from_millis(2));
            }
            at > now
        });
        if now.as_micros() >= next_edit {
            next_edit += every * 1000;
            edits.push(now);
        }
        if let Some((done, bytes, shows)) = encoding.take_if(|(done, ..)| *done <= now)
            && let Admit::Send(sequence) = flow.offer(done, key, bytes)
        {
            key = false;
            let there = link.send(now, bytes).unwrap();
            receipts.push((link.back(there), sequence));
            let measured = shows.into_iter().filter(|&edit| edit > WARM);
            waits.extend(measured.map(|edit| there.since(edit).as_secs_f64() * 1e3));
        }
        let due = flow.room(now).is_some_and(|room| room <= now) && spending.next() <= now;
        if due && encoding.is_none() && !edits.is_empty() {
            let bitrate_bps = flow.target(now).bitrate_bps;
            let rung = ladder.follow(now, CANVAS, bitrate_bps, limits);
            let size = CANVAS.scaled(STEPS[rung.step]);
            flow.plays(size.height);
            let asked = spending.ask(now, Rates { bitrate_bps, fps: rung.fps }, false);
            let length = f64::from(asked.bitrate_bps) / f64::from(asked.fps) / 8.0;
            let bytes = (length * (1.0 + 0.15 * random.normal()).max(0.3)) as usize;
            spending.came(key, bytes);
            encoding = Some((now + WORK, bytes, std::mem::take(&mut edits)));
        }
    }
    waits.sort_by(f64::total_cmp);
    waits
}

#[test]
fn an_edit_is_seen_after_the_way_and_what_a_picture_of_25_ms_takes() {
    let least = 20.0 + WORK.as_secs_f64() * 1e3;
    // A program that takes its time; then a pointer, which asks for all that the link has.
    let edits =
        [(2_500_000, 40, 26.0, 34.0), (10_000_000, 100, 26.0, 34.0), (2_500_000, 16, 46.0, 75.0)];
    for (bps, every, most, mostly) in edits {
        let waits = waits(Link::steady(bps, 20.0), every);
        let [p50, p95] = [50, 95].map(|part| waits[waits.len() * part / 100] - least);
        println!("{bps} bit/s, every {every} ms: p50 {p50:.1} p95 {p95:.1} ms");
        assert!(p50 < most && p95 < mostly, "{bps} {every}: {p50} {p95}");
    }
}
