//! Labels to begin with.

use parfocal_base::Samples;

use super::{PaintError, PaintLimits, Volume};
use crate::block::Block;
use crate::source::Source;

impl Volume {
    /// Takes over the finest level of `source`, which must have the shape of the volume; what was
    /// painted before is lost where it has samples. One chunk at a time; `progress` is told how many
    /// of how many are done. Dropping the future leaves what was done.
    ///
    /// # Errors
    /// [`PaintError::Shape`], [`PaintError::NoLabel`], [`PaintError::Full`], or what is wrong with
    /// the source. What was read before stays.
    pub async fn fill_from(
        &mut self,
        source: &dyn Source,
        limits: &PaintLimits,
        mut progress: impl FnMut(usize, usize) + Send,
    ) -> Result<(), PaintError> {
        let wrong = |reason| PaintError::Shape { shape: self.shape().to_vec(), reason };
        let level = source.meta().levels.first().ok_or_else(|| wrong("the source is empty"))?;
        if level.shape != self.shape() {
            return Err(wrong("the labels to begin with have another shape"));
        }
        let grid = level.grid();
        let all = grid.iter().try_fold(1_usize, |n, &len| n.checked_mul(len));
        let all = all.ok_or_else(|| wrong("the source has too many chunks"))?;
        let mut at = vec![0; grid.len()];
        for done in 0..all {
            let chunk = source.read(0, &at).await?;
            if let Some(block) = Block::of(level, &at) {
                let labels = labels(chunk.samples(), &source.info().name)?;
                self.put(&block, &labels)?;
            }
            if self.bytes() > limits.bytes {
                return Err(PaintError::Full { bytes: self.bytes(), limit: limits.bytes });
            }
            progress(done + 1, all);
            crate::block::step(&mut at, &vec![0; grid.len()], &grid);
        }
        Ok(())
    }

    /// Writes the labels of a box, C order.
    fn put(&mut self, block: &Block, labels: &[u32]) -> Result<(), PaintError> {
        let Some((&width, outer)) = block.shape.split_last() else { return Ok(()) };
        let last = outer.len();
        let columns = self.grid.tile()[1];
        // Row pieces by chunk, so that each chunk is opened once: place, and where its labels are.
        let mut pieces: Vec<(u64, usize, usize, usize)> = Vec::new();
        let mut at = block.origin.clone();
        for row in 0..outer.iter().product() {
            let (mut x, end) = (block.origin[last], block.origin[last] + width);
            while x < end {
                let until = end.min(x - x % columns + columns);
                at[last] = x;
                let from = row * width + x - block.origin[last];
                let is_empty =
                    labels.get(from..from + until - x).is_none_or(|l| l.iter().all(|&l| l == 0));
                if let Some((number, place)) = self.grid.place(&at)
                    && (!is_empty || self.slots.holds(number))
                {
                    pieces.push((number, usize::from(place), from, until - x));
                }
                x = until;
            }
            crate::block::step(&mut at[..last], &block.origin[..last], outer);
        }
        pieces.sort_unstable();
        for same in pieces.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(number, ..)) = same.first() else { continue };
            self.slots.change(number, |chunk| {
                for &(_, place, from, len) in same {
                    let to = chunk.get_mut(place..place + len);
                    if let (Some(to), Some(from)) = (to, labels.get(from..from + len)) {
                        to.copy_from_slice(from);
                    }
                }
                true
            })?;
        }
        Ok(())
    }
}

fn labels(samples: &Samples, name: &str) -> Result<Vec<u32>, PaintError> {
    if let Samples::U32(labels) = samples {
        return Ok(labels.clone());
    }
    let label = |i: usize| {
        let value = samples.get(i).unwrap_or(0.0);
        let label = value as u32;
        let none = || PaintError::NoLabel { name: name.to_owned(), value };
        (f64::from(label) == value).then_some(label).ok_or_else(none)
    };
    (0..samples.len()).map(label).collect()
}
