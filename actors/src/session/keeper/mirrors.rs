//! What mirrors lack.

use parfocal_base::Domain;

use super::{Keeper, States};
use crate::supervise::Failure;

impl Keeper {
    /// The whole documents.
    pub(crate) fn full_states(&self) -> Result<States, Failure> {
        let drawn = self.drawn.full_state().map_err(|e| Failure(e.to_string()))?;
        let scene = self.document.full_state().map_err(|e| Failure(e.to_string()))?;
        Ok([(Domain::Annotations, drawn), (Domain::Scene, scene)])
    }

    /// What mirrors with these state vectors lack, and whether they must be forgotten first: they
    /// know what the documents do not.
    pub(crate) fn missing(
        &self,
        scene: Option<&[u8]>,
        annotations: Option<&[u8]>,
    ) -> Result<(bool, States), Failure> {
        let Some((scene, annotations)) = scene.zip(annotations) else {
            return Ok((scene.is_some() || annotations.is_some(), self.full_states()?));
        };
        // A vector that cannot be read is one that no document can go on from.
        let ahead = self.document.is_ahead(scene).unwrap_or(true)
            || self.drawn.is_ahead(annotations).unwrap_or(true);
        let known = (self.drawn.diff(annotations), self.document.diff(scene));
        match known {
            (Ok(drawn), Ok(scene)) if !ahead => {
                Ok((false, [(Domain::Annotations, drawn), (Domain::Scene, scene)]))
            }
            _ => Ok((true, self.full_states()?)),
        }
    }
}
