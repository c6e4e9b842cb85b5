//! All that paints: each GPU has an actor, and the CPU has one. Which of them paints what says
//! [`Placement`]; a picture is never lost to one that fails.

use std::sync::Arc;
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram};
use parfocal_base::ViewId;
use parfocal_base::time::Clock;
use parfocal_gl::{GlError, GlRenderer};
use parking_lot::Mutex;

use crate::address::Address;
use crate::machine::placement::{Key, Place, Placement, Why};
use crate::painter::{Because, By, Found, Used};
use crate::render::{Job, RenderMsg};
use crate::video::{Keep, Keeping};

/// All of them.
pub struct Renderers {
    gpus: Vec<Gpu>,
    cpu: Painting,
    placement: Mutex<Placement>,
    /// Why there is no GPU, if so.
    why: Arc<str>,
    clock: Clock,
}

/// A GPU that paints.
struct Gpu {
    /// Its actor's, but it outlives that.
    gl: Mutex<GlRenderer>,
    name: Arc<str>,
    /// Whether its pictures stay on it.
    keeping: Arc<Keeping>,
    painting: Painting,
    failures: Counter,
}

/// Who paints somewhere, and what is counted of it.
struct Painting {
    address: Address<RenderMsg>,
    pictures: Counter,
    seconds: Histogram,
    views: Gauge,
}

impl Painting {
    fn new(place: Place) -> Self {
        let device = match place {
            Place::Gpu(number) => number.to_string(),
            Place::Cpu => "cpu".to_owned(),
        };
        let labels = [("renderer", By::from(place).as_str().to_owned()), ("device", device)];
        Self {
            address: Address::default(),
            pictures: metrics::counter!("parfocal_frames_rendered_total", &labels),
            seconds: metrics::histogram!("parfocal_render_seconds", &labels),
            views: metrics::gauge!("parfocal_render_views", &labels),
        }
    }
}

/// A picture on its way to a painter. Where nobody takes it (the painter died, or is not there), the
/// CPU does; where that does not, the view hears of it.
pub struct Parcel {
    job: Option<Job>,
    why: Why,
    to: Place,
    renderers: Arc<Renderers>,
}

impl Parcel {
    /// What is to be painted, and why here.
    pub(crate) fn open(mut self) -> Option<(Job, Why)> {
        let why = self.why.clone();
        self.job.take().map(|job| (job, why))
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        if let Some(job) = self.job.take().filter(|_| self.to != Place::Cpu) {
            self.renderers.send(job, Place::Cpu, Why::Absent);
        }
    }
}

impl Renderers {
    /// Of what was found; `keep`: how pictures stay there.
    pub(crate) fn new(found: Found, keep: &Keep, clock: Clock) -> Self {
        let Found { gpus, why, .. } = found;
        let gpu = |(number, gl): (usize, GlRenderer)| Gpu {
            name: gl.describe().to_string().into(),
            keeping: Keeping::new(clock, &number.to_string(), keep.can(&gl)),
            gl: Mutex::new(gl),
            painting: Painting::new(Place::Gpu(number)),
            failures: metrics::counter!("parfocal_gl_failures_total", "device" => number.to_string()),
        };
        let gpus: Vec<Gpu> = gpus.into_iter().enumerate().map(gpu).collect();
        let placement = Mutex::new(Placement::new(gpus.len()));
        Self { gpus, cpu: Painting::new(Place::Cpu), placement, why, clock }
    }

    /// Where pictures can be painted.
    pub fn places(&self) -> impl Iterator<Item = Place> + use<> {
        (0..self.gpus.len()).map(Place::Gpu).chain([Place::Cpu])
    }

    /// Where the actor of a place lives.
    pub fn address(&self, place: Place) -> &Address<RenderMsg> {
        &self.painting(place).address
    }

    /// The GPU of this number.
    pub fn gl(&self, gpu: usize) -> Option<&Mutex<GlRenderer>> {
        self.gpus.get(gpu).map(|gpu| &gpu.gl)
    }

