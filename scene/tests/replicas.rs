//! Any interleaving of intents, deliveries, joins, resumes and restarts leaves every replica equal
//! to the model.
#![cfg(feature = "replica")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use parfocal_base::{Axis, AxisKind, DType, ImageMeta, LayerId, Level, SourceId, ViewId};
use parfocal_scene::replica::{Document, Mirror, SyncError};
use parfocal_scene::{
    Blending, Change, Intent, Interpolation, LayerChange, LayerKind, LayerSpec, Rendering, Scene,
    SettingsChange,
};
use proptest::prelude::*;
use proptest::sample::select;

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    Change(Change),
    Add {
        kind: LayerKind,
        axes: Vec<(&'static str, usize)>,
    },
    /// A mirror takes up to so many of the updates that wait for it.
    Deliver {
        mirror: usize,
        updates: usize,
    },
    /// A mirror loses what waits for it, and asks for what it lacks.
    Resume {
        mirror: usize,
    },
    /// A new mirror comes.
    Join,
    /// The server saves what it wrote since the last time.
    Save,
    /// The server starts anew from what it saved.
    Restart,
}

/// Numbers that a hostile or careless client sends, and ordinary ones.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -10.0..300.0_f64,
        1 => select(vec![0.0, -0.0, 1.0, 0.5, f64::NAN, f64::INFINITY, f64::MIN, 1e-320, 1e17]),
    ]
}

fn layer_change() -> impl Strategy<Value = LayerChange> {
    prop_oneof![
        select(vec!["a", "", "b\n", " embryo "]).prop_map(|s| LayerChange::Name(s.to_owned())),
        any::<bool>().prop_map(LayerChange::Visible),
        number().prop_map(LayerChange::Opacity),
        select(vec![Blending::Opaque, Blending::Additive]).prop_map(LayerChange::Blending),
        select(vec![Interpolation::Nearest, Interpolation::Linear])
            .prop_map(LayerChange::Interpolation2d),
        select(vec!["viridis", "#A0b0C0", "rainbow"])
            .prop_map(|s| LayerChange::Colormap(s.to_owned())),
        [number(), number()].prop_map(LayerChange::ContrastLimits),
        number().prop_map(LayerChange::Gamma),
        select(Rendering::ALL.to_vec()).prop_map(LayerChange::Rendering),
        number().prop_map(LayerChange::Attenuation),
        proptest::option::of(number()).prop_map(LayerChange::IsoThreshold),
        select(vec![Interpolation::Nearest, Interpolation::Linear])
            .prop_map(LayerChange::Interpolation3d),
    ]
}

