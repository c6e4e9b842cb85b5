//! A source: an n-dimensional image that is described at once and read one chunk at a time.

use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use parfocal_base::{AxisKind, Chunk, ChunkKey, ImageMeta, Samples};

use crate::axes::{channel_axis, from_letters};
use crate::block::{Block, memory_bytes};
use crate::cache::ChunkCache;
use crate::error::DataError;
use crate::limits::{Limits, MAX_AXES, MAX_AXIS_LEN, MIN_AXES};
use crate::pool;

/// Channels that are described one by one. A longer axis is no list of dyes; it gets a slider.
pub const MAX_CHANNELS: usize = 256;

/// What a viewer should make of the samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// Intensities.
    Image,
    /// Object numbers; 0 is background.
    Labels,
}

/// One channel of an image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChannelInfo {
    /// Name for the layer list; `channel 0` and so on where the file has none.
    pub name: String,
    /// Colour of the brightest sample.
    pub color: Option<[u8; 3]>,
    /// Contrast limits that the file suggests; not empty.
    pub window: Option<[f64; 2]>,
    /// Range within which contrast limits make sense; not empty.
    pub range: Option<[f64; 2]>,
    /// Whether the file wants it shown at first.
    pub active: bool,
}

impl ChannelInfo {
    /// A shown channel of which only the name is known.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), active: true, ..Self::default() }
    }
}

/// The colour that a file gives to one label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelColor {
    /// Label value.
    pub label: f64,
    /// Red, green, blue, opacity.
    pub rgba: [u8; 4],
}

/// What a source says about itself besides its arrays.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceInfo {
    /// Name for the layer list: of the file, or of the image within it.
    pub name: String,
    /// Image or labels.
    pub kind: SourceKind,
    /// Name of the format, for people.
    pub format: &'static str,
    /// One entry per sample of the channel axis, or empty without such an axis.
    pub channels: Vec<ChannelInfo>,
    /// Contrast limits that the file suggests for an image without a channel axis.
    pub window: Option<[f64; 2]>,
    /// Colours of labels, where the file has them.
    pub label_colors: Vec<LabelColor>,
    /// For labels: position of their image within the same [`crate::Opened`].
    pub labels_of: Option<usize>,
    /// What was guessed, left out or repaired while opening; for people.
    pub warnings: Vec<String>,
}

impl SourceInfo {
    /// An image of which only name and format are known.
    pub fn image(name: impl Into<String>, format: &'static str) -> Self {
        Self {
            name: name.into(),
            kind: SourceKind::Image,
            format,
            channels: Vec::new(),
            window: None,
            label_colors: Vec::new(),
            labels_of: None,
            warnings: Vec::new(),
        }
    }
}

/// An n-dimensional image that can be read in chunks.
#[async_trait]
pub trait Source: Send + Sync + Debug {
    /// Axes, sample type and resolutions (finest first).
    fn meta(&self) -> &ImageMeta;

    /// Name, channels and hints.
    fn info(&self) -> &SourceInfo;

    /// Reads the chunk at grid position `chunk` of `level`; chunks at the end of an axis are cut
    /// to the image. Dropping the future gives up a read that has not begun. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`DataError::NoSuchChunk`] outside the grid; otherwise what is wrong with the file.
    async fn read(&self, level: usize, chunk: &[usize]) -> Result<Chunk, DataError>;

    /// Reads a chunk into `cache`. Who may change while it is read overrides this.
    ///
    /// # Errors
    /// As [`Source::read`].
    async fn load(&self, key: ChunkKey, cache: &ChunkCache) -> Result<(), DataError> {
        let chunk = self.read(usize::from(key.level), &key.index.to_vec()).await?;
        cache.insert(key, Arc::new(chunk));
        Ok(())
    }
}

/// The sync part of a source: reads one box that [`FileSource`] has checked.
pub trait Reader: Debug + Send + Sync + 'static {
    /// The samples of `block` of `level`, C order, of the image's sample type.
    ///
    /// # Errors
    /// What is wrong with the file.
    fn read(&self, level: usize, block: &Block) -> Result<Samples, DataError>;
}

/// A [`Source`] over a [`Reader`]: checks what the file promises against the limits once, checks
/// every chunk position, and reads on the bounded pool.
#[derive(Clone, Debug)]
pub struct FileSource {
    meta: ImageMeta,
    info: SourceInfo,
    reader: Arc<dyn Reader>,
}

impl FileSource {
    /// A source whose description is consistent and within `limits`. Unusable scales are repaired
    /// with a warning.
    ///
    /// # Errors
    /// [`DataError::Malformed`], [`DataError::Unsupported`] or [`DataError::TooLarge`].
    pub fn new(
        path: &Path,
        mut meta: ImageMeta,
        mut info: SourceInfo,
        reader: Arc<dyn Reader>,
        limits: &Limits,
    ) -> Result<Self, DataError> {
        check_shape(path, &meta, limits)?;
        repair_scale(&mut meta, &mut info);
        fit_channels(&mut meta, &mut info);
        Ok(Self { meta, info, reader })
    }

    /// Name, channels and hints, for the opener to complete.
    pub fn info_mut(&mut self) -> &mut SourceInfo {
        &mut self.info
    }

