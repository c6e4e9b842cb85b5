//! Paths on the command line become sources, and layers of a session.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use parfocal_actors::session::seed::Seed;
use parfocal_actors::shared::Images;
use parfocal_base::{ImageMeta, SourceId};
use parfocal_data::{OpenOptions, Roots, Source, SourceKind, sample};
use parfocal_scene::LayerKind;

use crate::config::Settings;

/// Channels of one image that become layers; a file with more is opened with a slider instead.
const MAX_CHANNEL_LAYERS: usize = 12;

/// What became of the paths.
#[derive(Default)]
pub struct Opened {
    /// Layers, bottom first.
    pub seeds: Vec<Seed>,
    /// One line for each source: name, axes, type.
    pub lines: Vec<String>,
    /// One line for each path that could not be opened, and each doubt about one that could.
    pub warnings: Vec<String>,
}

/// Opens every path; one that cannot be opened is a warning, and the rest is served.
///
/// # Errors
/// Where a path cannot be resolved to a place below which reading is allowed.
pub async fn open_all(settings: &Settings, images: &Images) -> Result<Opened> {
    let mut opened = Opened::default();
    let root = common_folder(&canonical(&[&settings.paths[..], &settings.labels].concat()));
    let pictures = settings.paths.iter().map(|path| (path, None));
    let labels = settings.labels.iter().map(|path| (path, Some(true)));
    for (path, labels) in pictures.chain(labels) {
        let axes = if labels.is_none() { settings.axes.clone() } else { None };
        if let Err(error) = open_one(path, &root, labels, axes, images, &mut opened).await {
            opened.warnings.push(format!("{error:#}"));
        }
    }
    Ok(opened)
}

async fn open_one(
    path: &Path,
    root: &Path,
    labels: Option<bool>,
    axes: Option<String>,
    images: &Images,
    opened: &mut Opened,
) -> Result<()> {
    // What was named on the command line may be read, and what lies in it; nothing else.
    let roots = Roots::new([path])?;
    let options = OpenOptions { labels, axes, ..OpenOptions::new(roots) };
    let file = parfocal_data::open(path, &options).await?;
    let several = file.sources.len() > 1;
    for source in &file.sources {
        let id = images.add(Arc::clone(source));
        let info = source.info();
        // People see where a file lies among those that are served, not where on the server.
        let below = file.path.strip_prefix(root).unwrap_or(&file.path).display();
        let key = if several { format!("{below}:{}", info.name) } else { below.to_string() };
        opened.lines.push(describe(source.as_ref()));
        opened.warnings.extend(info.warnings.iter().map(|w| format!("{}: {w}", path.display())));
        let seeds = layers_of(source.as_ref(), id, &key)
            .await
            .with_context(|| format!("{} cannot be shown", path.display()))?;
        opened.seeds.extend(seeds);
    }
    Ok(())
}

async fn layers_of(source: &dyn Source, id: SourceId, key: &str) -> Result<Vec<Seed>> {
    let (info, meta) = (source.info(), Arc::new(source.meta().clone()));
    let kind = match info.kind {
        SourceKind::Image => LayerKind::Image,
        SourceKind::Labels => LayerKind::Labels,
    };
    let base = Seed::new(info.name.clone(), kind, id, key.to_owned(), meta);
    if kind == LayerKind::Labels {
        return Ok(vec![base]);
    }
    let channels = info.channels.len();
    if !(1..=MAX_CHANNEL_LAYERS).contains(&channels) {
        let spec = with_contrast(base, source, None, info.window, None).await?;
        return Ok(vec![spec]);
    }
    let mut seeds = Vec::new();
    for (index, channel) in info.channels.iter().enumerate() {
        let mut spec = base.clone();
        spec.channel = Some(index);
        spec.visible = channel.active;
        if channels > 1 {
            let known = (!channel.name.is_empty()).then(|| channel.name.clone());
            let name = known.unwrap_or_else(|| format!("channel {index}"));
            spec.name = format!("{} · {name}", info.name);
        }
        spec.colormap = channel.color.map(|[r, g, b]| format!("#{r:02x}{g:02x}{b:02x}"));
        let (window, range) = (channel.window, channel.range);
        let spec = with_contrast(spec, source, Some(index), window, range).await?;
        seeds.push(spec);
    }
    Ok(seeds)
}

/// Contrast limits as the file suggests, else from a sample of the data.
async fn with_contrast(
    mut spec: Seed,
    source: &dyn Source,
    channel: Option<usize>,
    window: Option<[f64; 2]>,
    range: Option<[f64; 2]>,
) -> Result<Seed> {
    let found = sample(source, channel).await?;
    let automatic = found.contrast();
    let [low, high] = found.range();
    spec.contrast_limits_auto = Some(automatic);
    spec.contrast_limits = window;
    let holds = [Some(automatic), window, range];
    let ends = |pick: fn(&[f64; 2]) -> f64| holds.iter().flatten().map(pick);
    let low = ends(|r| r[0]).fold(low, f64::min);
    let high = ends(|r| r[1]).fold(high, f64::max);
    spec.contrast_limits_range = Some([low, high]);
    Ok(spec)
}

/// `name  t 20 · z 5 · y 443 · x 512  u8, 3 levels`
fn describe(source: &dyn Source) -> String {
    let ImageMeta { axes, dtype, levels } = source.meta();
    let shape = levels.first().map(|level| level.shape.as_slice()).unwrap_or_default();
    let axes: Vec<_> = axes.iter().zip(shape).map(|(a, n)| format!("{} {n}", a.name)).collect();
    let dtype = format!("{dtype:?}").to_lowercase();
    let info = source.info();
    let levels =
        if levels.len() > 1 { format!(", {} levels", levels.len()) } else { String::new() };
    format!("{}  {}  {dtype}, {}{levels}", info.name, axes.join(" · "), info.format)
}

/// The deepest folder that all files lie in.
fn common_folder(paths: &[PathBuf]) -> PathBuf {
    let mut folders = paths.iter().filter_map(|path| path.parent());
    let Some(first) = folders.next() else { return PathBuf::new() };
    folders.fold(first.to_path_buf(), |common, folder| {
        let both = common.components().zip(folder.components());
        both.take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    })
}

/// Every path as it will be read, for naming the folder of its sessions.
pub fn canonical(paths: &[PathBuf]) -> Vec<PathBuf> {
    paths.iter().map(|path| path.canonicalize().unwrap_or_else(|_| path.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_folder_is_the_deepest_that_holds_all_files() {
        let paths = ["/lab/a/x.tif", "/lab/a/b/y.tif"].map(PathBuf::from);
        assert_eq!(common_folder(&paths), Path::new("/lab/a"));
        assert_eq!(common_folder(&paths[..1]), Path::new("/lab/a"));
        assert_eq!(common_folder(&[]), Path::new(""));
    }
}
