//! Pictures back to the host: RGBA as it is, I420 converted on the device, so that one and a half
//! bytes a pixel travel instead of four.

use std::rc::Rc;

use parfocal_base::{Frame, PixelFormat};

use crate::batch::GROUP;
use crate::error::GlError;
use crate::raw::{Api, Buffer, Fence, Program, Texture, Usage};

/// Storage bindings of the shader.
const TABLES: u32 = 1;
const OUTPUT: u32 = 2;

/// The way back.
pub(crate) struct Output {
    api: Rc<Api>,
    program: Program,
    params: Buffer,
    /// What the shader writes.
    planes: Option<Buffer>,
    /// What the host reads.
    host: Option<Buffer>,
    /// When it is there.
    done: Option<Fence>,
}

impl Output {
    pub(crate) fn new(api: &Rc<Api>) -> Result<Self, GlError> {
        let parts = [include_str!("shaders/common.glsl"), include_str!("shaders/i420.glsl")];
        Ok(Self {
            api: Rc::clone(api),
            program: Program::new(api, "i420", &parts)?,
            params: Buffer::new(api, 12, Usage::ToDevice)?,
            planes: None,
            host: None,
            done: None,
        })
    }

    /// Makes `picture` of this size ready to be fetched in `format`.
    pub(crate) fn convert(
        &mut self,
        picture: &Texture,
        [width, height]: [u32; 2],
        format: PixelFormat,
    ) -> Result<(), GlError> {
        let bytes = format.bytes(width, height);
        let api = &self.api;
        api.read_barrier();
        let host = sized(&mut self.host, api, bytes, Usage::ToHost)?;
        match format {
            PixelFormat::Rgba8 => picture.copy_to(host),
            PixelFormat::I420 => {
                let words = bytes.div_ceil(4);
                let planes = sized(&mut self.planes, api, words * 4, Usage::Device)?;
                let groups = groups(words);
                self.params.replace(&[width, height, groups[0]]);
                self.params.bind(TABLES);
                planes.bind(OUTPUT);
                picture.bind();
                self.program.run(0, groups);
                api.read_barrier();
                host.copy_from(planes, 0, 0, bytes);
            }
        }
        self.done = Some(Fence::new(api)?);
        Ok(())
    }

    /// Waits for what was converted last, and copies it into `frame`.
    pub(crate) fn fetch(&mut self, frame: &mut Frame) -> Result<(), GlError> {
        let (Some(done), Some(host)) = (self.done.take(), &self.host) else { return Ok(()) };
        done.wait()?;
        let mapping = host.map_to_read(frame.data().len().min(host.bytes()))?;
        let from = mapping.data();
        if let Some(to) = frame.data_mut().get_mut(..from.len()) {
            to.copy_from_slice(from);
        }
        Ok(())
    }
}

/// Workgroups for as many words, in rows of at most 65,535, which every device can start.
fn groups(words: usize) -> [u32; 2] {
    const ROW: usize = 64;
    let across = ROW * GROUP as usize;
    let rows = words.div_ceil(across).div_ceil(GROUP as usize);
    [ROW as u32, u32::try_from(rows).unwrap_or(u32::MAX)]
}

/// A buffer of that size: the one that there is, if it fits.
fn sized<'a>(
    held: &'a mut Option<Buffer>,
    api: &Rc<Api>,
    bytes: usize,
    usage: Usage,
) -> Result<&'a Buffer, GlError> {
    let fits = held.take_if(|buffer| buffer.bytes() == bytes);
    let buffer = match fits {
        Some(buffer) => buffer,
        None => {
            // The old one goes first: pictures are large.
            *held = None;
            Buffer::new(api, bytes, usage)?
        }
    };
    Ok(held.insert(buffer))
}
