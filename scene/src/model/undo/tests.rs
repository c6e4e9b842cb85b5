//! Behaviour of [`Undo`].

use parfocal_base::LayerId;

use super::*;
use crate::model::testing::*;
use crate::model::{
    Annotation, AnnotationChange, AnnotationId, Author, EditScope, Feature, Intent, LayerChange,
    LayerKind, Measure, NewAnnotation, Paint, PaintTool, Shape,
};

/// A session as the shell keeps it.
struct Session {
    scene: Scene,
    all: Annotations,
    undo: Undo,
    now: u64,
    strokes: u64,
}

impl Session {
    fn new() -> Self {
        Self::with(UndoLimits::default())
    }

    fn with(limits: UndoLimits) -> Self {
        let undo = Undo::new(limits, Limits::default());
        Self { scene: annotated(), all: Annotations::default(), undo, now: 0, strokes: 0 }
    }

    fn edit(&mut self, by: &Author, intent: Intent) {
        let (before, limits) = (self.scene.clone(), Limits::default());
        let (mut writes, mut strokes) = (Vec::new(), Vec::new());
        let intent = match &intent {
            Intent::AddAnnotations { .. }
            | Intent::ChangeAnnotation { .. }
            | Intent::MoveAnnotations { .. }
            | Intent::RemoveAnnotations { .. } => {
                let (done, applied) = self.all.apply(&self.scene, &intent, by, &limits).unwrap();
                writes = done;
                applied
            }
            Intent::Paint(paint) => {
                self.strokes += 1;
                strokes = vec![(paint.layer, self.strokes)];
                intent
            }
            _ => {
                let applied = self.scene.apply_intent(&intent, by, &limits).unwrap();
                if let Intent::RemoveLayer { layer } = intent {
                    writes = self.all.remove_layer(layer);
                }
                applied.intent.unwrap()
            }
        };
        let step = Step::of(Some(&intent), &before, &self.scene, &writes, &strokes);
        self.undo.record(&by.subject, step, Merge::of(&intent), self.now);
        self.now += 10_000;
    }

    fn undo(&mut self, by: &Author) -> Option<Undone> {
        let done = self.undo.undo(by, &mut self.scene, &mut self.all);
        self.scene.check().unwrap();
        done
    }

    fn redo(&mut self, by: &Author) -> Option<Undone> {
        let done = self.undo.redo(by, &mut self.scene, &mut self.all);
        self.scene.check().unwrap();
        done
    }

    fn gamma(&self) -> f64 {
        self.scene.layer(LayerId(0)).unwrap().look.gamma
    }

    fn get(&self, id: &str) -> Option<&Annotation> {
        self.all.get(&id.into()).map(|annotation| &**annotation)
    }
}

fn gamma(value: f64) -> Intent {
    Intent::SetLayer { layer: LayerId(0), change: LayerChange::Gamma(value) }
}

fn opacity(value: f64) -> Intent {
    Intent::SetLayer { layer: LayerId(0), change: LayerChange::Opacity(value) }
}

fn change(id: &str, change: AnnotationChange) -> Intent {
    Intent::ChangeAnnotation { annotation: id.into(), change }
}

fn size(id: &str, value: f64) -> Intent {
    change(id, AnnotationChange::Size(Some(value)))
}

fn points(count: usize) -> Intent {
    adding(vec![drawn(POINTS, Shape::Point, &[[1.0, 2.0]]); count])
}

fn remove(id: &str) -> Intent {
    Intent::RemoveAnnotations { annotations: vec![id.into()] }
}

fn paint(stroke: u32) -> Intent {
    Intent::Paint(Paint {
        layer: PAINTED,
        stroke,
        tool: PaintTool::Brush,
        label: 0,
        brush_size: 3.0,
        displayed: [2, 3],
        n_edit_dimensions: 2,
        path: vec![vec![0.0; 4]],
    })
}

#[test]
fn each_takes_back_their_own_and_does_it_again() {
    let mut session = Session::new();
    session.edit(&ann(), gamma(2.0));
    session.edit(&bob(), opacity(0.5));
    session.edit(&ann(), points(3));
    assert_eq!(session.undo.labels("ann"), (Some("add 3 points".to_owned()), None));
    assert_eq!(session.undo(&ann()).unwrap().annotation_writes.len(), 3);
    let done = session.undo(&ann()).unwrap();
    assert_eq!((done.label.as_str(), done.skipped), ("gamma of embryo", 0));
    assert_eq!((session.gamma(), session.all.len()), (1.0, 0));
    assert_eq!(session.scene.layer(LayerId(0)).unwrap().look.opacity, 0.5);
    assert!(session.undo(&ann()).is_none());
    session.redo(&ann()).unwrap();
    session.redo(&ann()).unwrap();
    assert_eq!((session.gamma(), session.all.len()), (2.0, 3));
    assert!(session.redo(&ann()).is_none());
}

