//! The forms of points (napari's names), for a radius of 1 around (0, 0); y points down.

use parfocal_scene::Symbol;

/// Inner radius of a ring.
pub const RING: f32 = 0.5;

/// The straight-edged outline of a symbol, in order around it; empty for disc and ring, which are
/// round.
pub const fn outline(symbol: Symbol) -> &'static [[f32; 2]] {
    match symbol {
        Symbol::Disc | Symbol::Ring => &[],
        Symbol::Square => &[[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]],
        Symbol::Diamond => &[[0.0, -1.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]],
        Symbol::Cross => &CROSS,
        Symbol::X => &X,
        Symbol::TriangleUp => &[[0.0, -1.0], [0.866_025_4, 0.5], [-0.866_025_4, 0.5]],
        Symbol::TriangleDown => &[[0.0, 1.0], [-0.866_025_4, -0.5], [0.866_025_4, -0.5]],
        Symbol::Star => &STAR,
    }
}

/// Radius of the largest disc inside, where it is thinnest.
pub const fn thickness(symbol: Symbol) -> f32 {
    match symbol {
        Symbol::Disc | Symbol::Square => 1.0,
        Symbol::Ring => (1.0 - RING) / 2.0,
        Symbol::Diamond => 0.7,
        Symbol::Cross | Symbol::X => ARM,
        Symbol::TriangleUp | Symbol::TriangleDown => 0.5,
        Symbol::Star => 0.36,
    }
}

/// Half the width of the arms of a cross.
const ARM: f32 = 0.3;

const CROSS: [[f32; 2]; 12] = [
    [-ARM, -1.0],
    [ARM, -1.0],
    [ARM, -ARM],
    [1.0, -ARM],
    [1.0, ARM],
    [ARM, ARM],
    [ARM, 1.0],
    [-ARM, 1.0],
    [-ARM, ARM],
    [-1.0, ARM],
    [-1.0, -ARM],
    [-ARM, -ARM],
];

/// (1 − ARM) / √2, (1 + ARM) / √2 and ARM · √2: a cross turned by 45°.
const NEAR: f32 = 0.494_974_74;
const FAR: f32 = 0.919_238_8;
const MIDDLE: f32 = 0.424_264_07;

const X: [[f32; 2]; 12] = [
    [-FAR, -NEAR],
    [-NEAR, -FAR],
    [0.0, -MIDDLE],
    [NEAR, -FAR],
    [FAR, -NEAR],
    [MIDDLE, 0.0],
    [FAR, NEAR],
    [NEAR, FAR],
    [0.0, MIDDLE],
    [-NEAR, FAR],
    [-FAR, NEAR],
    [-MIDDLE, 0.0],
];

/// Tips at 1, notches at 0.45, 36° apart.
const STAR: [[f32; 2]; 10] = [
    [0.0, -1.0],
    [0.264_503_4, -0.364_057_7],
    [0.951_056_5, -0.309_017],
    [0.427_975_4, 0.139_057_7],
    [0.587_785_25, 0.809_017],
    [0.0, 0.45],
    [-0.587_785_25, 0.809_017],
    [-0.427_975_4, 0.139_057_7],
    [-0.951_056_5, -0.309_017],
    [-0.264_503_4, -0.364_057_7],
];
