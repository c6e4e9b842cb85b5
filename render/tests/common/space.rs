//! Views of three axes of made-up images.

use parfocal_base::DType;
use parfocal_render::{Budget, DrawList};
use parfocal_scene::{Blending, Camera, Camera3d, Interpolation, View};

use super::{World, level, resolved, world};

pub const CANVAS: [u32; 2] = [160, 120];
/// Texels (z, y, x), and how far apart: z is twice as coarse.
pub const SHAPE: [usize; 3] = [16, 30, 40];
pub const SCALE: [f64; 3] = [2.0, 1.0, 1.0];

pub fn looking(world: &World, angles: [f64; 3], perspective: f64) -> View {
    let center = [15.0, 14.5, 19.5];
    let axes = world.scene.dims.axes.len();
    View {
        point: vec![0.0; axes],
        displayed: [1, 2],
        camera: Camera { center: [14.5, 19.5], zoom: 2.5 },
        camera3d: Some(Camera3d { depth: 0, center, zoom: 2.4, angles, perspective }),
        canvas: CANVAS,
        overrides: [].into(),
    }
}

pub fn space() -> World {
    world(&[("z", 30.0, 2.0), ("y", 29.0, 1.0), ("x", 39.0, 1.0)])
}

pub fn image(world: &mut World, dtype: DType, value: impl Fn([f64; 3]) -> f64) {
    let fine = level(&SHAPE, &[8, 16, 16], &SCALE, &[0.0; 3]);
    let source = world.image("zyx", dtype, vec![fine], |at| value([at[0], at[1], at[2]]));
    let layer = world.layer(source, [0.0, 1.0]);
    layer.look.blending = Blending::Additive;
    layer.look.interpolation3d = Interpolation::Linear;
}

/// An F that is thick in z and stands before the farthest corner, from which three bars go: along x
/// (red), y (green) and z (blue). No mirroring leaves it as it is.
pub fn chiral() -> World {
    let mut world = space();
    let within = |v: f64, low: f64, high: f64| v >= low && v <= high;
    image(&mut world, DType::U8, |[z, y, x]| {
        let stem = within(x, 12.0, 17.0) && within(y, 5.0, 26.0);
        let top = within(x, 12.0, 30.0) && within(y, 5.0, 9.0);
        let arm = within(x, 12.0, 25.0) && within(y, 14.0, 18.0);
        f64::from(u8::from(within(z, 14.0, 22.0) && (stem || top || arm)))
    });
    let bar = |along: usize| {
        move |at: [f64; 3]| {
            let aside = (0..3).filter(|&d| d != along).all(|d| at[d] <= 2.0);
            f64::from(u8::from(aside))
        }
    };
    for (along, color) in [(2, "red"), (1, "green"), (0, "blue")] {
        image(&mut world, DType::U8, bar(along));
        world.scene.layers.last_mut().unwrap().look.colormap = color.to_owned();
    }
    world
}

pub fn draw(world: &World, view: &View) -> DrawList {
    resolved(world, view, &world.chunks, &Budget::default())
}
