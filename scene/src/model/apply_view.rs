//! Changes of views: where they are, what they show, where they look.

use parfocal_base::{AxisKind, LayerId, ViewId};

use super::apply::unknown_view;
use super::check::{finite, refuse};
use super::diff::view_writes;
use super::{
    Applied, Camera, Dims, DimsAxis, Intent, LayerChange, Reject, RejectCode, Scene, View, Write,
};

pub(super) type Moved = Result<(Vec<Write>, Intent), Reject>;

impl DimsAxis {
    /// World coordinate of the position nearest to `point`.
    pub fn snapped(&self, point: f64) -> f64 {
        (self.start + self.step * self.position(point) as f64).min(self.stop)
    }

    /// Where a new view stands: at the first time point, in the middle of all else.
    pub(super) fn home(&self) -> f64 {
        match self.kind {
            AxisKind::Time | AxisKind::Channel => self.start,
            AxisKind::Space | AxisKind::Other => {
                self.snapped(self.start + (self.stop - self.start) / 2.0)
            }
        }
    }
}

impl Dims {
    /// The axes that a new view shows: the last two.
    pub(super) fn last_two(&self) -> [usize; 2] {
        let last = self.axes.len().max(2) - 1;
        [last - 1, last]
    }
}

impl View {
    /// The canvas of a view that nobody looks at yet (720p).
    const FIRST_CANVAS: [u32; 2] = [1280, 720];

    /// A view of all of `dims`, with the canvas that it has already if it has one.
    pub(super) fn home(dims: &Dims, canvas: Option<[u32; 2]>) -> Self {
        let mut view = Self {
            point: dims.axes.iter().map(DimsAxis::home).collect(),
            displayed: dims.last_two(),
            camera: Camera { center: [0.0; 2], zoom: 1.0 },
            camera3d: None,
            canvas: canvas.unwrap_or(Self::FIRST_CANVAS),
            overrides: Default::default(),
        };
        view.camera = view.fitted(dims);
        view
    }
}

impl Scene {
    /// Most views of a session: the stage and one for each of far more participants than a
    /// server has; bounds the document.
    pub const MAX_VIEWS: usize = 1024;

    /// An empty scene whose stage is open.
    pub fn new() -> Self {
        let mut scene = Self::default();
        scene.show_all();
        scene
    }

    /// Opens the stage if it is not, and makes every view show all of the axes.
    pub(super) fn show_all(&mut self) {
        for view in self.views.values_mut() {
            *view = View::home(&self.dims, Some(view.canvas));
        }
        self.views.entry(ViewId::STAGE).or_insert_with(|| View::home(&self.dims, None));
    }

    /// Lets `edit` change a copy of the view, and keeps it if `edit` agrees.
    pub(super) fn edit_view<T>(
        &mut self,
        id: ViewId,
        edit: impl FnOnce(&mut View, &Self) -> Result<T, Reject>,
    ) -> Result<(Vec<Write>, T), Reject> {
        let before = self.views.get(&id).ok_or_else(|| unknown_view(id))?;
        let mut after = before.clone();
        let outcome = edit(&mut after, self)?;
        let writes = view_writes(id, before, &after);
        if !writes.is_empty() {
            self.views.insert(id, after);
        }
        Ok((writes, outcome))
    }

    pub(super) fn set_override(&mut self, id: ViewId, layer: LayerId, to: LayerChange) -> Moved {
        self.edit_view(id, |view, scene| {
            let Some(target) = scene.layer(layer) else {
                return refuse(RejectCode::UnknownLayer, format!("there is no layer {layer}"));
            };
            if id.is_stage() {
                let message = "the stage shows layers as they are: change the layer itself";
                return refuse(RejectCode::NotApplicable, message);
            }
            let change = to.checked_override(target.kind)?;
            let overrides = view.overrides.entry(layer).or_default();
            match overrides.iter_mut().find(|old| old.property() == change.property()) {
                Some(old) => *old = change.clone(),
                None => overrides.push(change.clone()),
            }
            Ok(Intent::SetOverride { view: id, layer, change })
        })
    }

