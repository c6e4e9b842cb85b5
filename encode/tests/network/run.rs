//! One scenario with one seed, in virtual time; and what was measured.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use parfocal_base::Instant;
use parfocal_encode::rate::Kind;
use parfocal_encode::rate::link::{Bottleneck, Random};

use super::scenario::{SECONDS, Scenario};
use super::tcp::{Later, Tcp};
use super::viewer::Viewer;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// The server looks at this viewer.
    Step(usize),
    Tcp(usize, Later),
    Received(usize, u32),
    Shown(usize, u32, Duration),
}

/// What one run gave; the worst of its viewers.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    pub queue_p95: f64,
    pub settle: f64,
    pub recovery: f64,
    pub freeze: f64,
    pub used: f64,
    pub falls: f64,
    pub fair: f64,
    pub keys: f64,
    pub fps: u32,
    pub height: u32,
}

struct World {
    now: Instant,
    heap: BinaryHeap<Reverse<(Instant, u64, Event)>>,
    count: u64,
    link: Bottleneck,
    flows: Vec<Tcp>,
    viewers: Vec<Viewer>,
    wakes: Vec<Option<Instant>>,
}

impl World {
    fn push(&mut self, at: Instant, event: Event) {
        self.count += 1;
        self.heap.push(Reverse((at, self.count, event)));
    }

    fn pump(&mut self, flow: usize) {
        let mut later = Vec::new();
        self.flows[flow].pump(self.now, &mut self.link, &mut later);
        for (at, what) in later {
            self.push(at, Event::Tcp(flow, what));
        }
    }

    fn step(&mut self, viewer: usize) {
        let (messages, wake) = self.viewers[viewer].step(self.now);
        for (sequence, bytes) in messages {
            self.flows[viewer].write(sequence, bytes);
        }
        self.pump(viewer);
        if let Some(at) = wake.map(|at| at.max(self.now + Duration::from_micros(100)))
            && self.wakes[viewer].is_none_or(|wake| wake <= self.now || at < wake)
        {
            self.wakes[viewer] = Some(at);
            self.push(at, Event::Step(viewer));
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Step(viewer) => self.step(viewer),
            Event::Tcp(flow, Later::Data { offset, length }) => {
                let complete = self.flows[flow].data(offset, length);
                let back = self.link.back(self.now);
                self.push(back, Event::Tcp(flow, Later::Ack { offset }));
                if flow < self.viewers.len() {
                    for sequence in complete {
                        let (shown, took) = self.viewers[flow].arrived(self.now, sequence);
                        self.push(back, Event::Received(flow, sequence));
                        let delay = back.since(self.now);
                        self.push(shown + delay, Event::Shown(flow, sequence, took));
                    }
                }
            }
            Event::Tcp(flow, Later::Ack { offset }) => {
                self.flows[flow].ack(self.now, offset);
                self.pump(flow);
            }
            Event::Tcp(flow, Later::Timeout) => {
                let mut later = Vec::new();
                self.flows[flow].timeout(self.now, &mut later);
                for (at, what) in later {
                    self.push(at, Event::Tcp(flow, what));
                }
                self.pump(flow);
            }
            Event::Received(viewer, sequence) => {
                self.viewers[viewer].rate.received(self.now, sequence);
                self.step(viewer);
            }
            Event::Shown(viewer, sequence, took) => {
                self.viewers[viewer].rate.shown(self.now, sequence, took);
                self.step(viewer);
            }
        }
    }
}

