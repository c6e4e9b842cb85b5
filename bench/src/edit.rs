//! What a small edit costs beside a whole new picture: one point moves, all else rests.

use anyhow::Result;
use parfocal_base::{Frame, PixelFormat};
use parfocal_encode::{Encoder, EncoderConfig, H264Encoder};
use parfocal_render::draw_list::{Content, DrawLayer};
use parfocal_render::marks::{Marks, Point};
use parfocal_render::{Cpu, DrawList};
use parfocal_scene::{Blending, Symbol};

use crate::Setup;
use crate::image::Image;
use crate::picture::{LAYERS, Picture, SIZES, name};
use crate::pipeline::BITRATES;
use crate::row::Report;
use crate::stats::Samples;

pub(crate) fn run(setup: &Setup, report: &mut Report) -> Result<()> {
    let image = Image::generate();
    for layers in LAYERS {
        let picture = Picture::new(&image, layers)?;
        for (canvas, bitrate_bps) in SIZES.into_iter().zip(BITRATES) {
            let [width, height] = canvas;
            let config = EncoderConfig { width, height, fps: 30, bitrate_bps };
            let moved = |at: usize| point(picture.list(canvas, at), canvas, at);
            let whole = measure(setup, config, moved)?;
            let small = measure(setup, config, |at| point(picture.list(canvas, 0), canvas, at))?;
            let plural = if layers == 1 { "layer" } else { "layers" };
            let what = format!("{}, {layers} {plural} and a point that moves", name(canvas));
            for (step, whole, small) in
                [("paint", &whole[0], &small[0]), ("H.264", &whole[1], &small[1])]
            {
                let beside = vec![("camera moves too".to_owned(), whole.percentile(50.0))];
                let metric = format!("{what}, {step}, p50");
                report.add_beside("edit", metric, small.percentile(50.0), "ms", beside);
            }
        }
    }
    Ok(())
}

/// Milliseconds of painting and of encoding the frames of `list`, one after another.
fn measure(
    setup: &Setup,
    config: EncoderConfig,
    list: impl Fn(usize) -> DrawList,
) -> Result<[Samples; 2]> {
    let (mut cpu, mut encoder) = (Cpu::new(0)?, H264Encoder::new(config)?);
    let [mut paint, mut encode] = [(); 2].map(|()| Samples::default());
    let mut before: Option<(DrawList, Frame)> = None;
    for at in 0..setup.frames {
        let list = list(at);
        let mut frame = Frame::new(PixelFormat::I420, config.width, config.height);
        let last = before.as_ref().map(|(list, frame)| (list, frame));
        paint.time(|| cpu.render_after(last, &list, &mut frame))?;
        encode.time(|| encoder.encode(&frame, false))?;
        before = Some((list, frame));
    }
    Ok([paint, encode])
}

/// With a point on top that goes to and fro.
fn point(mut list: DrawList, canvas: [u32; 2], at: usize) -> DrawList {
    let [x, y] = canvas.map(|side| side as f32 / 2.0);
    let point = Point {
        at: [x + (at % 64) as f32, y + (at % 7) as f32],
        radius: 6.0,
        edge_width: 1.0,
        face: [255, 80, 0, 255],
        edge: [0, 0, 0, 255],
        symbol: Symbol::Disc,
    };
    let content = Content::Marks(Marks { points: vec![point], ..Marks::default() });
    list.layers.push(DrawLayer { opacity: 1.0, blending: Blending::Translucent, content });
    list
}
