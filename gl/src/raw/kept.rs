//! Textures that CUDA knows, too.
#![allow(unsafe_code, reason = "one thread and one context, as everywhere here")]

use std::rc::Rc;

use parfocal_nvidia::cuda::{CudaError, DevicePicture, Keeper, KeptTexture};

use super::api::Api;
use super::objects::Texture;

/// A texture whose pictures can stay on the device.
pub(crate) struct Kept {
    /// CUDA forgets it before OpenGL does.
    kept: KeptTexture,
    texture: Texture,
    api: Rc<Api>,
}

impl Kept {
    /// Lets `keeper`, which is of the context's device, know a texture of this size.
    pub(crate) fn new(
        api: &Rc<Api>,
        keeper: &Keeper,
        texture: Texture,
        [width, height]: [u32; 2],
    ) -> Result<Self, CudaError> {
        // SAFETY: all that holds an `Api` stays on the thread of its context, which is current when
        // it is used and when it ends. The texture keeps its storage, and is deleted after `kept`.
        let kept = unsafe { keeper.register(texture.name(), width, height)? };
        Ok(Self { kept, texture, api: Rc::clone(api) })
    }

    pub(crate) const fn texture(&self) -> &Texture {
        &self.texture
    }

    /// A copy of what was painted so far; `None` where as many are lent as may be.
    pub(crate) fn keep(&mut self) -> Result<Option<DevicePicture>, CudaError> {
        self.api.read_barrier();
        self.kept.keep()
    }
}
