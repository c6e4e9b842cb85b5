//! A bad network between a client and a server on this machine: a TCP relay that delays, slows and
//! stalls what passes, as a [`Schedule`] says.
//!
//! It is what TCP makes of such a link: bytes come late, never wrong. Loss shows as a stall. All
//! connections share the link, in each direction one bottleneck with one queue. When that is full
//! the sender is not read any more, so the sender's own kernel buffer fills next, as in life.

mod pipe;
mod shape;
#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until};

use pipe::Pipe;
pub use shape::{Direction, Phase, Schedule, Way};

/// Bytes of one connection on their way: 100 Mbit/s for 300 ms. Past it the sender is not read.
const WINDOW: usize = 4 << 20;
/// Packets of one connection on their way; [`WINDOW`] holds fewer full ones.
const PACKETS: usize = 8192;
/// Bytes that the kernel keeps before they enter the link: little, or it would be a queue.
const KERNEL: u32 = 64 * 1024;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 128;

/// A running relay; dropping it breaks its connections.
pub struct Relay {
    address: SocketAddr,
    link: Arc<Link>,
    accepting: JoinHandle<()>,
}

struct Link {
    up: Pipe,
    down: Pipe,
}

impl Link {
    const fn pipe(&self, direction: Direction) -> &Pipe {
        match direction {
            Direction::Up => &self.up,
            Direction::Down => &self.down,
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Relay {
    /// Listens on a free port of this machine, and relays to `server`. The schedule begins now.
    ///
    /// # Errors
    /// When it cannot listen.
    pub fn start(server: SocketAddr, schedule: &Schedule) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(KERNEL)?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        let pipe = |direction| Pipe::new(direction, schedule.clone(), Instant::now());
        let link = Arc::new(Link { up: pipe(Direction::Up), down: pipe(Direction::Down) });
        let accepting = tokio::spawn(accept(listener, server, Arc::clone(&link)));
        Ok(Self { address, link, accepting })
    }

    /// Where clients connect.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Begins another schedule now. What is on its way arrives as it would have.
    pub fn begin(&self, schedule: &Schedule) {
        let now = Instant::now();
        self.link.up.begin(schedule.clone(), now);
        self.link.down.begin(schedule.clone(), now);
    }

    /// Bytes that wait before the bottleneck now.
    pub fn queued(&self, direction: Direction) -> usize {
        self.link.pipe(direction).queued()
    }

    /// The most that waited there since the start.
    pub fn most_queued(&self, direction: Direction) -> usize {
        self.link.pipe(direction).most_queued()
    }

    /// When something came to the bottleneck, and how long it waited there for what came before
    /// it; the last 60,000 times.
    pub fn waits(&self, direction: Direction) -> Vec<(Instant, Duration)> {
        self.link.pipe(direction).waits()
    }

    /// Bytes that have left the bottleneck since the start.
    pub fn passed(&self, direction: Direction) -> u64 {
        self.link.pipe(direction).passed()
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, link: Arc<Link>) {
    // They end with this task.
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        connections.spawn(relay(client, server, Arc::clone(&link)));
        while connections.try_join_next().is_some() {}
    }
}

async fn relay(client: TcpStream, server: SocketAddr, link: Arc<Link>) {
    // Who cannot reach the server sees the connection end.
    let Ok(server) = connect(server).await else { return };
    if client.set_nodelay(true).is_err() {
        return;
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::join!(
        direction(from_client, to_server, &link.up),
        direction(from_server, to_client, &link.down),
    );
}

async fn connect(server: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(KERNEL)?;
    socket.set_nodelay(true)?;
    socket.connect(server).await
}

/// Bytes on their way, when they arrive, and their place in the window.
type Packet = (Instant, Bytes, OwnedSemaphorePermit);

/// One direction of one connection, until its sender ends it or its receiver is gone.
async fn direction(from: OwnedReadHalf, to: OwnedWriteHalf, pipe: &Pipe) {
    let (sender, receiver) = mpsc::channel(PACKETS);
    tokio::join!(read(from, pipe, sender), write(to, receiver));
}

async fn read(from: OwnedReadHalf, pipe: &Pipe, packets: mpsc::Sender<Packet>) {
    let window = Arc::new(Semaphore::new(WINDOW));
    let (mut since, mut last) = (Instant::now(), Instant::now());
    loop {
        let mut buffer = BytesMut::zeroed(pipe.packet());
        let bytes = match from.try_read(&mut buffer) {
            Ok(bytes @ 1..) => bytes,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                tokio::select! {
                    _ = from.readable() => {}
                    () = packets.closed() => return,
                }
                since = Instant::now();
                continue;
            }
            Ok(_) | Err(_) => return,
        };
        buffer.truncate(bytes);
        let wanted = u32::try_from(bytes).unwrap_or(u32::MAX);
        let places = match Arc::clone(&window).try_acquire_many_owned(wanted) {
            Ok(places) => places,
            Err(_) => {
                let places = Arc::clone(&window).acquire_many_owned(wanted).await;
                since = Instant::now();
                let Ok(places) = places else { return };
                places
            }
        };
        let (entered, arrives) = pipe.enter(bytes, since).await;
        since = entered;
        // Jitter does not let anything overtake.
        last = last.max(arrives);
        if packets.send((last, buffer.freeze(), places)).await.is_err() {
            return;
        }
    }
}

async fn write(mut to: OwnedWriteHalf, mut packets: mpsc::Receiver<Packet>) {
    while let Some((arrives, bytes, places)) = packets.recv().await {
        sleep_until(arrives).await;
        if to.write_all(&bytes).await.is_err() {
            return;
        }
        drop(places);
    }
    // The receiver may be gone already.
    let _ = to.shutdown().await;
}
