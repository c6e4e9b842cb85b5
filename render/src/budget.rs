//! What the chunks of one picture may cost.

use parfocal_base::DType;

/// What the chunks of one picture may cost. A target level that costs more is left for a coarser
/// one; where even the coarsest costs more, only its middle is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Bytes of all chunks that a picture wants; below the chunk cache's size, or chunks would push
    /// each other out for ever.
    pub bytes: usize,
    /// Texels that one picture reads: they are converted for every frame.
    pub texels: usize,
    /// Chunks that one picture wants: each is a table lookup for every frame.
    pub chunks: usize,
    /// The same where three axes are shown: what paints decides it.
    pub volumes: Volumes,
}

/// What the volumes of one picture may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volumes {
    /// Bytes of all chunks that a picture wants, as in [`Budget`].
    pub bytes: usize,
    /// Texels of all volumes, with one more along each axis. They are put together once and not for
    /// every frame; but rays grow longer with them, and miss the processor's caches.
    pub texels: usize,
    /// Bytes of these texels where they are painted ([`texel_bytes`]).
    pub kept: usize,
    /// Chunks that one picture wants.
    pub chunks: usize,
}

/// Chunks of one picture.
const CHUNKS: usize = 1 << 14;

/// Half of the default cache: more are never read for one flat picture, but where chunks are much
/// larger than what is seen of them.
const BYTES: usize = 512 << 20;

impl Default for Budget {
    /// That of a cache that is large enough, painted by the CPU.
    fn default() -> Self {
        Self::new(usize::MAX, None)
    }
}

impl Budget {
    /// Of pictures from a cache of `cache` bytes: half of it, since the next picture needs room beside
    /// this one, or the two would push each other's chunks out for ever. `device` are the bytes that
    /// each GPU can hold, if GPUs paint. In the plane: 512 MiB, four texels for each pixel of a 4K
    /// canvas, 16,384 chunks.
    pub fn new(cache: usize, device: Option<usize>) -> Self {
        let half = cache / 2;
        let bytes = half.min(BYTES);
        let volumes = device.map_or_else(|| Volumes::on_cpu(bytes), |of| Volumes::on_gpu(half, of));
        Self { bytes, texels: 1 << 25, chunks: CHUNKS, volumes }
    }

    /// An equal share for each of `n` layers.
    pub(crate) fn share(self, n: usize) -> Self {
        let n = n.max(1);
        Self { bytes: self.bytes / n, texels: self.texels / n, chunks: self.chunks / n, ..self }
    }

    pub(crate) const fn holds(&self, bytes: usize, texels: usize, chunks: usize) -> bool {
        bytes <= self.bytes && texels <= self.texels && chunks <= self.chunks
    }
}

impl Volumes {
    /// 405³ texels: `cargo xtask bench volume` says how fast they are turned. At rest they are painted
    /// once.
    const CPU_TEXELS: usize = 1 << 26;
    /// 1024³ texels: beyond, the CPU could not stand in for a GPU that fails, since it numbers them
    /// with 32 bits. The levels of a screen do not go beyond either.
    const GPU_TEXELS: usize = 1025 * 1025 * 1025;

    const fn on_cpu(bytes: usize) -> Self {
        let texels = Self::CPU_TEXELS;
        Self { bytes, texels, kept: texels * 4, chunks: CHUNKS }
    }

    /// Three quarters of what the device holds: texels lie there in parts with a border, which takes
    /// up to a fifth, and beside letters and overlays.
    const fn on_gpu(bytes: usize, device: usize) -> Self {
        Self { bytes, texels: Self::GPU_TEXELS, kept: device / 4 * 3, chunks: CHUNKS }
    }

    /// An equal share for each of `n` layers.
    pub(crate) fn share(self, n: usize) -> Self {
        let n = n.max(1);
        Self {
            bytes: self.bytes / n,
            texels: self.texels / n,
            kept: self.kept / n,
            chunks: self.chunks / n,
        }
    }

    pub(crate) const fn holds(&self, cost: &Self) -> bool {
        cost.bytes <= self.bytes
            && cost.texels <= self.texels
            && cost.kept <= self.kept
            && cost.chunks <= self.chunks
    }
}

/// Bytes that a volume's texel takes where it is painted, on the CPU as on a GPU.
pub const fn texel_bytes(dtype: DType) -> usize {
    match dtype {
        DType::Bool | DType::U8 => 1,
        DType::U16 => 2,
        DType::U32 | DType::I16 | DType::I32 | DType::F32 | DType::F64 => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: usize = 1 << 30;

    /// Whether a cube of `side` samples in chunks of 64³ can be shown as it is.
    fn shows(budget: &Budget, side: usize, dtype: DType, bytes: usize) -> bool {
        budget.volumes.holds(&Volumes {
            bytes: side.pow(3) * bytes,
            texels: (side + 1).pow(3),
            kept: (side + 1).pow(3) * texel_bytes(dtype),
            chunks: side.div_ceil(64).pow(3),
        })
    }

    #[test]
    fn what_paints_decides_how_large_a_volume_is_shown() {
        let cpu = Budget::new(GIB, None);
        assert!(shows(&cpu, 400, DType::F32, 4) && !shows(&cpu, 512, DType::U8, 1));
        let gpu = Budget::new(GIB, Some(GIB));
        assert!(shows(&gpu, 512, DType::U8, 1) && shows(&gpu, 512, DType::F32, 4));
        // Of which the cache holds half, and the device less than all.
        assert!(!shows(&gpu, 1024, DType::U8, 1));
        assert!(!shows(&Budget::new(4 * GIB, Some(GIB)), 1024, DType::U8, 1));
        let large = Budget::new(2 * GIB, Some(2 * GIB));
        assert!(shows(&large, 1024, DType::U8, 1) && !shows(&large, 1100, DType::U8, 1));
        // Sixteen bits with a sign are kept as 32.
        assert!(!shows(&Budget::new(4 * GIB, Some(2 * GIB)), 800, DType::I16, 2));
        assert!(shows(&Budget::new(4 * GIB, Some(2 * GIB)), 800, DType::U16, 2));
    }

    #[test]
    fn a_gpu_does_not_change_what_flat_pictures_may_cost() {
        for cache in [GIB / 8, GIB, 16 * GIB] {
            let (cpu, gpu) = (Budget::new(cache, None), Budget::new(cache, Some(GIB)));
            assert_eq!(Budget { volumes: cpu.volumes, ..gpu }, cpu);
            assert!(cpu.bytes <= cache / 2 && gpu.volumes.bytes <= cache / 2);
        }
    }
}
