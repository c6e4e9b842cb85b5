//! Any interleaving of edits, undo and redo by several people: nobody takes back what another
//! wrote last, and who takes back and does again has changed nothing.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::{BTreeMap, BTreeSet};

use parfocal_base::{Axis, AxisKind, DType, ImageMeta, LayerId, Level, SourceId, ViewId};
use parfocal_scene::{
    Annotation, AnnotationChange, Annotations, Author, Bookmark, Feature, Intent, LayerChange,
    LayerKind, LayerSpec, Limits, Measure, NewAnnotation, Scene, SettingsChange, Shape, Step, Undo,
    UndoLimits,
};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

const USERS: [&str; 3] = ["ann", "bob", "cleo"];
const IMAGE: LayerId = LayerId(0);
const POINTS: LayerId = LayerId(1);
const SHAPES: LayerId = LayerId(2);

#[derive(Clone, Debug)]
enum Action {
    Edit(Intent),
    Undo,
    Redo,
    /// Both, at once.
    UndoRedo,
}

fn scene() -> Scene {
    let names = [("t", AxisKind::Time), ("y", AxisKind::Space), ("x", AxisKind::Space)];
    let axes = names.map(|(name, kind)| Axis { name: name.to_owned(), kind, unit: None });
    let level = Level {
        shape: vec![5, 50, 50],
        chunk: vec![5, 50, 50],
        scale: vec![1.0; 3],
        translate: vec![0.0; 3],
    };
    let meta = ImageMeta { axes: axes.to_vec(), dtype: DType::U8, levels: vec![level] };
    let mut scene = Scene::new();
    let spec = LayerSpec::new("image", LayerKind::Image, SourceId(1), "image", &meta);
    scene.add_layer(&spec).unwrap();
    for layer_kind in [LayerKind::Points, LayerKind::Shapes] {
        let intent = Intent::AddLayer { layer_kind, name: None, layer: None };
        scene.apply_intent(&intent, &Author::server(0), &Limits::default()).unwrap();
    }
    scene
}

fn author(user: usize) -> Author {
    Author { subject: USERS[user].to_owned(), edits_all: true, now_ms: 0 }
}

fn small() -> impl Strategy<Value = f64> {
    select(vec![1.0, 2.0, 3.0])
}

fn layer() -> impl Strategy<Value = LayerId> {
    (0..5_u32).prop_map(LayerId)
}

fn id() -> impl Strategy<Value = String> {
    (0..4_u8).prop_map(|number| format!("a{number}"))
}

fn annotation() -> impl Strategy<Value = Annotation> {
    let square = |v: f64| vec![vec![0.0, v, v], vec![0.0, v, 9.0], vec![0.0, 9.0, 9.0]];
    prop_oneof![
        (layer(), small()).prop_map(|(layer, v)| Annotation::new(
            layer,
            Shape::Point,
            vec![vec![0.0, v, v]]
        )),
        small().prop_map(move |v| Annotation::new(SHAPES, Shape::Polyline, square(v))),
    ]
}

fn annotation_change() -> impl Strategy<Value = AnnotationChange> {
    let feature = prop_oneof![
        small().prop_map(|v| Some(Feature::Number(v))),
        Just(Some(Feature::Text("x".to_owned()))),
        Just(None),
    ];
    prop_oneof![
        small().prop_map(|v| AnnotationChange::Size(Some(v))),
        select(vec![None, Some("#ff0000".to_owned())]).prop_map(AnnotationChange::FaceColor),
        select(vec![None, Some("x".to_owned())]).prop_map(AnnotationChange::Text),
        (0..3_usize, small())
            .prop_map(|(index, v)| AnnotationChange::MoveVertex { index, to: vec![0.0, v, 1.0] }),
        (0..3_usize).prop_map(|index| AnnotationChange::RemoveVertex { index }),
        select(vec![None, Some(Measure::Angle), Some(Measure::Length)])
            .prop_map(AnnotationChange::Measure),
        (select(vec!["f", "g"]), feature)
            .prop_map(|(name, value)| AnnotationChange::Feature { name: name.to_owned(), value }),
    ]
}

fn layer_change() -> impl Strategy<Value = LayerChange> {
    prop_oneof![
        3 => small().prop_map(LayerChange::Gamma),
        2 => select(vec!["a", "b"]).prop_map(|name| LayerChange::Name(name.to_owned())),
        1 => any::<bool>().prop_map(LayerChange::Locked),
        1 => small().prop_map(|v| LayerChange::ContrastLimits([0.0, 300.0 * v])),
    ]
}

