//! The volume.

use parfocal_base::ChunkIndex;

use super::diff::{ChunkDiff, Diff, Run, write};
use super::fill::fill;
use super::grid::Grid;
use super::raster::pieces;
use super::slots::Slots;
use super::{PaintError, PaintLimits, Stroke, Tool};

/// Painted labels: a `u32` for each voxel, 0 where nobody painted.
///
/// Memory: what was painted, compressed, and at most 64 plain chunks (16 MiB).
#[derive(Clone, Debug)]
pub struct Volume {
    pub(super) grid: Grid,
    pub(super) slots: Slots,
}

impl Volume {
    /// An empty volume of `shape` voxels, slowest axis first.
    ///
    /// # Errors
    /// [`PaintError::Shape`].
    pub fn new(shape: &[usize]) -> Result<Self, PaintError> {
        let grid = Grid::new(shape)?;
        let slots = Slots::new(grid.voxels());
        Ok(Self { grid, slots })
    }

    /// Voxels along each axis.
    pub fn shape(&self) -> &[usize] {
        &self.grid.shape
    }

    /// Bytes that it takes in memory, roughly.
    pub fn bytes(&self) -> usize {
        self.slots.bytes()
    }

    /// The chunks that hold anything (or did until lately), in C order.
    pub fn chunks(&self) -> impl Iterator<Item = ChunkIndex> {
        self.slots.numbers().filter_map(|number| self.grid.index(number))
    }

    /// The label of a voxel; 0 outside too.
    ///
    /// # Errors
    /// [`PaintError::Damaged`].
    pub fn get(&self, voxel: &[usize]) -> Result<u32, PaintError> {
        let Some((number, place)) = self.grid.place(voxel) else { return Ok(0) };
        let labels = self.slots.labels(number)?;
        Ok(labels.and_then(|labels| labels.get(usize::from(place)).copied()).unwrap_or(0))
    }

    /// The largest label that is there. Unpacks every chunk.
    ///
    /// # Errors
    /// [`PaintError::Damaged`].
    pub fn max_label(&self) -> Result<u32, PaintError> {
        let mut largest = 0;
        for number in self.slots.numbers() {
            let labels = self.slots.labels(number)?;
            largest =
                labels.iter().flat_map(|labels| labels.iter()).fold(largest, |a, &b| a.max(b));
        }
        Ok(largest)
    }

    /// Paints a stroke; what it changed.
    ///
    /// # Errors
    /// A stroke that makes no sense, or is beyond `limits`; nothing was changed.
    pub fn apply(&mut self, stroke: &Stroke, limits: &PaintLimits) -> Result<Diff, PaintError> {
        stroke.check(&self.grid, limits)?;
        if self.bytes() > limits.bytes && (stroke.tool, stroke.label) != (Tool::Erase, 0) {
            return Err(PaintError::Full { bytes: self.bytes(), limit: limits.bytes });
        }
        let (pieces, new) = match stroke.tool {
            Tool::Brush => (pieces(&self.grid, stroke, limits)?, stroke.label),
            Tool::Erase => (pieces(&self.grid, stroke, limits)?, 0),
            Tool::Fill => (fill(self, stroke, limits)?, stroke.label),
        };
        let only = (stroke.tool == Tool::Erase && stroke.label != 0).then_some(stroke.label);
        let mut diff = Diff::default();
        for (number, places) in pieces {
            if !self.slots.holds(number) && new == 0 {
                continue;
            }
            let mut runs = Vec::new();
            self.slots.change(number, |labels| {
                for &place in &places {
                    write(labels, place, new, |old| only.is_none_or(|o| o == old), &mut runs);
                }
                !runs.is_empty()
            })?;
            if let Some(chunk) = self.grid.index(number) {
                diff.push(number, chunk, runs);
            }
        }
        Ok(diff)
    }

    /// Takes back what `diff` says, where the voxels still are as it left them; what that changed,
    /// which taken back does it again.
    ///
    /// # Errors
    /// [`PaintError::Damaged`]. A diff of another volume changes nothing that has another label.
    pub fn revert(&mut self, diff: &Diff) -> Result<Diff, PaintError> {
        let mut reverse = Diff::default();
        for ChunkDiff { number, chunk, runs } in &diff.chunks {
            let mut back: Vec<Run> = Vec::new();
            let may_match = self.slots.holds(*number) || runs.iter().any(|run| run.new == 0);
            if !may_match || self.grid.index(*number) != Some(*chunk) {
                continue;
            }
            self.slots.change(*number, |labels| {
                for run in runs {
                    let place = (run.start, run.end);
                    write(labels, place, run.old, |label| label == run.new, &mut back);
                }
                !back.is_empty()
            })?;
            reverse.push(*number, *chunk, back);
        }
        Ok(reverse)
    }

    /// A chunk as bytes; `None` where all of it is 0, or it is not in the volume.
    ///
    /// # Errors
    /// [`PaintError::Damaged`].
    pub fn encode_chunk(&mut self, chunk: ChunkIndex) -> Result<Option<Vec<u8>>, PaintError> {
        let Some(number) = self.grid.number(&chunk.to_vec()) else { return Ok(None) };
        Ok(self.slots.packed(number)?.map(|packed| packed.to_vec()))
    }

    /// Puts a chunk in place that [`Volume::encode_chunk`] made, of a volume of the same shape.
    ///
    /// # Errors
    /// [`PaintError::NoSuchChunk`], [`PaintError::Damaged`]; nothing was changed.
    pub fn load_chunk(&mut self, chunk: ChunkIndex, bytes: &[u8]) -> Result<(), PaintError> {
        let number = self.grid.number(&chunk.to_vec());
        let number = number.ok_or(PaintError::NoSuchChunk { chunk })?;
        self.slots.put(number, bytes)
    }
}
