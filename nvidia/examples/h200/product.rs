//! The server's way of a picture: GL paints it, it stays on the device, encoders read it there. NVENC's
//! library is the one that stands in for it where the card has no encoder: it gets what the card was
//! asked to convert for it.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::sync::Arc;
use std::time::Instant;

use parfocal_base::{Frame, OnDevice, PixelFormat};
use parfocal_encode::conformance::psnr;
use parfocal_encode::{Decoder, EncoderConfig};
use parfocal_gl::{Bounds, Choice, GlError, GlRenderer};
use parfocal_nvidia::cuda::{
    Colours, CudaError, Device, DeviceBuffer, Layout, Rows, Shape, Stream,
};
use parfocal_nvidia::nvenc::{CudaMemory, InputMemory, NvencEncoder, Preset, Surface, VideoCodec};
use parfocal_nvidia::{reference, stand_in};
use parfocal_render::DrawList;

use super::checks::unpack;
use super::lists::list;
use super::times::{ROUNDS, SIZES, WARM_UP, print};
use super::{Result, noise};

/// Pictures that are kept between two looks at what is held.
const KEPT: usize = 2000;
/// Threads that read pictures while GL paints others.
const READERS: usize = 4;

pub(super) fn product(device: &Arc<Device>) -> Result<()> {
    let mut gl = match GlRenderer::open(Choice::Hardware, Bounds::default()) {
        Ok(gl) => gl,
        Err(error) => {
            println!("NOT MEASURED: no GL here ({error})");
            return Ok(());
        }
    };
    println!("{}", gl.describe());
    for (w, h) in SIZES {
        right(&mut gl, [w, h])?;
        uploaded(device, [w, h])?;
        encoded(&mut gl, device, [w, h])?;
        times(&mut gl, device, [w, h])?;
    }
    together(&mut gl)?;
    bounds(&mut gl, device)
}

/// What the host gets of a list, by the renderer's own way back.
fn painted(gl: &mut GlRenderer, list: &DrawList) -> Result<Frame> {
    let [w, h] = list.canvas;
    let mut frame = Frame::new(PixelFormat::Rgba8, w, h);
    gl.render(list, &mut frame)?;
    // Whatever is done to a flat picture, it stays the same.
    let mut seen = [false; 256];
    for green in frame.data().iter().skip(1).step_by(4) {
        seen[usize::from(*green)] = true;
    }
    let shades = seen.into_iter().filter(|seen| *seen).count();
    if shades < 100 { Err(format!("only {shades} shades were painted").into()) } else { Ok(frame) }
}

/// Whether a picture that stays is the one that was painted, at every size that it is read at.
fn read_equals(picture: &dyn OnDevice, rgba: &Frame, sizes: &[[u32; 2]]) -> Result<()> {
    let [w, h] = picture.size();
    let mut whole = Frame::new(PixelFormat::Rgba8, w, h);
    picture.read(&mut whole)?;
    if whole.data() != rgba.data() {
        return Err(format!("{w}x{h}: the kept pixels are others").into());
    }
    for &[to_w, to_h] in sizes {
        let mut got = Frame::new(PixelFormat::I420, to_w, to_h);
        picture.read(&mut got)?;
        let wanted = reference::convert(rgba, Rows::TopDown, to_w, to_h, Colours::Video);
        if got.data() != wanted.data() {
            return Err(format!("{w}x{h} to {to_w}x{to_h}: other bytes than the CPU's").into());
        }
    }
    Ok(())
}

fn right(gl: &mut GlRenderer, [w, h]: [u32; 2]) -> Result<()> {
    for at in 0..3 {
        let list = list([w, h], at)?;
        let rgba = painted(gl, &list)?;
        let picture = gl.keep(&list)?;
        read_equals(&*picture, &rgba, &[[w, h], [w * 2 / 3, h * 2 / 3], [w / 2, h / 2]])?;
    }
    println!("{w}x{h}: kept pictures, whole and scaled, equal the CPU's conversion");
    Ok(())
}

