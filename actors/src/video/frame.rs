//! A picture of a view on its way to the encoders: in the host's memory, or on the device that painted
//! it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use parfocal_base::frame::FrameMut;
use parfocal_base::{DeviceError, Frame, FrameLease, FrameMeta, OnDevice, PixelFormat};
use parking_lot::Mutex;

use super::keeping::Keeping;

/// A picture of a view. Clones are the same picture.
#[derive(Clone, Debug)]
pub(crate) enum ViewFrame {
    /// In the host's memory.
    Host(FrameLease),
    /// On a device.
    Device(Arc<Kept>),
}

/// A picture that stays on the device that painted it.
pub(crate) struct Kept {
    picture: Arc<dyn OnDevice>,
    format: PixelFormat,
    meta: FrameMeta,
    /// What was lent for it in the host's memory: it counts as a picture of its view wherever it is.
    memory: Mutex<Option<FrameMut>>,
    /// The same picture there, read when somebody first needs it.
    host: OnceLock<Result<FrameLease, DeviceError>>,
    keeping: Arc<Keeping>,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("picture", &self.picture).finish_non_exhaustive()
    }
}

impl ViewFrame {
    /// A picture that stays on its device, as `keeping` has painted it. `memory`, of the same size,
    /// says in which format it is read.
    pub(crate) fn kept(
        picture: Arc<dyn OnDevice>,
        mut memory: FrameMut,
        meta: FrameMeta,
        keeping: &Arc<Keeping>,
    ) -> Self {
        let format = memory.frame().format();
        let (memory, host) = (Mutex::new(Some(memory)), OnceLock::new());
        let keeping = Arc::clone(keeping);
        Self::Device(Arc::new(Kept { picture, format, meta, memory, host, keeping }))
    }

    /// The format that it has in the host's memory.
    pub(crate) fn format(&self) -> PixelFormat {
        match self {
            Self::Host(frame) => frame.format(),
            Self::Device(kept) => kept.format,
        }
    }

    /// Width and height in pixels.
    pub(crate) fn size(&self) -> [u32; 2] {
        match self {
            Self::Host(frame) => [frame.width(), frame.height()],
            Self::Device(kept) => kept.picture.size(),
        }
    }

    /// What it shows.
    pub(crate) fn meta(&self) -> &FrameMeta {
        match self {
            Self::Host(frame) => &frame.meta,
            Self::Device(kept) => &kept.meta,
        }
    }

    /// The picture, if it is on a device.
    pub(crate) fn on_device(&self) -> Option<&dyn OnDevice> {
        match self {
            Self::Host(_) => None,
            Self::Device(kept) => Some(&*kept.picture),
        }
    }

    /// The picture in the host's memory. The first one who asks waits until it is read.
    ///
    /// # Errors
    /// If the device does not give it; the answer stays.
    pub(crate) fn host(&self) -> Result<&Frame, DeviceError> {
        match self {
            Self::Host(frame) => Ok(frame),
            Self::Device(kept) => match kept.host.get_or_init(|| kept.read()) {
                Ok(frame) => Ok(frame),
                Err(error) => Err(error.clone()),
            },
        }
    }

    /// The device did not give it: the next pictures come to the host at once.
    pub(crate) fn failed(&self, error: &DeviceError) {
        if let Self::Device(kept) = self {
            kept.keeping.failed(error);
        }
    }
}

impl Kept {
    fn read(&self) -> Result<FrameLease, DeviceError> {
        let lost = || DeviceError("the picture's memory was taken before".to_owned());
        let mut memory = self.memory.lock().take().ok_or_else(lost)?;
        self.picture.read(memory.frame())?;
        memory.frame().meta = self.meta;
        Ok(memory.publish())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use parfocal_base::FramePool;
    use parfocal_base::time::Clock;

    use super::*;

    /// A grey picture that counts how often it is read.
    #[derive(Debug, Default)]
    struct Grey {
        reads: AtomicUsize,
        fails: bool,
    }

    impl OnDevice for Grey {
        fn size(&self) -> [u32; 2] {
            [8, 6]
        }

        fn read(&self, frame: &mut Frame) -> Result<(), DeviceError> {
            self.reads.fetch_add(1, Ordering::Relaxed);
            frame.data_mut().fill(77);
            if self.fails { Err(DeviceError("it fails".to_owned())) } else { Ok(()) }
        }
    }

    fn kept(grey: &Arc<Grey>, pool: &FramePool) -> ViewFrame {
        let memory = pool.take(PixelFormat::I420, 8, 6).unwrap();
        let meta = FrameMeta { revision: 7, ..FrameMeta::default() };
        let keeping = Keeping::new(Clock::new(), "0", true);
        ViewFrame::kept(grey.clone(), memory, meta, &keeping)
    }

    #[test]
    fn it_is_read_once_for_all_and_not_at_all_for_nobody() {
        let (grey, pool) = (Arc::new(Grey::default()), FramePool::new(1));
        let frame = kept(&grey, &pool);
        assert_eq!((frame.size(), frame.format()), ([8, 6], PixelFormat::I420));
        assert_eq!(frame.meta().revision, 7);
        assert_eq!((grey.reads.load(Ordering::Relaxed), pool.leased()), (0, 1));
        let read = || {
            let host = frame.host().unwrap();
            assert_eq!((host.data()[0], host.meta.revision), (77, 7));
        };
        std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(read))));
        assert_eq!((grey.reads.load(Ordering::Relaxed), pool.leased()), (1, 1));
        drop(frame);
        assert_eq!(pool.leased(), 0);
    }

    #[test]
    fn one_that_cannot_be_read_says_so_and_gives_its_memory_back() {
        let grey = Arc::new(Grey { fails: true, ..Grey::default() });
        let pool = FramePool::new(1);
        let frame = kept(&grey, &pool);
        for _ in 0..2 {
            assert_eq!(frame.host().unwrap_err().0, "it fails");
        }
        assert_eq!((grey.reads.load(Ordering::Relaxed), pool.leased()), (1, 0));
    }
}