#[test]
fn what_another_has_changed_since_is_kept_even_where_the_value_is_the_same_again() {
    let mut session = Session::new();
    session.edit(&ann(), gamma(2.0));
    session.edit(&bob(), gamma(3.0));
    session.edit(&bob(), gamma(2.0));
    let done = session.undo(&ann()).unwrap();
    assert_eq!((session.gamma(), done.skipped), (2.0, 1));
    assert!(done.scene_writes.is_empty());
    assert_eq!(session.undo.labels("ann"), (None, None));
    session.undo(&bob()).unwrap();
    assert_eq!(session.gamma(), 3.0);
}

#[test]
fn when_another_takes_theirs_back_ones_own_stands_again() {
    let mut session = Session::new();
    session.edit(&ann(), gamma(2.0));
    session.edit(&bob(), gamma(3.0));
    session.undo(&bob()).unwrap();
    session.undo(&ann()).unwrap();
    assert_eq!(session.gamma(), 1.0);
    session.redo(&ann()).unwrap();
    session.redo(&bob()).unwrap();
    assert_eq!(session.gamma(), 3.0);
}

#[test]
fn a_new_edit_ends_what_could_be_done_again() {
    let mut session = Session::new();
    session.edit(&ann(), gamma(2.0));
    session.undo(&ann()).unwrap();
    session.edit(&ann(), opacity(0.5));
    assert!(session.redo(&ann()).is_none());
}

#[test]
fn a_dragged_slider_is_one_step_and_a_pause_or_another_person_ends_it() {
    let mut session = Session::new();
    let drag = |session: &mut Session, by: &Author, value, pause| {
        session.edit(by, gamma(value));
        session.now = session.now - 10_000 + pause;
    };
    drag(&mut session, &ann(), 1.5, 900);
    drag(&mut session, &ann(), 2.0, 900);
    drag(&mut session, &ann(), 2.5, 2000);
    drag(&mut session, &ann(), 3.0, 100);
    drag(&mut session, &bob(), 4.0, 100);
    drag(&mut session, &ann(), 5.0, 100);
    session.undo(&ann()).unwrap();
    assert_eq!(session.gamma(), 4.0, "what bob set is not jumped over");
    assert_eq!(session.undo(&ann()).unwrap().skipped, 1);
    session.undo(&bob()).unwrap();
    assert_eq!(session.gamma(), 3.0);
    session.undo(&ann()).unwrap();
    assert_eq!(session.gamma(), 3.0, "that step was used up");
}

#[test]
fn a_drag_that_ends_where_it_began_is_passed_over() {
    let mut session = Session::new();
    session.edit(&ann(), opacity(0.5));
    session.edit(&ann(), gamma(2.0));
    session.now -= 10_000;
    session.edit(&ann(), gamma(1.0));
    assert_eq!(session.undo(&ann()).unwrap().label, "opacity of embryo");
}

#[test]
fn annotations_are_taken_back_field_by_field() {
    let mut session = Session::new();
    session.edit(&ann(), points(1));
    session.edit(
        &ann(),
        Intent::MoveAnnotations { annotations: vec!["a0".into()], by: vec![0.0, 0.0, 5.0, 0.0] },
    );
    session.edit(&bob(), size("a0", 7.0));
    session.undo(&ann()).unwrap();
    let point = session.get("a0").unwrap();
    assert_eq!((point.vertices[0][2], point.size), (1.0, Some(7.0)));
    // What bob changed is kept, although ann made it.
    let done = session.undo(&ann()).unwrap();
    assert_eq!((done.skipped, session.all.len()), (1, 1));
}

#[test]
fn who_made_an_annotation_does_not_take_it_from_another_who_worked_on_it() {
    let mut session = Session::new();
    session.edit(&ann(), points(1));
    session.edit(&bob(), size("a0", 7.0));
    session.edit(&bob(), change("a0", AnnotationChange::Size(None)));
    assert_eq!(session.undo(&ann()).unwrap().skipped, 1);
    assert_eq!(session.all.len(), 1);
}

#[test]
fn what_another_made_anew_under_the_same_name_is_theirs() {
    let mut session = Session::new();
    session.edit(&ann(), points(1));
    session.edit(&ann(), size("a0", 7.0));
    session.undo(&ann()).unwrap();
    session.edit(&bob(), remove("a0"));
    session.edit(&bob(), points(1));
    assert_eq!(session.redo(&ann()).unwrap().skipped, 1);
    assert_eq!(session.get("a0").unwrap().size, None);
}

