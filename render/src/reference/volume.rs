//! Volumes along one ray at a time, in f64, as [`draw_list`](crate::draw_list) defines them.

use parfocal_base::{Frame, PixelFormat};
use parfocal_scene::Blending;

use crate::draw_list::{
    AMBIENT, Bricks, DrawLayer, DrawList, HALVINGS, Mode, OPAQUE, Ray, SHINE, SHININESS, Volume,
    VolumePaint,
};
use crate::labels::{label_color, label_number};

/// How near a painter comes to the reference where volumes are seen. A surface, or the edge of a
/// texel, may lie on either side of a ray, so there is no tolerance that holds for every pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NearlyAll {
    /// Most that a channel differs in nearly all pixels, of 255.
    pub channel: u8,
    /// Share of pixels in which it may differ more.
    pub others: f64,
}

/// What is asked of painters of volumes: rounding in single precision, and to one of 4096 entries of a
/// table of colours.
pub const RAYS: NearlyAll = NearlyAll { channel: 3, others: 0.01 };

impl NearlyAll {
    /// Whether `frame` shows what `list` defines; both RGBA.
    pub fn holds(&self, frame: &Frame, list: &DrawList) -> bool {
        let defined = super::render(list, PixelFormat::Rgba8);
        let pixels = || frame.data().chunks_exact(4).zip(defined.data().chunks_exact(4));
        let differs =
            |(a, b): &(&[u8], &[u8])| a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) > self.channel);
        let others = pixels().filter(differs).count();
        frame.data().len() == defined.data().len()
            && others as f64 <= self.others * pixels().count() as f64
    }
}

/// What a ray makes: a colour with channels from 0 to 255, and an alpha.
type Seen = ([f64; 3], f64);

/// The pixel `at` (row, column) after `layer`, over `below`.
pub(super) fn pixel(layer: &DrawLayer, volume: &Volume, at: [u32; 2], below: [f64; 3]) -> [f64; 3] {
    let every = f64::from(volume.every.max(1));
    let [y, x] = at.map(|at| (f64::from(at) / every).floor() * every + every / 2.0);
    let ray = volume.rays.at(x, y, volume.bricks.spacing);
    let Some(([near, far], (color, alpha))) = ray
        .within(volume.bricks.shape)
        .and_then(|ends| Some((ends, seen(layer, volume, &ray, ends)?)))
    else {
        return below;
    };
    debug_assert!(near < far);
    let fog = matches!(volume.paint, VolumePaint::Image(_, Mode::Translucent));
    let a = if fog { alpha } else { alpha * layer.opacity };
    std::array::from_fn(|c| {
        let (src, dst) = (color[c], below[c]);
        let joined = match layer.blending {
            Blending::Opaque => a * src,
            Blending::Translucent => a * src + (1.0 - a) * dst,
            Blending::Additive => dst + a * src,
            Blending::Minimum => a * src.min(dst) + (1.0 - a) * dst,
        };
        joined.round().clamp(0.0, 255.0)
    })
}

fn seen(layer: &DrawLayer, volume: &Volume, ray: &Ray, [near, far]: [f64; 2]) -> Option<Seen> {
    let at = |k: usize| near + (k as f64 + 0.5) * volume.step;
    let places: Vec<f64> = (0..).map(at).take_while(|s| *s < far).collect();
    let point =
        |s: f64| -> [f64; 3] { std::array::from_fn(|d| ray.origin[d] + s * ray.direction[d]) };
    let (transfer, mode) = match &volume.paint {
        VolumePaint::Labels => return labels(volume, ray, &places),
        VolumePaint::Image(transfer, mode) => (transfer, *mode),
    };
    let sample = |s: f64| read(&volume.bricks, transfer.linear, point(s));
    let samples: Vec<f64> = places.iter().map(|s| sample(*s)).filter(|v| !v.is_nan()).collect();
    if samples.is_empty() {
        return None;
    }
    let t = |v: f64| ((v - transfer.limits[0]) / transfer.range()).clamp(0.0, 1.0);
    let color = |t: f64| transfer.table.at(t.powf(transfer.gamma));
    let solid = |t: f64| Some((color(t), 1.0));
    match mode {
        Mode::Mip => solid(t(samples.iter().copied().fold(f64::MIN, f64::max))),
        Mode::Minip => solid(t(samples.iter().copied().fold(f64::MAX, f64::min))),
        Mode::Average => solid(t(samples.iter().sum::<f64>() / samples.len() as f64)),
        Mode::AttenuatedMip { attenuation } => {
            let (mut before, mut largest) = (0.0, 0.0_f64);
            for v in samples {
                largest = largest.max(t(v) * (-attenuation * volume.step * before).exp());
                before += t(v);
            }
            solid(largest)
        }
        Mode::Translucent => {
            let (mut sum, mut alpha) = ([0.0; 3], 0.0);
            for v in samples {
                let thin = 1.0 - layer.opacity * t(v).powf(transfer.gamma);
                let share = (1.0 - alpha) * (1.0 - thin.powf(volume.step));
                let color = color(t(v));
                sum = std::array::from_fn(|c| sum[c] + share * color[c]);
                alpha += share;
                if alpha > f64::from(OPAQUE) {
                    break;
                }
            }
            (alpha > 0.0).then(|| (sum.map(|sum| sum / alpha), alpha))
        }
        Mode::Iso { threshold } => {
            let s = surface(volume, &places, |s| sample(s) >= threshold)?;
            let p = point(s);
            let v = |p| read(&volume.bricks, transfer.linear, p);
            let (lambda, brightest) = light(volume, ray, p, v);
            let base = color(t(brightest.max(v(p))));
            let shine = 255.0 * f64::from(SHINE) * lambda.powi(SHININESS);
            Some((lit(base, lambda, shine), 1.0))
        }
    }
}