/// Whether a picture of the host comes to the card as it is: the way of all that do not stay there.
fn uploaded(device: &Arc<Device>, [w, h]: [u32; 2]) -> Result<()> {
    let memory = CudaMemory::new(device)?;
    let surface = memory.make(Shape::padded(Layout::I420, w, h)?)?;
    let mut frame = Frame::new(PixelFormat::I420, w, h);
    let pixels = noise(11, frame.data().len());
    frame.data_mut().copy_from_slice(&pixels);
    memory.upload(&frame, &surface)?;
    let mut bytes = vec![0; surface.shape().bytes()];
    let buffer = surface.owner().downcast_ref::<DeviceBuffer>().ok_or("memory of another kind")?;
    buffer.read(&Stream::new(device)?, &mut bytes)?;
    if unpack(&surface.shape(), &bytes) != pixels {
        return Err("the uploaded pixels are others".into());
    }
    println!("{w}x{h}: pictures of the host come to the card as they are");
    Ok(())
}

/// A device of the stand-in that is fed with what the card has converted.
struct Bridge {
    cuda: CudaMemory,
    stream: Stream,
    to: stand_in::Device,
}

// SAFETY: a device of the library that stands in, and memory of it.
unsafe impl InputMemory for Bridge {
    fn device(&self) -> *mut c_void {
        self.to.device()
    }

    fn enter(&self) -> std::result::Result<(), CudaError> {
        self.cuda.enter()
    }

    fn make(&self, shape: Shape) -> std::result::Result<Surface, CudaError> {
        self.to.make(shape)
    }

    fn upload(&self, frame: &Frame, to: &Surface) -> std::result::Result<(), CudaError> {
        self.to.upload(frame, to)
    }

    fn reads(&self, picture: &dyn OnDevice) -> bool {
        self.cuda.reads(picture)
    }

    fn convert(&self, picture: &dyn OnDevice, to: &Surface) -> std::result::Result<(), CudaError> {
        let converted = self.cuda.make(to.shape())?;
        self.cuda.convert(picture, &converted)?;
        let mut bytes = vec![0; to.shape().bytes()];
        if let Some(buffer) = converted.owner().downcast_ref::<DeviceBuffer>() {
            buffer.read(&self.stream, &mut bytes)?;
        }
        assert!(self.to.write(to, 0, &bytes), "the stand-in's memory is as large");
        Ok(())
    }
}

fn encoded(gl: &mut GlRenderer, device: &Arc<Device>, [w, h]: [u32; 2]) -> Result<()> {
    let to = stand_in::Device::new();
    let (cuda, stream) = (CudaMemory::new(device)?, Stream::new(device)?);
    let memory = Box::new(Bridge { cuda, stream, to: to.clone() });
    let config = EncoderConfig { width: w, height: h, fps: 30, bitrate_bps: 40_000_000 };
    let (codec, preset) = (VideoCodec::H264, Preset::default());
    let mut encoder = NvencEncoder::new(&stand_in::api(), memory, codec, preset, config)?;
    let mut decoder = Decoder::new()?;
    let mut worst = f64::MAX;
    for (at, size) in [[w, h], [w, h], [w * 2 / 3, h * 2 / 3], [w, h]].into_iter().enumerate() {
        let list = list([w, h], at)?;
        let rgba = painted(gl, &list)?;
        let picture = gl.keep(&list)?;
        let packet = encoder.encode_on_device(&*picture, size, false)?;
        let got = decoder.decode(&packet.data)?.ok_or("nothing was decoded")?;
        let wanted = reference::convert(&rgba, Rows::TopDown, size[0], size[1], Colours::Video);
        worst = worst.min(psnr(&got, &wanted));
        if packet.key != (at != 1) {
            return Err("a key where none is due, or none where one is".into());
        }
    }
    drop(encoder);
    to.assert_clean();
    println!("{w}x{h}: GL to NV12 to packets, decoded again: at least {worst:.1} dB");
    if worst < 30.0 { Err("the decoded pictures are others".into()) } else { Ok(()) }
}

