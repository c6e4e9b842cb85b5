//! What encoders there are: NVENC's answer, nvJPEG, software.

use std::sync::Arc;
use std::time::Instant;

use nvidia_video_codec_sdk as sdk;
use parfocal_base::time::Instant as Moment;
use parfocal_base::{Frame, PixelFormat};
use parfocal_encode::{Encoder, EncoderConfig, H264Encoder};
use parfocal_nvidia::cuda::{
    Colours, Converter, Device, DeviceBuffer, Layout, PicturePool, Readback, Shape, Stream,
};
use parfocal_nvidia::fallback::Fallback;
use parfocal_nvidia::nvenc::{Api, CudaMemory, NvencEncoder, Preset, VideoCodec, capabilities};
use parfocal_nvidia::nvjpeg::Nvjpeg;

use super::Result;
use super::times::{ROUNDS, SIZES, WARM_UP, print, rgba};

const CONFIG: EncoderConfig =
    EncoderConfig { width: 1920, height: 1080, fps: 60, bitrate_bps: 12_000_000 };

pub(super) fn nvenc(device: &Arc<Device>) -> Result<()> {
    let api = Api::system()?;
    println!("interface: driver speaks {:?}", api.version());
    let memory = CudaMemory::new(device)?;
    match capabilities(&api, &memory) {
        Ok(found) => println!("capabilities: {found:#?}"),
        Err(error) => {
            println!("capabilities: {error}");
            let verdict = Fallback::new().failed(error.reason(), Moment::ZERO);
            println!("reason {:?}, so the machine says {verdict:?}", error.reason());
        }
    }
    let opened = NvencEncoder::new(
        &api,
        Box::new(CudaMemory::new(device)?),
        VideoCodec::H264,
        Preset::default(),
        CONFIG,
    );
    match opened {
        Ok(mut encoder) => {
            println!("opened: {encoder:?}");
            encode(&mut encoder)?;
        }
        Err(error) => println!("our encoder: {error}"),
    }
    through_the_bindings(device);
    Ok(())
}

/// Where the device has an encoder: whether host pictures become packets.
fn encode(encoder: &mut NvencEncoder) -> Result<()> {
    let frame = Frame::new(PixelFormat::I420, CONFIG.width, CONFIG.height);
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let begun = Instant::now();
        let packet = encoder.encode(&frame, round == 0)?;
        times.push(begun.elapsed().as_secs_f64() * 1e6);
        if round == 0 {
            println!("first packet: {packet:?}, {}", encoder.codec_string());
        }
    }
    print("1920x1080 H.264 of a host picture", times, 0);
    Ok(())
}

/// The same by the bindings' own wrapper, and step by step: why the two differ.
#[allow(unsafe_code)]
fn through_the_bindings(device: &Arc<Device>) {
    use sdk::sys::nvEncodeAPI as sys;
    let context = match cudarc::driver::CudaContext::new(device.info().ordinal) {
        Ok(context) => context,
        Err(error) => return println!("bindings: no context: {error:?}"),
    };
    let wrapped = sdk::Encoder::initialize_with_cuda(context);
    println!("bindings' wrapper: {:?}", wrapped.map(|_| "opened").map_err(|e| e.kind()));
    let mut handle = std::ptr::null_mut();
    let mut params = sys::NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS {
        version: sys::NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS_VER,
        deviceType: sys::NV_ENC_DEVICE_TYPE::NV_ENC_DEVICE_TYPE_CUDA,
        device: device.raw_context(),
        apiVersion: sys::NVENCAPI_VERSION,
        ..Default::default()
    };
    // SAFETY: the structure is whole, the context alive.
    let opened = unsafe { (sdk::ENCODE_API.open_encode_session_ex)(&mut params, &mut handle) };
    println!("step by step: open answers {opened:?}, handle null: {}", handle.is_null());
    // SAFETY: what the wrapper does with a session that failed to open.
    let destroyed = unsafe { (sdk::ENCODE_API.destroy_encoder)(handle) };
    println!("step by step: destroying that answers {destroyed:?}");
}

pub(super) fn jpeg(device: &Arc<Device>) -> Result<()> {
    let (stream, converter) = (Stream::new(device)?, Converter::new(device)?);
    let mut jpeg = Nvjpeg::open(device)?;
    println!("library: {:?}", jpeg.version());
    for (w, h) in SIZES {
        let source = smooth(device, w, h)?;
        let pool = PicturePool::new(device, Shape::padded(Layout::I420, w, h)?, 2);
        let (mut times, mut file) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS + WARM_UP {
            let mut picture = pool.take()?.ok_or("the pool is empty")?;
            converter.convert(&stream, &rgba(&source, w, h), &mut picture, Colours::Jfif)?;
            let picture = picture.publish(&stream)?;
            picture.ready().wait()?;
            let begun = Instant::now();
            jpeg.encode(&picture, 85, &mut file)?;
            if round >= WARM_UP {
                times.push(begun.elapsed().as_secs_f64() * 1e6);
            }
        }
        let whole = file.starts_with(&[0xff, 0xd8]) && file.ends_with(&[0xff, 0xd9]);
        println!("{w}x{h}: {} bytes, begins and ends as a JPEG: {whole}", file.len());
        print(&format!("{w}x{h} I420 to JPEG (q85), by the clock"), times, 0);
        if let Some(folder) = std::env::var_os("OUT") {
            std::fs::write(std::path::Path::new(&folder).join(format!("{w}.jpg")), &file)?;
        }
        if !whole {
            return Err("not a JPEG".into());
        }
    }
    Ok(())
}

/// A picture with structure: what a JPEG is made for.
fn smooth(device: &Arc<Device>, w: u32, h: u32) -> Result<DeviceBuffer> {
    let pixel = |at: u32| {
        let (x, y) = ((at % w) as f32, (at / w) as f32);
        let wave = |f: f32| (127.0 + 120.0 * (x * f).sin() * (y * f * 0.7).cos()) as u8;
        [wave(0.01), wave(0.02), wave(0.005), 255]
    };
    let bytes: Vec<u8> = (0..w * h).flat_map(pixel).collect();
    let mut buffer = DeviceBuffer::new(device, bytes.len())?;
    buffer.write(&bytes)?;
    Ok(buffer)
}

pub(super) fn software(device: &Arc<Device>) -> Result<()> {
    let (stream, converter) = (Stream::new(device)?, Converter::new(device)?);
    let (w, h) = (CONFIG.width, CONFIG.height);
    let source = smooth(device, w, h)?;
    let shape = Shape::tight(w, h)?;
    let pool = PicturePool::new(device, shape, 2);
    let mut reader = Readback::new(device, shape)?;
    let mut encoder = H264Encoder::new(CONFIG)?;
    let mut frame = Frame::new(PixelFormat::I420, w, h);
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let begun = Instant::now();
        let mut picture = pool.take()?.ok_or("the pool is empty")?;
        converter.convert(&stream, &rgba(&source, w, h), &mut picture, Colours::Video)?;
        reader.start(picture.publish(&stream)?)?.wait_into(&mut frame)?;
        let packet = encoder.encode(&frame, round == 0)?;
        times.push(begun.elapsed().as_secs_f64() * 1e6);
        if packet.data.is_empty() {
            return Err("an empty packet".into());
        }
    }
    print("1920x1080 RGBA on the device to an H.264 packet", times, 0);
    Ok(())
}