    /// Renames the axes, one letter each, as `"tzyx"`. Scales stay where they are; units follow
    /// the names that they belonged to.
    ///
    /// # Errors
    /// [`DataError::Option`] if the letters do not fit the image.
    pub fn rename_axes(&mut self, path: &Path, letters: &str) -> Result<(), DataError> {
        let n = self.meta.axes.len();
        let Some(mut axes) = from_letters(letters, n) else {
            let reason = format!(
                "axes {letters:?} do not fit: give {n} different letters, one for each axis of {:?}",
                self.meta.levels.first().map(|level| level.shape.as_slice()).unwrap_or_default()
            );
            return Err(DataError::Option { path: path.to_path_buf(), reason });
        };
        for axis in &mut axes {
            axis.unit =
                self.meta.axes.iter().find(|a| a.name == axis.name).and_then(|a| a.unit.clone());
        }
        self.meta.axes = axes;
        fit_channels(&mut self.meta, &mut self.info);
        Ok(())
    }
}

#[async_trait]
impl Source for FileSource {
    fn meta(&self) -> &ImageMeta {
        &self.meta
    }

    fn info(&self) -> &SourceInfo {
        &self.info
    }

    async fn read(&self, level: usize, chunk: &[usize]) -> Result<Chunk, DataError> {
        let missing = || DataError::NoSuchChunk {
            name: self.info.name.clone(),
            level,
            chunk: chunk.to_vec(),
        };
        let block =
            self.meta.levels.get(level).and_then(|l| Block::of(l, chunk)).ok_or_else(missing)?;
        let reader = Arc::clone(&self.reader);
        let read = move || reader.read(level, &block).map(|samples| (block.shape, samples));
        let (shape, samples) = pool::run(read).await?;
        let got = samples.len();
        Chunk::new(shape, samples).ok_or_else(|| {
            let reason = format!("chunk {chunk:?} of level {level} came out with {got} samples");
            DataError::malformed(Path::new(&self.info.name), reason)
        })
    }
}

fn check_shape(path: &Path, meta: &ImageMeta, limits: &Limits) -> Result<(), DataError> {
    let n = meta.axes.len();
    if !(MIN_AXES..=MAX_AXES).contains(&n) {
        let reason =
            format!("it has {n} axes; images of {MIN_AXES} to {MAX_AXES} axes can be shown");
        return Err(DataError::unsupported(path, reason));
    }
    if meta.levels.is_empty() || meta.levels.len() > limits.levels {
        let reason = format!(
            "it has {} resolutions, from 1 to {} are read",
            meta.levels.len(),
            limits.levels
        );
        return Err(DataError::unsupported(path, reason));
    }
    for level in &meta.levels {
        if [level.shape.len(), level.chunk.len(), level.scale.len(), level.translate.len()]
            != [n; 4]
        {
            return Err(DataError::malformed(
                path,
                "its resolutions differ in their number of axes",
            ));
        }
        if level.shape.contains(&0) {
            return Err(DataError::malformed(
                path,
                format!("its shape {:?} holds no samples", level.shape),
            ));
        }
        if let Some(&len) = level.shape.iter().find(|&&len| len > MAX_AXIS_LEN) {
            return Err(DataError::too_large(path, "an axis", len as u64, MAX_AXIS_LEN as u64));
        }
        if level.chunk.contains(&0) {
            return Err(DataError::malformed(
                path,
                format!("its chunk size {:?} is empty", level.chunk),
            ));
        }
        let bytes = memory_bytes(&level.chunk, meta.dtype).unwrap_or(u64::MAX);
        if bytes > limits.chunk_bytes as u64 {
            return Err(DataError::too_large(
                path,
                "a chunk, in bytes,",
                bytes,
                limits.chunk_bytes as u64,
            ));
        }
    }
    Ok(())
}

fn repair_scale(meta: &mut ImageMeta, info: &mut SourceInfo) {
    let mut repaired = false;
    for level in &mut meta.levels {
        for scale in level.scale.iter_mut().filter(|s| !(s.is_finite() && **s > 0.0)) {
            *scale = 1.0;
            repaired = true;
        }
        for translate in level.translate.iter_mut().filter(|t| !t.is_finite()) {
            *translate = 0.0;
            repaired = true;
        }
    }
    if repaired {
        info.warnings.push("a scale that is not a positive number was taken as 1".to_owned());
    }
}

/// Brings the channel list to the length of the channel axis.
fn fit_channels(meta: &mut ImageMeta, info: &mut SourceInfo) {
    let Some(axis) = channel_axis(&meta.axes) else {
        info.channels.clear();
        return;
    };
    let len = meta.levels.first().and_then(|level| level.shape.get(axis)).copied().unwrap_or(0);
    if len > MAX_CHANNELS {
        meta.axes[axis].kind = AxisKind::Other;
        info.channels.clear();
        return;
    }
    info.channels.truncate(len);
    for i in info.channels.len()..len {
        info.channels.push(ChannelInfo::named(format!("channel {i}")));
    }
    let usable = |w: &[f64; 2]| w[0].is_finite() && w[1].is_finite() && w[0] < w[1];
    for (i, channel) in info.channels.iter_mut().enumerate() {
        if channel.name.is_empty() {
            channel.name = format!("channel {i}");
        }
        channel.window = channel.window.filter(usable);
        channel.range = channel.range.filter(usable);
    }
}
