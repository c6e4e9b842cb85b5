//! Bounds for what a file may make this process allocate or do.

/// What a file may ask for. The defaults suit a server with a few GiB of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one decoded chunk. A chunk is decoded whole, so this times the number of
    /// concurrent reads bounds the memory in flight.
    pub chunk_bytes: usize,
    /// Pages (image file directories) of one TIFF. Each costs about 100 bytes and one small read
    /// when the file is opened.
    pub pages: usize,
    /// Bytes of one piece of metadata: an NPY header, a TIFF tag, a JSON or XML document.
    pub metadata_bytes: usize,
    /// Images (sources) that one path may open as, labels included.
    pub images: usize,
    /// Resolutions of one image.
    pub levels: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            chunk_bytes: 256 << 20,
            pages: 1 << 18,
            metadata_bytes: 16 << 20,
            images: 64,
            levels: 32,
        }
    }
}

/// Axes of an image, at least.
pub const MIN_AXES: usize = 2;

/// Axes of an image, at most: what the name of a chunk holds.
pub const MAX_AXES: usize = parfocal_base::ChunkIndex::MAX_AXES;

/// Samples along one axis, at most, so that chunk numbers fit 32 bits with room to spare.
pub const MAX_AXIS_LEN: usize = 1 << 31;

/// Bytes of a chunk where the file leaves the choice to the reader: a whole plane of 2048² u16.
/// Large enough that a plane is one read, small enough that a read can be given up soon.
pub const FREE_CHUNK_BYTES: usize = 8 << 20;

/// Edge of a square chunk where a plane exceeds [`FREE_CHUNK_BYTES`], in samples.
pub const FREE_TILE: usize = 1024;

/// Label colours read from one image; a table beyond this is of no use to the eye.
pub const MAX_LABEL_COLORS: usize = 1 << 16;