pub fn run(scenario: &Scenario, seed: u64) -> Measured {
    let mut random = Random::new(seed);
    let mut link = scenario.link.clone();
    // Neither rates nor delays are as round as the table's.
    let scale = 0.9 + 0.2 * random.unit();
    for rate in link.rates.to_mut() {
        rate.bps = (f64::from(rate.bps) * scale) as u32;
    }
    link.delay_ms *= 0.8 + 0.4 * random.unit();
    let mut world = World {
        now: Instant::ZERO,
        heap: BinaryHeap::new(),
        count: 0,
        link: Bottleneck::new(link, Instant::ZERO, random.next()),
        flows: Vec::new(),
        viewers: Vec::new(),
        wakes: vec![None; scenario.viewers],
    };
    for n in 0..scenario.viewers {
        let begin = Instant::from_micros(n as u64 * 1_500_000 + random.next() % 30_000);
        let viewer = Viewer::new(scenario.motion, scenario.decode_ms, begin, random.next());
        world.viewers.push(viewer);
        world.flows.push(Tcp::new());
        world.push(begin, Event::Step(n));
    }
    if let Some((from, _)) = scenario.download {
        world.flows.push(Tcp::new());
        world.push(at_ms(from), Event::Tcp(scenario.viewers, Later::Timeout));
    }
    let end = Instant::ZERO + Duration::from_secs(SECONDS);
    while let Some(Reverse((at, _, event))) = world.heap.pop() {
        if at > end {
            break;
        }
        world.now = at;
        if let (Some((from, to)), Some(flow)) =
            (scenario.download, world.flows.get_mut(scenario.viewers))
            && at >= at_ms(from)
            && at < at_ms(to)
            && flow.unsent() < 100_000
        {
            flow.write(0, 1_000_000);
        }
        world.handle(event);
    }
    if std::env::var_os("PARFOCAL_TRACE").is_some() {
        trace(&world);
    }
    measure(&world)
}

fn trace(world: &World) {
    for (n, viewer) in world.viewers.iter().enumerate() {
        for sent in viewer.sent.values() {
            let at = sent.at.as_micros() as f64 / 1e6;
            let took = sent.arrived.map(|a| a.since(sent.at).as_secs_f64() * 1e3);
            let aim = viewer.aims.iter().rev().find(|&&(t, _)| t <= sent.at).map(|a| a.1);
            println!(
                "{n} {at:.3} {:?} {} B took {took:.1?} wait {:.1} aim {aim:?}",
                sent.kind,
                sent.bytes,
                wait(world, sent).unwrap_or(-1.0)
            );
        }
        println!("{:?} losses {}", viewer.rate.report(world.now), world.flows[n].losses);
    }
}

fn at_ms(ms: u32) -> Instant {
    Instant::from_micros(u64::from(ms) * 1000)
}

/// Milliseconds that a message took beyond the delay of the link and its own length.
fn wait(world: &World, sent: &super::viewer::Sent) -> Option<f64> {
    let link = world.link.link();
    let arrived = sent.arrived?;
    let took = arrived.since(sent.at).as_secs_f64() * 1e3;
    let own = sent.bytes as f64 * 8e3 / f64::from(link.bps(arrived.since(Instant::ZERO)));
    Some((took - own - link.delay_ms - link.batch_ms).max(0.0))
}

fn measure(world: &World) -> Measured {
    let each: Vec<Measured> = world.viewers.iter().map(|v| one(world, v)).collect();
    let worst = |get: fn(&Measured) -> f64| each.iter().map(get).fold(0.0, f64::max);
    let half = at_ms((SECONDS * 500) as u32);
    let shares: Vec<f64> = world.viewers.iter().map(|v| bytes(v, half) as f64).collect();
    let squares: f64 = shares.iter().map(|share| share * share).sum();
    let sum: f64 = shares.iter().sum();
    Measured {
        queue_p95: worst(|m| m.queue_p95),
        settle: worst(|m| m.settle),
        recovery: worst(|m| m.recovery),
        freeze: worst(|m| m.freeze),
        used: each.iter().map(|m| m.used).sum(),
        falls: worst(|m| m.falls),
        keys: worst(|m| m.keys),
        fair: sum * sum / (squares * shares.len() as f64).max(1.0),
        fps: each.iter().map(|m| m.fps).min().unwrap_or(0),
        height: each.iter().map(|m| m.height).min().unwrap_or(0),
    }
}

fn bytes(viewer: &Viewer, from: Instant) -> usize {
    viewer
        .sent
        .values()
        .filter(|sent| sent.arrived.is_some_and(|at| at >= from))
        .map(|s| s.bytes)
        .sum()
}