fn intent() -> impl Strategy<Value = Intent> {
    let kinds = select(vec![LayerKind::Points, LayerKind::Labels]);
    let view = scene().views[&ViewId::STAGE].clone();
    let bookmark = move |name: &str, v: f64| {
        let mut view = view.clone();
        view.point[0] = v;
        Bookmark { name: name.to_owned(), author: String::new(), view, looks: BTreeMap::new() }
    };
    let names = || select(vec!["p", "q"]);
    prop_oneof![
        4 => (select(vec![IMAGE, POINTS]), layer_change())
            .prop_map(|(layer, change)| Intent::SetLayer { layer, change }),
        2 => (layer(), 0..4_usize).prop_map(|(layer, index)| Intent::MoveLayer { layer, index }),
        1 => any::<bool>()
            .prop_map(|on| Intent::SetSettings { change: SettingsChange::AxesVisible(on) }),
        1 => kinds.prop_map(|layer_kind| Intent::AddLayer { layer_kind, name: None, layer: None }),
        1 => layer().prop_map(|layer| Intent::RemoveLayer { layer }),
        6 => proptest::collection::vec((id(), annotation()), 1..3).prop_map(|new| {
            let new = new.into_iter();
            let new = new.map(|(id, annotation)| NewAnnotation { id: (*id).into(), annotation });
            Intent::AddAnnotations { annotations: new.collect() }
        }),
        8 => (id(), annotation_change()).prop_map(|(id, change)| {
            Intent::ChangeAnnotation { annotation: (*id).into(), change }
        }),
        2 => (id(), small()).prop_map(|(id, v)| {
            Intent::MoveAnnotations { annotations: vec![(*id).into()], by: vec![0.0, v, 0.0] }
        }),
        3 => proptest::collection::vec(id(), 1..3).prop_map(|ids| {
            Intent::RemoveAnnotations { annotations: ids.iter().map(|id| (**id).into()).collect() }
        }),
        1 => (names(), small()).prop_map(move |(name, v)| {
            Intent::SetBookmark { bookmark: Box::new(bookmark(name, v)) }
        }),
        1 => names().prop_map(|name| Intent::RemoveBookmark { name: name.to_owned() }),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        6 => intent().prop_map(Action::Edit),
        3 => Just(Action::Undo),
        2 => Just(Action::Redo),
        1 => Just(Action::UndoRedo),
    ]
}

/// Every property by name, as JSON.
type Properties = BTreeMap<String, Value>;

fn properties(scene: &Scene, all: &Annotations) -> Properties {
    let mut properties = Properties::new();
    let mut put = |prefix: String, value: &Value, leave_out: &[&str]| {
        for (key, value) in value.as_object().unwrap() {
            if !leave_out.contains(&key.as_str()) {
                properties.insert(format!("{prefix}.{key}"), value.clone());
            }
        }
    };
    for layer in &scene.layers {
        // The range grows with the limits, and stays.
        let value = serde_json::to_value(layer).unwrap();
        put(format!("layer {}", layer.id), &value, &["contrast_limits_range"]);
    }
    for (id, annotation) in all.iter() {
        let mut value = serde_json::to_value(&**annotation).unwrap();
        let features = value.as_object_mut().unwrap().remove("features");
        put(format!("annotation {id}"), &value, &["measured"]);
        put(
            format!("annotation {id} feature"),
            &features.unwrap_or_else(|| Value::Object(Default::default())),
            &[],
        );
    }
    put("settings".to_owned(), &serde_json::to_value(scene.settings).unwrap(), &[]);
    let order: Vec<u32> = scene.layers.iter().map(|layer| layer.id.0).collect();
    properties.insert("order".to_owned(), order.into());
    for (name, bookmark) in &scene.bookmarks {
        properties.insert(format!("bookmark {name}"), serde_json::to_value(bookmark).unwrap());
    }
    properties
}

/// Names of the properties that differ.
fn changed(before: &(Scene, Annotations), after: &(Scene, Annotations)) -> BTreeSet<String> {
    let [old, new] = [before, after].map(|(scene, all)| properties(scene, all));
    let keys = old.keys().chain(new.keys());
    keys.filter(|key| old.get(*key) != new.get(*key)).cloned().collect()
}

/// By whom, and which.
type Write = (usize, usize);
/// The writes that each property's value rests on.
type Writers = BTreeMap<String, Vec<Write>>;
/// For each property: the write that each undo took away, and those that it left.
type Undone = BTreeMap<String, Vec<(Write, Vec<Write>)>>;

struct Session {
    state: (Scene, Annotations),
    undo: Undo,
    writers: Writers,
    undone: [Undone; USERS.len()],
    edits: usize,
    /// Whether layers came or went: then their order is nobody's alone.
    layers_changed: bool,
}

