//! The relay measured, between two sockets of this process.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::within;

const MS: Duration = Duration::from_millis(1);
/// The kernel's and the scheduler's share, on a machine that is busy with other tests.
const SLACK: Duration = Duration::from_millis(2);

/// Both ends of a connection through a relay.
struct Rig {
    relay: Relay,
    listener: TcpListener,
}

impl Rig {
    async fn start(schedule: &Schedule) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let relay = Relay::start(listener.local_addr().unwrap(), schedule).unwrap();
        Self { relay, listener }
    }

    /// `(client, server)`
    async fn connect(&self) -> (TcpStream, TcpStream) {
        let client = TcpStream::connect(self.relay.address()).await.unwrap();
        let (server, _) = within("relayed", self.listener.accept()).await.unwrap();
        client.set_nodelay(true).unwrap();
        server.set_nodelay(true).unwrap();
        (client, server)
    }
}

/// Sends without end.
fn flood(mut to: TcpStream) -> JoinHandle<()> {
    tokio::spawn(async move { while to.write_all(&[7; 16 * 1024]).await.is_ok() {} })
}

/// Bits per second that arrive in the next `time`.
async fn rate(from: &mut TcpStream, time: Duration) -> f64 {
    let (begun, mut bytes) = (Instant::now(), 0);
    let mut buffer = vec![0; 64 * 1024];
    while begun.elapsed() < time {
        let left = time.saturating_sub(begun.elapsed());
        if let Ok(read) = tokio::time::timeout(left, from.read(&mut buffer)).await {
            bytes += read.unwrap();
        }
    }
    bytes as f64 * 8.0 / begun.elapsed().as_secs_f64()
}

/// Nothing, or what is wrong.
type Verdict = Result<(), String>;

fn within_a_tenth(found: f64, wanted: f64) -> Verdict {
    let good = (found / wanted - 1.0).abs() < 0.1;
    if good { Ok(()) } else { Err(format!("{found:.0} instead of {wanted:.0}")) }
}

/// Measures up to five times: other tests may keep the processor from who measures.
async fn measured<F: Future<Output = Verdict>>(measure: impl Fn() -> F) {
    let mut failures = Vec::new();
    while failures.len() < 5 {
        match measure().await {
            Ok(()) => return,
            Err(failure) => failures.push(failure),
        }
    }
    panic!("{failures:?}");
}

async fn flooded(bits: u64) -> Verdict {
    let way = Way::with_rate(bits, 10 * MS, 30_000);
    let rig = Rig::start(&Schedule::constant(Way::OPEN, way)).await;
    let (mut client, server) = rig.connect().await;
    let sending = flood(server);
    rate(&mut client, 200 * MS).await;
    let found = rate(&mut client, 1000 * MS).await;
    sending.abort();
    within_a_tenth(found, bits as f64)
}

#[tokio::test]
async fn bytes_come_at_the_rate_of_the_link_whatever_it_is() {
    for bits in [300_000, 4_000_000, 80_000_000] {
        measured(|| flooded(bits)).await;
    }
}

#[tokio::test]
async fn a_word_takes_as_long_as_the_delay_says() {
    for delay in [Duration::ZERO, 7 * MS, 40 * MS] {
        let way = Way { delay, ..Way::OPEN };
        let rig = Rig::start(&Schedule::constant(way, way)).await;
        let (mut client, mut server) = rig.connect().await;
        let mut fastest = Duration::MAX;
        for _ in 0..10 {
            let begun = Instant::now();
            client.write_all(b"ping").await.unwrap();
            let mut word = [0; 4];
            server.read_exact(&mut word).await.unwrap();
            assert!(begun.elapsed() >= delay);
            fastest = fastest.min(begun.elapsed());
        }
        assert!(fastest <= delay + SLACK, "{fastest:?} instead of {delay:?}");
    }
}

async fn jittered() -> Verdict {
    let way = Way { delay: 5 * MS, jitter: 10 * MS, ..Way::OPEN };
    let rig = Rig::start(&Schedule::constant(way, way)).await;
    let (mut client, mut server) = rig.connect().await;
    let mut times = Vec::new();
    for n in 0..60_u8 {
        let begun = Instant::now();
        client.write_all(&[n; 100]).await.unwrap();
        let mut bytes = [0; 100];
        server.read_exact(&mut bytes).await.unwrap();
        assert_eq!(bytes, [n; 100]);
        times.push(begun.elapsed());
    }
    times.sort();
    assert!(times[0] >= 5 * MS);
    // Half of them take 7 ms more, one in ten 23.
    let good = times[0] < 8 * MS && (9 * MS..17 * MS).contains(&times[30]) && times[54] > 16 * MS;
    if good { Ok(()) } else { Err(format!("{times:?}")) }
}

