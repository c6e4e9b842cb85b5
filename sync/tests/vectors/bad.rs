//! Texts that a reader of that direction must refuse.

/// Name, direction, text.
pub(crate) fn cases() -> Vec<(&'static str, &'static str, &'static str)> {
    vec![
        ("bad-empty", "client", ""),
        ("bad-not-json", "client", "{"),
        ("bad-no-type", "client", r#"{"time":0.5}"#),
        ("bad-array", "client", r#"["ping",0.5]"#),
        ("bad-unknown-type", "client", r#"{"type":"dance"}"#),
        ("bad-server-type", "client", r#"{"type":"pong","time":0.5,"server_us":1}"#),
        ("bad-ping-without-time", "client", r#"{"type":"ping"}"#),
        ("bad-ping-null", "client", r#"{"type":"ping","time":null}"#),
        ("bad-seq-zero", "client", r#"{"type":"watch","seq":0,"target":"stage"}"#),
        ("bad-seq-negative", "client", r#"{"type":"watch","seq":-1,"target":"stage"}"#),
        ("bad-seq-fraction", "client", r#"{"type":"watch","seq":1.5,"target":"stage"}"#),
        (
            "bad-seq-too-large",
            "client",
            r#"{"type":"watch","seq":9007199254740992,"target":"own"}"#,
        ),
        ("bad-watch", "client", r#"{"type":"watch","seq":1,"target":"me"}"#),
        ("bad-intent-kind", "client", r#"{"type":"intent","seq":1,"intent":{"kind":"fly"}}"#),
        (
            "bad-intent-value",
            "client",
            r#"{"type":"intent","seq":1,"intent":{"kind":"set_layer","layer":3,"change":{"property":"gamma","value":"big"}}}"#,
        ),
        (
            "bad-hello-without-token",
            "client",
            r#"{"type":"hello","version":2,"session":"main","client":"0123456789abcdef0123456789abcdef","codecs":[]}"#,
        ),
        (
            "bad-hello-client-id",
            "client",
            r#"{"type":"hello","version":2,"session":"main","token":"t","client":"0123","codecs":[]}"#,
        ),
        (
            "bad-hello-without-session",
            "client",
            r#"{"type":"hello","version":2,"token":"t","client":"0123456789abcdef0123456789abcdef","codecs":[]}"#,
        ),
        ("bad-canvas", "client", r#"{"type":"canvas","width":-1,"height":720}"#),
        ("bad-cursor", "client", r#"{"type":"cursor","position":["0.5"]}"#),
        ("bad-doing-tool", "client", r#"{"type":"doing","tool":"\n"}"#),
        ("bad-doing-editing", "client", r#"{"type":"doing","tool":"","editing":"a b"}"#),
        ("bad-server-not-json", "server", "welcome"),
        ("bad-server-no-type", "server", r#"{"seq":1}"#),
        ("bad-server-unknown-type", "server", r#"{"type":"dance"}"#),
        ("bad-welcome-cut", "server", r#"{"type":"welcome","version":2,"session":"main"}"#),
        ("bad-ack-without-revision", "server", r#"{"type":"ack","seq":1}"#),
        ("bad-ack-seq-text", "server", r#"{"type":"ack","seq":"1","revision":2}"#),
        ("bad-reject-without-code", "server", r#"{"type":"reject","seq":1,"message":"no"}"#),
        ("bad-participants", "server", r#"{"type":"participants","participants":{}}"#),
        ("bad-attach", "pixel-client", r#"{"type":"attach"}"#),
        (
            "bad-shown",
            "pixel-client",
            r#"{"type":"shown","sequence":4294967296,"decode_us":1,"held_us":0}"#,
        ),
        ("bad-codec", "pixel-client", r#"{"type":"codec","codec":"gif"}"#),
        ("bad-pixel-unknown-type", "pixel-client", r#"{"type":"stop"}"#),
        (
            "bad-stream-codec",
            "pixel-server",
            r#"{"type":"stream","view":0,"codec":"gif","config":"","width":64,"height":64}"#,
        ),
        ("bad-stream-cut", "pixel-server", r#"{"type":"stream","view":0}"#),
        ("bad-pixel-server-type", "pixel-server", r#"{"type":"keyframe"}"#),
    ]
}