    /// Whether the pictures of that GPU stay on it.
    pub(crate) fn keeping(&self, gpu: usize) -> Option<&Arc<Keeping>> {
        self.gpus.get(gpu).map(|gpu| &gpu.keeping)
    }

    /// Has a picture painted where its view belongs.
    pub(crate) fn paint(self: &Arc<Self>, job: Job) {
        let (place, why) = self.placement.lock().place(&key(&job), self.clock.now());
        self.send(job, place, why);
    }

    /// Has a picture painted there.
    pub(crate) fn send(self: &Arc<Self>, job: Job, to: Place, why: Why) {
        let parcel = Parcel { job: Some(job), why, to, renderers: Arc::clone(self) };
        self.address(to).send(RenderMsg::Paint(parcel));
    }

    /// Whether a picture that was sent there belongs elsewhere by now.
    pub(crate) fn has_left(&self, job: &Job, place: Place) -> bool {
        self.placement.lock().place_of(&key(job)).is_some_and(|now| now != place)
    }

    /// A picture was painted.
    pub(crate) fn painted(&self, job: &Job, at: (Place, Why), took: Duration) {
        let (place, view) = (at.0, key(job));
        let mut placement = self.placement.lock();
        let is_same = placement.last(&view).is_some_and(|(last, _)| last == place);
        let is_back = placement.painted(&view, at, took, self.clock.now());
        self.count(&placement);
        drop(placement);
        if !is_same {
            let Used { why, .. } = self.used(&view.0, view.1);
            tracing::debug!(session = %view.0, view = %view.1, by = %why, "who paints a view");
        }
        let painting = self.painting(place);
        painting.seconds.record(took.as_secs_f64());
        painting.pictures.increment(u64::from(!job.is_still()));
        if is_back {
            tracing::info!(device = ?self.name(place), "OpenGL paints again");
        }
    }

    /// A GPU failed: its views leave it.
    pub(crate) fn failed(&self, gpu: usize, error: &GlError) {
        let Some(failed) = self.gpus.get(gpu) else { return };
        let why = format!("{} failed: {error}", failed.name).into();
        let mut placement = self.placement.lock();
        let rest = placement.failed(gpu, &why, self.clock.now());
        self.count(&placement);
        drop(placement);
        failed.failures.increment(1);
        let device = &*failed.name;
        tracing::warn!(device, %error, ?rest, "its views are painted elsewhere meanwhile");
    }

    /// A view was closed.
    pub(crate) fn forget(&self, session: &Arc<str>, view: ViewId) {
        let mut placement = self.placement.lock();
        placement.forget(&(Arc::clone(session), view), self.clock.now());
        self.count(&placement);
    }

    fn count(&self, placement: &Placement) {
        for place in self.places() {
            self.painting(place).views.set(placement.views(place) as f64);
        }
    }

    /// What painted the last picture of a view, and why that.
    pub(crate) fn used(&self, session: &Arc<str>, view: ViewId) -> Used {
        let last = self.placement.lock().last(&(Arc::clone(session), view));
        last.map_or_else(Used::default, |(place, why)| {
            let because = Because { why: &why, device: self.name(place), no_gpu: &self.why };
            Used { by: place.into(), why: because.to_string().into() }
        })
    }

    /// The name of a GPU.
    fn name(&self, place: Place) -> Option<&str> {
        match place {
            Place::Gpu(at) => self.gpus.get(at).map(|gpu| &*gpu.name),
            Place::Cpu => None,
        }
    }

    fn painting(&self, place: Place) -> &Painting {
        match place {
            Place::Gpu(at) => self.gpus.get(at).map_or(&self.cpu, |gpu| &gpu.painting),
            Place::Cpu => &self.cpu,
        }
    }
}

fn key(job: &Job) -> Key {
    (Arc::clone(&job.board.session), job.board.id)
}

#[cfg(test)]
mod tests;
