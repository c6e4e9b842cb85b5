//! From a path to sources: which paths may be read, which format a path is, what the name says.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::axes::{channel_axis, guess};
use crate::error::DataError;
use crate::limits::Limits;
use crate::source::{FileSource, Source, SourceKind};
use crate::{npy, pool, tiff, zarr};

/// Folders and files that may be read. A path is resolved (symlinks first) and must lie in one.
///
/// A link that is exchanged between the check and the opening is not caught: whoever may write
/// in a root is trusted that far.
#[derive(Clone, Debug)]
pub struct Roots {
    /// Resolved; `None` allows everything.
    allowed: Option<Arc<[PathBuf]>>,
}

impl Roots {
    /// Everything below `paths` may be read.
    ///
    /// # Errors
    /// If one of them cannot be resolved.
    pub fn new<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<Self, DataError> {
        let resolve =
            |path: P| path.as_ref().canonicalize().map_err(|e| DataError::io(path.as_ref(), &e));
        let allowed = paths.into_iter().map(resolve).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { allowed: Some(allowed.into()) })
    }

    /// Every path may be read: for paths that the operator typed.
    pub const fn everywhere() -> Self {
        Self { allowed: None }
    }

    /// The resolved form of `path`, if it lies in a root.
    ///
    /// # Errors
    /// [`DataError::OutsideRoots`]; [`DataError::Io`] if it does not exist (told only for paths
    /// that lie in a root as they are written, so that the error does not probe other folders).
    pub fn resolve(&self, path: &Path) -> Result<PathBuf, DataError> {
        match path.canonicalize() {
            Ok(resolved) => self.check(path, &resolved).map(|()| resolved),
            Err(e) => {
                let plain = !path.components().any(|part| part == std::path::Component::ParentDir);
                let inside = self
                    .allowed
                    .as_ref()
                    .is_none_or(|all| all.iter().any(|root| path.starts_with(root)));
                match plain && inside || self.allowed.is_none() {
                    true => Err(DataError::io(path, &e)),
                    false => Err(DataError::OutsideRoots { path: path.to_path_buf() }),
                }
            }
        }
    }

    /// Whether `resolved`, asked for as `path`, lies in a root.
    pub(crate) fn check(&self, path: &Path, resolved: &Path) -> Result<(), DataError> {
        match &self.allowed {
            Some(all) if !all.iter().any(|root| resolved.starts_with(root)) => {
                Err(DataError::OutsideRoots { path: path.to_path_buf() })
            }
            _ => Ok(()),
        }
    }
}

/// How a path is opened.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// What may be read.
    pub roots: Roots,
    /// Bounds for what the file may ask for.
    pub limits: Limits,
    /// Names of the axes, one letter each (`"tzyx"`), instead of what the file says. For NPY in
    /// the order of NumPy's shape, where a last `c` means interleaved colours; for the other
    /// formats in the order of the opened image.
    pub axes: Option<String>,
    /// Whether the images are labels; without it, integer images whose name contains `label`,
    /// `seg` or `mask` are.
    pub labels: Option<bool>,
}

impl OpenOptions {
    /// The defaults, reading below `roots`.
    pub fn new(roots: Roots) -> Self {
        Self { roots, limits: Limits::default(), axes: None, labels: None }
    }
}

/// What a path holds: images, each followed by its label images.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The path, resolved.
    pub path: PathBuf,
    /// At least one source.
    pub sources: Vec<Arc<dyn Source>>,
}

/// Opens the NPY file, TIFF file or Zarr folder at `path`. Only metadata is read.
///
/// # Errors
/// That the path may not be read, that its format is not known, or what is wrong with it.
pub async fn open(path: &Path, options: &OpenOptions) -> Result<Opened, DataError> {
    let (path, options) = (path.to_path_buf(), options.clone());
    pool::run(move || open_now(&path, &options)).await
}

fn open_now(path: &Path, options: &OpenOptions) -> Result<Opened, DataError> {
    let resolved = options.roots.resolve(path)?;
    let mut sources = by_format(&resolved, options)?;
    for source in &mut sources {
        name_kind(path, source, options.labels);
        if options.axes.is_none() {
            drop_label_channels(path, source)?;
        }
    }
    if sources.is_empty() {
        return Err(DataError::unsupported(path, "it holds no image"));
    }
    let sources = sources.into_iter().map(|source| Arc::new(source) as Arc<dyn Source>).collect();
    Ok(Opened { path: resolved, sources })
}

fn by_format(path: &Path, options: &OpenOptions) -> Result<Vec<FileSource>, DataError> {
    let (limits, letters) = (&options.limits, options.axes.as_deref());
    if path.is_dir() {
        if !zarr::is_zarr(path) {
            return Err(DataError::unsupported(path, "the folder is no Zarr group or array"));
        }
        return renamed(path, zarr::open(path, &options.roots, limits)?, letters);
    }
    let start = first_bytes(path)?;
    if start.starts_with(npy::MAGIC) {
        return npy::open(path, letters, limits).map(|source| vec![source]);
    }
    if tiff::is_tiff(&start) {
        return renamed(path, tiff::open(path, limits)?, letters);
    }
    Err(DataError::unsupported(path, "it is none of NPY, TIFF, BigTIFF and (a folder) Zarr"))
}

fn first_bytes(path: &Path) -> Result<Vec<u8>, DataError> {
    let file = File::open(path).map_err(|e| DataError::io(path, &e))?;
    let mut start = Vec::new();
    file.take(8).read_to_end(&mut start).map_err(|e| DataError::io(path, &e))?;
    Ok(start)
}

/// Gives all sources with as many axes as `letters` these names; the first must have as many.
fn renamed(
    path: &Path,
    mut sources: Vec<FileSource>,
    letters: Option<&str>,
) -> Result<Vec<FileSource>, DataError> {
    let Some(letters) = letters else { return Ok(sources) };
    for (i, source) in sources.iter_mut().enumerate() {
        if i == 0 || source.meta().axes.len() == letters.chars().count() {
            source.rename_axes(path, letters)?;
        }
    }
    Ok(sources)
}

fn name_kind(path: &Path, source: &mut FileSource, labels: Option<bool>) {
    let whole = source.meta().dtype.is_integer();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    let named = ["label", "seg", "mask"].iter().any(|word| stem.contains(word));
    let info = source.info_mut();
    match labels {
        // What is known as the labels of an image stays so.
        Some(true) if whole => info.kind = SourceKind::Labels,
        Some(true) => {
            info.warnings.push("labels must be whole numbers; it is shown as an image".to_owned());
        }
        Some(false) if info.labels_of.is_none() => info.kind = SourceKind::Image,
        None if named && whole && info.labels_of.is_none() => info.kind = SourceKind::Labels,
        _ => {}
    }
}

/// Labels have no channels: an axis `c` of a label file is a mistaken name (segmentations that
/// went through ImageJ have it), so all its axes are guessed anew.
fn drop_label_channels(path: &Path, source: &mut FileSource) -> Result<(), DataError> {
    let labels = source.info().kind == SourceKind::Labels && source.info().labels_of.is_none();
    let axes = &source.meta().axes;
    if !labels || channel_axis(axes).is_none() || axes.len() > GUESSED_LETTERS {
        return Ok(());
    }
    let letters: String = guess(axes.len()).into_iter().map(|axis| axis.name).collect();
    source.rename_axes(path, &letters)?;
    source
        .info_mut()
        .warnings
        .push(format!("labels have no channels: its axes were taken as {letters}"));
    Ok(())
}

/// Axes up to which guessed names are single letters other than `c`.
const GUESSED_LETTERS: usize = 4;
