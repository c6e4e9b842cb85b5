//! Kept views.

use super::check::{contrast_limits, finite, iso_threshold, name_in_list, refuse};
use super::diff::bookmark_writes;
use super::{Author, Bookmark, Intent, Limits, Look, Reject, RejectCode, Scene, Write};

impl Bookmark {
    /// The bookmark as `scene` keeps it. Looks of layers that are gone stay: they may come back.
    pub(super) fn checked(mut self, scene: &Scene) -> Result<Self, Reject> {
        self.name = name_in_list("bookmark", &self.name)?;
        self.view.check(&scene.dims)?;
        if self.looks.len() > Scene::MAX_LAYERS || self.view.overrides.len() > Scene::MAX_LAYERS {
            let message = "a bookmark has a look for each layer at most";
            return refuse(RejectCode::Limit, message);
        }
        for (id, changes) in &mut self.view.overrides {
            let mut seen = Vec::new();
            for change in std::mem::take(changes).into_iter().rev() {
                let kind = scene.layer(*id).map_or(super::LayerKind::Image, |layer| layer.kind);
                let change = change.checked_override(kind)?;
                if !seen.contains(&change.property()) {
                    seen.push(change.property());
                    changes.insert(0, change);
                }
            }
        }
        let looks = self.looks.into_iter().map(|(id, look)| Ok((id, look.checked()?)));
        self.looks = looks.collect::<Result<_, Reject>>()?;
        Ok(self)
    }
}

impl Look {
    /// The look with numbers and names as they are kept.
    pub(super) fn checked(mut self) -> Result<Self, Reject> {
        self.contrast_limits = contrast_limits(self.contrast_limits)?;
        self.colormap = Scene::known_colormap(&self.colormap)?;
        self.opacity = finite("opacity", self.opacity)?.clamp(0.0, 1.0);
        let [low, high] = Self::GAMMA;
        let [least, most] = Self::ATTENUATION;
        self.attenuation = finite("attenuation", self.attenuation)?.clamp(least, most);
        self.iso_threshold = iso_threshold(self.iso_threshold)?;
        self.gamma = finite("gamma", self.gamma)?.clamp(low, high);
        Ok(self)
    }
}

impl Scene {
    pub(super) fn set_bookmark(
        &mut self,
        bookmark: &Bookmark,
        by: &Author,
        limits: &Limits,
    ) -> Result<(Vec<Write>, Intent), Reject> {
        let mut bookmark = bookmark.clone().checked(self)?;
        bookmark.author.clone_from(&by.subject);
        // What is said of a layer that is yet to come might not fit it.
        bookmark.looks.retain(|id, _| self.layer(*id).is_some());
        bookmark.view.overrides.retain(|id, _| self.layer(*id).is_some());
        match self.bookmarks.get(&bookmark.name) {
            Some(old) => check_own(old, by)?,
            None if self.bookmarks.len() >= limits.bookmarks => {
                let most = limits.bookmarks;
                let message = format!("a session keeps at most {most} bookmarks: remove one first");
                return refuse(RejectCode::Limit, message);
            }
            None => {}
        }
        let before = self.bookmarks.clone();
        self.bookmarks.insert(bookmark.name.clone(), bookmark.clone());
        let bookmark = Box::new(bookmark);
        Ok((bookmark_writes(&before, &self.bookmarks), Intent::SetBookmark { bookmark }))
    }

    pub(super) fn remove_bookmark(
        &mut self,
        name: &str,
        by: &Author,
    ) -> Result<(Vec<Write>, Intent), Reject> {
        let Some(old) = self.bookmarks.get(name) else {
            let message = "there is no bookmark of this name (any more)";
            return refuse(RejectCode::UnknownView, message);
        };
        check_own(old, by)?;
        self.bookmarks.remove(name);
        let writes = vec![Write::Bookmark(name.to_owned(), None)];
        Ok((writes, Intent::RemoveBookmark { name: name.to_owned() }))
    }
}

fn check_own(bookmark: &Bookmark, by: &Author) -> Result<(), Reject> {
    if bookmark.author == by.subject || by.edits_all {
        return Ok(());
    }
    let message = format!("the bookmark {} is somebody else's: choose another name", bookmark.name);
    refuse(RejectCode::NotYours, message)
}

#[cfg(test)]
mod tests {
    use parfocal_base::{LayerId, ViewId};

    use super::super::testing::{ann, bob, embryo, owner};
    use super::super::{Change, LayerChange};
    use super::*;

    fn kept(scene: &Scene, name: &str) -> Bookmark {
        let view = scene.views[&ViewId::STAGE].clone();
        Bookmark { name: name.to_owned(), author: "forged".to_owned(), view, looks: [].into() }
    }

    fn set(scene: &mut Scene, bookmark: Bookmark, by: &Author) -> Result<usize, RejectCode> {
        let limits = Limits { bookmarks: 2, ..Limits::default() };
        let bookmark = Box::new(bookmark);
        let done = scene.apply_intent(&Intent::SetBookmark { bookmark }, by, &limits);
        scene.check().unwrap();
        done.map(|done| done.writes.len()).map_err(|why| why.code)
    }