#[tokio::test]
async fn jitter_delays_and_changes_nothing() {
    measured(jittered).await;
}

#[tokio::test]
async fn a_proxy_hands_on_at_its_own_times() {
    let way = Way { batch: 50 * MS, ..Way::OPEN };
    let begun = Instant::now();
    let rig = Rig::start(&Schedule::constant(Way::OPEN, way)).await;
    let (mut client, mut server) = rig.connect().await;
    for n in 1..5 {
        server.write_all(b"word").await.unwrap();
        let mut word = [0; 4];
        client.read_exact(&mut word).await.unwrap();
        assert!(begun.elapsed() >= n * 50 * MS, "{:?}", begun.elapsed());
    }
}

async fn shared() -> Verdict {
    let way = Way::with_rate(8_000_000, 5 * MS, 60_000);
    let rig = Rig::start(&Schedule::constant(Way::OPEN, way)).await;
    let (mut a, a_server) = rig.connect().await;
    let (mut b, b_server) = rig.connect().await;
    let sending = [flood(a_server), flood(b_server)];
    let (a, b) = tokio::join!(rate(&mut a, 1200 * MS), rate(&mut b, 1200 * MS));
    sending.iter().for_each(JoinHandle::abort);
    assert!(a > 2_000_000.0 && b > 2_000_000.0, "each gets a share: {a} {b}");
    within_a_tenth(a + b, 8_000_000.0)
}

#[tokio::test]
async fn connections_share_one_link() {
    measured(shared).await;
}

#[tokio::test]
async fn the_bottleneck_holds_no_more_than_it_says_and_then_the_sender_waits() {
    let way = Way::with_rate(1_000_000, Duration::ZERO, 20_000);
    let rig = Rig::start(&Schedule::constant(Way::OPEN, way)).await;
    let (mut client, server) = rig.connect().await;
    let sending = flood(server);
    rate(&mut client, 500 * MS).await;
    let queued = rig.relay.queued(Direction::Down);
    assert!(queued > 15_000 && rig.relay.most_queued(Direction::Down) <= 20_000, "{queued}");
    let passed = rig.relay.passed(Direction::Down);
    assert!((50_000..75_000).contains(&passed), "{passed}");
    sending.abort();
}

async fn scheduled() -> Verdict {
    let way = |rate| Way::with_rate(rate, 2 * MS, 16_000);
    let rig = Rig::start(&Schedule::default()).await;
    let (mut client, server) = rig.connect().await;
    let schedule = Schedule::down(
        Way::OPEN,
        &[
            (Duration::ZERO, way(8_000_000)),
            (600 * MS, way(800_000)),
            (1200 * MS, way(8_000_000).stalled()),
            (1500 * MS, way(8_000_000)),
        ],
    );
    rig.relay.begin(&schedule);
    let sending = flood(server);
    let fast = rate(&mut client, 590 * MS).await;
    // What waits before the bottleneck takes longer now.
    rate(&mut client, 60 * MS).await;
    let slow = rate(&mut client, 500 * MS).await;
    rate(&mut client, 90 * MS).await;
    let stalled = rate(&mut client, 200 * MS).await;
    rate(&mut client, 80 * MS).await;
    let again = rate(&mut client, 500 * MS).await;
    sending.abort();
    if stalled > 0.0 {
        return Err(format!("{stalled} in the stall"));
    }
    within_a_tenth(fast, 8_000_000.0)?;
    within_a_tenth(slow, 800_000.0)?;
    within_a_tenth(again, 8_000_000.0)
}

#[tokio::test]
async fn a_stall_a_drop_and_the_recovery_come_when_the_schedule_says() {
    measured(scheduled).await;
}

#[tokio::test]
async fn each_end_hears_that_the_other_is_done() {
    let way = Way { delay: 5 * MS, ..Way::OPEN };
    let rig = Rig::start(&Schedule::constant(way, way)).await;
    let (mut client, mut server) = rig.connect().await;
    client.write_all(b"last words").await.unwrap();
    client.shutdown().await.unwrap();
    let mut heard = Vec::new();
    within("the end", server.read_to_end(&mut heard)).await.unwrap();
    assert_eq!(heard, b"last words");
    server.write_all(b"bye").await.unwrap();
    drop(server);
    heard.clear();
    within("the other end", client.read_to_end(&mut heard)).await.unwrap();
    assert_eq!(heard, b"bye");
}
