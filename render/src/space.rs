//! The plan and the draw list of a view of three axes.

use parfocal_base::ChunkKey;
use parfocal_scene::{Interpolation, Layer, LayerKind, Look, Rendering, Scene, View};

use crate::budget::Budget;
use crate::colormap::{colormap, gray};
use crate::draw_list::{Bricks, Content, DrawLayer, Mode, Transfer, Volume, VolumePaint};
use crate::plan::{Images, LayerPlan, Plan, meta_of, visible};
use crate::resolve::Resident;
use crate::space_cut::{SpaceCut, SpaceLevel};

/// A layer that the view shows in space.
struct Shown<'a> {
    /// Among the scene's layers.
    place: usize,
    layer: &'a Layer,
    look: Look,
    cut: SpaceCut<'a>,
    target: SpaceLevel,
    narrowed: bool,
}

/// Calls `each` for every layer with samples that `view` shows, bottom first.
fn for_each_shown(
    scene: &Scene,
    view: &View,
    images: &dyn Images,
    budget: &Budget,
    mut each: impl FnMut(Shown<'_>),
) {
    let visible = visible(scene, view);
    let share = budget.volumes.share(visible.len());
    for (place, layer, look) in visible {
        let Some(meta) = meta_of(scene, layer, images) else { continue };
        let Some(cut) = SpaceCut::new(&meta, layer, view) else { continue };
        let Some((target, narrowed)) = cut.target(share) else { continue };
        each(Shown { place, layer, look, cut, target, narrowed });
    }
}

/// Plans the picture of a view of three axes.
pub(crate) fn plan(scene: &Scene, view: &View, images: &dyn Images, budget: &Budget) -> Plan {
    let mut plan = Plan::default();
    let [mut coarse, mut sharp] = [Vec::new(), Vec::new()];
    let center = view.camera3d.map_or([0.0; 3], |camera| camera.center);
    for_each_shown(scene, view, images, budget, |shown| {
        let source = shown.layer.source.source;
        let wish = |level: &SpaceLevel, wishes: &mut Vec<(f64, ChunkKey)>| {
            let near = |at| Some((level.off(at, center), level.key(source, at)?));
            wishes.extend(level.tiles().filter_map(near));
        };
        let coarsest = shown.cut.coarsest();
        if shown.target.level == coarsest {
            wish(&shown.target, &mut coarse);
        } else {
            wish(&shown.target, &mut sharp);
            if let Some(level) = shown.cut.level(coarsest) {
                wish(&level, &mut coarse);
            }
        }
        plan.layers.push(LayerPlan {
            layer: shown.layer.id,
            source,
            level: shown.target.level,
            narrowed: shown.narrowed,
        });
    });
    for wishes in [&mut coarse, &mut sharp] {
        wishes.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        wishes.dedup_by_key(|wish| wish.1);
    }
    plan.coarsest = coarse.len();
    plan.wanted = coarse.into_iter().chain(sharp).map(|(_, key)| key).collect();
    plan
}

/// Adds the layers with samples of a view of three axes, each with its place; whether all of them
/// are whole.
pub(crate) fn resolve(
    scene: &Scene,
    view: &View,
    images: &dyn Images,
    resident: &dyn Resident,
    budget: &Budget,
    layers: &mut Vec<(usize, DrawLayer)>,
) -> bool {
    let mut all_whole = true;
    for_each_shown(scene, view, images, budget, |shown| {
        let (bricks, level, whole) = best(&shown, resident);
        all_whole &= whole;
        let Some((rays, spacing)) = shown.cut.rays(&level) else { return };
        let layer = DrawLayer {
            opacity: shown.look.opacity.clamp(0.0, 1.0),
            blending: shown.look.blending,
            content: Content::Volume(Box::new(Volume {
                paint: paint(&shown),
                bricks: Bricks { spacing, ..bricks },
                rays,
                step: 1.0,
                every: 1,
            })),
        };
        layers.push((shown.place, layer));
    });
    all_whole
}

/// The wanted level; where a chunk of it is missing the finest coarser one of which none is; where
/// there is none such, what there is. Whether it is the wanted one and whole.
fn best(shown: &Shown<'_>, resident: &dyn Resident) -> (Bricks, SpaceLevel, bool) {
    let whole = |bricks: &Bricks| bricks.bricks.iter().all(Option::is_some);
    let wanted = bricks(shown, &shown.target, resident);
    if whole(&wanted) {
        return (wanted, shown.target.clone(), true);
    }
    let coarser = shown.target.level + 1..=shown.cut.coarsest();
    let coarser = coarser.filter_map(|level| shown.cut.level(level));
    let stand_in = coarser.map(|level| (bricks(shown, &level, resident), level));
    match stand_in.into_iter().find(|(bricks, _)| whole(bricks)) {
        Some((bricks, level)) => (bricks, level, false),
        None => (wanted, shown.target.clone(), false),
    }
}

fn bricks(shown: &Shown<'_>, level: &SpaceLevel, resident: &dyn Resident) -> Bricks {
    let source = shown.layer.source.source;
    let brick = |at| level.brick(resident.get(&level.key(source, at)?)?, at);
    Bricks {
        shape: level.texels(),
        brick: level.tile,
        origin: std::array::from_fn(|d| level.part[d].start * level.tile[d]),
        grid: std::array::from_fn(|d| level.part[d].len()),
        bricks: level.tiles().map(brick).collect(),
        spacing: [1.0; 3],
    }
}

fn paint(shown: &Shown<'_>) -> VolumePaint {
    let look = &shown.look;
    if shown.layer.kind != LayerKind::Image {
        return VolumePaint::Labels;
    }
    let transfer = Transfer {
        table: colormap(&look.colormap).unwrap_or_else(gray),
        limits: look.contrast_limits,
        gamma: look.gamma,
        linear: look.interpolation3d == Interpolation::Linear,
    };
    let mode = match look.rendering {
        Rendering::Mip => Mode::Mip,
        Rendering::Minip => Mode::Minip,
        Rendering::Average => Mode::Average,
        Rendering::AttenuatedMip => Mode::AttenuatedMip { attenuation: look.attenuation },
        Rendering::Translucent => Mode::Translucent,
        Rendering::Iso => Mode::Iso { threshold: look.threshold() },
    };
    VolumePaint::Image(transfer, mode)
}