    fn remove(scene: &mut Scene, name: &str, by: &Author) -> Result<usize, RejectCode> {
        let intent = Intent::RemoveBookmark { name: name.to_owned() };
        let done = scene.apply_intent(&intent, by, &Limits::default());
        done.map(|done| done.writes.len()).map_err(|why| why.code)
    }

    #[test]
    fn a_bookmark_is_its_authors_until_somebody_who_edits_all_comes() {
        let mut scene = embryo();
        let bookmark = kept(&scene, " spindle ");
        assert_eq!(set(&mut scene, bookmark, &ann()), Ok(1));
        assert_eq!(scene.bookmarks["spindle"].author, "ann");
        let again = kept(&scene, "spindle");
        assert_eq!(set(&mut scene, again.clone(), &ann()), Ok(0));
        assert_eq!(set(&mut scene, again.clone(), &bob()), Err(RejectCode::NotYours));
        assert_eq!(remove(&mut scene, "spindle", &bob()), Err(RejectCode::NotYours));
        assert_eq!(set(&mut scene, again, &owner()), Ok(1));
        assert_eq!(remove(&mut scene, "spindle", &owner()), Ok(1));
        assert_eq!(remove(&mut scene, "spindle", &owner()), Err(RejectCode::UnknownView));
    }

    #[test]
    fn a_bookmark_fits_the_scene_and_there_are_so_many() {
        let mut scene = embryo();
        let mut flat = kept(&scene, "a");
        flat.view.point.pop();
        assert_eq!(set(&mut scene, flat, &ann()), Err(RejectCode::UnknownAxis));
        let mut named = kept(&scene, "a");
        let rename = vec![LayerChange::Name("x".to_owned())];
        named.view.overrides.insert(LayerId(0), rename);
        assert_eq!(set(&mut scene, named, &ann()), Err(RejectCode::NotApplicable));
        let mut looks = kept(&scene, "a");
        let mut look = scene.layer(LayerId(0)).unwrap().look.clone();
        look.opacity = 7.0;
        let twice = vec![LayerChange::Gamma(1.0), LayerChange::Gamma(99.0)];
        looks.view.overrides.insert(LayerId(0), twice);
        looks.looks.insert(LayerId(0), look.clone());
        looks.looks.insert(LayerId(99), look);
        assert_eq!(set(&mut scene, looks, &ann()), Ok(1));
        let a = &scene.bookmarks["a"];
        assert_eq!((a.looks.len(), a.looks[&LayerId(0)].opacity), (1, 1.0));
        assert_eq!(a.view.overrides[&LayerId(0)], [LayerChange::Gamma(5.0)]);
        let more =
            ["", "b", "c"].map(|name| kept(&scene, name)).map(|b| set(&mut scene, b, &ann()));
        assert_eq!(more, [Err(RejectCode::OutOfRange), Ok(1), Err(RejectCode::Limit)]);
    }

    #[test]
    fn looks_and_overrides_are_read_within_an_intent() {
        let scene = embryo();
        let mut bookmark = kept(&scene, "a");
        let look = scene.layer(LayerId(1)).unwrap().look.clone();
        bookmark.looks = [(LayerId(0), look.clone()), (LayerId(10), look)].into();
        bookmark.view.overrides.insert(LayerId(10), vec![LayerChange::Gamma(2.0)]);
        let intent = Intent::SetBookmark { bookmark: Box::new(bookmark) };
        let json = serde_json::to_string(&intent).unwrap();
        assert_eq!(serde_json::from_str::<Intent>(&json).unwrap(), intent);
        let value = serde_json::to_value(&intent).unwrap();
        assert_eq!(serde_json::from_value::<Intent>(value).unwrap(), intent);
        let bad = json.replace("\"10\":", "\"ten\":");
        serde_json::from_str::<Intent>(&bad).unwrap_err();
    }

    #[test]
    fn bookmarks_follow_the_axes_and_outlive_layers() {
        let mut scene = embryo();
        let mut bookmark = kept(&scene, "a");
        let look = scene.layer(LayerId(1)).unwrap().look.clone();
        bookmark.looks.insert(LayerId(1), look);
        set(&mut scene, bookmark, &ann()).unwrap();
        let mut dims = scene.dims.clone();
        dims.axes.rotate_left(1);
        let applied = scene.apply(&Change::SetDims(dims)).unwrap();
        assert!(applied.writes.iter().any(|write| matches!(write, Write::Bookmark(..))));
        assert_eq!(scene.bookmarks["a"].view.displayed, [1, 2]);
        scene.apply(&Change::RemoveLayer(LayerId(1))).unwrap();
        scene.check().unwrap();
        assert_eq!(scene.bookmarks["a"].looks.len(), 1);
    }
}
