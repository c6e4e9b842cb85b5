//! Pictures that stay on the device, where CUDA knows it: encoders of the same device read them there.

use std::rc::Rc;
use std::sync::Arc;

use parfocal_base::OnDevice;
use parfocal_nvidia::cuda::{CudaError, Device, Keeper};

use crate::context::Description;
use crate::error::GlError;
use crate::raw::{Api, Kept, Texture};

/// Sizes of pictures that are painted in turn without a new texture, which takes CUDA long to know: as
/// many windows as people of one office have. A texture takes 33 MB at 4K.
const MAX_SIZES: usize = 4;

/// What keeps the pictures of a context.
#[derive(Default)]
pub(crate) struct Keeping {
    /// The one that was painted last at the end.
    textures: Vec<([u32; 2], Kept)>,
    keeper: Option<Keeper>,
}

impl Keeping {
    /// A texture of this size, out of those that there are.
    fn take(
        &mut self,
        api: &Rc<Api>,
        description: &Description,
        size: [u32; 2],
    ) -> Result<Kept, GlError> {
        if let Some(at) = self.textures.iter().position(|(known, _)| *known == size) {
            return Ok(self.textures.remove(at).1);
        }
        let keeper = match &mut self.keeper {
            Some(keeper) => keeper,
            none => none.insert(open(description)?),
        };
        Ok(Kept::new(api, keeper, Texture::new(api, size)?, size)?)
    }

    fn give_back(&mut self, size: [u32; 2], texture: Kept) {
        if self.textures.len() >= MAX_SIZES {
            self.textures.remove(0);
        }
        self.textures.push((size, texture));
    }
}

fn open(description: &Description) -> Result<Keeper, GlError> {
    let number = description.cuda_device.and_then(|number| usize::try_from(number).ok());
    let Some(number) = number else { return Err(GlError::NotCuda) };
    Ok(Keeper::new(&Device::open(number)?)?)
}

impl From<CudaError> for GlError {
    fn from(error: CudaError) -> Self {
        Self::Keep(error.to_string())
    }
}

impl Keeping {
    /// Lets `paint` paint a picture of this size, which stays on the device and is complete when this
    /// returns.
    pub(crate) fn keep(
        &mut self,
        api: &Rc<Api>,
        description: &Description,
        size: [u32; 2],
        paint: impl FnOnce(&Texture) -> Result<(), GlError>,
    ) -> Result<Arc<dyn OnDevice>, GlError> {
        let mut texture = self.take(api, description, size)?;
        paint(texture.texture())?;
        let kept = texture.keep()?;
        self.give_back(size, texture);
        let picture = kept.ok_or(GlError::AllKept)?;
        picture.ready().wait()?;
        Ok(Arc::new(picture))
    }
}
