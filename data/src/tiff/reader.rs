//! A series of pages as a source: its levels, and the reading of one box.

use std::path::Path;
use std::sync::Arc;

use parfocal_base::{Axis, ImageMeta, Level, Samples};

use super::ifd::TiffFile;
use super::page::{Layout, Page, PageBox};
use super::series::{MISSING, Series};
use crate::axes::{axis, channel_axis};
use crate::block::{Block, gather};
use crate::error::DataError;
use crate::limits::Limits;
use crate::source::{ChannelInfo, FileSource, Reader, SourceInfo};

/// Relative difference of aspect ratios up to which a reduced page is the same picture.
const ASPECT_TOLERANCE: f64 = 0.02;

#[derive(Debug)]
struct TiffReader {
    tiff: Arc<TiffFile>,
    /// Extents of the leading axes.
    lead: Vec<usize>,
    levels: Vec<LevelPages>,
}

#[derive(Debug)]
struct LevelPages {
    layout: Layout,
    /// Page of each plane; `None` reads as zeros.
    planes: Vec<Option<Page>>,
}

/// The source of one series.
pub(super) fn source(
    tiff: &Arc<TiffFile>,
    pages: &Arc<Vec<Page>>,
    series: &Series,
    name: &str,
    limits: &Limits,
) -> Result<FileSource, DataError> {
    let page = |&i: &u32| if i == MISSING { None } else { pages.get(i as usize).copied() };
    let finest: Vec<Option<Page>> = series.planes.iter().map(page).collect();
    let Some(layout) = finest.iter().flatten().next().map(|page| page.layout) else {
        return Err(tiff.malformed(format!("none of the pages of {name:?} is in the file")));
    };
    if finest.iter().flatten().any(|page| page.layout.differs(&layout)) {
        return Err(tiff.malformed(format!("the pages of {name:?} differ in size or type")));
    }
    let mut info = SourceInfo::image(name, series.format);
    info.warnings.clone_from(&series.warnings);
    let missing = finest.iter().filter(|page| page.is_none()).count();
    if missing > 0 {
        info.warnings.push(format!(
            "{missing} of {} planes are not in the file and shown as zeros",
            finest.len()
        ));
    }
    let mut levels = vec![LevelPages { layout, planes: finest }];
    levels.extend(coarser(tiff, pages, &levels[0], limits)?);

    let mut axes = series.axes.clone();
    if layout.samples > 1 {
        axes.push(sample_axis(&axes));
    }
    let mut pixel_axes = [axis("y", None), axis("x", None)];
    for (axis, unit) in pixel_axes.iter_mut().zip(&series.units) {
        axis.unit.clone_from(unit);
    }
    axes.extend(pixel_axes);
    info.window = series.window;
    info.channels = channels(series, &layout);
    let meta = ImageMeta {
        dtype: layout.raw.kind.dtype(),
        levels: levels.iter().map(|level| describe(series, &layout, &level.layout)).collect(),
        axes,
    };
    let reader = TiffReader { tiff: Arc::clone(tiff), lead: series.shape.clone(), levels };
    let path: &Path = tiff.file.path();
    FileSource::new(path, meta, info, Arc::new(reader), limits)
}

impl Layout {
    /// Whether a page cannot stand in one array with another.
    fn differs(&self, other: &Self) -> bool {
        let key = |l: &Self| (l.width, l.height, l.raw, l.samples, l.planar);
        key(self) != key(other)
    }
}

/// Smaller copies: SubIFDs of every page, or else reduced pages of the main chain.
fn coarser(
    tiff: &TiffFile,
    pages: &[Page],
    finest: &LevelPages,
    limits: &Limits,
) -> Result<Vec<LevelPages>, DataError> {
    let mut levels: Vec<LevelPages> = Vec::new();
    let first = finest.planes.iter().flatten().next();
    let depth = first
        .and_then(|page| page.sub_ifds)
        .map_or(0, |entry| entry.count.min(limits.levels.saturating_sub(1) as u64));
    for k in 0..depth {
        let sub = |page: &Option<Page>| -> Result<Option<Page>, DataError> {
            let Some(entry) = page.and_then(|page| page.sub_ifds) else { return Ok(None) };
            let at = tiff.numbers(entry, k, 1)?[0];
            Page::parse(tiff, &tiff.ifd(at)?.0, limits).map(Some)
        };
        match finest.planes.iter().map(sub).collect::<Result<Vec<_>, _>>() {
            Ok(planes) => levels.extend(level_of(planes, &finest.layout)),
            Err(DataError::Unsupported { .. }) => break,
            Err(error) => return Err(error),
        }
    }
    if levels.is_empty() && finest.planes.len() == 1 {
        let same = |page: &&Page| page.reduced;
        levels.extend(
            pages
                .iter()
                .filter(same)
                .filter_map(|page| level_of(vec![Some(*page)], &finest.layout)),
        );
    }
    levels.sort_by_key(|level| std::cmp::Reverse(level.layout.width));
    levels.truncate(limits.levels.saturating_sub(1));
    Ok(levels)
}

