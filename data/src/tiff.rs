//! TIFF and BigTIFF: strips and tiles, both byte orders, compression none, LZW, deflate, PackBits
//! and zstd with predictors, and the axes that OME-XML, ImageJ or tifffile describe.
//!
//! Interleaved samples (RGB) become an axis `c` before `y`. Smaller copies (SubIFDs of the pages,
//! or reduced pages of the main chain) become coarser levels. Pages of other sizes become sources
//! of their own. Several equal pages without a description are slices along `z`.
//!
//! The file is not decoded when it is opened: its directories are read, pixels only by chunk.

mod ifd;
mod imagej;
mod ome;
mod page;
mod reader;
mod segment;
mod series;

use std::path::Path;
use std::sync::Arc;

use crate::error::DataError;
use crate::file::DataFile;
use crate::limits::Limits;
use crate::source::FileSource;
use ifd::{Ifd, TiffFile};
use page::{Page, Place};
use series::Series;

const IMAGE_DESCRIPTION: u16 = 270;
const X_RESOLUTION: u16 = 282;
const Y_RESOLUTION: u16 = 283;

/// First bytes of a TIFF or BigTIFF.
pub fn is_tiff(start: &[u8]) -> bool {
    matches!(start.get(..4), Some(b"II*\0" | b"MM\0*" | b"II+\0" | b"MM\0+"))
}

/// Opens the images of the TIFF at `path`.
///
/// # Errors
/// What is wrong with the file.
pub fn open(path: &Path, limits: &Limits) -> Result<Vec<FileSource>, DataError> {
    let tiff = Arc::new(TiffFile::open(DataFile::open(path)?, limits)?);
    let chain = tiff.chain()?;
    let first = chain.first().ok_or_else(|| tiff.malformed("it has no pages"))?;
    let mut pages = vec![Page::parse(&tiff, first, limits)?];
    let mut skipped = None;
    for ifd in &chain[1..] {
        // A thumbnail or label in a layout that is not read must not hide the image.
        match Page::parse(&tiff, ifd, limits) {
            Ok(page) => pages.push(page),
            Err(error @ DataError::Unsupported { .. }) => {
                skipped = Some(error.to_string());
                break;
            }
            Err(error) => return Err(error),
        }
    }
    if let Some(last) = pages.last() {
        last.check_end(&tiff)?;
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".ome").unwrap_or(&name).to_owned();
    let all = describe(&tiff, first, &mut pages, limits)?;
    let several = all.len() > 1;
    let pages = Arc::new(pages);
    let mut sources = Vec::new();
    for (i, mut series) in all.into_iter().take(limits.images).enumerate() {
        series.warnings.extend(skipped.clone());
        let own = series.name.take().filter(|_| several);
        let title = match (i, own) {
            (_, Some(own)) => format!("{name} {own}"),
            (0, None) => name.clone(),
            (_, None) => format!("{name} {i}"),
        };
        match reader::source(&tiff, &pages, &series, &title, limits) {
            Ok(source) => sources.push(source),
            Err(error) if sources.is_empty() => return Err(error),
            Err(_) => {}
        }
    }
    Ok(sources)
}

/// The images that the pages hold, by the description of the first page.
fn describe(
    tiff: &TiffFile,
    first: &Ifd,
    pages: &mut Vec<Page>,
    limits: &Limits,
) -> Result<Vec<Series>, DataError> {
    let text = tiff.text(first, IMAGE_DESCRIPTION)?.unwrap_or_default();
    let layout =
        pages.first().map(|page| page.layout).ok_or_else(|| tiff.malformed("it has no pages"))?;
    let mut warnings = Vec::new();
    if ome::is_ome(&text) {
        let file_name = tiff.file.path().file_name().unwrap_or_default().to_string_lossy();
        match ome::parse(&text, &file_name, layout.samples, pages.len(), limits.pages) {
            Ok(all) => return Ok(all),
            Err(reason) => warnings.push(format!("{reason}; its pages are shown as a plain stack")),
        }
    }
    let resolution = [tiff.fraction(first, Y_RESOLUTION), tiff.fraction(first, X_RESOLUTION)];
    let described = imagej::parse(&text, resolution).or_else(|| series::tifffile(&text, &layout));
    if let Some(series) = described {
        if fits(tiff, &series, pages, limits) {
            return Ok(vec![series]);
        }
        warnings.push(format!(
            "its description promises {} pages of the first page's kind, and it has {}; they are shown as a plain stack",
            series.planes.len(),
            pages.len()
        ));
    }
    let mut all = plain_series(pages);
    if let Some(series) = all.first_mut() {
        series.warnings.extend(warnings);
    }
    Ok(all)
}

/// Whether the file has the planes of `series`. ImageJ (above 4 GB) and tifffile write one
/// directory only, and all planes behind each other: those pages are added here.
fn fits(tiff: &TiffFile, series: &Series, pages: &mut Vec<Page>, limits: &Limits) -> bool {
    let count = series.planes.len();
    let Some(&first) = pages.first() else { return false };
    if count <= pages.len() {
        return pages.iter().take(count).all(|page| page.layout == first.layout);
    }
    let plain = pages.len() == 1 && first.layout.compression == 1 && !first.layout.tiled;
    let (Some(base), Some(bytes)) = (first.first_byte(tiff), first.layout.page_bytes()) else {
        return false;
    };
    let all = bytes.checked_mul(count as u64);
    if !plain || count > limits.pages || all.is_none_or(|all| tiff.file.check(base, all).is_err()) {
        return false;
    }
    let one = |i: usize| Page { place: Place::Contiguous(base + i as u64 * bytes), ..first };
    *pages = (0..count).map(one).collect();
    true
}

/// Runs of equal full-size pages, each an image.
fn plain_series(pages: &[Page]) -> Vec<Series> {
    let mut all: Vec<Series> = Vec::new();
    let mut run: Option<(usize, usize)> = None;
    for (i, page) in pages.iter().enumerate() {
        if page.reduced && i > 0 {
            continue;
        }
        run = match run {
            Some((first, n)) if first + n == i && pages[first].layout == page.layout => {
                Some((first, n + 1))
            }
            ended => {
                all.extend(ended.map(|(first, n)| series::plain(first as u32, n as u32)));
                Some((i, 1))
            }
        };
    }
    all.extend(run.map(|(first, n)| series::plain(first as u32, n as u32)));
    all
}
