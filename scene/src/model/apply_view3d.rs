//! Changes of views that show three axes.

use parfocal_base::ViewId;

use super::apply_view::Moved;
use super::check::refuse;
use super::{Camera3d, Intent, RejectCode, Scene};

impl Scene {
    pub(super) fn set_ndisplay(&mut self, id: ViewId, ndisplay: u8) -> Moved {
        self.edit_view(id, |view, scene| {
            match ndisplay {
                2 => view.camera3d = None,
                3 if view.camera3d.is_some() => {}
                3 => {
                    let Some(depth) = view.depth_axis(&scene.dims) else {
                        let message = "the scene has two axes: a third one is needed for 3-D";
                        return refuse(RejectCode::NotApplicable, message);
                    };
                    view.camera3d = view.fitted3d(&scene.dims, depth);
                }
                _ => return refuse(RejectCode::OutOfRange, "ndisplay is 2 or 3"),
            }
            Ok(Intent::SetNdisplay { view: id, ndisplay })
        })
    }

    pub(super) fn set_camera3d(
        &mut self,
        id: ViewId,
        center: [f64; 3],
        zoom: f64,
        angles: [f64; 3],
        perspective: f64,
    ) -> Moved {
        self.edit_view(id, |view, scene| {
            let Some(Camera3d { depth, .. }) = view.camera3d else {
                let message = "the view shows two axes: set ndisplay to 3 first";
                return refuse(RejectCode::NotApplicable, message);
            };
            let camera = Camera3d { depth, center, zoom, angles, perspective }.checked()?;
            let camera = view.bounded3d(&scene.dims, camera);
            view.camera3d = Some(camera);
            let Camera3d { center, zoom, angles, perspective, .. } = camera;
            Ok(Intent::SetCamera3d { view: id, center, zoom, angles, perspective })
        })
    }
}
