//! Which write each property has its value from.

use std::collections::{BTreeSet, HashMap};

use parfocal_base::LayerId;

use crate::model::AnnotationId;

/// Something that has properties, or is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Target {
    Layer(LayerId),
    Annotation(AnnotationId),
    Bookmark(String),
    Settings,
    Order,
}

/// A property of a target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Field {
    /// That it is there at all; the whole of what has no properties.
    Whole,
    Property(&'static str),
    Feature(String),
}

/// What is painted in a layer.
pub(super) const VOXELS: Field = Field::Property("voxels");

/// Numbers the writes. A property that is written gets a new number, one that is taken back gets
/// its old number again: so a property has the number of a write exactly while nobody has written
/// to it since, even if somebody put the same value there.
#[derive(Debug, Default)]
pub(super) struct Serials {
    of: HashMap<Target, Vec<(Field, u64)>>,
    entries: usize,
    sweep_at: usize,
}

/// Fewest entries worth a sweep.
const SWEEP: usize = 65_536;

impl Serials {
    /// The number of the last write, 0 where it is not known.
    pub(super) fn get(&self, target: &Target, field: &Field) -> u64 {
        let fields = self.of.get(target);
        let found = fields.and_then(|fields| fields.iter().find(|(known, _)| known == field));
        found.map_or(0, |(_, serial)| *serial)
    }

    /// Whether no property of `target` was written after `tick`.
    pub(super) fn rests_since(&self, target: &Target, tick: u64) -> bool {
        let fields = self.of.get(target);
        fields.is_none_or(|fields| fields.iter().all(|(_, serial)| *serial <= tick))
    }

    /// Sets the number, and answers the last one.
    pub(super) fn set(&mut self, target: &Target, field: &Field, serial: u64) -> u64 {
        if !self.of.contains_key(target) {
            self.of.insert(target.clone(), Vec::new());
        }
        let Some(fields) = self.of.get_mut(target) else { return 0 };
        if let Some((_, known)) = fields.iter_mut().find(|(known, _)| known == field) {
            return std::mem::replace(known, serial);
        }
        fields.push((field.clone(), serial));
        self.entries += 1;
        0
    }

    /// Whether there may be many that no step asks for.
    pub(super) fn is_sweep_due(&self) -> bool {
        self.entries >= self.sweep_at.max(SWEEP)
    }

    /// Forgets what is not `used` by a step. What is used is bounded, since steps are.
    pub(super) fn sweep(&mut self, used: &BTreeSet<Target>) {
        self.of.retain(|target, _| used.contains(target));
        self.entries = self.of.values().map(Vec::len).sum();
        self.sweep_at = self.entries * 2;
    }
}
