//! Statistics that annotations want of the image under them: computed beside all else, one at a
//! time for each session.

use std::collections::VecDeque;
use std::sync::Arc;

use parfocal_data::{Outline, Region, region_statistics};
use parfocal_scene::{
    Annotation, AnnotationId, AnnotationWrite, Annotations, Measure, Measured, MeasuredOutline,
    Scene,
};

use super::board::Board;
use super::scene::SceneMsg;

/// Annotations that wait to be measured: those of one import. One past it is measured when it is
/// changed again, or when the session is opened anew.
const MAX_WAITING: usize = 10_000;

/// What is to be measured.
#[derive(Default)]
pub(crate) struct Measuring {
    waiting: VecDeque<AnnotationId>,
    busy: bool,
}

impl Measuring {
    /// Notes what was drawn, where it wants statistics.
    pub(crate) fn note(&mut self, writes: &[AnnotationWrite]) {
        for write in writes {
            if let Some(after) = &write.after {
                self.note_one(&write.id, after);
            }
        }
    }

    /// Notes every annotation that wants statistics.
    pub(crate) fn note_all(&mut self, annotations: &Annotations) {
        annotations.iter().for_each(|(id, annotation)| self.note_one(id, annotation));
    }

    fn note_one(&mut self, id: &AnnotationId, annotation: &Annotation) {
        let room = self.waiting.len() < MAX_WAITING;
        if room && annotation.wants_statistics() && !self.waiting.contains(id) {
            self.waiting.push_back(id.clone());
        }
    }

    /// The next one, if none is being measured.
    pub(crate) fn next(&mut self) -> Option<AnnotationId> {
        if self.busy {
            return None;
        }
        let next = self.waiting.pop_front();
        self.busy = next.is_some();
        next
    }

    /// One was measured, or could not be.
    pub(crate) const fn done(&mut self) {
        self.busy = false;
    }
}

/// Measures an annotation as it is now; the scene actor is told.
pub(crate) fn measure(
    board: Arc<Board>,
    scene: Arc<Scene>,
    id: AnnotationId,
    annotation: Arc<Annotation>,
) {
    tokio::spawn(async move {
        let measured = statistics(&board, &scene, &annotation).await;
        let measured = measured.unwrap_or_else(|reason| Measured::Failed { reason });
        board.scene.send(SceneMsg::Measured { id, of: annotation, measured });
    });
}

async fn statistics(
    board: &Board,
    scene: &Scene,
    annotation: &Annotation,
) -> Result<Measured, String> {
    let Some(Measure::Statistics(id)) = annotation.measure else {
        return Err("no statistics are asked of it".to_owned());
    };
    let layer = scene.layer(id).ok_or("the layer that was measured is gone")?;
    let closed = || format!("{} is not open", layer.source.path);
    let source = board.shared.images.get(layer.source.source).ok_or_else(closed)?;
    let place = scene.measured_region(annotation, source.meta())?;
    let outline = match place.outline {
        MeasuredOutline::Polygon(vertices) => Outline::Polygon(vertices),
        MeasuredOutline::Ellipse { center, halves } => Outline::Ellipse { center, halves },
    };
    let region = Region { plane: place.plane, at: place.at, outline };
    let found = region_statistics(&*source, &region).await.map_err(|error| error.to_string())?;
    Ok(Measured::Statistics {
        layer: id,
        count: found.count,
        min: found.min,
        max: found.max,
        mean: found.mean,
        std: found.std,
        histogram: found.histogram,
    })
}