impl Session {
    fn new() -> Self {
        Self {
            state: (scene(), Annotations::default()),
            undo: Undo::new(UndoLimits::default(), Limits::default()),
            writers: Writers::new(),
            undone: Default::default(),
            edits: 0,
            layers_changed: false,
        }
    }

    fn edit(&mut self, user: usize, intent: &Intent) {
        let before = self.state.clone();
        let by = author(user);
        let (scene, all) = &mut self.state;
        let limits = Limits::default();
        let applied = match intent {
            Intent::AddAnnotations { .. }
            | Intent::ChangeAnnotation { .. }
            | Intent::MoveAnnotations { .. }
            | Intent::RemoveAnnotations { .. } => all.apply(scene, intent, &by, &limits),
            _ => scene.apply_intent(intent, &by, &limits).map(|applied| {
                let writes = match intent {
                    Intent::RemoveLayer { layer } => all.remove_layer(*layer),
                    _ => Vec::new(),
                };
                (writes, applied.intent.unwrap())
            }),
        };
        let Ok((writes, intent)) = applied else { return };
        let step = Step::of(Some(&intent), &before.0, scene, &writes, &[]);
        if !step.is_empty() {
            self.undone[user].clear();
        }
        self.undo.record(USERS[user], step, None, 0);
        self.edits += 1;
        for name in self.changed(&before) {
            self.writers.entry(name).or_default().push((user, self.edits));
        }
    }

    /// Whether anything was taken back.
    fn undo(&mut self, user: usize) -> bool {
        let before = self.state.clone();
        let (scene, all) = &mut self.state;
        let Some(done) = self.undo.undo(&author(user), scene, all) else { return false };
        self.check(&before, done.scene_writes.is_empty(), &done.annotation_writes);
        let names = self.changed(&before);
        for name in &names {
            let writers = self.writers.get_mut(name).unwrap();
            let last = writers.pop().unwrap();
            assert_eq!(last.0, user, "{name} was last written by another");
            let left = writers.clone();
            self.undone[user].entry(name.clone()).or_default().push((last, left));
        }
        !changed(&before, &self.state).is_empty()
    }

    fn redo(&mut self, user: usize) {
        let before = self.state.clone();
        let (scene, all) = &mut self.state;
        let Some(done) = self.undo.redo(&author(user), scene, all) else { return };
        self.check(&before, done.scene_writes.is_empty(), &done.annotation_writes);
        for name in self.changed(&before) {
            let writers = self.writers.get_mut(&name).unwrap();
            let taken = self.undone[user].get_mut(&name).unwrap();
            // Later ones may have been passed over, where their layer or their name was gone.
            let again = taken.iter().rposition(|(_, left)| left == writers);
            assert!(again.is_some(), "{name} was written since it was taken back");
            let again = again.unwrap();
            writers.push(taken[again].0);
            taken.truncate(again);
        }
    }

    fn changed(&mut self, before: &(Scene, Annotations)) -> BTreeSet<String> {
        let mut names = changed(before, &self.state);
        let ids = |scene: &Scene| -> BTreeSet<_> { scene.layers.iter().map(|l| l.id).collect() };
        self.layers_changed |= ids(&before.0) != ids(&self.state.0);
        if self.layers_changed {
            names.remove("order");
        }
        names
    }

    /// Whether what is said to be written is what changed, and all of it is sound.
    fn check(
        &self,
        before: &(Scene, Annotations),
        scene_stays: bool,
        writes: &[parfocal_scene::AnnotationWrite],
    ) {
        let (scene, all) = &self.state;
        scene.check().unwrap();
        assert_eq!(*scene == before.0, scene_stays);
        let mut written = before.1.clone();
        writes.iter().for_each(|write| written.write(write));
        assert_eq!(written, *all);
        assert_eq!(before.1.diff_to(all).len(), writes.len());
        for (id, annotation) in all.iter() {
            let by = Author::server(0);
            let json = serde_json::to_value(&**annotation).unwrap();
            let locked = scene.layer(annotation.layer).unwrap().locked;
            let sound = all.check_foreign(
                scene,
                &by,
                &Limits::default(),
                id,
                Some(annotation),
                Some(&json),
            );
            assert!(locked || sound.is_ok(), "{id}: {sound:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn nobody_takes_back_what_another_wrote_last(
        actions in proptest::collection::vec((0..USERS.len(), action()), 1..80),
    ) {
        let mut session = Session::new();
        for (user, action) in actions {
            match action {
                Action::Edit(intent) => session.edit(user, &intent),
                Action::Undo => { session.undo(user); }
                Action::Redo => session.redo(user),
                Action::UndoRedo => {
                    let before = session.state.clone();
                    if session.undo(user) {
                        session.redo(user);
                    }
                    prop_assert_eq!(changed(&before, &session.state), BTreeSet::new());
                }
            }
        }
    }
}
