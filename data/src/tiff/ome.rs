//! OME-XML in the description of the first page (OME-TIFF 2016-06 and older): sizes, order of
//! planes, physical sizes, channels, and which page holds which plane.

use roxmltree::{Document, Node, ParsingOptions};

use super::series::{MISSING, Series};
use crate::axes::{axis, unit_name};
use crate::source::{ChannelInfo, MAX_CHANNELS};

/// XML nodes of one description. A file with per-plane metadata has a few per plane.
const MAX_NODES: u32 = 1 << 21;

/// Whether a description is OME-XML.
pub(super) fn is_ome(text: &str) -> bool {
    let head: String = text.trim_start().chars().take(4096).collect();
    head.contains("<OME")
        || head.contains("<ome:OME")
        || head.contains("http://www.openmicroscopy.org/")
}

/// Reads the images of a description. `file_name` tells planes of this file from those of others,
/// `samples` is the number of samples per pixel, `pages` and `most` bound the planes.
///
/// # Errors
/// In words, why the description cannot be used.
pub(super) fn parse(
    text: &str,
    file_name: &str,
    samples: usize,
    pages: usize,
    most: usize,
) -> Result<Vec<Series>, String> {
    let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options)
        .map_err(|e| format!("its OME-XML is damaged: {e}"))?;
    let root = document.root_element();
    let own = Own { file_name, uuid: root.attribute("UUID") };
    let images = children(root, "Image")
        .filter_map(|image| Some((image, children(image, "Pixels").next()?)));
    let mut after = 0;
    let mut all = Vec::new();
    for (image, pixels) in images {
        let series = read_image(image, pixels, &own, samples, (after, pages), most)?;
        after += series.planes.len();
        all.push(series);
    }
    if all.is_empty() {
        return Err("its OME-XML describes no image".to_owned());
    }
    Ok(all)
}

struct Own<'a> {
    file_name: &'a str,
    uuid: Option<&'a str>,
}

fn children<'a, 'input>(
    node: Node<'a, 'input>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(move |child| child.tag_name().name() == name)
}

fn number<T: std::str::FromStr>(node: Node<'_, '_>, name: &str) -> Option<T> {
    node.attribute(name)?.trim().parse().ok()
}

fn physical(pixels: Node<'_, '_>, size: &str, unit: &str, default: &str) -> (f64, Option<String>) {
    match number::<f64>(pixels, size).filter(|v| v.is_finite() && *v > 0.0) {
        Some(value) => (value, unit_name(pixels.attribute(unit).unwrap_or(default))),
        None => (1.0, None),
    }
}

fn read_image(
    image: Node<'_, '_>,
    pixels: Node<'_, '_>,
    own: &Own<'_>,
    samples: usize,
    pages: (usize, usize),
    most: usize,
) -> Result<Series, String> {
    let mut series = Series::new("OME-TIFF");
    series.name = image.attribute("Name").filter(|n| !n.is_empty()).map(str::to_owned);
    let (y, y_unit) = physical(pixels, "PhysicalSizeY", "PhysicalSizeYUnit", "µm");
    let (x, x_unit) = physical(pixels, "PhysicalSizeX", "PhysicalSizeXUnit", "µm");
    (series.pixel, series.units) = ([y, x], [y_unit, x_unit]);
    let order = pixels.attribute("DimensionOrder").unwrap_or("XYZCT");
    let lead = order.strip_prefix("XY").unwrap_or("ZCT");
    for letter in lead.chars().rev() {
        let len = |name| number::<usize>(pixels, name).unwrap_or(1);
        match letter {
            'T' => {
                let (step, unit) = physical(pixels, "TimeIncrement", "TimeIncrementUnit", "s");
                series.push(axis("t", unit.as_deref()), len("SizeT"), step);
            }
            'Z' => {
                let (step, unit) = physical(pixels, "PhysicalSizeZ", "PhysicalSizeZUnit", "µm");
                series.push(axis("z", unit.as_deref()), len("SizeZ"), step);
            }
            'C' => series.push(axis("c", None), len("SizeC").div_ceil(samples), 1.0),
            _ => return Err(format!("its OME dimension order {order:?} is unknown")),
        }
    }
    series.channels = children(pixels, "Channel").take(MAX_CHANNELS).map(channel).collect();
    let count = series.count().filter(|n| (1..=most).contains(n));
    let count = count.ok_or_else(|| {
        format!("its OME-XML promises {:?} planes, more than the limit", series.shape)
    })?;
    series.planes = planes(&series, pixels, own, pages, count)?;
    Ok(series.squeezed())
}

