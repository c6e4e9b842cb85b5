//! The layers that a session has from its start.

use std::sync::Arc;

use parfocal_base::{ImageMeta, SourceId};
use parfocal_scene::{LayerKind, LayerSource, LayerSpec};

/// A layer that a session has from its start: one of the images that are served. See
/// [`LayerSpec`] for the fields.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "described at LayerSpec")]
pub struct Seed {
    pub name: String,
    pub kind: LayerKind,
    pub source: SourceId,
    pub path: String,
    pub channel: Option<usize>,
    pub meta: Arc<ImageMeta>,
    pub contrast_limits_auto: Option<[f64; 2]>,
    pub contrast_limits_range: Option<[f64; 2]>,
    pub contrast_limits: Option<[f64; 2]>,
    pub colormap: Option<String>,
    pub visible: bool,
    /// Whether it is added to a session that has none of it. Else only a new session gets it, so
    /// that what somebody has removed does not come back.
    pub is_added: bool,
}

impl Seed {
    /// A visible layer with every default.
    pub fn new(
        name: String,
        kind: LayerKind,
        source: SourceId,
        path: String,
        meta: Arc<ImageMeta>,
    ) -> Self {
        Self {
            name,
            kind,
            source,
            path,
            channel: None,
            meta,
            contrast_limits_auto: None,
            contrast_limits_range: None,
            contrast_limits: None,
            colormap: None,
            visible: true,
            is_added: false,
        }
    }

    pub(super) fn spec(&self) -> LayerSpec<'_> {
        let (name, path) = (self.name.clone(), self.path.clone());
        let mut spec = LayerSpec::new(name, self.kind, self.source, path, &self.meta);
        spec.channel = self.channel;
        spec.contrast_limits_auto = self.contrast_limits_auto;
        spec.contrast_limits_range = self.contrast_limits_range;
        spec.contrast_limits = self.contrast_limits;
        spec.colormap.clone_from(&self.colormap);
        spec.visible = self.visible;
        spec
    }

    /// Whether a layer of the document shows this image: paths are for ever.
    pub(super) fn is_of(&self, source: &LayerSource) -> bool {
        self.path == source.path && self.channel == source.channel
    }
}
