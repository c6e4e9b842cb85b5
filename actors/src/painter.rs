//! What pictures are painted with: a GPU where there is one, and the CPU where there is none, or
//! where it fails; a picture is never lost to a failing GPU.

use std::str::FromStr;

use parfocal_base::{Frame, Instant};
use parfocal_gl::{Bounds, Choice, GlError, GlRenderer};
use parfocal_render::{Cpu, CpuError, DrawList};
use serde::Deserialize;

use crate::machine::device::Device;

/// What is to paint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Renderer {
    /// A GPU where there is one, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// OpenGL, and be it computed on the CPU.
    Gl,
}

impl FromStr for Renderer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "gl" => Ok(Self::Gl),
            _ => Err(format!("auto, cpu or gl, not {text:?}")),
        }
    }
}

/// The GPU, if one paints.
#[derive(Debug, Default)]
pub(crate) struct Gpu {
    gl: Option<GlRenderer>,
    device: Device,
}

impl Gpu {
    /// Opens what `renderer` asks for, and says in the log what paints, and why.
    ///
    /// # Errors
    /// If OpenGL is asked for, and there is none.
    pub(crate) fn open(renderer: Renderer) -> Result<Self, GlError> {
        let choice = match renderer {
            Renderer::Cpu => {
                tracing::info!("the CPU paints, as asked for");
                return Ok(Self::default());
            }
            Renderer::Auto => Choice::Hardware,
            Renderer::Gl => Choice::Best,
        };
        match GlRenderer::open(choice, Bounds::default()) {
            Ok(gl) => {
                tracing::info!(device = %gl.describe(), "OpenGL paints");
                Ok(Self { gl: Some(gl), device: Device::default() })
            }
            Err(error) if renderer == Renderer::Gl => Err(error),
            Err(error) => {
                tracing::info!(reason = %error, "the CPU paints: no GPU can");
                Ok(Self::default())
            }
        }
    }

    /// Whether it painted `list` into `frame`. What it cannot is the CPU's at once.
    fn paint(&mut self, list: &DrawList, frame: &mut Frame, now: Instant) -> bool {
        let Some(gl) = self.gl.as_mut().filter(|_| self.device.may_try(now)) else { return false };
        match gl.render(list, frame) {
            Ok(()) => {
                if self.device.succeeded() {
                    tracing::info!(device = %gl.describe(), "OpenGL paints again");
                }
                true
            }
            Err(error) if error.is_of_the_picture() => {
                tracing::debug!(%error, "the CPU paints this picture");
                false
            }
            Err(error) => {
                let rest = self.device.failed(now);
                tracing::warn!(%error, ?rest, "the CPU paints until OpenGL is tried again");
                metrics::counter!("parfocal_gl_failures_total").increment(1);
                gl.close();
                false
            }
        }
    }
}

/// Paints `list` into `frame`, on the GPU if it can, else on the CPU, which copies what has not
/// changed since the picture `before`. Whether the CPU painted.
///
/// # Errors
/// If the CPU cannot either.
pub(crate) fn paint(
    gpu: &mut Gpu,
    cpu: &mut Cpu,
    before: Option<(&DrawList, &Frame)>,
    list: &DrawList,
    frame: &mut Frame,
    now: Instant,
) -> Result<bool, CpuError> {
    if gpu.paint(list, frame, now) {
        return Ok(false);
    }
    cpu.render_after(before, list, frame)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use parfocal_base::PixelFormat;

    use super::*;

    #[test]
    fn names_are_read_and_others_refused() {
        assert_eq!("gl".parse(), Ok(Renderer::Gl));
        assert!("opengl".parse::<Renderer>().unwrap_err().contains("auto, cpu or gl"));
    }

    #[test]
    fn a_lost_gpu_costs_no_picture_and_is_used_again() {
        let list = DrawList {
            canvas: [8, 6],
            background: [10, 200, 30],
            layers: Vec::new(),
            overlays: Vec::new(),
            complete: true,
        };
        let mut gpu = Gpu::open(Renderer::Gl).unwrap();
        let mut cpu = Cpu::new(1).unwrap();
        let mut show = |gpu: &mut Gpu, seconds: u64| {
            let mut frame = Frame::new(PixelFormat::Rgba8, 8, 6);
            let now = Instant::ZERO + Duration::from_secs(seconds);
            let by_cpu = paint(gpu, &mut cpu, None, &list, &mut frame, now).unwrap();
            assert_eq!(frame.data()[..4], [10, 200, 30, 255]);
            by_cpu
        };
        assert!(!show(&mut gpu, 0));
        // Lost, it opens another context by itself.
        gpu.gl.as_mut().unwrap().run(|gl| gl.lose()).unwrap();
        assert!(!show(&mut gpu, 1));
        // Failing, it is left alone for a while.
        gpu.device.failed(Instant::ZERO + Duration::from_secs(2));
        assert!(show(&mut gpu, 2));
        assert!(!show(&mut gpu, 4));
    }
}
