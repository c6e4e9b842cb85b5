//! What pictures can be painted with: what is asked for, what there is, and how it is named.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use parfocal_gl::{Bounds, Choice, GlError, GlRenderer, open_gpus};
use serde::Deserialize;

use crate::machine::placement::{Place, Why};

/// GPUs that paint at most: as many as the largest servers hold.
pub const MOST_GPUS: usize = 16;

/// What is to paint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Renderer {
    /// GPUs where there are any, else the CPU.
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

/// The devices of OpenGL that are to paint, where it is not left to the server: numbers as `parfocal
/// doctor` has them, or `software` (Mesa's, on the CPU), with commas between. One that is named twice
/// paints in two contexts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct GlDevices(Vec<Choice>);

impl FromStr for GlDevices {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let one = |name: &str| match name.trim() {
            "software" => Ok(Choice::Software),
            number => number.parse().map(Choice::Device).map_err(|_| {
                format!("numbers of devices (see `parfocal doctor`) or software, not {number:?}")
            }),
        };
        let all: Vec<Choice> = text.split(',').map(one).collect::<Result<_, _>>()?;
        if all.len() > MOST_GPUS {
            return Err(format!("{MOST_GPUS} devices at most, not {}", all.len()));
        }
        Ok(Self(all))
    }
}

impl TryFrom<String> for GlDevices {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// What paints a view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// The processor.
    #[default]
    Cpu,
    /// OpenGL.
    Gl,
}

impl By {
    /// As the API and the metrics name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Gl => "gl",
        }
    }
}

impl From<Place> for By {
    fn from(place: Place) -> Self {
        match place {
            Place::Gpu(_) => Self::Gl,
            Place::Cpu => Self::Cpu,
        }
    }
}

/// What paints a view at the moment, and why that.
#[derive(Clone, Debug)]
pub struct Used {
    /// What does.
    pub by: By,
    /// On which device and why, in a sentence for who runs the server.
    pub why: Arc<str>,
}

impl Default for Used {
    fn default() -> Self {
        Self { by: By::Cpu, why: "nothing was painted yet".into() }
    }
}

/// What paints on this machine besides the CPU.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) gpus: Vec<GlRenderer>,
    /// Why there is none, if so.
    pub(crate) why: Arc<str>,
    /// Bytes that the smallest of them holds of images, if all are hardware.
    pub(crate) memory: Option<usize>,
}

impl Found {
    /// Opens what is asked for, and says in the log what paints, and why. May block.
    ///
    /// # Errors
    /// If OpenGL is asked for, and there is none.
    pub(crate) fn open(renderer: Renderer, devices: Option<&GlDevices>) -> Result<Self, GlError> {
        let cpu = |why: String| Self { gpus: Vec::new(), why: why.into(), memory: None };
        let opened = match (renderer, devices) {
            (Renderer::Cpu, _) => {
                tracing::info!("the CPU paints, as asked for");
                return Ok(cpu("it was asked for (--renderer cpu)".to_owned()));
            }
            (_, Some(devices)) => named(renderer, devices),
            (Renderer::Auto, None) => open_gpus(Bounds::default(), MOST_GPUS),
            (Renderer::Gl, None) => open_gpus(Bounds::default(), MOST_GPUS)
                .or_else(|_| Ok(vec![GlRenderer::open(Choice::Best, Bounds::default())?])),
        };
        match opened {
            Ok(mut gpus) => {
                for (number, gl) in gpus.iter().enumerate() {
                    tracing::info!(number, device = %gl.describe(), "OpenGL paints");
                }
                let memory = memory(&mut gpus);
                Ok(Self { gpus, why: "".into(), memory })
            }
            Err(error) if renderer == Renderer::Gl => Err(error),
            Err(error) => {
                tracing::info!(reason = %error, "the CPU paints: no GPU can");
                Ok(cpu(format!("no GPU can: {error}")))
            }
        }
    }
}

/// What each of them can hold.
fn memory(gpus: &mut [GlRenderer]) -> Option<usize> {
    let of = |gl: &mut GlRenderer| {
        let bound = gl.usage().map(|usage| usage.bound);
        bound.filter(|_| gl.describe().hardware)
    };
    gpus.iter_mut().map(of).min().flatten()
}

/// Those that are named. Where OpenGL is not insisted on, those of them that can be opened.
fn named(renderer: Renderer, GlDevices(devices): &GlDevices) -> Result<Vec<GlRenderer>, GlError> {
    let (mut opened, mut last) = (Vec::new(), None);
    for device in devices {
        match GlRenderer::open(*device, Bounds::default()) {
            Ok(gl) => opened.push(gl),
            Err(error) if renderer == Renderer::Gl => return Err(error),
            Err(error) => {
                tracing::warn!(%error, ?device, "a device that is to paint cannot");
                last = Some(error);
            }
        }
    }
    last.filter(|_| opened.is_empty()).map_or(Ok(opened), Err)
}

/// Why something paints a view, for who runs the server.
pub(crate) struct Because<'a> {
    pub(crate) why: &'a Why,
    /// The device's name, if it is a GPU.
    pub(crate) device: Option<&'a str>,
    /// Why there is no GPU.
    pub(crate) no_gpu: &'a str,
}

impl fmt::Display for Because<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.device {
            Some(device) => write!(f, "OpenGL, {device}")?,
            None => write!(f, "CPU")?,
        }
        match self.why {
            Why::Only => Ok(()),
            Why::Least => write!(f, ": it had the least to do"),
            Why::Company => write!(f, ": other views of the session are painted there"),
            Why::Relief => write!(f, ": the GPU before had much more to do"),
            Why::NoGpu => write!(f, ": {}", self.no_gpu),
            Why::Resting(error) => write!(f, ": {error}; OpenGL is tried again"),
            Why::Refused(error) => write!(f, ": {error}"),
            Why::Absent => write!(f, ": the GPU's painter is being restarted"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_others_refused() {
        assert_eq!("gl".parse(), Ok(Renderer::Gl));
        assert!("opengl".parse::<Renderer>().unwrap_err().contains("auto, cpu or gl"));
    }

    #[test]
    fn devices_are_read_by_number_and_others_refused() {
        let both = GlDevices(vec![Choice::Device(2), Choice::Software]);
        assert_eq!("2, software".parse(), Ok(both));
        for wrong in ["", "1,", "gpu", "-1"] {
            assert!(wrong.parse::<GlDevices>().unwrap_err().contains("parfocal doctor"), "{wrong}");
        }
        assert!(["0"; 17].join(",").parse::<GlDevices>().unwrap_err().contains("16 devices"));
    }

    #[test]
    fn a_device_that_is_missing_is_an_error_where_opengl_is_asked_for_and_else_a_reason() {
        let none: GlDevices = "63".parse().unwrap();
        assert!(Found::open(Renderer::Gl, Some(&none)).is_err());
        let Found { gpus, why, .. } = Found::open(Renderer::Auto, Some(&none)).unwrap();
        assert!(gpus.is_empty() && why.contains("no device 63"), "{why}");
        let some: GlDevices = "63,software".parse().unwrap();
        assert!(Found::open(Renderer::Gl, Some(&some)).is_err());
        assert_eq!(Found::open(Renderer::Auto, Some(&some)).unwrap().gpus.len(), 1);
    }

    #[test]
    fn one_device_can_be_opened_twice() {
        let twice: GlDevices = "software,software".parse().unwrap();
        assert_eq!(Found::open(Renderer::Gl, Some(&twice)).unwrap().gpus.len(), 2);
    }
}
