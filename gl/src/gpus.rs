//! All GPUs of a machine.

use crate::context::{Choice, Listed, devices};
use crate::error::GlError;
use crate::limits::Bounds;
use crate::renderer::GlRenderer;

/// Opens a renderer on each GPU, `most` at most: on all of NVIDIA's where there are any, since one that
/// is built into a processor would be many times slower beside them, else on all hardware.
///
/// # Errors
/// If there is none; the error says what was tried, and what is missing.
pub fn open_gpus(bounds: Bounds, most: usize) -> Result<Vec<GlRenderer>, GlError> {
    let (mut opened, mut reasons) = (Vec::new(), Vec::new());
    let mut of_nvidia = false;
    for Listed { device, software, nvidia } in devices()? {
        if opened.len() >= most || (of_nvidia && !nvidia) {
            break;
        }
        // Not even opened: it would start a compiler.
        if software {
            reasons.push(format!("device {device} is no hardware"));
            continue;
        }
        match GlRenderer::open(Choice::Device(device), bounds) {
            Ok(gl) if gl.describe().hardware => {
                of_nvidia |= nvidia;
                opened.push(gl);
            }
            Ok(gl) => {
                reasons.push(format!("device {device}: {} is no GPU", gl.describe().renderer));
            }
            Err(error) => reasons.push(format!("device {device}: {error}")),
        }
    }
    if !opened.is_empty() {
        return Ok(opened);
    }
    if reasons.is_empty() {
        reasons.push("it knows none (install the GPU's driver)".to_owned());
    }
    Err(GlError::NoDevice(reasons.join("; ")))
}
