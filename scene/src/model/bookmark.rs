//! Kept views.

use std::collections::BTreeMap;

use parfocal_base::LayerId;
use serde::{Deserialize, Serialize};

use super::{Look, View};

/// A view that was kept: enough to see the same again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bookmark {
    /// What it is called; at most 200 bytes.
    pub name: String,
    /// Who kept it (subject). Written by the server.
    #[serde(default)]
    pub author: String,
    /// Position, axes, camera and looks; the canvas says for which window the zoom was.
    pub view: View,
    /// How each layer looked.
    #[serde(default, deserialize_with = "super::by_layer::deserialize")]
    pub looks: BTreeMap<LayerId, Look>,
}
