//! Which marks touch which band.

use super::super::BAND;

/// For each band, the numbers of the marks that touch it, in their order.
pub(super) struct Bins {
    /// Where each band's numbers begin; one more than there are bands.
    starts: Vec<u32>,
    marks: Vec<u32>,
}

impl Bins {
    /// Sorts marks by their first row and the row behind their last, in a picture of `height` rows.
    pub(super) fn new(height: u32, rows: impl Iterator<Item = [f32; 2]> + Clone) -> Self {
        let bands = (height as usize).div_ceil(BAND);
        let touched = |[top, bottom]: [f32; 2]| {
            if !(bottom >= 0.0 && top < height as f32) {
                return 0..0;
            }
            // The casts saturate: above the picture is its first band.
            (top / BAND as f32) as usize..((bottom / BAND as f32) as usize + 1).min(bands)
        };
        let mut starts = vec![0_u32; bands + 1];
        for range in rows.clone().map(touched) {
            for count in starts.get_mut(1..).and_then(|s| s.get_mut(range)).unwrap_or_default() {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut marks = vec![0; sum as usize];
        let mut next = starts.clone();
        for (number, range) in (0..).zip(rows.map(touched)) {
            for next in next.get_mut(range).unwrap_or_default() {
                if let Some(mark) = marks.get_mut(*next as usize) {
                    *mark = number;
                }
                *next += 1;
            }
        }
        Self { starts, marks }
    }

    /// The marks of a band.
    pub(super) fn of(&self, band: usize) -> &[u32] {
        let [Some(&start), Some(&end)] = [self.starts.get(band), self.starts.get(band + 1)] else {
            return &[];
        };
        self.marks.get(start as usize..end as usize).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_in_every_band_that_it_touches_and_in_no_other() {
        let rows = [[-5.0, 2.0], [15.9, 16.1], [40.0, 900.0], [-9.0, -1.0], [64.0, 70.0]];
        let bins = Bins::new(64, rows.into_iter());
        assert_eq!(bins.of(0), [0, 1]);
        assert_eq!(bins.of(1), [1]);
        assert_eq!(bins.of(2), [2]);
        assert_eq!(bins.of(3), [2]);
        assert!(bins.of(4).is_empty());
    }
}
