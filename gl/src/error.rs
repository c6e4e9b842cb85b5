//! What can be wrong with OpenGL.

/// Why there is no renderer, or no picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GlError {
    /// There is no EGL.
    #[error(
        "cannot open {library} ({reason}): install it (Debian and Ubuntu: libegl1, and \
         libgl1-mesa-dri where no GPU driver is installed). An NVIDIA driver needs it beside \
         its own libEGL_nvidia.so.0"
    )]
    NoLibrary {
        /// The file that was looked for.
        library: &'static str,
        /// What the system says.
        reason: String,
    },
    /// A function that every EGL or OpenGL of the needed version has is missing.
    #[error("the driver has no function {0}: update it")]
    NoFunction(&'static str),
    /// EGL answered with an error.
    #[error("{call} failed with EGL error {code:#06x}")]
    Egl {
        /// The function.
        call: &'static str,
        /// What `eglGetError` says.
        code: i32,
    },
    /// No device gives a context as it is asked for.
    #[error("no EGL device can be used: {0}")]
    NoDevice(String),
    /// The context is of an old version.
    #[error("{renderer} has OpenGL {major}.{minor}; 4.3 or newer is needed")]
    Version {
        /// Whose.
        renderer: String,
        /// First part of the version.
        major: i32,
        /// Second part.
        minor: i32,
    },
    /// A shader was refused: a defect of the driver or of this crate.
    #[error("the shader {name} was refused: {log}")]
    Shader {
        /// Which.
        name: &'static str,
        /// What the compiler says.
        log: String,
    },
    /// The device's memory is full.
    #[error("the GPU's memory is full: lower the renderer's memory, or free the device")]
    OutOfMemory,
    /// The context is lost (the device was reset, or is gone): all that it held is lost with it.
    #[error("the OpenGL context was lost: {0}")]
    Lost(&'static str),
    /// The device has not done its work for long; its context is given up.
    #[error("the GPU does not answer: look at its driver's log")]
    Hung,
    /// OpenGL answered with an error: a defect of the driver or of this crate.
    #[error("OpenGL error {0:#06x}")]
    Gl(u32),
    /// The frame has another size than the draw list.
    #[error("the frame is {frame:?} pixels, the draw list {list:?}: take a frame of that size")]
    Size {
        /// Width and height of the frame.
        frame: [u32; 2],
        /// Width and height of the list's canvas.
        list: [u32; 2],
    },
    /// One tile of the canvas holds more than the device can be told at once, or a volume more than
    /// the renderer may hold.
    #[error("too many {0} for this device: paint this picture on the CPU")]
    TooMuch(&'static str),
    /// The device has no textures of that size.
    #[error("a picture of {size:?} pixels is larger than this device's {most} × {most}")]
    TooLarge {
        /// Width and height.
        size: [u32; 2],
        /// Largest side.
        most: u32,
    },
    /// CUDA does not know the device, or there is none.
    #[error("the GPU is not NVIDIA's: its pictures come to the host")]
    NotCuda,
    /// Every picture that may stay on the device is held by somebody.
    #[error("as many pictures stay on the GPU as may: this one comes to the host")]
    AllKept,
    /// CUDA failed.
    #[error("a picture cannot stay on the GPU: {0}")]
    Keep(String),
    /// The renderer's thread could not be started, or has ended.
    #[error("the thread that owns the OpenGL context is gone: {0}")]
    Thread(String),
}

impl GlError {
    /// Whether another picture may well be painted: the device is not to blame.
    pub const fn is_of_the_picture(&self) -> bool {
        matches!(self, Self::TooMuch(_) | Self::TooLarge { .. } | Self::Size { .. })
    }

    /// Whether a new context may well paint the picture with which this one failed.
    pub const fn needs_new_context(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Gl(_) | Self::OutOfMemory)
    }
}
