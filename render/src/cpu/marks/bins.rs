//! Which marks touch which band.

use rayon::prelude::*;

use super::super::BAND;
use super::blend::pixel;

/// Marks that one thread sorts: fewer are not worth a thread.
const PART: usize = 1 << 14;

/// For each band, the marks that touch it, in their order; copies, since reading a hundred thousand
/// points here and there would take longer than painting them.
pub(super) struct Bins<T>(Vec<Part<T>>);

/// A part of the marks.
struct Part<T> {
    /// Where each band's marks begin; one more than there are bands.
    starts: Vec<u32>,
    marks: Vec<T>,
}

impl<T: Copy + Send + Sync> Bins<T> {
    /// Sorts marks by their first row and the end of their last, in a picture of `height` rows.
    pub(super) fn new(height: u32, marks: &[T], rows: impl Fn(&T) -> [f32; 2] + Sync) -> Self {
        Self(marks.par_chunks(PART).filter_map(|part| Part::new(height, part, &rows)).collect())
    }

    /// The marks of a band.
    pub(super) fn of(&self, band: usize) -> impl Iterator<Item = &[T]> {
        self.0.iter().map(move |part| part.of(band))
    }
}

impl<T: Copy> Part<T> {
    fn new(height: u32, marks: &[T], rows: impl Fn(&T) -> [f32; 2]) -> Option<Self> {
        let bands = (height as usize).div_ceil(BAND);
        let touched = |mark: &T| {
            let [top, bottom] = rows(mark);
            if !(bottom >= 0.0 && top < height as f32) {
                return 0..0;
            }
            // Above the picture is its first band.
            let first = pixel(top * (1.0 / BAND as f32));
            first..(pixel(bottom * (1.0 / BAND as f32)) + 1).min(bands)
        };
        let mut starts = vec![0_u32; bands + 1];
        for range in marks.iter().map(touched) {
            for count in starts.get_mut(1..).and_then(|s| s.get_mut(range)).unwrap_or_default() {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut sorted = vec![*marks.first()?; sum as usize];
        let mut next = starts.clone();
        for mark in marks {
            for next in next.get_mut(touched(mark)).unwrap_or_default() {
                if let Some(place) = sorted.get_mut(*next as usize) {
                    *place = *mark;
                }
                *next += 1;
            }
        }
        Some(Self { starts, marks: sorted })
    }

    fn of(&self, band: usize) -> &[T] {
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
        let bins = Bins::new(64, &rows, |row| *row);
        let of = |band| bins.of(band).flatten().copied().collect::<Vec<_>>();
        assert_eq!(of(0), rows[..2]);
        assert_eq!(of(1), rows[1..2]);
        assert_eq!(of(2), rows[2..3]);
        assert_eq!(of(3), rows[2..3]);
        assert!(of(4).is_empty());
    }

    #[test]
    fn many_marks_keep_their_order() {
        let marks: Vec<u32> = (0..PART as u32 * 3).collect();
        let bins = Bins::new(40, &marks, |_| [0.0, 20.0]);
        for band in 0..2 {
            assert!(bins.of(band).flatten().eq(&marks));
        }
    }
}