#[test]
fn what_was_removed_comes_back_unless_its_name_or_its_layer_is_gone() {
    let mut session = Session::new();
    session.edit(&ann(), points(2));
    session.edit(&ann(), remove("a0"));
    session.edit(&bob(), points(1)); // a0 again
    assert_eq!(session.undo(&ann()).unwrap().skipped, 1);
    assert_eq!(session.get("a0").unwrap().author, "bob");
    session.edit(&ann(), remove("a1"));
    session.edit(&owner(), Intent::RemoveLayer { layer: POINTS });
    assert_eq!(session.undo(&ann()).unwrap().skipped, 1);
    assert!(session.all.is_empty());
    session.undo(&owner()).unwrap();
    assert_eq!(session.all.len(), 1);
    assert_eq!(session.scene.order()[2], POINTS);
    session.redo(&owner()).unwrap();
    assert!(session.scene.layer(POINTS).is_none() && session.all.is_empty());
}

#[test]
fn an_added_layer_goes_only_while_it_is_nobody_elses_work_too() {
    let add = Intent::AddLayer { layer_kind: LayerKind::Points, name: None, layer: None };
    let id = LayerId(7);
    let rename = Intent::SetLayer { layer: id, change: LayerChange::Name("x".to_owned()) };
    let draw = Intent::AddAnnotations {
        annotations: vec![NewAnnotation {
            id: "b".into(),
            annotation: drawn(id, Shape::Point, &[[0.0, 0.0]]),
        }],
    };
    for others in [None, Some(rename), Some(draw)] {
        let mut session = Session::new();
        session.edit(&ann(), add.clone());
        let touched = others.is_some();
        if let Some(intent) = others {
            session.edit(&bob(), intent);
        }
        session.undo(&ann()).unwrap();
        assert_eq!(session.scene.layer(id).is_some(), touched);
        assert_eq!(session.undo.may_return(id), !touched);
    }
}

#[test]
fn a_painted_layer_goes_only_while_nobody_else_painted_in_it() {
    let mut session = Session::new();
    session.edit(&ann(), Intent::RemoveLayer { layer: PAINTED });
    session.undo(&ann()).unwrap();
    session.edit(&bob(), paint(1));
    assert_eq!(session.redo(&ann()).unwrap().skipped, 1);
    session.undo(&bob()).unwrap();
    assert!(session.scene.layer(PAINTED).is_some());
}

#[test]
fn parts_of_a_stroke_are_taken_back_together_whoever_painted_since() {
    let mut session = Session::new();
    session.edit(&ann(), paint(4));
    session.now -= 9_000;
    session.edit(&ann(), paint(4));
    session.edit(&bob(), paint(1));
    session.edit(&ann(), paint(5));
    let strokes = |done: Option<Undone>| -> Vec<(u64, bool)> {
        done.unwrap().strokes.iter().map(|stroke| (stroke.stroke, stroke.redo)).collect()
    };
    assert_eq!(strokes(session.undo(&ann())), [(4, false)]);
    assert_eq!(strokes(session.undo(&ann())), [(2, false), (1, false)]);
    assert_eq!(strokes(session.redo(&ann())), [(1, true), (2, true)]);
    let lock = Intent::SetLayer { layer: PAINTED, change: LayerChange::Locked(true) };
    session.edit(&owner(), lock);
    assert_eq!(session.undo(&ann()).unwrap().skipped, 2);
}

#[test]
fn a_locked_layer_is_left_alone() {
    let mut session = Session::new();
    session.edit(&ann(), points(1));
    session.edit(&ann(), size("a0", 3.0));
    let lock = Intent::SetLayer { layer: POINTS, change: LayerChange::Locked(true) };
    session.edit(&owner(), lock);
    assert_eq!(session.undo(&ann()).unwrap().skipped, 1);
    session.undo(&owner()).unwrap();
    assert!(!session.scene.layer(POINTS).unwrap().locked);
    session.undo(&ann()).unwrap();
    assert!(session.all.get(&"a0".into()).is_some(), "its size was left as it is");
}

#[test]
fn what_others_made_is_left_alone_where_everybody_keeps_to_their_own() {
    let mut session = Session::new();
    session.edit(&bob(), points(2));
    session.edit(&ann(), size("a0", 3.0));
    session.edit(&ann(), Intent::RemoveAnnotations { annotations: vec!["a1".into()] });
    let own = LayerChange::EditScope(EditScope::Own);
    session.edit(&owner(), Intent::SetLayer { layer: POINTS, change: own });
    assert_eq!(session.undo(&ann()).unwrap().skipped, 1);
    assert_eq!(session.undo(&ann()).unwrap().skipped, 1);
    assert_eq!(session.get("a0").unwrap().size, Some(3.0));
    assert!(session.get("a1").is_none());
    // Who edits all may.
    session.edit(&owner(), size("a0", 4.0));
    session.undo(&owner()).unwrap();
    assert_eq!(session.get("a0").unwrap().size, Some(3.0));
}

