//! What all actors of the server share.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parfocal_auth::Revocations;
use parfocal_base::time::Clock;
use parfocal_base::{ImageMeta, SourceId};
use parfocal_data::{ChunkCache, Histogram, Source};
use parfocal_render::Budget;
use parfocal_scene::Limits;
use parfocal_sync::limits::PeopleLimits;
use parfocal_sync::ticket::Tickets;
use parking_lot::{Mutex, RwLock};

use crate::address::Address;
use crate::budget::Encoders;
use crate::data::DataMsg;
use crate::renderers::Renderers;
use crate::session::board::Board;
use crate::session::member::Member;
use crate::session::seed::Seed;
use crate::store::{InUse, StoreMsg};
use crate::trace::Trace;
use crate::video;

/// The opened sources, by number.
#[derive(Debug, Default)]
pub struct Images {
    sources: RwLock<Vec<Option<Image>>>,
}

/// A source, and its description where many can hold it.
type Image = (Arc<dyn Source>, Arc<ImageMeta>);

impl Images {
    /// Adds a source and numbers it.
    pub fn add(&self, source: Arc<dyn Source>) -> SourceId {
        let mut sources = self.sources.write();
        let id = SourceId(u32::try_from(sources.len()).unwrap_or(u32::MAX));
        let meta = Arc::new(source.meta().clone());
        sources.push(Some((source, meta)));
        id
    }

    /// The source of this number.
    pub fn get(&self, id: SourceId) -> Option<Arc<dyn Source>> {
        self.sources.read().get(id.0 as usize)?.as_ref().map(|(source, _)| Arc::clone(source))
    }

    /// Forgets a source; its number is not given again.
    pub fn remove(&self, id: SourceId) {
        if let Some(image) = self.sources.write().get_mut(id.0 as usize) {
            *image = None;
        }
    }

    /// Every source with its number, from number `first` on.
    pub fn all_from(&self, first: SourceId) -> Vec<(SourceId, Arc<dyn Source>)> {
        let number = |n| SourceId(u32::try_from(n).unwrap_or(u32::MAX));
        let sources = self.sources.read();
        let later = sources.iter().enumerate().skip(first.0 as usize);
        later.filter_map(|(n, image)| Some((number(n), Arc::clone(&image.as_ref()?.0)))).collect()
    }

    /// Its description.
    pub fn meta(&self, id: SourceId) -> Option<Arc<ImageMeta>> {
        self.sources.read().get(id.0 as usize)?.as_ref().map(|(_, meta)| Arc::clone(meta))
    }
}

/// A source, and one of its channels if it has several.
pub(crate) type ImageChannel = (SourceId, Option<usize>);

/// Whose pixel channel a ticket opens.
pub(crate) type TicketOwner = (Arc<Board>, Arc<Member>);

impl Shared {
    /// The folder for files that are being made or read: that of the store, so that there is room
    /// where there is room for it.
    pub fn scratch(&self) -> &Path {
        &self.scratch
    }
}

/// The server-wide board.
pub struct Shared {
    /// The process's monotonic clock.
    pub clock: Clock,
    /// Where it is recorded what each actor does.
    pub(crate) trace: Trace,
    /// The opened sources.
    pub images: Arc<Images>,
    /// Decoded chunks.
    pub cache: ChunkCache,
    /// Journals and snapshots.
    pub store: Address<StoreMsg>,
    /// Loads chunks.
    pub data: Address<DataMsg>,
    /// Paint.
    pub renderers: Arc<Renderers>,
    /// Bits per second that a rendition of 1280 × 720 gets; other sizes in proportion.
    pub bitrate_720p: u32,
    /// How much people may draw in one session.
    pub limits: Limits,
    /// How many people may be in one session, and how fast each may edit.
    pub people: PeopleLimits,
    /// What the chunks of one picture may cost.
    pub(crate) budget: Budget,
    pub(crate) render_threads: usize,
    /// How many encoders there are and may be.
    pub(crate) encoders: Encoders,
    /// Makes them.
    pub(crate) video: video::Encoders,
    /// Histograms that were asked for, by source and channel: at most as many as there are.
    pub(crate) histograms: Mutex<HashMap<ImageChannel, Arc<Histogram>>>,
    pub(crate) tickets: Mutex<Tickets<TicketOwner>>,
    pub(crate) sessions: RwLock<BTreeMap<String, Arc<Board>>>,
    /// Whether the store's file is open.
    pub(crate) store_in_use: InUse,
    /// The folder for files that are being made or read.
    pub(crate) scratch: PathBuf,
    /// The layers that are served now: what a session can be opened on.
    pub(crate) catalogue: RwLock<Arc<[Seed]>>,
    /// What is withdrawn, by session, of those that were asked for; at most as many as there are
    /// sessions. Held while one is read from the store.
    pub(crate) revocations: tokio::sync::RwLock<BTreeMap<String, Revocations>>,
}
