//! OME-NGFF attributes (0.1 to 0.5), read leniently: unknown keys are ignored, and what cannot be
//! understood falls back to a guess. Format: <https://ngff.openmicroscopy.org>.

use parfocal_base::{Axis, AxisKind};
use serde_json::Value;

use crate::axes::{axis, guess};
use crate::limits::MAX_LABEL_COLORS;
use crate::source::{ChannelInfo, LabelColor, MAX_CHANNELS};

/// One entry of `multiscales`.
#[derive(Debug)]
pub(super) struct Multiscale {
    pub(super) name: Option<String>,
    /// Axes, where the file names them.
    pub(super) axes: Option<Vec<Axis>>,
    pub(super) datasets: Vec<Dataset>,
}

/// One resolution: its array, and world = `scale` · index + `translate`.
#[derive(Debug)]
pub(super) struct Dataset {
    pub(super) path: String,
    pub(super) transform: Option<Transform>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Transform {
    pub(super) scale: Vec<f64>,
    pub(super) translate: Vec<f64>,
}

/// The first multiscale image of a group's OME attributes.
pub(super) fn multiscale(ome: &Value) -> Option<Multiscale> {
    let entry = ome.get("multiscales")?.as_array()?.first()?;
    let whole = transform(entry.get("coordinateTransformations"));
    let datasets = entry.get("datasets")?.as_array()?.iter().filter_map(|dataset| {
        let path = dataset.get("path")?.as_str()?.trim_matches('/').to_owned();
        let own = transform(dataset.get("coordinateTransformations"));
        Some(Dataset { path, transform: compose(own, whole.as_ref()) })
    });
    Some(Multiscale {
        name: entry
            .get("name")
            .and_then(Value::as_str)
            .filter(|n| !n.is_empty() && *n != "/")
            .map(str::to_owned),
        axes: axes(entry.get("axes")),
        datasets: datasets.collect(),
    })
}

fn axes(json: Option<&Value>) -> Option<Vec<Axis>> {
    let one = |entry: &Value| {
        // 0.3 lists names only.
        let name = entry.as_str().or_else(|| entry.get("name").and_then(Value::as_str))?;
        let mut axis = axis(name, entry.get("unit").and_then(Value::as_str));
        axis.kind = match entry.get("type").and_then(Value::as_str) {
            Some("time") => AxisKind::Time,
            Some("channel") => AxisKind::Channel,
            Some("space") => AxisKind::Space,
            _ => axis.kind,
        };
        Some(axis)
    };
    json?.as_array()?.iter().map(one).collect()
}

/// Axes of an image that names none: 0.1 and 0.2 have always `tczyx`.
pub(super) fn default_axes(n: usize) -> Vec<Axis> {
    match n {
        5 => ["t", "c", "z", "y", "x"].map(|name| axis(name, None)).to_vec(),
        _ => guess(n),
    }
}

fn numbers(json: Option<&Value>) -> Option<Vec<f64>> {
    json?.as_array()?.iter().map(Value::as_f64).collect()
}

fn transform(json: Option<&Value>) -> Option<Transform> {
    let list = json?.as_array()?;
    let find = |kind: &str| {
        let entry = list.iter().find(|t| t.get("type").and_then(Value::as_str) == Some(kind))?;
        numbers(entry.get(kind))
    };
    let (scale, translate) = (find("scale"), find("translation"));
    let n = scale.as_ref().or(translate.as_ref())?.len();
    let transform = Transform {
        scale: scale.unwrap_or_else(|| vec![1.0; n]),
        translate: translate.unwrap_or_else(|| vec![0.0; n]),
    };
    (transform.translate.len() == n).then_some(transform)
}

/// First `inner` (of the dataset), then `outer` (of all of them).
fn compose(inner: Option<Transform>, outer: Option<&Transform>) -> Option<Transform> {
    let (inner, outer) = match (inner, outer) {
        (Some(inner), Some(outer)) if inner.scale.len() == outer.scale.len() => (inner, outer),
        (inner, _) => return inner,
    };
    let mut all = inner;
    for (i, (scale, translate)) in outer.scale.iter().zip(&outer.translate).enumerate() {
        all.scale[i] *= scale;
        all.translate[i] = all.translate[i] * scale + translate;
    }
    Some(all)
}

/// `omero.channels`: names, colours, contrast limits (`window.start`, `end`) and their range
/// (`min`, `max`).
pub(super) fn channels(ome: &Value) -> Vec<ChannelInfo> {
    let list = ome
        .pointer("/omero/channels")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let one = |entry: &Value| {
        let pair = |a: &str, b: &str| {
            let window = entry.get("window")?;
            Some([window.get(a)?.as_f64()?, window.get(b)?.as_f64()?])
        };
        ChannelInfo {
            name: entry.get("label").and_then(Value::as_str).unwrap_or_default().to_owned(),
            color: entry.get("color").and_then(Value::as_str).and_then(hex),
            window: pair("start", "end"),
            range: pair("min", "max"),
            active: entry.get("active").and_then(Value::as_bool).unwrap_or(true),
        }
    };
    list.iter().take(MAX_CHANNELS).map(one).collect()
}

fn hex(text: &str) -> Option<[u8; 3]> {
    let text = text.trim_start_matches('#');
    let byte = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    Some([byte(0)?, byte(2)?, byte(4)?])
}

/// `image-label.colors`.
pub(super) fn label_colors(ome: &Value) -> Vec<LabelColor> {
    let list = ome
        .pointer("/image-label/colors")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let one = |entry: &Value| {
        let label = entry.get("label-value")?.as_f64()?;
        let rgba = numbers(entry.get("rgba"))?;
        let rgba = <[f64; 4]>::try_from(rgba).ok()?.map(|v| v as u8);
        Some(LabelColor { label, rgba })
    };
    list.iter().filter_map(one).take(MAX_LABEL_COLORS).collect()
}

/// Names of the label images in the attributes of a `labels` group.
pub(super) fn label_names(ome: &Value) -> Vec<String> {
    let list = ome.get("labels").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn transforms_of_dataset_and_image_are_applied_in_that_order() {
        let ome = json!({"multiscales": [{
            "axes": [{"name": "y", "type": "space", "unit": "micrometer", "extra": 1}, {"name": "x", "type": "space"}],
            "datasets": [{"path": "0", "coordinateTransformations": [
                {"type": "scale", "scale": [2.0, 3.0]}, {"type": "translation", "translation": [1.0, 0.0]}]}],
            "coordinateTransformations": [
                {"type": "scale", "scale": [10.0, 10.0]}, {"type": "translation", "translation": [5.0, 6.0]}],
        }]});
        let image = multiscale(&ome).unwrap();
        let transform = image.datasets[0].transform.clone().unwrap();
        assert_eq!(transform, Transform { scale: vec![20.0, 30.0], translate: vec![15.0, 6.0] });
        assert_eq!(image.axes.unwrap()[0].unit.as_deref(), Some("micrometer"));
    }

    #[test]
    fn channels_with_gaps_are_still_channels() {
        let ome = json!({"omero": {"channels": [
            {"label": "DAPI", "color": "0000FF", "window": {"start": 10, "end": 200, "min": 0, "max": 255}, "active": false},
            {"color": "nonsense", "window": {"start": "a"}},
        ]}});
        let channels = channels(&ome);
        assert_eq!(channels[0].color, Some([0, 0, 255]));
        assert_eq!(
            (channels[0].window, channels[0].range),
            (Some([10.0, 200.0]), Some([0.0, 255.0]))
        );
        assert!(!channels[0].active && channels[1].active);
        assert_eq!((channels[1].color, channels[1].window), (None, None));
    }
}
