//! What a client has seen, in numbers.

use super::histogram::Histogram;

/// Counts since the client started, over all its connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Times that the mirror was brought up to date after a welcome.
    pub connections: u64,
    /// Mirror updates applied.
    pub updates: u64,
    /// Bytes of the state channel's messages received.
    pub state_bytes: u64,
    /// Pictures received.
    pub pictures: u64,
    /// Bytes of pictures received, headers included.
    pub picture_bytes: u64,
    /// Pictures decoded.
    pub decoded: u64,
    /// Pictures shown.
    pub presented: u64,
    /// Tiles of stills decoded (received, where nothing is decoded).
    pub tiles: u64,
    /// Pictures thrown away while waiting for a key, or because decoding fell behind.
    pub dropped: u64,
    /// Pictures that were decoded and never shown, as something newer was there.
    pub passed_over: u64,
    /// Gaps in the sequence of pictures.
    pub gaps: u64,
    /// Key pictures asked for.
    pub keyframes_asked: u64,
    /// Pictures that could not be decoded.
    pub decode_failures: u64,
    /// Intents and watches sent for the first time.
    pub sent: u64,
    /// Intents and watches sent again.
    pub replayed: u64,
    /// Acknowledged.
    pub acked: u64,
    /// Refused.
    pub rejected: u64,
    /// Answered by the server while the connection was down.
    pub answers_lost: u64,
    /// Without an answer after 250 ms.
    pub late: u64,
    /// Acks that were read before the mirror showed the change. The protocol forbids it: anything
    /// but 0 is a fault of the server.
    pub early_acks: u64,
    /// Acknowledged intents that no picture showed within [`super::latency::PICTURE_WAIT`]
    /// (most changed nothing in the watched view).
    pub unseen: u64,
    /// Sending an intent to reading its ack.
    pub ack_time: Histogram,
    /// Sending an intent to the first picture shown that has it.
    pub picture_time: Histogram,
    /// A picture's arrival to its being decoded.
    pub decode_time: Histogram,
    /// A picture's being decoded to its being shown.
    pub presenter_delay: Histogram,
    /// The server's reading of the scene to the picture being shown here (to its arrival, where
    /// nothing is decoded), of pictures that show a later moment than the one before; by the
    /// server's clock as the pongs tell it.
    pub picture_age: Histogram,
    /// Ping to pong.
    pub round_trip: Histogram,
}
