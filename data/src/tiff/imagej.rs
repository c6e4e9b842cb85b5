//! ImageJ's description: lines of `key=value` in the first page. Pages run channels first, then
//! slices, then frames. Source: ImageJ 1.x `FileOpener`/`TiffEncoder` behaviour, as files show it.

use std::collections::HashMap;

use super::series::Series;
use crate::axes::{axis, unit_name};

/// Reads the description; `None` if it is not ImageJ's. `resolution` is pixels per unit along y
/// and x, from the TIFF tags.
pub(super) fn parse(text: &str, resolution: [Option<f64>; 2]) -> Option<Series> {
    if !text.starts_with("ImageJ=") && !text.starts_with("SCIFIO=") {
        return None;
    }
    let fields: HashMap<&str, &str> =
        text.lines().filter_map(|line| line.split_once('=')).collect();
    let number = |key: &str| fields.get(key).and_then(|v| v.trim().parse::<f64>().ok());
    let len = |key: &str| fields.get(key).and_then(|v| v.trim().parse::<usize>().ok());
    let images = len("images").unwrap_or(1);
    let unit = fields.get("unit").copied().and_then(unit_name);
    let zunit = fields.get("zunit").copied().and_then(unit_name).or_else(|| unit.clone());

    let mut series = Series::new("ImageJ TIFF");
    let (mut c, mut z, mut t) =
        (len("channels").unwrap_or(1), len("slices").unwrap_or(1), len("frames").unwrap_or(1));
    let product = c.checked_mul(z).and_then(|n| n.checked_mul(t));
    if product != Some(images) {
        // A plain stack may leave out everything but `images`.
        if images > 1 && product != Some(1) {
            series.warnings.push(format!(
                "{c} channels × {z} slices × {t} frames are not the {images} images"
            ));
        }
        (c, z, t) = (1, images, 1);
    }
    // A unit of time that is not seconds stands in `tunit`; the interval is in it.
    let tunit =
        fields.get("tunit").copied().and_then(unit_name).unwrap_or_else(|| "second".to_owned());
    let finterval = number("finterval").filter(|v| *v > 0.0);
    series.push(axis("t", finterval.map(|_| tunit.as_str())), t, finterval.unwrap_or(1.0));
    series.push(axis("z", zunit.as_deref()), z, number("spacing").map_or(1.0, f64::abs));
    series.push(axis("c", None), c, 1.0);
    if unit.is_some() {
        series.pixel = resolution.map(|per_unit| per_unit.map_or(1.0, |n| 1.0 / n));
        series.units = [unit.clone(), unit];
    }
    series.window = number("min").zip(number("max")).map(|(a, b)| [a, b]).filter(|w| w[0] < w[1]);
    series.in_order().map(Series::squeezed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hyperstack_has_time_depth_and_channels_in_the_order_of_its_pages() {
        let text = "ImageJ=1.53\nimages=24\nchannels=2\nslices=3\nframes=4\nhyperstack=true\nunit=\\u00B5m\nspacing=0.5\nfinterval=2.5\nmin=1.0\nmax=9.0\n";
        let series = parse(text, [Some(4.0), Some(4.0)]).unwrap();
        let names: Vec<&str> = series.axes.iter().map(|a| a.name.as_str()).collect();
        assert_eq!((names, series.shape), (vec!["t", "z", "c"], vec![4, 3, 2]));
        assert_eq!((series.scale, series.pixel), (vec![2.5, 0.5, 1.0], [0.25; 2]));
        assert_eq!(series.axes[1].unit.as_deref(), Some("micrometer"));
        assert_eq!(series.window, Some([1.0, 9.0]));
    }

    #[test]
    fn counts_that_disagree_become_one_stack() {
        let series = parse("ImageJ=1\nimages=7\nchannels=2\nslices=3\n", [None; 2]).unwrap();
        assert_eq!((series.shape, series.warnings.len()), (vec![7], 1));
        assert!(parse("ImageJ=1\nimages=99999999999999\n", [None; 2]).is_none());
    }
}