fn times(gl: &mut GlRenderer, device: &Arc<Device>, [w, h]: [u32; 2]) -> Result<()> {
    let memory = CudaMemory::new(device)?;
    let full = memory.make(Shape::padded(Layout::Nv12, w, h)?)?;
    let small = memory.make(Shape::padded(Layout::Nv12, w * 2 / 3, h * 2 / 3)?)?;
    let upload = memory.make(Shape::padded(Layout::I420, w, h)?)?;
    let mut frame = Frame::new(PixelFormat::I420, w, h);
    let list = list([w, h], 0)?;
    let mut columns: [(&str, Vec<f64>); 6] = [
        ("paint and keep", Vec::new()),
        ("kept to NV12", Vec::new()),
        ("kept to NV12 at two thirds", Vec::new()),
        ("kept to an I420 frame of the host", Vec::new()),
        ("before: paint, I420 to the host", Vec::new()),
        ("before: I420 to the card", Vec::new()),
    ];
    for round in 0..ROUNDS + WARM_UP {
        let mut marks = vec![Instant::now()];
        let picture = gl.keep(&list)?;
        marks.push(Instant::now());
        memory.convert(&*picture, &full)?;
        marks.push(Instant::now());
        memory.convert(&*picture, &small)?;
        marks.push(Instant::now());
        picture.read(&mut frame)?;
        marks.push(Instant::now());
        gl.render(&list, &mut frame)?;
        marks.push(Instant::now());
        memory.upload(&frame, &upload)?;
        marks.push(Instant::now());
        for ((_, times), pair) in columns.iter_mut().zip(marks.windows(2)) {
            if round >= WARM_UP {
                times.push((pair[1] - pair[0]).as_secs_f64() * 1e6);
            }
        }
    }
    let sum = |columns: &[(&str, Vec<f64>)], parts: [usize; 2]| -> Vec<f64> {
        let [a, b] = parts.map(|at| &columns[at].1);
        a.iter().zip(b).map(|(a, b)| a + b).collect()
    };
    let (new, old) = (sum(&columns, [0, 1]), sum(&columns, [4, 5]));
    for (name, times) in columns {
        print(&format!("{w}x{h} {name}"), times, 0);
    }
    print(&format!("{w}x{h} painted to NV12 on the card"), new, 0);
    print(&format!("{w}x{h} before: the same by the host"), old, 0);
    Ok(())
}

/// Several threads read each its own pictures while GL paints the next ones: none is overwritten.
fn together(gl: &mut GlRenderer) -> Result<()> {
    let lists: Vec<DrawList> =
        (0..READERS).map(|at| list([1280, 720], at)).collect::<Result<_>>()?;
    let wanted: Vec<Frame> = lists.iter().map(|list| painted(gl, list)).collect::<Result<_>>()?;
    let mut read = 0;
    for _ in 0..50 {
        let kept: Vec<Arc<dyn OnDevice>> =
            lists.iter().map(|list| gl.keep(list)).collect::<std::result::Result<_, _>>()?;
        std::thread::scope(|scope| -> Result<()> {
            let one = |(picture, rgba): (Arc<dyn OnDevice>, _)| {
                scope.spawn(move || {
                    read_equals(&*picture, rgba, &[[1280, 720]]).map_err(|error| error.to_string())
                })
            };
            let threads: Vec<_> = kept.into_iter().zip(&wanted).map(one).collect();
            for list in &lists {
                gl.keep(list)?;
            }
            for thread in threads {
                thread.join().map_err(|_| "a reader panicked")??;
                read += 1;
            }
            Ok(())
        })?;
    }
    println!("{read} pictures read by {READERS} threads while others were painted: all as painted");
    Ok(())
}

/// As many are kept as may be, and no more; all memory comes back; and a context that is lost costs no
/// picture that was kept before.
fn bounds(gl: &mut GlRenderer, device: &Arc<Device>) -> Result<()> {
    let first = list([1920, 1080], 0)?;
    let rgba = painted(gl, &first)?;
    let mut held = vec![gl.keep(&first)?];
    let refused = loop {
        match gl.keep(&first) {
            Ok(picture) => held.push(picture),
            Err(error) => break error,
        }
    };
    println!("{} pictures of 1920x1080 are kept, then: {refused}", held.len());
    if refused != GlError::AllKept {
        return Err("another answer was due".into());
    }
    held.truncate(1);
    let before = device.memory()?.0;
    let sizes = [[1920, 1080], [1280, 720], [642, 480], [800, 600], [1024, 768]];
    let lists = sizes.map(|size| list(size, 1));
    for list in lists.iter().cycle().take(KEPT) {
        gl.keep(list.as_ref().map_err(ToString::to_string)?)?;
    }
    let after = device.memory()?.0;
    println!("free on the device: {before} bytes before {KEPT} pictures, {after} after");
    if before.saturating_sub(after) > 256 << 20 {
        return Err("memory grew".into());
    }
    gl.run(|gl| gl.lose())?;
    read_equals(&*held.remove(0), &rgba, &[[1920, 1080]])?;
    let again = gl.keep(&first)?;
    read_equals(&*again, &rgba, &[[1920, 1080]])?;
    println!("a lost context costs no kept picture; contexts opened again: {}", gl.reopened());
    if gl.reopened() == 1 { Ok(()) } else { Err("the context was not lost".into()) }
}
