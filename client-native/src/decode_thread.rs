//! A thread that decodes pictures in order, and may record the stream.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use parfocal_base::Frame;
use parfocal_sync::message::PixelCodec;
use tokio::sync::mpsc;

use crate::core::{MAX_DECODING, Picture};
use crate::decode::PictureDecoder;

/// What came of a picture: pixels, nothing yet (a still lacks tiles), or a failure.
pub(crate) struct Decoded {
    pub(crate) picture: Picture,
    pub(crate) frame: Result<Option<Frame>, Failed>,
}

/// It could not be decoded; the log says why.
pub(crate) struct Failed;

/// The thread's queue and its results; it ends when this is dropped.
pub(crate) struct DecodeThread {
    queue: mpsc::Sender<Picture>,
    results: mpsc::Receiver<Decoded>,
}

impl DecodeThread {
    /// Starts the thread. `record`: a file for the H.264 stream (Annex B), made anew.
    pub(crate) fn start(record: Option<&Path>) -> io::Result<Self> {
        let record = record.map(File::create).transpose()?.map(BufWriter::new);
        let (queue, pictures) = mpsc::channel(MAX_DECODING);
        let (sender, results) = mpsc::channel(MAX_DECODING);
        let name = "parfocal-decode".to_owned();
        std::thread::Builder::new().name(name).spawn(move || run(pictures, &sender, record))?;
        Ok(Self { queue, results })
    }

    /// Queues a picture; gives it back where the thread is too far behind.
    pub(crate) fn push(&self, picture: Picture) -> Result<(), Picture> {
        self.queue.try_send(picture).map_err(|error| match error {
            mpsc::error::TrySendError::Full(picture)
            | mpsc::error::TrySendError::Closed(picture) => picture,
        })
    }

    /// Waits until everything queued is decoded and recorded.
    pub(crate) async fn finish(self) {
        let Self { queue, mut results } = self;
        drop(queue);
        while results.recv().await.is_some() {}
    }

    /// The next result. Safe to cancel.
    pub(crate) async fn next(&mut self) -> Option<Decoded> {
        self.results.recv().await
    }
}

fn run(
    mut pictures: mpsc::Receiver<Picture>,
    results: &mpsc::Sender<Decoded>,
    mut record: Option<BufWriter<File>>,
) {
    let mut decoder = PictureDecoder::default();
    let mut connection = 0;
    while let Some(picture) = pictures.blocking_recv() {
        if picture.connection != connection {
            connection = picture.connection;
            decoder = PictureDecoder::default();
        }
        if picture.header.codec == PixelCodec::H264 {
            write(&mut record, &picture.data);
        }
        let frame = match decoder.decode(&picture.header, &picture.data) {
            Ok(frame) => Ok(frame),
            Err(error) => {
                tracing::debug!(%error, sequence = picture.header.sequence, "not decoded");
                Err(Failed)
            }
        };
        if results.blocking_send(Decoded { picture, frame }).is_err() {
            break;
        }
    }
    if let Some(Err(error)) = record.as_mut().map(Write::flush) {
        tracing::warn!(%error, "the end of the recording cannot be written");
    }
}

/// A recording that cannot be written ends; the client goes on.
fn write(record: &mut Option<BufWriter<File>>, data: &[u8]) {
    if let Some(Err(error)) = record.as_mut().map(|file| file.write_all(data)) {
        tracing::warn!(%error, "the recording ends: the file cannot be written");
        *record = None;
    }
}
