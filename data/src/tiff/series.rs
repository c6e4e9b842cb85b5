//! What the pages of a TIFF mean: which leading axes they enumerate, in which order, and the
//! physical size of a sample. Three conventions are read (OME-XML, ImageJ's description,
//! tifffile's JSON); without one, equal pages are slices along `z`.

use parfocal_base::Axis;
use serde_json::Value;

use super::page::Layout;
use crate::axes::{axis, from_letters, guess};
use crate::source::ChannelInfo;

/// A page that a series lacks: read as zeros.
pub(super) const MISSING: u32 = u32::MAX;

/// One image: leading axes over pages.
#[derive(Clone, Debug, Default)]
pub(super) struct Series {
    pub(super) name: Option<String>,
    pub(super) format: &'static str,
    /// Axes before `y` and `x`, slowest first.
    pub(super) axes: Vec<Axis>,
    pub(super) shape: Vec<usize>,
    /// World units per step along `axes`.
    pub(super) scale: Vec<f64>,
    /// World units per pixel along y and x, and their units.
    pub(super) pixel: [f64; 2],
    pub(super) units: [Option<String>; 2],
    pub(super) channels: Vec<ChannelInfo>,
    pub(super) window: Option<[f64; 2]>,
    /// Page of each plane, in the order of `axes`; [`MISSING`] where there is none.
    pub(super) planes: Vec<u32>,
    pub(super) warnings: Vec<String>,
}

impl Series {
    pub(super) fn new(format: &'static str) -> Self {
        Self { format, pixel: [1.0; 2], ..Self::default() }
    }

    /// Adds a leading axis, faster than those before.
    pub(super) fn push(&mut self, axis: Axis, len: usize, scale: f64) {
        self.axes.push(axis);
        self.shape.push(len);
        self.scale.push(scale);
    }

    /// Number of planes that the leading axes enumerate; `None` past the machine's range.
    pub(super) fn count(&self) -> Option<usize> {
        self.shape.iter().try_fold(1_usize, |n, &len| n.checked_mul(len))
    }

    /// Uses pages `0..count` in order.
    pub(super) fn in_order(mut self) -> Option<Self> {
        let count = u32::try_from(self.count()?).ok()?;
        self.planes = (0..count).collect();
        Some(self)
    }

    /// Drops leading axes of one sample, which page formats write for every axis they know.
    pub(super) fn squeezed(mut self) -> Self {
        let keep: Vec<bool> = self.shape.iter().map(|&n| n != 1).collect();
        let mut i = 0;
        self.axes.retain(|_| {
            i += 1;
            keep[i - 1]
        });
        self.scale = self.scale.iter().zip(&keep).filter(|(_, k)| **k).map(|(s, _)| *s).collect();
        self.shape.retain(|&n| n != 1);
        self
    }
}

/// `pages` equal pages without a description: slices along `z`.
pub(super) fn plain(first: u32, pages: u32) -> Series {
    let mut series = Series::new("TIFF");
    if pages > 1 {
        series.push(axis("z", None), pages as usize, 1.0);
    }
    series.planes = (first..first.saturating_add(pages)).collect();
    series
}

/// tifffile's description, `{"shape": [20, 5, 443, 512], "axes": "TZYX"}`. `None` if the text is
/// something else, or does not fit the pages.
pub(super) fn tifffile(text: &str, layout: &Layout) -> Option<Series> {
    let json: Value =
        text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok())??;
    let shape: Vec<usize> =
        json.get("shape")?.as_array()?.iter().map(as_len).collect::<Option<_>>()?;
    let page: Vec<usize> = match (layout.samples, layout.planar) {
        (1, _) => vec![layout.height, layout.width],
        (s, false) => vec![layout.height, layout.width, s],
        (s, true) => vec![s, layout.height, layout.width],
    };
    let lead = shape.strip_suffix(page.as_slice())?;
    let letters = json.get("axes").and_then(Value::as_str).unwrap_or_default();
    let mut series = Series::new("TIFF (tifffile)");
    for (axis, &len) in lead_axes(letters, shape.len(), lead.len()).into_iter().zip(lead) {
        series.push(axis, len, 1.0);
    }
    series.in_order()
}

fn as_len(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|n| usize::try_from(n).ok())
}

/// Names of the leading axes, from letters if they name each one and say something.
fn lead_axes(letters: &str, all: usize, lead: usize) -> Vec<Axis> {
    let known = |axes: &Vec<Axis>| {
        axes.iter().take(lead).all(|a| matches!(a.name.as_str(), "t" | "c" | "z" | "p" | "m"))
    };
    let named = from_letters(letters, all).filter(known);
    let mut axes = named.unwrap_or_else(|| guess(lead + 2));
    axes.truncate(lead);
    axes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_letters_are_guessed_over() {
        let names = |letters, all, lead| {
            lead_axes(letters, all, lead).into_iter().map(|a| a.name).collect::<String>()
        };
        assert_eq!(names("TZYX", 4, 2), "tz");
        assert_eq!(names("QQYX", 4, 2), "tz");
        assert_eq!(names("CZYXS", 5, 2), "cz");
        assert_eq!(names("", 3, 1), "z");
    }
}