#[test]
fn a_step_needs_the_right_that_its_edit_needed() {
    let mut session = Session::new();
    session.edit(&ann(), gamma(2.0));
    let needs = |session: &Session| session.undo.needs("ann");
    assert_eq!(needs(&session), (Some(Need::EditLayers), None));
    session.undo(&ann()).unwrap();
    assert_eq!(needs(&session), (None, Some(Need::EditLayers)));
    session.edit(&ann(), points(1));
    assert_eq!(needs(&session), (Some(Need::Annotate), None));
    assert_eq!(session.undo.needs("bob"), (None, None));
}

#[test]
fn a_feature_that_would_mix_types_and_a_measure_that_no_longer_fits_do_not_come_back() {
    let mut session = Session::new();
    let feature = |value| AnnotationChange::Feature { name: "n".to_owned(), value };
    session.edit(&ann(), points(2));
    session.edit(&ann(), change("a0", feature(Some(Feature::Number(1.0)))));
    session.edit(&ann(), change("a0", feature(None)));
    session.edit(&bob(), change("a1", feature(Some(Feature::Bool(true)))));
    assert_eq!(session.undo(&ann()).unwrap().skipped, 1);
    let bent = [[0.0, 0.0], [0.0, 3.0], [4.0, 3.0]];
    let new = NewAnnotation { id: "b".into(), annotation: drawn(SHAPES, Shape::Polyline, &bent) };
    session.edit(&ann(), Intent::AddAnnotations { annotations: vec![new] });
    session.edit(&ann(), change("b", AnnotationChange::Measure(Some(Measure::Angle))));
    session.edit(&ann(), change("b", AnnotationChange::Measure(None)));
    let longer = AnnotationChange::InsertVertex { index: 3, at: vec![0.0, 0.0, 9.0, 9.0] };
    session.edit(&bob(), change("b", longer));
    assert_eq!(session.undo(&ann()).unwrap().skipped, 1);
    assert_eq!(session.get("b").unwrap().measure, None);
}

#[test]
fn order_is_taken_back_among_the_layers_that_were_there() {
    let mut session = Session::new();
    let before = session.scene.order();
    session.edit(&ann(), Intent::MoveLayer { layer: POINTS, index: 0 });
    let add = Intent::AddLayer { layer_kind: LayerKind::Points, name: None, layer: None };
    session.edit(&bob(), add);
    assert_eq!(session.undo(&ann()).unwrap().skipped, 0);
    assert_eq!(session.scene.order(), [before, vec![LayerId(7)]].concat());
    session.redo(&ann()).unwrap();
    session.edit(&bob(), Intent::MoveLayer { layer: SHAPES, index: 0 });
    assert_eq!(session.undo(&ann()).unwrap().skipped, 1);
}

#[test]
fn bookmarks_are_kept_and_forgotten_again() {
    let mut session = Session::new();
    let view = session.scene.views[&parfocal_base::ViewId::STAGE].clone();
    let bookmark = |name: &str| {
        let looks = std::collections::BTreeMap::default();
        let (name, author) = (name.to_owned(), String::new());
        let kept = crate::model::Bookmark { name, author, view: view.clone(), looks };
        Intent::SetBookmark { bookmark: Box::new(kept) }
    };
    session.edit(&ann(), bookmark("a"));
    session.edit(&ann(), Intent::RemoveBookmark { name: "a".to_owned() });
    assert_eq!(session.undo(&ann()).unwrap().label, "forget view a");
    assert!(session.scene.bookmarks.contains_key("a"));
    session.undo(&ann()).unwrap();
    assert!(session.scene.bookmarks.is_empty());
}

#[test]
fn the_oldest_steps_and_the_idlest_people_are_forgotten() {
    let limits = UndoLimits { steps: 3, people: 2, bytes: 1 << 20 };
    let mut session = Session::with(limits);
    for step in 0..5 {
        session.edit(&ann(), gamma(1.1 + f64::from(step)));
    }
    assert_eq!(std::iter::from_fn(|| session.undo(&ann())).count(), 3);
    session.edit(&bob(), opacity(0.4));
    session.edit(&owner(), opacity(0.6));
    assert_eq!(session.undo.labels("ann"), (None, None));
    assert!(session.undo.labels("bob").0.is_some());
    let many: Vec<AnnotationId> = (0..900).map(|i| format!("a{i}").as_str().into()).collect();
    session.edit(&bob(), points(900));
    assert!(session.undo.bytes <= 1 << 20);
    session.edit(&owner(), Intent::RemoveAnnotations { annotations: many });
    assert!(session.undo.bytes <= 1 << 20);
    session.undo.forget("bob");
    session.undo.forget("olga");
    assert_eq!(session.undo.bytes, 0);
}