/// A level of `planes`, if it is a smaller copy of a picture of layout `finest`.
fn level_of(planes: Vec<Option<Page>>, finest: &Layout) -> Option<LevelPages> {
    let layout = planes.iter().flatten().next()?.layout;
    let aspect = |l: &Layout| l.width as f64 / l.height as f64;
    // One pixel of rounding on each edge is normal.
    let slack = ASPECT_TOLERANCE + 1.0 / layout.width.min(layout.height) as f64;
    let similar = (aspect(&layout) / aspect(finest) - 1.0).abs() <= slack;
    let same =
        (layout.raw, layout.samples, layout.planar) == (finest.raw, finest.samples, finest.planar);
    let uniform = planes.iter().flatten().all(|page| !page.layout.differs(&layout));
    (similar && same && uniform && layout.width < finest.width)
        .then_some(LevelPages { layout, planes })
}

fn sample_axis(lead: &[Axis]) -> Axis {
    let name = if channel_axis(lead).is_none() { "c" } else { "s" };
    axis(name, None)
}

fn channels(series: &Series, layout: &Layout) -> Vec<ChannelInfo> {
    let by_sample = layout.samples > 1 && channel_axis(&series.axes).is_none();
    if !by_sample {
        let mut channels = series.channels.clone();
        channels.iter_mut().for_each(|channel| channel.window = channel.window.or(series.window));
        return channels;
    }
    let full = layout.raw.kind.dtype().range();
    let primary = |(name, color): (&str, [u8; 3])| ChannelInfo {
        color: Some(color),
        window: Some(full),
        ..ChannelInfo::named(name)
    };
    // Photometric interpretation 2 is RGB; further samples are mostly opacity.
    match layout.photometric {
        2 if layout.samples >= 3 => {
            [("red", [255, 0, 0]), ("green", [0, 255, 0]), ("blue", [0, 0, 255])]
                .map(primary)
                .into_iter()
                .chain(
                    (3..layout.samples)
                        .map(|_| ChannelInfo { active: false, ..ChannelInfo::named("alpha") }),
                )
                .collect()
        }
        _ => series.channels.clone(),
    }
}

fn describe(series: &Series, finest: &Layout, layout: &Layout) -> Level {
    let [height, width] = layout.chunk();
    let factor =
        [finest.height as f64 / layout.height as f64, finest.width as f64 / layout.width as f64];
    let n = series.shape.len();
    let mut level = Level {
        shape: series.shape.clone(),
        chunk: vec![1; n],
        scale: series.scale.clone(),
        translate: vec![0.0; n],
    };
    if layout.samples > 1 {
        level.shape.push(layout.samples);
        level.chunk.push(layout.interleaved());
        level.scale.push(1.0);
        level.translate.push(0.0);
    }
    level.shape.extend([layout.height, layout.width]);
    level.chunk.extend([height, width]);
    for (pixel, factor) in series.pixel.iter().zip(factor) {
        level.scale.push(pixel * factor);
        // The outer edges of all levels coincide, so coarse centres lie further in.
        level.translate.push(pixel * (factor - 1.0) / 2.0);
    }
    level
}

impl Reader for TiffReader {
    fn read(&self, level: usize, block: &Block) -> Result<Samples, DataError> {
        let level = self.levels.get(level).ok_or_else(|| self.tiff.malformed("no such level"))?;
        let layout = &level.layout;
        let n = self.lead.len();
        let plane = self.lead.iter().zip(&block.origin).fold(0, |at, (&len, &i)| at * len + i);
        let Some(page) = level.planes.get(plane).copied().flatten() else {
            return Ok(Samples::zeros(layout.raw.kind.dtype(), block.len()));
        };
        let sampled = layout.samples > 1;
        let (first, rest) = (&block.origin[n..], &block.shape[n..]);
        let (sample, yx) = if sampled { (first[0], 1) } else { (0, 0) };
        let part = PageBox {
            top: first[yx],
            left: first[yx + 1],
            height: rest[yx],
            width: rest[yx + 1],
            plane: if layout.planar { sample } else { 0 },
        };
        let count = layout.interleaved();
        let len = part.height * part.width * count;
        let samples =
            layout.raw.read(self.tiff.file.path(), len, |out| page.read(&self.tiff, &part, out))?;
        if count == 1 {
            return Ok(samples);
        }
        gather(&samples, 0, &[1, part.width * count, count], &[count, part.height, part.width])
            .ok_or_else(|| self.tiff.malformed("a chunk of interleaved samples came out short"))
    }
}
