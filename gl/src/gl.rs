//! The renderer, on the thread of its context.

use std::rc::Rc;
use std::sync::Arc;

use parfocal_base::{Frame, OnDevice, PixelFormat};
use parfocal_render::DrawList;
use parfocal_render::draw_list::{Content, Paint};

use crate::batch::{Batch, Kind};
use crate::context::{Choice, Description, Opened};
use crate::error::GlError;
#[cfg(target_os = "linux")]
use crate::keep::Keeping;
use crate::limits::{Bounds, Usage};
use crate::lut::Luts;
use crate::memory::Memory;
use crate::output::Output;
use crate::raw::{Api, Context, Texture};
use crate::scratch::Scratch;
use crate::sprites::Sprites;
use crate::volumes::Volumes;
use crate::{marks, patches};

/// A picture to paint into: an RGBA8 texture, top row first.
pub struct Picture {
    texture: Texture,
    size: [u32; 2],
}

impl Picture {
    /// Width and height in pixels.
    pub const fn size(&self) -> [u32; 2] {
        self.size
    }
}

/// A renderer on this thread's context; [`GlRenderer`](crate::GlRenderer) gives it a thread.
pub struct Gl {
    #[cfg(target_os = "linux")]
    pub(crate) keeping: Keeping,
    luts: Luts,
    sprites: Sprites,
    volumes: Volumes,
    picture: Option<Picture>,
    output: Output,
    batch: Batch,
    memory: Memory,
    api: Rc<Api>,
    description: Description,
    /// It ends last.
    context: Context,
}

impl Gl {
    /// Opens a context on this thread.
    ///
    /// # Errors
    /// If there is none that `choice` allows; the error says what was tried, and what is missing.
    pub fn open(choice: Choice, bounds: Bounds) -> Result<Self, GlError> {
        let Opened { api, description, context } = Opened::open(choice)?;
        Ok(Self {
            #[cfg(target_os = "linux")]
            keeping: Keeping::default(),
            luts: Luts::default(),
            sprites: Sprites::default(),
            volumes: Volumes::default(),
            picture: None,
            output: Output::new(&api)?,
            batch: Batch::new(&api)?,
            memory: Memory::new(&api, bounds.resident)?,
            api,
            description,
            context,
        })
    }

    /// What it computes on.
    pub const fn describe(&self) -> &Description {
        &self.description
    }

    /// What it holds.
    pub fn usage(&self) -> Usage {
        Usage {
            live: self.api.live(),
            resident: self.memory.bytes(),
            bound: self.memory.bound(),
            blocks: self.memory.blocks(),
        }
    }

    /// A picture to paint into.
    ///
    /// # Errors
    /// If the device has none of that size, or no memory.
    pub fn picture(&self, size: [u32; 2]) -> Result<Picture, GlError> {
        self.context.make_current()?;
        self.fits(size)?;
        Ok(Picture { texture: Texture::new(&self.api, size)?, size })
    }

    /// Whether the device has pictures of that size.
    fn fits(&self, size: [u32; 2]) -> Result<(), GlError> {
        let most = self.description.max_side;
        let fits = size.iter().all(|side| (1..=most).contains(side));
        if fits { Ok(()) } else { Err(GlError::TooLarge { size, most }) }
    }

    /// Paints `list` into `picture`, which has the size of its canvas. The work is under way when
    /// this returns; what is asked of this context later, and CUDA's mapping, come after it.
    ///
    /// # Errors
    /// If the sizes differ, or the device fails.
    pub fn paint(&mut self, list: &DrawList, picture: &Picture) -> Result<(), GlError> {
        if picture.size != list.canvas {
            return Err(GlError::Size { frame: picture.size, list: list.canvas });
        }
        self.paint_into(list, &picture.texture)
    }

    /// Paints `list` into a texture of its size.
    fn paint_into(&mut self, list: &DrawList, texture: &Texture) -> Result<(), GlError> {
        self.context.make_current()?;
        self.api.check()?;
        texture.bind();
        let (batch, memory) = (&mut self.batch, &mut self.memory);
        batch.clear();
        let [r, g, b] = list.background;
        batch.layer();
        batch.op(Kind::Fill, list.canvas, [u32::from_le_bytes([r, g, b, 255])]);
        for layer in &list.layers {
            match &layer.content {
                Content::Sampled(sampled) => {
                    let transfer = match &sampled.paint {
                        Paint::Image(transfer) => Some(transfer),
                        Paint::Labels => None,
                    };
                    let lut = self.luts.get(transfer, layer.blending, layer.opacity);
                    patches::paint(layer, sampled, lut, batch, memory)?;
                }
                Content::Marks(marks) => marks::paint(layer, marks, list.canvas, batch, memory)?,
                Content::Volume(volume) => {
                    self.volumes.paint(
                        layer,
                        volume,
                        list.canvas,
                        &mut self.luts,
                        batch,
                        memory,
                    )?;
                }
            }
        }
        self.sprites.paint(&list.overlays, batch, memory)?;
        batch.send(memory)
    }

