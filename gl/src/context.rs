//! Contexts: which devices there are, which is taken, and what is known about it.

use std::fmt;
use std::rc::Rc;

use crate::error::GlError;
use crate::raw::egl::{self, Device, Egl};
use crate::raw::{Api, Context};

/// Which device is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The best: hardware before software, NVIDIA's before others, then in EGL's order.
    #[default]
    Best,
    /// Likewise, but nothing that computes on the CPU.
    Hardware,
    /// What computes on the CPU (Mesa's llvmpipe), for tests.
    Software,
    /// The device of this number in EGL's enumeration.
    Device(usize),
}

/// What a context computes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// `GL_VENDOR`.
    pub vendor: String,
    /// `GL_RENDERER`.
    pub renderer: String,
    /// `GL_VERSION`.
    pub version: String,
    /// Number in EGL's enumeration of devices; `None` where EGL was asked for no device.
    pub device: Option<usize>,
    /// Number in CUDA's enumeration of devices, where it has one (`EGL_CUDA_DEVICE_NV`).
    pub cuda_device: Option<i32>,
    /// Whether it is a GPU, and not a program that stands in for one.
    pub hardware: bool,
    /// Largest side of a picture, in pixels.
    pub max_side: u32,
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.hardware { "GPU" } else { "software" };
        write!(f, "{} ({kind}, OpenGL {})", self.renderer, self.version)?;
        match (self.device, self.cuda_device) {
            (Some(device), Some(cuda)) => write!(f, ", EGL device {device}, CUDA device {cuda}"),
            (Some(device), None) => write!(f, ", EGL device {device}"),
            (None, _) => write!(f, ", no EGL device"),
        }
    }
}

/// One way to a context, and what came of trying it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Number in EGL's enumeration of devices; `None` for EGL without a device.
    pub device: Option<usize>,
    /// What it is, or why it cannot be used.
    pub outcome: Result<Description, GlError>,
}

/// A device that EGL knows. It was not opened: whether it can paint is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Number in EGL's enumeration of devices.
    pub device: usize,
    /// Whether it says that it computes on the CPU.
    pub software: bool,
    /// Whether it is NVIDIA's.
    pub nvidia: bool,
}

/// The devices, in the order of preference.
///
/// # Errors
/// Where there is no EGL at all.
pub fn devices() -> Result<Vec<Listed>, GlError> {
    let listed = |way: Way| {
        let Way { number, software, nvidia, .. } = way;
        number.map(|device| Listed { device, software, nvidia })
    };
    Ok(ways(Egl::get()?).into_iter().filter_map(listed).collect())
}

/// Tries every device, and EGL without one, in the order of preference. Takes a fraction of a
/// second for each.
///
/// # Errors
/// Where there is no EGL at all.
pub fn candidates() -> Result<Vec<Candidate>, GlError> {
    let egl = Egl::get()?;
    let tried = ways(egl).into_iter().map(|way| Candidate {
        device: way.number,
        outcome: Opened::new(egl, &way).map(|opened| opened.description),
    });
    Ok(tried.collect())
}

/// A context that is current on this thread.
pub(crate) struct Opened {
    pub(crate) api: Rc<Api>,
    pub(crate) description: Description,
    pub(crate) context: Context,
}

/// A device to try.
struct Way {
    number: Option<usize>,
    device: Option<Device>,
    software: bool,
    nvidia: bool,
}

/// All of them, best first.
fn ways(egl: &Egl) -> Vec<Way> {
    let way = |(number, device): (usize, Device)| {
        let names = egl.device_extensions(device);
        Way {
            number: Some(number),
            device: Some(device),
            software: egl::has(&names, "EGL_MESA_device_software"),
            nvidia: egl::has(&names, "EGL_NV_device_cuda"),
        }
    };
    let mut ways: Vec<Way> = egl.devices().into_iter().enumerate().map(way).collect();
    if egl.is_surfaceless() {
        ways.push(Way { number: None, device: None, software: true, nvidia: false });
    }
    ways.sort_by_key(|way| (way.software, !way.nvidia, way.number.is_none()));
    ways
}

impl Opened {
    /// The best context that `choice` allows.
    pub(crate) fn open(choice: Choice) -> Result<Self, GlError> {
        let egl = Egl::get()?;
        let mut reasons = Vec::new();
        for way in ways(egl) {
            let name = way.number.map_or("no device".to_owned(), |n| format!("device {n}"));
            if matches!(choice, Choice::Device(wanted) if Some(wanted) != way.number) {
                continue;
            }
            // Not even opened: it would start a compiler.
            if choice == Choice::Hardware && way.software {
                reasons.push(format!("{name} is no hardware"));
                continue;
            }
            match Self::new(egl, &way) {
                Ok(opened) => {
                    let hardware = opened.description.hardware;
                    let refused = match choice {
                        Choice::Hardware if !hardware => "no hardware",
                        Choice::Software if hardware => "no software",
                        _ => return Ok(opened),
                    };
                    let renderer = opened.description.renderer;
                    reasons.push(format!("{name}: {renderer} is {refused}"));
                }
                Err(error) => reasons.push(format!("{name}: {error}")),
            }
        }
        if reasons.is_empty() {
            reasons.push(match choice {
                Choice::Device(number) => format!("there is no device {number}"),
                _ => {
                    "it knows none (Debian and Ubuntu: a GPU driver, or libgl1-mesa-dri)".to_owned()
                }
            });
        }
        Err(GlError::NoDevice(reasons.join("; ")))
    }

    fn new(egl: &'static Egl, way: &Way) -> Result<Self, GlError> {
        let context = egl.context(way.device)?;
        context.make_current()?;
        let api = Api::load(egl)?;
        let renderer = api.string(glow::RENDERER);
        let [major, minor] =
            [glow::MAJOR_VERSION, glow::MINOR_VERSION].map(|name| api.small_integer(name));
        if (major, minor) < (4, 3) {
            return Err(GlError::Version { renderer, major, minor });
        }
        let names = ["llvmpipe", "softpipe", "swrast", "SwiftShader", "Software"];
        let description = Description {
            vendor: api.string(glow::VENDOR),
            version: api.string(glow::VERSION),
            device: way.number,
            cuda_device: way.device.and_then(|device| egl.cuda_device(device)),
            hardware: !names.iter().any(|name| renderer.contains(name)),
            max_side: u32::try_from(api.small_integer(glow::MAX_TEXTURE_SIZE)).unwrap_or(0),
            renderer,
        };
        Ok(Self { api, description, context })
    }
}
