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

fn assert_within_a_tenth(found: f64, wanted: f64) {
    assert!((found / wanted - 1.0).abs() < 0.1, "{found:.0} instead of {wanted:.0}");
}

#[tokio::test]
async fn bytes_come_at_the_rate_of_the_link_whatever_it_is() {
    for bits in [300_000, 4_000_000, 80_000_000] {
        let way = Way::with_rate(bits, 10 * MS, 30_000);
        let rig = Rig::start(&Schedule::constant(Way::OPEN, way)).await;
        let (mut client, server) = rig.connect().await;
        let sending = flood(server);
        rate(&mut client, 200 * MS).await;
        assert_within_a_tenth(rate(&mut client, 1000 * MS).await, bits as f64);
        sending.abort();
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

#[tokio::test]
async fn jitter_delays_and_changes_nothing() {
    let way = Way { delay: 5 * MS, jitter: 20 * MS, ..Way::OPEN };
    let rig = Rig::start(&Schedule::constant(way, way)).await;
    let (mut client, mut server) = rig.connect().await;
    let mut times = Vec::new();
    for n in 0..40_u8 {
        let begun = Instant::now();
        client.write_all(&[n; 100]).await.unwrap();
        let mut bytes = [0; 100];
        server.read_exact(&mut bytes).await.unwrap();
        assert_eq!(bytes, [n; 100]);
        times.push(begun.elapsed());
    }
    times.sort();
    assert!(times[0] >= 5 * MS && times[5] < 12 * MS, "{times:?}");
    assert!(times[34] > 16 * MS, "{times:?}");
}

#[tokio::test]
async fn connections_share_one_link() {
    let way = Way::with_rate(8_000_000, 5 * MS, 60_000);
    let rig = Rig::start(&Schedule::constant(Way::OPEN, way)).await;
    let (mut a, a_server) = rig.connect().await;
    let (mut b, b_server) = rig.connect().await;
    let sending = [flood(a_server), flood(b_server)];
    let (a, b) = tokio::join!(rate(&mut a, 1200 * MS), rate(&mut b, 1200 * MS));
    assert_within_a_tenth(a + b, 8_000_000.0);
    assert!(a > 2_000_000.0 && b > 2_000_000.0, "each gets a share: {a} {b}");
    sending.iter().for_each(JoinHandle::abort);
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

#[tokio::test]
async fn a_stall_a_drop_and_the_recovery_come_when_the_schedule_says() {
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
    assert_within_a_tenth(rate(&mut client, 600 * MS).await, 8_000_000.0);
    // What waits before the bottleneck takes longer now.
    rate(&mut client, 50 * MS).await;
    assert_within_a_tenth(rate(&mut client, 500 * MS).await, 800_000.0);
    rate(&mut client, 80 * MS).await;
    assert!(rate(&mut client, 230 * MS).await == 0.0);
    rate(&mut client, 60 * MS).await;
    assert_within_a_tenth(rate(&mut client, 500 * MS).await, 8_000_000.0);
    sending.abort();
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
