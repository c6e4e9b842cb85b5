//! How the samples along a ray become one colour, in a view of three axes.

use serde::{Deserialize, Serialize};

/// napari's `rendering` of an image layer. What each does with the samples of a ray is defined in
/// the renderer's draw list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rendering {
    /// The largest sample.
    #[default]
    Mip,
    /// The smallest sample.
    Minip,
    /// The mean of all samples.
    Average,
    /// The largest sample, where what lies behind much else counts less.
    AttenuatedMip,
    /// Fog: each sample covers a little of what lies behind it.
    Translucent,
    /// The surface on which samples reach the threshold, lit from the viewer's eye.
    Iso,
}

impl Rendering {
    /// Every one, in napari's order.
    pub const ALL: [Self; 6] =
        [Self::Mip, Self::Minip, Self::Average, Self::AttenuatedMip, Self::Translucent, Self::Iso];
}
