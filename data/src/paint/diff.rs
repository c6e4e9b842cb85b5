//! What a stroke changed.

use parfocal_base::ChunkIndex;

/// Neighbouring voxels of a chunk that had the same label, and were given another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// First place within the chunk.
    pub(super) start: u16,
    /// Last place within the chunk.
    pub(super) end: u16,
    pub(super) old: u32,
    pub(super) new: u32,
}

/// The runs of one chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChunkDiff {
    pub(super) number: u64,
    pub(super) chunk: ChunkIndex,
    pub(super) runs: Vec<Run>,
}

/// What a stroke changed: enough to take it back, and to do it again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    pub(super) chunks: Vec<ChunkDiff>,
}

impl Diff {
    /// Whether nothing changed.
    pub const fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The chunks that changed, in C order.
    pub fn chunks(&self) -> impl Iterator<Item = ChunkIndex> {
        self.chunks.iter().map(|diff| diff.chunk)
    }

    /// Voxels that changed.
    pub fn voxels(&self) -> u64 {
        let runs = self.chunks.iter().flat_map(|diff| &diff.runs);
        runs.map(|run| u64::from(run.end - run.start) + 1).sum()
    }

    /// Bytes that it takes in memory.
    pub fn bytes(&self) -> usize {
        let chunk = |diff: &ChunkDiff| size_of::<ChunkDiff>() + size_of_val(diff.runs.as_slice());
        size_of::<Self>() + self.chunks.iter().map(chunk).sum::<usize>()
    }

    /// Adds the runs of a chunk, if there are any. Chunks come in C order.
    pub(super) fn push(&mut self, number: u64, chunk: ChunkIndex, mut runs: Vec<Run>) {
        if runs.is_empty() {
            return;
        }
        runs.sort_unstable_by_key(|run| run.start);
        runs.dedup_by(|next, run| {
            let goes_on = run.end.checked_add(1) == Some(next.start)
                && (run.old, run.new) == (next.old, next.new);
            if goes_on {
                run.end = next.end;
            }
            goes_on
        });
        runs.shrink_to_fit();
        self.chunks.push(ChunkDiff { number, chunk, runs });
    }
}

/// Gives `new` to those of the places `start..=end` whose label `takes` it, and says what changed.
pub(super) fn write(
    labels: &mut [u32],
    (start, end): (u16, u16),
    new: u32,
    takes: impl Fn(u32) -> bool,
    runs: &mut Vec<Run>,
) {
    let Some(labels) = labels.get_mut(usize::from(start)..=usize::from(end)) else { return };
    let mut start = start;
    for same in labels.chunk_by_mut(|a, b| a == b) {
        // A chunk has at most 2¹⁶ places.
        let next = start.wrapping_add(same.len() as u16);
        if let Some(&old) = same.first().filter(|&&old| old != new && takes(old)) {
            same.fill(new);
            runs.push(Run { start, end: next.wrapping_sub(1), old, new });
        }
        start = next;
    }
}
