//! The chunks of a volume in memory: compressed, but for those that were touched lately.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::PaintError;
use super::packed::{pack, unpack};

/// Chunks that are kept plain: those of a slice of 2048 × 2048, 16 MiB.
const HOT: usize = 64;

/// A chunk that is not all 0.
#[derive(Clone, Debug)]
enum Slot {
    Packed(Arc<[u8]>),
    Hot(Hot),
}

#[derive(Clone, Debug)]
struct Hot {
    labels: Vec<u32>,
    /// The same, unless a stroke came since.
    packed: Option<Arc<[u8]>>,
    /// When it was touched; higher is later.
    used: u64,
}

/// What a chunk holds, for who reads it without the volume.
#[derive(Debug)]
pub(super) enum Content {
    Packed(Arc<[u8]>),
    Plain(Vec<u32>),
}

impl Content {
    /// The labels of a chunk of `voxels`.
    pub(super) fn labels(self, voxels: usize) -> Result<Vec<u32>, PaintError> {
        match self {
            Self::Packed(packed) => unpack(&packed, voxels),
            Self::Plain(labels) => Ok(labels),
        }
    }
}

/// Chunks by number. Those that are not there are all 0.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    /// Of each chunk.
    voxels: usize,
    slots: BTreeMap<u64, Slot>,
    /// Numbers of the hot slots.
    hot: Vec<u64>,
    /// Bytes of what is packed, in hot slots too.
    packed: usize,
    uses: u64,
}

impl Slots {
    pub(super) const fn new(voxels: usize) -> Self {
        Self { voxels, slots: BTreeMap::new(), hot: Vec::new(), packed: 0, uses: 0 }
    }

    /// Bytes in memory, roughly.
    pub(super) fn bytes(&self) -> usize {
        let plain = self.hot.len() * self.voxels * size_of::<u32>();
        self.packed + plain + self.slots.len() * size_of::<(u64, Slot)>()
    }

    /// Which chunks hold anything, or did until lately; rising.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u64> {
        self.slots.keys().copied()
    }

    /// A chunk as bytes; `None` where all of it is 0.
    pub(super) fn packed(&mut self, number: u64) -> Result<Option<Arc<[u8]>>, PaintError> {
        match self.slots.get_mut(&number) {
            None => return Ok(None),
            Some(Slot::Packed(packed)) => return Ok(Some(Arc::clone(packed))),
            Some(Slot::Hot(hot)) => {
                if hot.packed.is_none() {
                    hot.packed = pack(&hot.labels)?;
                    self.packed += hot.packed.as_ref().map_or(0, |packed| packed.len());
                }
                if hot.packed.is_some() {
                    return Ok(hot.packed.clone());
                }
            }
        }
        self.remove(number);
        Ok(None)
    }

    /// Puts a chunk in place that [`Slots::packed`] gave, after looking whether it is one.
    pub(super) fn put(&mut self, number: u64, packed: &[u8]) -> Result<(), PaintError> {
        unpack(packed, self.voxels)?;
        self.remove(number);
        self.packed += packed.len();
        self.slots.insert(number, Slot::Packed(packed.into()));
        Ok(())
    }

    /// The labels of a chunk; `None` where all are 0.
    pub(super) fn labels(&self, number: u64) -> Result<Option<Cow<'_, [u32]>>, PaintError> {
        match self.slots.get(&number) {
            None => Ok(None),
            Some(Slot::Hot(hot)) => Ok(Some(Cow::Borrowed(&hot.labels))),
            Some(Slot::Packed(packed)) => Ok(Some(Cow::Owned(unpack(packed, self.voxels)?))),
        }
    }

    /// The labels of a chunk, plain from now on; `None` where all are 0.
    pub(super) fn warm(&mut self, number: u64) -> Result<Option<&[u32]>, PaintError> {
        if !self.holds(number) {
            return Ok(None);
        }
        self.change(number, |_| false)?;
        Ok(match self.slots.get(&number) {
            Some(Slot::Hot(hot)) => Some(&hot.labels),
            _ => None,
        })
    }

    /// Whether a chunk holds anything.
    pub(super) fn holds(&self, number: u64) -> bool {
        self.slots.contains_key(&number)
    }

    /// What those of these chunks hold that hold anything.
    pub(super) fn contents(
        &self,
        numbers: RangeInclusive<u64>,
        wanted: impl Fn(&u64) -> bool,
    ) -> impl Iterator<Item = (u64, Content)> {
        let slots = self.slots.range(numbers).filter(move |(number, _)| wanted(number));
        slots.map(|(&number, slot)| match slot {
            Slot::Packed(packed) => (number, Content::Packed(Arc::clone(packed))),
            Slot::Hot(hot) => (number, Content::Plain(hot.labels.clone())),
        })
    }

    /// Lets `change` write into the labels of a chunk; it says whether it did.
    pub(super) fn change(
        &mut self,
        number: u64,
        change: impl FnOnce(&mut [u32]) -> bool,
    ) -> Result<(), PaintError> {
        self.uses += 1;
        let (uses, voxels) = (self.uses, self.voxels);
        let hot = match self.slots.remove(&number) {
            Some(Slot::Hot(hot)) => Hot { used: uses, ..hot },
            Some(Slot::Packed(packed)) => {
                let labels = match unpack(&packed, voxels) {
                    Ok(labels) => labels,
                    Err(error) => {
                        self.slots.insert(number, Slot::Packed(packed));
                        return Err(error);
                    }
                };
                self.hot.push(number);
                Hot { labels, packed: Some(packed), used: uses }
            }
            None => {
                self.hot.push(number);
                Hot { labels: vec![0; voxels], packed: None, used: uses }
            }
        };
        let Slot::Hot(hot) = self.slots.entry(number).or_insert(Slot::Hot(hot)) else {
            return Ok(());
        };
        if change(&mut hot.labels) {
            self.packed -= hot.packed.take().map_or(0, |packed| packed.len());
        }
        self.cool()
    }

    /// Packs what was touched longest ago where too much is plain.
    fn cool(&mut self) -> Result<(), PaintError> {
        while self.hot.len() > HOT {
            let used = |number: &u64| match self.slots.get(number) {
                Some(Slot::Hot(hot)) => hot.used,
                _ => 0,
            };
            let Some(&oldest) = self.hot.iter().min_by_key(|number| used(number)) else { break };
            let packed = self.packed(oldest)?;
            self.hot.retain(|&number| number != oldest);
            if let Some(packed) = packed {
                self.slots.insert(oldest, Slot::Packed(packed));
            }
        }
        Ok(())
    }

    fn remove(&mut self, number: u64) {
        match self.slots.remove(&number) {
            None => {}
            Some(Slot::Packed(packed)) => self.packed -= packed.len(),
            Some(Slot::Hot(hot)) => {
                self.hot.retain(|&of| of != number);
                self.packed -= hot.packed.map_or(0, |packed| packed.len());
            }
        }
    }
}
