//! Why CUDA could not do something.

use cudarc::driver::DriverError;
use cudarc::driver::sys::CUresult;

/// Oldest driver that is used, in CUDA's numbers (1000 · major + 10 · minor): 12.2, driver 535. The
/// bindings name every function of that version.
pub const OLDEST_DRIVER: i32 = 12_020;

/// Why CUDA could not do something, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CudaError {
    /// No usable `libcuda.so.1`.
    #[error("no NVIDIA driver ({0}): install one, or give the container the driver's libraries")]
    NoDriver(String),
    /// The driver is older than [`OLDEST_DRIVER`].
    #[error(
        "the NVIDIA driver speaks CUDA {}.{}: {}.{} is needed (driver 535 or later)",
        .0 / 1000, .0 % 1000 / 10, OLDEST_DRIVER / 1000, OLDEST_DRIVER % 1000 / 10
    )]
    DriverTooOld(i32),
    /// There is no such device.
    #[error("no NVIDIA device {ordinal}: the driver shows {count} of them")]
    NoDevice {
        /// The number asked for.
        ordinal: usize,
        /// How many there are.
        count: usize,
    },
    /// The device's or the host's memory is full.
    #[error("not enough memory to {0}: use fewer or smaller views on this device")]
    OutOfMemory(&'static str),
    /// Every further call of this process on this device will fail.
    #[error("the device was lost when asked to {doing} (CUDA error {code}): restart the server")]
    Lost {
        /// What it was asked to do.
        doing: &'static str,
        /// CUDA's number.
        code: i32,
    },
    /// A picture of a size that is not handled.
    #[error(
        "cannot handle a picture of {width}x{height}: a side has 1 to {} pixels",
        super::MAX_SIDE
    )]
    Size {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// Another failure; the device can be used on.
    #[error("CUDA failed to {doing} (error {code})")]
    Call {
        /// What it was asked to do.
        doing: &'static str,
        /// CUDA's number.
        code: i32,
    },
}

/// Turns the driver's answer into an error that says what was being done.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T, CudaError>;
}

impl<T> Doing<T> for Result<T, DriverError> {
    fn doing(self, doing: &'static str) -> Result<T, CudaError> {
        self.map_err(|error| from_code(error.0, doing))
    }
}

impl Doing<()> for CUresult {
    fn doing(self, doing: &'static str) -> Result<(), CudaError> {
        match self {
            Self::CUDA_SUCCESS => Ok(()),
            other => Err(from_code(other, doing)),
        }
    }
}

fn from_code(result: CUresult, doing: &'static str) -> CudaError {
    use CUresult as R;
    let code = result as i32;
    match result {
        R::CUDA_ERROR_OUT_OF_MEMORY => CudaError::OutOfMemory(doing),
        // After these the context is unusable, whatever is asked of it (CUDA's manual says which).
        R::CUDA_ERROR_DEINITIALIZED
        | R::CUDA_ERROR_CONTEXT_IS_DESTROYED
        | R::CUDA_ERROR_ECC_UNCORRECTABLE
        | R::CUDA_ERROR_NVLINK_UNCORRECTABLE
        | R::CUDA_ERROR_ILLEGAL_ADDRESS
        | R::CUDA_ERROR_LAUNCH_TIMEOUT
        | R::CUDA_ERROR_ASSERT
        | R::CUDA_ERROR_HARDWARE_STACK_ERROR
        | R::CUDA_ERROR_ILLEGAL_INSTRUCTION
        | R::CUDA_ERROR_MISALIGNED_ADDRESS
        | R::CUDA_ERROR_INVALID_ADDRESS_SPACE
        | R::CUDA_ERROR_INVALID_PC
        | R::CUDA_ERROR_LAUNCH_FAILED
        | R::CUDA_ERROR_DEVICE_UNAVAILABLE
        | R::CUDA_ERROR_EXTERNAL_DEVICE
        | R::CUDA_ERROR_UNKNOWN => CudaError::Lost { doing, code },
        _ => CudaError::Call { doing, code },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_says_what_to_do_or_what_failed() {
        let lost = CUresult::CUDA_ERROR_ILLEGAL_ADDRESS.doing("convert a picture").unwrap_err();
        assert_eq!(lost, CudaError::Lost { doing: "convert a picture", code: 700 });
        let full = CUresult::CUDA_ERROR_OUT_OF_MEMORY.doing("keep a picture").unwrap_err();
        assert!(full.to_string().contains("fewer or smaller"));
        assert!(CudaError::DriverTooOld(11_040).to_string().contains("CUDA 11.4: 12.2"));
        assert!(CUresult::CUDA_SUCCESS.doing("nothing").is_ok());
    }
}