    /// Reads a picture into `frame`, which has its size, in the frame's format.
    ///
    /// # Errors
    /// If the sizes differ, or the device fails.
    pub fn read(&mut self, picture: &Picture, frame: &mut Frame) -> Result<(), GlError> {
        let size = [frame.width(), frame.height()];
        if size != picture.size {
            return Err(GlError::Size { frame: size, list: picture.size });
        }
        self.convert(picture, frame.format())?;
        self.fetch(frame)
    }

    /// The first half of [`Gl::read`]: the picture as `format`, on the device. The work is under way
    /// when this returns.
    ///
    /// # Errors
    /// If the device fails.
    pub fn convert(&mut self, picture: &Picture, format: PixelFormat) -> Result<(), GlError> {
        self.context.make_current()?;
        self.output.convert(&picture.texture, picture.size, format)
    }

    /// The second half: waits for what was converted last, and copies it into `frame`, which has
    /// the same size and format.
    ///
    /// # Errors
    /// If the device fails.
    pub fn fetch(&mut self, frame: &mut Frame) -> Result<(), GlError> {
        self.context.make_current()?;
        self.output.fetch(frame)
    }

    /// Paints `list` into `frame`, in the frame's format. Sets `frame.meta.complete`.
    ///
    /// # Errors
    /// If the frame's size is not the canvas's, or the device fails.
    pub fn render(&mut self, list: &DrawList, frame: &mut Frame) -> Result<(), GlError> {
        let size = [frame.width(), frame.height()];
        if size != list.canvas {
            return Err(GlError::Size { frame: size, list: list.canvas });
        }
        if size.contains(&0) {
            return Ok(());
        }
        let picture = match self.picture.take().filter(|picture| picture.size == size) {
            Some(picture) => picture,
            None => self.picture(size)?,
        };
        self.paint(list, &picture)?;
        self.read(&picture, frame)?;
        self.picture = Some(picture);
        frame.meta.complete = list.complete;
        Ok(())
    }

    /// Paints `list` so that the picture stays on the device; it is complete when this returns.
    ///
    /// # Errors
    /// If CUDA does not know the device, or fails; if as many pictures are held as may be; if the
    /// device fails.
    #[cfg(target_os = "linux")]
    pub fn keep(&mut self, list: &DrawList) -> Result<Arc<dyn OnDevice>, GlError> {
        self.context.make_current()?;
        self.fits(list.canvas)?;
        let mut keeping = std::mem::take(&mut self.keeping);
        let (api, description) = (Rc::clone(&self.api), self.description.clone());
        let paint = |texture: &Texture| self.paint_into(list, texture);
        let kept = keeping.keep(&api, &description, list.canvas, paint);
        self.keeping = keeping;
        kept
    }

    /// No device of this system is known to CUDA.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(target_os = "linux"))]
    pub fn keep(&mut self, _: &DrawList) -> Result<Arc<dyn OnDevice>, GlError> {
        Err(GlError::NotCuda)
    }

    /// Waits until all work is done: for measuring.
    ///
    /// # Errors
    /// If the device fails.
    pub fn finish(&self) -> Result<(), GlError> {
        self.context.make_current()?;
        self.api.finish();
        self.api.check()
    }

    /// Memory to copy to and fro, twice as many bytes: for measuring.
    ///
    /// # Errors
    /// If the device has no memory.
    pub fn scratch(&self, bytes: usize) -> Result<Scratch, GlError> {
        self.context.make_current()?;
        Scratch::new(&self.api, bytes)
    }

    /// Makes the context count as lost, as after a reset of the device: for drills.
    pub fn lose(&self) {
        self.api.lose();
    }
}

impl Drop for Gl {
    fn drop(&mut self) {
        // Objects end on their own context. Where that fails, they end with it.
        if self.context.make_current().is_err() {
            self.api.lose();
        }
    }
}