    pub(super) fn clear_overrides(&mut self, id: ViewId, layer: Option<LayerId>) -> Moved {
        self.edit_view(id, |view, _| {
            view.overrides.retain(|&overridden, _| layer.is_some_and(|only| only != overridden));
            Ok(Intent::ClearOverrides { view: id, layer })
        })
    }

    pub(super) fn set_point(&mut self, id: ViewId, axis: usize, value: f64) -> Moved {
        self.edit_view(id, |view, scene| {
            let value = finite("value", value)?;
            let place = scene.dims.axes.get(axis).zip(view.point.get_mut(axis));
            let Some((dims, point)) = place else {
                return refuse(RejectCode::UnknownAxis, unknown_axis(axis, &scene.dims));
            };
            *point = dims.snapped(value);
            Ok(Intent::SetPoint { view: id, axis, value: *point })
        })
    }

    pub(super) fn set_displayed(&mut self, id: ViewId, displayed: [usize; 2]) -> Moved {
        self.edit_view(id, |view, scene| {
            let axes = scene.dims.axes.len();
            if let Some(axis) = displayed.into_iter().find(|&axis| axis >= axes) {
                return refuse(RejectCode::UnknownAxis, unknown_axis(axis, &scene.dims));
            }
            if displayed[0] == displayed[1] {
                return refuse(RejectCode::OutOfRange, "the displayed axes must be different");
            }
            if view.displayed != displayed {
                view.display(displayed, &scene.dims);
            }
            Ok(Intent::SetDisplayed { view: id, displayed })
        })
    }

    pub(super) fn set_camera(&mut self, id: ViewId, center: [f64; 2], zoom: f64) -> Moved {
        self.edit_view(id, |view, scene| {
            for value in center {
                finite("center", value)?;
            }
            let camera = Camera { center, zoom: finite("zoom", zoom)? };
            view.camera = view.bounded(&scene.dims, camera);
            let Camera { center, zoom } = view.camera;
            Ok(Intent::SetCamera { view: id, center, zoom })
        })
    }

    pub(super) fn reset_view(&mut self, id: ViewId) -> Moved {
        self.edit_view(id, |view, scene| {
            match view.camera3d {
                Some(camera) => view.camera3d = view.fitted3d(&scene.dims, camera.depth),
                None => view.camera = view.fitted(&scene.dims),
            }
            Ok(Intent::ResetView { view: id })
        })
    }

    pub(super) fn set_canvas(&mut self, id: ViewId, canvas: [u32; 2]) -> Result<Applied, Reject> {
        let canvas = View::canvas_in_bounds(canvas);
        let (writes, ()) = self.edit_view(id, |view, scene| {
            if view.canvas != canvas {
                view.resize(&scene.dims, canvas);
            }
            Ok(())
        })?;
        Ok(Applied::by_server(writes))
    }

    pub(super) fn open_view(&mut self, id: ViewId, from: ViewId) -> Result<Applied, Reject> {
        let mut view = self.views.get(&from).ok_or_else(|| unknown_view(from))?.clone();
        if id.is_stage() {
            view.overrides.clear();
        }
        let writes = match self.views.get(&id) {
            Some(old) => view_writes(id, old, &view),
            None if self.views.len() >= Self::MAX_VIEWS => {
                let message = format!("a session has at most {} views", Self::MAX_VIEWS);
                return refuse(RejectCode::OutOfRange, message);
            }
            None => vec![Write::ViewAdd(id, Box::new(view.clone()))],
        };
        self.views.insert(id, view);
        Ok(Applied::by_server(writes))
    }

    pub(super) fn close_view(&mut self, id: ViewId) -> Result<Applied, Reject> {
        if id.is_stage() {
            return refuse(RejectCode::NotApplicable, "the stage cannot be closed");
        }
        self.views.remove(&id).ok_or_else(|| unknown_view(id))?;
        Ok(Applied::by_server(vec![Write::ViewRemove(id)]))
    }
}

pub(super) fn unknown_axis(axis: usize, dims: &Dims) -> String {
    format!("there is no axis {axis}; the scene has {} (from 0)", dims.axes.len())
}
