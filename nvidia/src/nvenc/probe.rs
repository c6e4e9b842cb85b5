//! What a device says of its encoder.
#![allow(unsafe_code)]

use std::sync::Arc;

use super::api::Api;
use super::limits::{self, Limits};
use super::session::Opened;
use super::settings::VideoCodec;
use super::status::NvencError;
use super::surface::InputMemory;

/// What a device's encoder can do, codec by codec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Newest version of the interface that the driver speaks.
    pub version: (u32, u32),
    /// The codecs that it offers, with their limits.
    pub codecs: Vec<(VideoCodec, Limits)>,
}

/// Asks a device what it can encode, by opening a session for a moment.
pub fn capabilities(api: &Arc<Api>, memory: &dyn InputMemory) -> Result<Capabilities, NvencError> {
    memory.enter()?;
    // SAFETY: by the trait's contract it is a device; the session ends here.
    let opened = unsafe { Opened::new(api, memory.device())? };
    let codecs = limits::codecs(api, opened.raw())?;
    let with_limits = |codec| Ok((codec, limits::limits(api, opened.raw(), codec)?));
    let codecs = codecs.into_iter().map(with_limits).collect::<Result<_, NvencError>>()?;
    Ok(Capabilities { version: api.version(), codecs })
}
