//! The scene as a whole.

use std::collections::BTreeMap;

use parfocal_base::{LayerId, ViewId};
use serde::{Deserialize, Serialize};

use super::{Bookmark, Dims, Layer, View};

/// What is drawn besides the layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// A bar with its length in world units, bottom right.
    pub scale_bar_visible: bool,
    /// Names and directions of the displayed axes, bottom left.
    pub axes_visible: bool,
    /// Positions on the other axes as text, top left (e.g. `t 12 · z 1.8 µm`).
    pub dims_label_visible: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { scale_bar_visible: true, axes_visible: false, dims_label_visible: false }
    }
}

/// The shared scene.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    /// Axes.
    pub dims: Dims,
    /// Bottom first.
    pub layers: Vec<Layer>,
    /// What is drawn besides.
    pub settings: Settings,
    /// The stage and every open own view.
    pub views: BTreeMap<ViewId, View>,
    /// Kept views, by name.
    #[serde(default)]
    pub bookmarks: BTreeMap<String, Bookmark>,
    /// The next layer's number.
    pub next_layer: LayerId,
}

impl Scene {
    /// The layer with this id.
    pub fn layer(&self, id: LayerId) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.id == id)
    }
}
