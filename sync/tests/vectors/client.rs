//! What clients say: every variant.

use parfocal_base::{LayerId, ParticipantId, ViewId};
use parfocal_scene::{
    Blending, Intent, Interpolation, LayerChange as Look, SettingsChange as Setting, Watch,
};
use parfocal_sync::message::{
    ClientMessage as C, Hello, PixelClientMessage as P, PixelCodec, Query,
};

use crate::Case;

const LAYER: LayerId = LayerId(3);
const VIEW: ViewId = ViewId(2);

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::Client("hello", hello(None)),
        Case::Client("hello-resume", hello(Some("AQLm/5cBBA=="))),
        Case::Client("watch-stage", C::Watch { seq: 4, target: Watch::Stage }),
        Case::Client("watch-own", C::Watch { seq: 5, target: Watch::Own }),
        Case::Client("watch-follow", C::Watch { seq: 6, target: Watch::Follow(ParticipantId(9)) }),
        Case::Client("canvas", C::Canvas { width: 1280, height: 720 }),
        Case::Client("cursor", C::Cursor { world: Some([12.5, -0.25]) }),
        Case::Client("cursor-nowhere", C::Cursor { world: None }),
        Case::Client("ask-values", ask(7, Query::Values { world: [0.5, 99.75] })),
        Case::Client("ask-histogram", ask(8, Query::Histogram { layer: LAYER })),
        Case::Client("ping", C::Ping { time: 1234.5 }),
        Case::PixelClient(
            "attach",
            P::Attach { ticket: "00112233445566778899aabbccddeeff".into() },
        ),
        Case::PixelClient("shown", P::Shown { sequence: 4_294_967_295, decode_us: 2100 }),
        Case::PixelClient("keyframe", P::Keyframe),
        Case::PixelClient("codec-h264", P::Codec { codec: PixelCodec::H264 }),
        Case::PixelClient("codec-jpeg", P::Codec { codec: PixelCodec::Jpeg }),
        Case::PixelClient("codec-png", P::Codec { codec: PixelCodec::Png }),
    ];
    let intents = looks().into_iter().chain(settings()).chain(others());
    let numbered = intents.zip(1..).map(|((name, intent), seq)| intent_case(name, seq, intent));
    cases.extend(numbered);
    cases
}

fn intent_case(name: &'static str, seq: u64, intent: Intent) -> Case {
    Case::Client(name, C::Intent { seq, intent })
}

fn hello(resume: Option<&str>) -> C {
    C::Hello(Hello {
        version: 1,
        session: "main".into(),
        token: "eyJhbGciOiJIUzI1NiJ9.e30.c2ln".into(),
        client: "0123456789abcdef0123456789abcdef".into(),
        codecs: vec![PixelCodec::H264, PixelCodec::Jpeg, PixelCodec::Png],
        resume: resume.map(str::to_owned),
    })
}

fn ask(id: u32, query: Query) -> C {
    C::Ask { id, query }
}

fn looks() -> Vec<(&'static str, Intent)> {
    let set = |change| Intent::SetLayer { layer: LAYER, change };
    vec![
        ("set-name", set(Look::Name("Kerne \"α\"".into()))),
        ("set-visible", set(Look::Visible(false))),
        ("set-opacity", set(Look::Opacity(0.5))),
        ("set-blending-opaque", set(Look::Blending(Blending::Opaque))),
        ("set-blending-translucent", set(Look::Blending(Blending::Translucent))),
        ("set-blending-additive", set(Look::Blending(Blending::Additive))),
        ("set-blending-minimum", set(Look::Blending(Blending::Minimum))),
        ("set-nearest", set(Look::Interpolation2d(Interpolation::Nearest))),
        ("set-linear", set(Look::Interpolation2d(Interpolation::Linear))),
        ("set-colormap", set(Look::Colormap("viridis".into()))),
        ("set-contrast-limits", set(Look::ContrastLimits([100.5, 4095.25]))),
        ("set-gamma", set(Look::Gamma(1.25))),
    ]
}

fn settings() -> Vec<(&'static str, Intent)> {
    let set = |change| Intent::SetSettings { change };
    vec![
        ("set-scale-bar", set(Setting::ScaleBarVisible(true))),
        ("set-axes", set(Setting::AxesVisible(true))),
        ("set-dims-label", set(Setting::DimsLabelVisible(false))),
    ]
}

fn others() -> Vec<(&'static str, Intent)> {
    let gamma = Look::Gamma(0.5);
    let center = [220.5, 255.25];
    vec![
        ("move-layer", Intent::MoveLayer { layer: LAYER, index: 0 }),
        ("set-override", Intent::SetOverride { view: VIEW, layer: LAYER, change: gamma }),
        ("clear-override", Intent::ClearOverrides { view: VIEW, layer: Some(LAYER) }),
        ("clear-overrides", Intent::ClearOverrides { view: VIEW, layer: None }),
        ("set-point", Intent::SetPoint { view: ViewId::STAGE, axis: 1, value: 3.6 }),
        ("set-displayed", Intent::SetDisplayed { view: VIEW, displayed: [1, 3] }),
        ("set-camera", Intent::SetCamera { view: VIEW, center, zoom: 2.5 }),
        ("reset-view", Intent::ResetView { view: ViewId::STAGE }),
    ]
}
