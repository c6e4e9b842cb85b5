//! Whether the pictures that a GPU paints stay on it. What fails there costs no picture: the same one
//! is painted to the host at once, and the device's memory is left alone for a while.

use std::fmt;
use std::sync::Arc;

use metrics::Counter;
use parfocal_base::OnDevice;
use parfocal_base::time::Clock;
use parfocal_gl::{GlError, GlRenderer};
use parfocal_render::DrawList;
use parking_lot::Mutex;

use crate::machine::device::Device;

/// How a picture is painted so that it stays.
type Paint = dyn Fn(&mut GlRenderer, &DrawList) -> Result<Arc<dyn OnDevice>, GlError> + Send + Sync;

/// How pictures stay on a GPU: in CUDA's memory, if nothing else is said.
#[derive(Clone, Default)]
pub(crate) struct Keep(Option<Arc<Paint>>);

impl Keep {
    /// In another way than this machine's.
    pub(crate) fn new(
        paint: impl Fn(&mut GlRenderer, &DrawList) -> Result<Arc<dyn OnDevice>, GlError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self(Some(Arc::new(paint)))
    }

    /// Whether the pictures of that GPU can stay on it.
    pub(crate) fn can(&self, gl: &GlRenderer) -> bool {
        self.0.is_some() || gl.describe().cuda_device.is_some()
    }

    fn paint(&self, gl: &mut GlRenderer, list: &DrawList) -> Result<Arc<dyn OnDevice>, GlError> {
        match &self.0 {
            Some(paint) => paint(gl, list),
            None => gl.keep(list),
        }
    }
}

impl fmt::Debug for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keep")
    }
}

/// What is known of one GPU's memory for pictures.
pub(crate) struct Keeping {
    clock: Clock,
    can: bool,
    device: Mutex<Device>,
    kept: Counter,
    full: Counter,
    failures: Counter,
}

impl Keeping {
    /// Of the GPU that metrics call so; `can`: whether its pictures can stay at all.
    pub(crate) fn new(clock: Clock, gpu: &str, can: bool) -> Arc<Self> {
        let failures = |reason: &'static str| {
            let labels = [("device", gpu.to_owned()), ("reason", reason.to_owned())];
            metrics::counter!("parfocal_kept_failures_total", &labels)
        };
        let kept = metrics::counter!("parfocal_kept_pictures_total", "device" => gpu.to_owned());
        let (full, failures) = (failures("full"), failures("failed"));
        Arc::new(Self { clock, can, device: Mutex::default(), kept, full, failures })
    }

    /// Paints `list` so that the picture stays. `None` where it is to be painted to the host.
    ///
    /// # Errors
    /// If the GPU does not paint.
    pub(crate) fn paint(
        &self,
        keep: &Keep,
        gl: &mut GlRenderer,
        list: &DrawList,
    ) -> Result<Option<Arc<dyn OnDevice>>, GlError> {
        if !self.can || !self.device.lock().may_try(self.clock.now()) {
            return Ok(None);
        }
        match keep.paint(gl, list) {
            Ok(picture) => {
                self.kept.increment(1);
                if self.device.lock().succeeded() {
                    tracing::info!(device = %gl.describe(), "pictures stay on the GPU again");
                }
                Ok(Some(picture))
            }
            // Many look at many views: nothing is wrong.
            Err(GlError::AllKept) => {
                self.full.increment(1);
                Ok(None)
            }
            Err(error @ (GlError::Keep(_) | GlError::NotCuda)) => {
                self.failed(&error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// A picture could not be kept, or not be read.
    pub(crate) fn failed(&self, error: &dyn fmt::Display) {
        let rest = self.device.lock().failed(self.clock.now());
        self.failures.increment(1);
        tracing::warn!(%error, ?rest, "pictures come to the host until the GPU's memory is tried again");
    }
}

#[cfg(test)]
mod tests {
    use parfocal_base::{DeviceError, Frame};
    use parfocal_gl::{Bounds, Choice};

    use super::*;

    #[derive(Debug)]
    struct Nothing;

    impl OnDevice for Nothing {
        fn size(&self) -> [u32; 2] {
            [8, 6]
        }

        fn read(&self, _: &mut Frame) -> Result<(), DeviceError> {
            Ok(())
        }
    }

    fn list() -> DrawList {
        DrawList {
            canvas: [8, 6],
            background: [1, 2, 3],
            layers: Vec::new(),
            overlays: Vec::new(),
            complete: true,
        }
    }

    fn rig(answer: Result<(), GlError>) -> (Keep, Arc<Keeping>, GlRenderer) {
        let keep = Keep::new(move |_, _| answer.clone().map(|()| Arc::new(Nothing) as _));
        let gl = GlRenderer::open(Choice::Software, Bounds::default()).unwrap();
        (keep, Keeping::new(Clock::new(), "0", true), gl)
    }

    #[test]
    fn a_picture_stays_where_it_can() {
        let (keep, keeping, mut gl) = rig(Ok(()));
        assert!(keeping.paint(&keep, &mut gl, &list()).unwrap().is_some());
    }

    #[test]
    fn no_software_and_no_other_makers_gpu_is_asked() {
        let (_, _, mut gl) = rig(Ok(()));
        let keep = Keep::default();
        assert!(!keep.can(&gl));
        let keeping = Keeping::new(Clock::new(), "0", false);
        assert!(keeping.paint(&keep, &mut gl, &list()).unwrap().is_none());
    }

    #[test]
    fn memory_that_fails_is_left_alone_and_costs_no_picture() {
        let (fails, keeping, mut gl) = rig(Err(GlError::Keep("CUDA failed".to_owned())));
        let (works, ..) = rig(Ok(()));
        assert!(keeping.paint(&fails, &mut gl, &list()).unwrap().is_none());
        assert!(keeping.paint(&works, &mut gl, &list()).unwrap().is_none(), "too early");
    }

    #[test]
    fn full_memory_is_asked_again_at_once() {
        let (full, keeping, mut gl) = rig(Err(GlError::AllKept));
        let (works, ..) = rig(Ok(()));
        assert!(keeping.paint(&full, &mut gl, &list()).unwrap().is_none());
        assert!(keeping.paint(&works, &mut gl, &list()).unwrap().is_some());
    }

    #[test]
    fn a_gpu_that_does_not_paint_is_not_hidden() {
        let (hangs, keeping, mut gl) = rig(Err(GlError::Hung));
        assert_eq!(keeping.paint(&hangs, &mut gl, &list()).unwrap_err(), GlError::Hung);
    }
}