fn labels(volume: &Volume, ray: &Ray, places: &[f64]) -> Option<Seen> {
    let point =
        |s: f64| -> [f64; 3] { std::array::from_fn(|d| ray.origin[d] + s * ray.direction[d]) };
    let label = |p| label_number(read(&volume.bricks, false, p));
    let s = surface(volume, places, |s| label(point(s)) != 0)?;
    let own = label(point(s));
    let (lambda, _) = light(volume, ray, point(s), |p| f64::from(label(p) == own));
    Some((lit(label_color(own)?.map(f64::from), lambda, 0.0), 1.0))
}

/// Where the first sample that `is` lies, the last step before it halved.
fn surface(volume: &Volume, places: &[f64], is: impl Fn(f64) -> bool) -> Option<f64> {
    let first = places.iter().position(|s| is(*s))?;
    let mut far = places[first];
    if first > 0 {
        let mut near = far - volume.step;
        for _ in 0..HALVINGS {
            let middle = (near + far) / 2.0;
            if is(middle) {
                far = middle;
            } else {
                near = middle;
            }
        }
    }
    Some(far)
}

/// How much of the light at the eye comes back from the surface at `p`, and the largest of the six
/// samples about it.
fn light(volume: &Volume, ray: &Ray, p: [f64; 3], v: impl Fn([f64; 3]) -> f64) -> (f64, f64) {
    let spacing = volume.bricks.spacing;
    let mut largest = f64::MIN;
    let gradient: [f64; 3] = std::array::from_fn(|d| {
        let beside = |by: f64| {
            let mut p = p;
            p[d] += by;
            v(p)
        };
        let (after, before) = (beside(1.0), beside(-1.0));
        largest = largest.max(after).max(before);
        (after - before) / spacing[d]
    });
    let dot = (0..3).map(|d| gradient[d] * ray.direction[d] * spacing[d]).sum::<f64>();
    let length = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
    let lambda = if length > 0.0 { (dot.abs() / length).min(1.0) } else { 1.0 };
    (lambda, largest)
}

fn lit(color: [f64; 3], lambda: f64, shine: f64) -> [f64; 3] {
    let ambient = f64::from(AMBIENT);
    color.map(|c| (c * (ambient + (1.0 - ambient) * lambda) + shine).min(255.0))
}

fn read(bricks: &Bricks, linear: bool, p: [f64; 3]) -> f64 {
    let p: [f64; 3] = std::array::from_fn(|d| p[d].clamp(0.0, (bricks.shape[d] - 1) as f64));
    if !linear {
        return bricks.get(p.map(|p| (p + 0.5).floor() as usize));
    }
    let low = p.map(|p| p.floor());
    let at = |corner: usize| {
        let up: [usize; 3] = std::array::from_fn(|d| corner >> d & 1);
        let at = std::array::from_fn(|d| (low[d] as usize + up[d]).min(bricks.shape[d] - 1));
        bricks.get(at).clamp(-1e30, 1e30)
    };
    // Not a sum of weights: between equal texels there is nothing but that, so that a gradient is 0
    // there, and not of the rounding.
    let mix = |a: f64, b: f64, d: usize| a + (b - a) * (p[d] - low[d]);
    let row = |first: usize| mix(at(first), at(first + 4), 2);
    let plane = |first: usize| mix(row(first), row(first + 2), 1);
    mix(plane(0), plane(1), 0)
}