fn intent() -> impl Strategy<Value = Intent> {
    let layer = || (0..5_u32).prop_map(LayerId);
    let view = || (0..4_u32).prop_map(ViewId);
    let setting = prop_oneof![
        any::<bool>().prop_map(SettingsChange::ScaleBarVisible),
        any::<bool>().prop_map(SettingsChange::AxesVisible),
        any::<bool>().prop_map(SettingsChange::DimsLabelVisible),
    ];
    prop_oneof![
        (layer(), layer_change()).prop_map(|(layer, change)| Intent::SetLayer { layer, change }),
        (layer(), 0..4_usize).prop_map(|(layer, index)| Intent::MoveLayer { layer, index }),
        setting.prop_map(|change| Intent::SetSettings { change }),
        (view(), layer(), layer_change()).prop_map(|(view, layer, change)| Intent::SetOverride {
            view,
            layer,
            change
        }),
        (view(), proptest::option::of(layer()))
            .prop_map(|(view, layer)| Intent::ClearOverrides { view, layer }),
        (view(), 0..5_usize, number()).prop_map(|(view, axis, value)| Intent::SetPoint {
            view,
            axis,
            value
        }),
        (view(), [0..5_usize, 0..5_usize])
            .prop_map(|(view, displayed)| Intent::SetDisplayed { view, displayed }),
        (view(), [number(), number()], number())
            .prop_map(|(view, center, zoom)| Intent::SetCamera { view, center, zoom }),
        (view(), 1..5_u8).prop_map(|(view, ndisplay)| Intent::SetNdisplay { view, ndisplay }),
        (view(), [number(), number(), number()], [number(), number(), number()], number())
            .prop_map(|(view, center, angles, zoom)| Intent::SetCamera3d {
                view,
                center,
                zoom,
                angles,
                perspective: zoom,
            }),
        view().prop_map(|view| Intent::ResetView { view }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let view = || (0..4_u32).prop_map(ViewId);
    let axes = select(vec![vec!["y", "x"], vec!["t", "y", "x"], vec!["z", "c", "x"], vec!["x"]]);
    let axes =
        (axes, 0..20_usize).prop_map(|(names, n)| names.into_iter().map(|a| (a, n)).collect());
    let kind = select(vec![LayerKind::Image, LayerKind::Labels]);
    prop_oneof![
        20 => intent().prop_map(Change::Intent).prop_map(Step::Change),
        3 => (view(), view()).prop_map(|(view, from)| Step::Change(Change::OpenView { view, from })),
        1 => view().prop_map(|view| Step::Change(Change::CloseView(view))),
        2 => (view(), any::<[u16; 2]>()).prop_map(|(view, canvas)| {
            Step::Change(Change::SetCanvas { view, canvas: canvas.map(u32::from) })
        }),
        1 => (0..5_u32).prop_map(|id| Step::Change(Change::RemoveLayer(LayerId(id)))),
        2 => (kind, axes).prop_map(|(kind, axes)| Step::Add { kind, axes }),
        8 => (0..4_usize, 0..9_usize).prop_map(|(mirror, updates)| Step::Deliver { mirror, updates }),
        2 => (0..4_usize).prop_map(|mirror| Step::Resume { mirror }),
        1 => Just(Step::Join),
        3 => Just(Step::Save),
        1 => Just(Step::Restart),
    ]
}

fn image(axes: &[(&str, usize)]) -> ImageMeta {
    let describe = |name: &str| {
        let kind = match name {
            "t" => AxisKind::Time,
            "c" => AxisKind::Channel,
            _ => AxisKind::Space,
        };
        Axis { name: name.to_owned(), kind, unit: None }
    };
    let shape: Vec<usize> = axes.iter().map(|axis| axis.1).collect();
    let level = Level {
        chunk: shape.clone(),
        scale: shape.iter().map(|&n| 0.1 + n as f64 / 7.0).collect(),
        translate: vec![0.3; shape.len()],
        shape,
    };
    let axes = axes.iter().map(|axis| describe(axis.0)).collect();
    ImageMeta { axes, dtype: DType::U8, levels: vec![level] }
}

/// One client: its mirror, and the updates on their way to it.
struct Client {
    mirror: Mirror,
    waiting: Vec<Vec<u8>>,
}

struct World {
    epoch: u64,
    scene: Scene,
    document: Document,
    /// What was saved, in order, and the scene that it makes.
    journal: Vec<Vec<u8>>,
    saved: Scene,
    clients: Vec<Client>,
}

impl World {
    fn new() -> Self {
        let scene = Scene::new();
        let mut document = Document::new(1);
        document.commit(&scene.to_writes()).unwrap();
        let (journal, saved) = (vec![document.save().unwrap()], scene.clone());
        let mut world = Self { epoch: 1, scene, document, journal, saved, clients: Vec::new() };
        world.join();
        world.take(Step::Add { kind: LayerKind::Image, axes: vec![("t", 9), ("y", 5), ("x", 7)] });
        world
    }

    fn join(&mut self) {
        let mut mirror = Mirror::new();
        mirror.apply(&self.document.full_state().unwrap()).unwrap();
        self.clients.push(Client { mirror, waiting: Vec::new() });
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Change(change) => {
                let before = self.scene.clone();
                match self.scene.apply(&change) {
                    Ok(applied) => self.publish(&applied.writes),
                    Err(_) => assert_eq!(self.scene, before, "a refusal changed something"),
                }
            }
            Step::Add { kind, axes } => {
                let meta = image(&axes);
                let spec = LayerSpec::new("layer", kind, SourceId(1), "path", &meta);
                let before = self.scene.clone();
                match self.scene.add_layer(&spec) {
                    Ok((_, applied)) => self.publish(&applied.writes),
                    Err(_) => assert_eq!(self.scene, before, "a refusal changed something"),
                }
            }
            Step::Deliver { mirror, updates } => {
                if let Some(client) = self.clients.get_mut(mirror) {
                    let updates = updates.min(client.waiting.len());
                    for update in client.waiting.drain(..updates) {
                        client.mirror.apply(&update).unwrap();
                    }
                }
            }
            Step::Resume { mirror } => {
                if mirror < self.clients.len() {
                    self.resume(mirror);
                }
            }
            Step::Join if self.clients.len() < 4 => self.join(),
            Step::Join => {}
            Step::Save => self.save(),
            Step::Restart => self.restart(),
        }
    }

    fn publish(&mut self, writes: &[parfocal_scene::Write]) {
        self.scene.check().unwrap();
        let update = self.document.commit(writes).unwrap();
        assert_eq!(update.is_empty(), writes.is_empty());
        if !update.is_empty() {
            for client in &mut self.clients {
                client.waiting.push(update.clone());
            }
        }
    }

    /// As a client does that reconnects.
    fn resume(&mut self, mirror: usize) {
        let client = &mut self.clients[mirror];
        client.waiting.clear();
        let have = client.mirror.state_vector().unwrap();
        if self.document.is_ahead(&have).unwrap() {
            client.mirror = Mirror::new();
        }
        let have = client.mirror.state_vector().unwrap();
        client.mirror.apply(&self.document.diff(&have).unwrap()).unwrap();
        assert_eq!(client.mirror.scene().unwrap(), self.scene);
    }

    fn save(&mut self) {
        let update = self.document.save().unwrap();
        if !update.is_empty() {
            self.journal.push(update);
        }
        self.saved = self.scene.clone();
    }

    fn restart(&mut self) {
        self.epoch += 1;
        self.document = Document::new(self.epoch);
        for update in &self.journal {
            self.document.load(update).unwrap();
        }
        self.scene = self.document.scene().unwrap();
        assert_eq!(self.scene, self.saved);
        for mirror in 0..self.clients.len() {
            self.resume(mirror);
        }
    }

    /// Delivers everything, and compares all.
    fn settle(&mut self) {
        for client in &mut self.clients {
            for update in client.waiting.drain(..) {
                client.mirror.apply(&update).unwrap();
            }
            assert_eq!(client.mirror.scene().unwrap(), self.scene);
            assert_eq!(self.document.is_ahead(&client.mirror.state_vector().unwrap()), Ok(false));
        }
        let mut copy = Mirror::new();
        copy.apply(&self.document.full_state().unwrap()).unwrap();
        assert_eq!(copy.scene().unwrap(), self.scene);
        self.save();
        self.restart();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn every_interleaving_leaves_all_replicas_equal(steps in prop::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        for step in steps {
            world.take(step);
        }
        world.settle();
    }

    #[test]
    fn no_bytes_make_a_replica_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let world = World::new();
        let _ = world.document.diff(&bytes);
        let _ = world.document.is_ahead(&bytes);
        let _ = Document::new(9).load(&bytes);
        let mut mirror = Mirror::new();
        let _ = mirror.apply(&bytes);
        let _ = mirror.scene();
    }

    #[test]
    fn no_damaged_update_makes_a_replica_panic(
        steps in prop::collection::vec(step(), 1..30),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut world = World::new();
        for step in steps {
            world.take(step);
        }
        let state = world.document.full_state().unwrap();
        let mut damaged = state.clone();
        for (at, byte) in damage {
            let at = at.index(damaged.len());
            damaged[at] = byte;
        }
        for bytes in [&damaged, &damaged[..cut.index(damaged.len())].to_vec()] {
            let mut mirror = Mirror::new();
            let _ = mirror.apply(bytes);
            let _ = mirror.scene();
            let _ = mirror.state_vector();
            // And onto a mirror that has the state already.
            let mirror = &mut world.clients[0].mirror;
            let _ = mirror.apply(bytes);
            let _ = mirror.scene();
        }
        let mut client = Mirror::new();
        prop_assert_eq!(client.apply(&state[..state.len() - 1]).is_err(), true);
        prop_assert!(!matches!(client.apply(&state), Err(SyncError::Busy)));
    }
}