fn one(world: &World, viewer: &Viewer) -> Measured {
    let link = world.link.link();
    let pictures: Vec<_> = viewer
        .sent
        .values()
        .filter(|sent| sent.kind != Kind::Still)
        .filter_map(|sent| Some((sent.at, sent.arrived?, wait(world, sent)?)))
        .collect();
    let mut waits: Vec<f64> = pictures.iter().map(|&(_, _, wait)| wait).collect();
    waits.sort_by(f64::total_cmp);
    let queue_p95 = waits.get(waits.len() * 95 / 100).copied().unwrap_or(f64::INFINITY);

    let changes: Vec<_> = link.rates.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let mut settle: f64 = 0.0;
    for (_, to) in changes.iter().filter(|(from, to)| to.bps < from.bps) {
        let next = link.rates.iter().map(|r| r.at_ms).find(|&ms| ms > to.at_ms).unwrap_or(30_000);
        let (begin, end) = (at_ms(to.at_ms), at_ms(next));
        for &(_, arrived, _) in pictures.iter().filter(|p| p.1 > begin && p.1 < end && p.2 > 50.0) {
            let after = arrived.since(begin).as_secs_f64() * 1e3;
            // A second without such a wait ends it.
            if after > settle + 1000.0 {
                break;
            }
            settle = settle.max(after);
        }
    }
    let mut recovery: f64 = 0.0;
    if let Some((_, to)) = changes.iter().rev().find(|(from, to)| to.bps > from.bps) {
        let begin = at_ms(to.at_ms);
        let enough = (0.8 * f64::from(to.bps)) as u32;
        let reached = viewer.aims.iter().find(|&&(at, aim)| at >= begin && aim >= enough);
        recovery = reached.map_or(f64::INFINITY, |&(at, _)| at.since(begin).as_secs_f64() * 1e3);
    }
    let mut freeze: f64 = 0.0;
    for &(from, to) in &viewer.moves {
        let mut last = from;
        for &(_, arrived, _) in pictures.iter().filter(|p| p.0 >= from && p.0 < to) {
            freeze = freeze.max(arrived.since(last).as_secs_f64() * 1e3);
            last = arrived;
        }
    }
    let begin = at_ms(5_000);
    let (mut carried, mut step) = (0.0, begin);
    while step < world.now {
        if viewer.moving(step).is_some() {
            carried += f64::from(link.bps(step.since(Instant::ZERO))) / 8.0 / 100.0;
        }
        step = step + Duration::from_millis(10);
    }
    let got: usize = viewer
        .sent
        .values()
        .filter(|sent| sent.kind != Kind::Still && sent.arrived.is_some_and(|at| at >= begin))
        .map(|sent| sent.bytes)
        .sum();
    let is_key = |sent: &&super::viewer::Sent| sent.kind == Kind::Key && sent.at >= begin;
    let keys = viewer.sent.values().filter(is_key).count();
    Measured {
        queue_p95,
        settle,
        recovery,
        freeze,
        used: got as f64 / carried.max(1.0),
        falls: falls(link, viewer) * 60.0 / SECONDS as f64,
        fair: 1.0,
        keys: keys as f64,
        fps: viewer.fps,
        height: viewer.height,
    }
}

/// Falls by a quarter from the last peak, five seconds after the start or a change of the link.
fn falls(link: &parfocal_encode::rate::link::Link, viewer: &Viewer) -> f64 {
    let (mut peak, mut falls) = (0_u32, 0.0);
    let mut down = false;
    for &(at, aim) in &viewer.aims {
        let us = at.as_micros();
        let settling = us < 5_000_000
            || link.rates.iter().any(|rate| {
                let change = u64::from(rate.at_ms) * 1000;
                us >= change && us < change + 2_000_000
            });
        if settling {
            (peak, down) = (aim, false);
            continue;
        }
        if f64::from(aim) < 0.75 * f64::from(peak) && !down {
            falls += 1.0;
            down = true;
            peak = aim;
        }
        if aim > peak {
            (peak, down) = (aim, false);
        }
    }
    falls
}
