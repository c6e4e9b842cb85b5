//! What the device holds of images, letters and overlays: one buffer, bounded, from which what was
//! unused for longest goes first.
//!
//! One buffer of words instead of many textures, because a picture may read thousands of chunks of
//! any size, type and orientation in one dispatch, at places that are known for each pixel only
//! there; and because the samples then stay as they are, without a format in between.

use std::rc::Rc;
use std::sync::{Arc, Weak};

use parfocal_base::Chunk;

use crate::bricks::{Brick, BrickKey};
use crate::error::GlError;
use crate::raw::{Api, Buffer, Usage};
use crate::residents::Residents;
use crate::staging::Staging;
use crate::volumes::{Cells, Form};

/// Bytes that the memory begins with; it is doubled when it is full.
const FIRST: usize = 16 << 20;

/// Bytes that it may have on a device that does not tell how many it has.
const UNTOLD: usize = 1 << 30;

/// Bytes that it must be allowed to have: several of the largest blocks.
const LEAST: usize = 16 << 20;

/// Names a block.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Brick(BrickKey),
    /// What a text says, and the bits of its size.
    Letters(Arc<str>, u32),
    /// Of which set of overlays, which one, from which row.
    Sprite(u64, usize, usize),
    /// A part of a volume, by a number that no other part ever has.
    Part(u64),
}

/// What is known about a block besides where it is: what shaders need, by kind of block.
pub(crate) type Info = [u32; 4];

/// The memory.
pub(crate) struct Memory {
    api: Rc<Api>,
    residents: Residents<Key, (Info, Option<Weak<Chunk>>)>,
    buffer: Buffer,
    staging: Staging,
    /// Parts of volumes whose cells are to be made before they are read.
    cells: Cells,
    /// Bytes at most.
    bound: usize,
}

/// Where a block is, in words, and what is known about it.
pub(crate) type Place = (u32, Info);

impl Memory {
    /// An empty memory that never has more than `bound` bytes.
    pub(crate) fn new(api: &Rc<Api>, bound: usize) -> Result<Self, GlError> {
        let most = api.integer(glow::MAX_SHADER_STORAGE_BLOCK_SIZE);
        let most = usize::try_from(most).unwrap_or(0).min(Buffer::MAX_BYTES);
        let share = api.dedicated_bytes().map_or(UNTOLD, |bytes| bytes / 4);
        let bound = bound.min(share).max(LEAST).min(most.max(LEAST));
        let mut residents = Residents::new();
        residents.grow(words(FIRST));
        Ok(Self {
            api: Rc::clone(api),
            residents,
            buffer: Buffer::new(api, FIRST, Usage::Device)?,
            staging: Staging::new(api)?,
            cells: Cells::new(api),
            bound,
        })
    }

    /// Bytes at most.
    pub(crate) const fn bound(&self) -> usize {
        self.bound
    }

    /// Bytes now, used or not.
    pub(crate) const fn bytes(&self) -> usize {
        self.buffer.bytes()
    }

    /// Blocks that it holds.
    pub(crate) fn blocks(&self) -> usize {
        self.residents.len()
    }

    /// The place of a brick; `None` where there is no room for it beside what this batch reads.
    pub(crate) fn brick(&mut self, brick: &Brick<'_>) -> Result<Option<Place>, GlError> {
        let key = Key::Brick(brick.key());
        if let Some(place) = self.find(&key) {
            return Ok(Some(place));
        }
        let [rows, columns] = brick.size();
        let samples = rows * columns;
        if samples == 0 {
            return Ok(Some((0, [0; 4])));
        }
        let number = |n| u32::try_from(n).unwrap_or(0);
        let info = [number(columns), brick.kind() as u32, number(samples), 0];
        let alive = Some(Arc::downgrade(brick.chunk()));
        let bytes = samples * brick.sample_bytes();
        self.put(&key, bytes, info, alive, |to| brick.write(to))
    }

    /// Where the block of `key` is; it is kept for this batch.
    pub(crate) fn find(&mut self, key: &Key) -> Option<Place> {
        self.residents.get(key).map(|(start, (info, _))| (start, *info))
    }

    /// Puts a block of `bytes` (at most [`Staging::MOST`]), written by `fill`; `None` where there is
    /// no room for it beside what this batch reads.
    pub(crate) fn put(
        &mut self,
        key: &Key,
        bytes: usize,
        info: Info,
        mut alive: Option<Weak<Chunk>>,
        fill: impl FnOnce(&mut [u8]),
    ) -> Result<Option<Place>, GlError> {
        let bytes = bytes.next_multiple_of(4);
        loop {
            match self.residents.insert(key, words(bytes), (info, alive)) {
                Ok(start) => {
                    self.staging.put(&self.buffer, start as usize * 4, bytes, fill)?;
                    return Ok(Some((start, info)));
                }
                Err((_, back)) => alive = back,
            }
            if !self.grow()? && !self.residents.evict() {
                return Ok(None);
            }
        }
    }

    /// The place of a part of a volume; `None` where there is no room for it beside what this batch
    /// reads.
    pub(crate) fn part(
        &mut self,
        number: u64,
        form: Form,
        fill: impl FnOnce(&mut [u8]),
    ) -> Result<Option<u32>, GlError> {
        let key = Key::Part(number);
        if let Some((start, _)) = self.find(&key) {
            return Ok(Some(start));
        }
        let placed = self.put(&key, form.bytes(), [0; 4], None, fill)?;
        // Until the cells are made the part is pinned, since its batch has not ended.
        Ok(placed.map(|(start, _)| {
            self.cells.add(start, form);
            start
        }))
    }

    /// Doubles the memory, as far as it is allowed to; `false` where it is as large as it may be.
    fn grow(&mut self) -> Result<bool, GlError> {
        let before = self.buffer.bytes();
        let bytes = (before * 2).min(self.bound);
        if bytes <= before {
            return Ok(false);
        }
        match Buffer::new(&self.api, bytes, Usage::Device) {
            Ok(larger) => {
                self.staging.flush(&self.buffer)?;
                larger.copy_from(&self.buffer, 0, 0, before);
                self.buffer = larger;
                self.residents.grow(words(bytes));
                Ok(true)
            }
            Err(GlError::OutOfMemory) => {
                tracing::warn!(bytes = before, "the GPU has no more memory for samples");
                self.bound = before;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Sends what was put, and lets shaders see it as storage `binding`.
    pub(crate) fn send(&mut self, binding: u32) -> Result<(), GlError> {
        self.staging.flush(&self.buffer)?;
        self.buffer.bind(binding);
        self.cells.make()
    }

    /// The batch is on its way: what it reads may be replaced, in the device's order of work.
    pub(crate) fn end_batch(&mut self) {
        self.residents.unpin();
    }
}

fn words(bytes: usize) -> u32 {
    u32::try_from(bytes / 4).unwrap_or(u32::MAX)
}