fn channel(node: Node<'_, '_>) -> ChannelInfo {
    let name = node.attribute("Name").or_else(|| node.attribute("Fluor")).unwrap_or_default();
    // A signed 32-bit number, RGBA from the high byte down.
    let rgba = number::<i64>(node, "Color").map(|n| (n as u32).to_be_bytes());
    let color = rgba.map(|[r, g, b, _]| [r, g, b]);
    ChannelInfo { color, ..ChannelInfo::named(name) }
}

/// Page of every plane: `TiffData` elements place runs of planes; without any, planes follow the
/// dimension order from the first page that earlier images have left.
fn planes(
    series: &Series,
    pixels: Node<'_, '_>,
    own: &Own<'_>,
    (after, pages): (usize, usize),
    count: usize,
) -> Result<Vec<u32>, String> {
    let page = |n: usize| if n < pages { u32::try_from(n).unwrap_or(MISSING) } else { MISSING };
    let data: Vec<Node<'_, '_>> = children(pixels, "TiffData").collect();
    if data.is_empty() {
        return Ok((after..after + count).map(page).collect());
    }
    let mut planes = vec![MISSING; count];
    for node in data {
        if let Some(uuid) = children(node, "UUID").next() {
            let same_id = uuid.text().is_some_and(|text| own.uuid == Some(text.trim()));
            let same_name = uuid.attribute("FileName").is_none_or(|name| name == own.file_name);
            if !same_id && !same_name {
                return Err("it is one file of an OME-TIFF set of several files".to_owned());
            }
        }
        let first_page = number::<usize>(node, "IFD");
        let first = first_plane(series, node);
        let run = number::<usize>(node, "PlaneCount").unwrap_or(if first_page.is_some() {
            1
        } else {
            count
        });
        let start = first_page.unwrap_or(0);
        for (k, plane) in planes.iter_mut().skip(first).take(run).enumerate() {
            *plane = page(start.saturating_add(k));
        }
    }
    Ok(planes)
}

fn first_plane(series: &Series, node: Node<'_, '_>) -> usize {
    let at = series.axes.iter().zip(&series.shape).map(|(axis, &len)| {
        let name = match axis.name.as_str() {
            "t" => "FirstT",
            "z" => "FirstZ",
            _ => "FirstC",
        };
        (number::<usize>(node, name).unwrap_or(0), len)
    });
    at.fold(0_usize, |n, (i, len)| n.saturating_mul(len).saturating_add(i))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:1"><Image Name="cells"><Pixels DimensionOrder="XYCZT" SizeX="4" SizeY="3" SizeZ="2" SizeC="2" SizeT="1" PhysicalSizeX="0.1" PhysicalSizeY="0.2" PhysicalSizeZ="1.5" PhysicalSizeZUnit="nm"><Channel Name="GFP" Color="16711935"/><Channel Color="-16776961"/>"#;
    const TAIL: &str = "</Pixels></Image></OME>";

    fn one(middle: &str) -> Result<Series, String> {
        parse(&format!("{HEAD}{middle}{TAIL}"), "a.tif", 1, 4, 100).map(|mut all| all.remove(0))
    }

    #[test]
    fn sizes_units_and_channels_are_read() {
        let series = one("").unwrap();
        let names: Vec<&str> = series.axes.iter().map(|a| a.name.as_str()).collect();
        assert_eq!((names, series.shape), (vec!["z", "c"], vec![2, 2]));
        assert_eq!((series.scale[0], series.pixel), (1.5, [0.2, 0.1]));
        assert_eq!(series.axes[0].unit.as_deref(), Some("nanometer"));
        assert_eq!(series.units[0].as_deref(), Some("micrometer"));
        assert_eq!(series.channels[0].color, Some([0, 255, 0]));
        assert_eq!(series.channels[1].color, Some([255, 0, 0]));
        assert_eq!(series.planes, [0, 1, 2, 3]);
    }

    #[test]
    fn tiff_data_places_planes() {
        let series = one(
            r#"<TiffData IFD="3" FirstZ="0" FirstC="1"/><TiffData IFD="0" FirstZ="1" PlaneCount="2"/>"#,
        );
        assert_eq!(series.unwrap().planes, [MISSING, 3, 0, 1]);
    }

    #[test]
    fn a_set_of_several_files_is_told_apart() {
        let data = |name, uuid| {
            format!(r#"<TiffData IFD="0"><UUID FileName="{name}">{uuid}</UUID></TiffData>"#)
        };
        assert!(one(&data("a.tif", "x")).is_ok());
        assert!(one(&data("renamed.tif", "urn:uuid:1")).is_ok());
        assert!(one(&data("b.tif", "urn:uuid:2")).is_err());
    }
}
