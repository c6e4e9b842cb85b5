//! Peers that say nonsense, and too much of it.

use futures_util::{SinkExt, StreamExt};
use parfocal_auth::{Identity, Issuer, Role, TokenName};
use parfocal_client_native::{Client, Options};
use parfocal_sync::PROTOCOL_VERSION;
use parfocal_sync::close::CloseReason;
use parfocal_tests::{Lab, within};
use tokio_tungstenite::tungstenite::Message;

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn open(lab: &Lab, path: &str) -> Socket {
    let url = format!("ws://{}{path}", lab.server.address);
    tokio_tungstenite::connect_async(url).await.unwrap().0
}

/// Reads until the server closes; the code, and what it said before.
async fn closed(socket: &mut Socket) -> (Option<CloseReason>, Vec<String>) {
    let mut said = Vec::new();
    let code = within("the server closes", async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => said.push(text.to_string()),
                Some(Ok(Message::Close(frame))) => break frame.map(|f| u16::from(f.code)),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break None,
            }
        }
    })
    .await;
    (code.and_then(CloseReason::from_code), said)
}

fn hello(lab: &Lab, version: u32, session: &str, token: &str) -> String {
    let _ = lab;
    format!(
        r#"{{"type":"hello","version":{version},"session":"{session}","token":"{token}","client":"{:032x}","codecs":[]}}"#,
        7
    )
}

fn token(lab: &Lab, session: &str, now: u64, lifetime: u64) -> String {
    let name = "eve".to_owned();
    let identity =
        Identity { subject: name.clone(), name, session: session.into(), role: Role::Owner };
    lab.server.keys.mint(&identity, &TokenName::default(), now, lifetime).unwrap()
}

fn now() -> u64 {
    parfocal_server::access::unix_now()
}

#[tokio::test]
async fn a_hello_that_is_no_hello_is_refused_with_a_code() {
    let lab = Lab::start().await.unwrap();
    let good = token(&lab, "lab", now(), 60);
    for (first, reason, code) in [
        ("not json".to_owned(), CloseReason::BadMessage, "not_json"),
        (r#"{"type":"ping","time":1}"#.to_owned(), CloseReason::BadMessage, "bad_message"),
        (
            hello(&lab, PROTOCOL_VERSION + 1, "lab", &good),
            CloseReason::VersionMismatch,
            "version_mismatch",
        ),
        (
            hello(&lab, PROTOCOL_VERSION, "lab", "nonsense"),
            CloseReason::Unauthorized,
            "token_invalid",
        ),
        (
            hello(&lab, PROTOCOL_VERSION, "other", &good),
            CloseReason::Unauthorized,
            "token_other_session",
        ),
        (
            hello(&lab, PROTOCOL_VERSION, "lab", &token(&lab, "lab", now() - 5000, 60)),
            CloseReason::Unauthorized,
            "token_expired",
        ),
        (
            hello(&lab, PROTOCOL_VERSION, "gone", &token(&lab, "gone", now(), 60)),
            CloseReason::Unauthorized,
            "session_unknown",
        ),
    ] {
        let mut socket = open(&lab, parfocal_sync::STATE_PATH).await;
        socket.send(Message::Text(first.clone().into())).await.unwrap();
        let (closed, said) = closed(&mut socket).await;
        assert_eq!(closed, Some(reason), "{first}");
        assert!(said.concat().contains(code), "{first}: {said:?}");
        assert!(!said.concat().contains(&good), "a token is never repeated");
    }
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_that_connection_only() {
    let lab = Lab::start().await.unwrap();
    let other = lab.client(Role::Viewer).await.unwrap();
    let mut socket = open(&lab, parfocal_sync::STATE_PATH).await;
    let huge = "x".repeat(200_000);
    let _ = socket.send(Message::Text(huge.into())).await;
    let (reason, _) = closed(&mut socket).await;
    assert!(matches!(reason, None | Some(CloseReason::TooBig)), "{reason:?}");
    assert!(other.ask(parfocal_sync::message::Query::Values { world: [1.0, 1.0] }).await.is_ok());
}

#[tokio::test]
async fn an_intent_that_makes_no_sense_is_rejected_by_number_and_the_connection_lives_on() {
    let lab = Lab::start().await.unwrap();
    let mut socket = open(&lab, parfocal_sync::STATE_PATH).await;
    let token = token(&lab, "lab", now(), 60);
    socket.send(Message::Text(hello(&lab, PROTOCOL_VERSION, "lab", &token).into())).await.unwrap();
    for text in
        [r#"{"type":"intent","seq":1,"intent":{"kind":"dance"}}"#, r#"{"type":"ping","time":5.5}"#]
    {
        socket.send(Message::Text(text.into())).await.unwrap();
    }
    let mut said = String::new();
    while !said.contains("pong") {
        let message = within("the server answers", socket.next()).await.unwrap().unwrap();
        if let Message::Text(text) = message {
            said.push_str(&text);
        }
    }
    assert!(said.contains(r#""type":"reject","seq":1,"code":"malformed""#), "{said}");
}

#[tokio::test]
async fn a_second_hello_or_a_binary_message_closes() {
    let lab = Lab::start().await.unwrap();
    let token = token(&lab, "lab", now(), 60);
    let hello = hello(&lab, PROTOCOL_VERSION, "lab", &token);
    for second in [Message::Text(hello.clone().into()), Message::Binary(vec![1, 2, 3].into())] {
        let mut socket = open(&lab, parfocal_sync::STATE_PATH).await;
        socket.send(Message::Text(hello.clone().into())).await.unwrap();
        within("the welcome comes", socket.next()).await.unwrap().unwrap();
        socket.send(second).await.unwrap();
        assert_eq!(closed(&mut socket).await.0, Some(CloseReason::BadMessage));
    }
}

#[tokio::test]
async fn a_pixel_channel_needs_a_ticket() {
    let lab = Lab::start().await.unwrap();
    for (first, reason) in [
        (
            r#"{"type":"attach","ticket":"00000000000000000000000000000000"}"#,
            CloseReason::BadTicket,
        ),
        (r#"{"type":"keyframe"}"#, CloseReason::BadMessage),
        ("", CloseReason::BadMessage),
    ] {
        let mut socket = open(&lab, parfocal_sync::PIXELS_PATH).await;
        socket.send(Message::Text(first.into())).await.unwrap();
        assert_eq!(closed(&mut socket).await.0, Some(reason), "{first}");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_may_not_connect() {
    use tokio_tungstenite::tungstenite::client::IntoClientRequest;
    let lab = Lab::start().await.unwrap();
    let url = format!("ws://{}{}", lab.server.address, parfocal_sync::STATE_PATH);
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    let refused = tokio_tungstenite::connect_async(request).await;
    assert!(refused.unwrap_err().to_string().contains("403"));
}

#[tokio::test]
async fn a_flood_of_intents_is_rejected_and_nobody_else_suffers() {
    use parfocal_base::ViewId;
    use parfocal_scene::Intent;
    let lab = Lab::start().await.unwrap();
    let options = Options { pace: false, codecs: Vec::new(), ..Options::default() };
    let flood = lab.client_with(Role::Owner, options).await.unwrap();
    let other = lab.client(Role::Presenter).await.unwrap();
    let view = ViewId::STAGE;
    let asks = (0..450).map(|n| {
        let value = f64::from(n % 6);
        flood.edit(Intent::SetPoint { view, axis: 0, value })
    });
    let answers = within("all are answered", futures_util::future::join_all(asks)).await;
    let refused = answers.iter().filter(|answer| answer.is_err()).count();
    assert!(refused > 0, "the burst was larger than the bound");
    assert!(refused < answers.len(), "the first ones were good");
    let edit = other.edit(Intent::SetPoint { view, axis: 0, value: 3.0 });
    within("another's edit is served", edit).await.unwrap();
}

#[tokio::test]
async fn a_file_that_lies_is_named_and_the_rest_is_served() {
    use parfocal_server::{cli::ServeArgs, config::Settings, serve::Server};
    let folder = tempfile::tempdir().unwrap();
    let good = parfocal_tests::files::stack(folder.path()).unwrap();
    let (liar, stub) = (folder.path().join("liar.npy"), folder.path().join("stub.tif"));
    let header = "{'descr': '<u2', 'fortran_order': False, 'shape': (1000000, 1000000), }\n";
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header.as_bytes());
    std::fs::write(&liar, bytes).unwrap();
    std::fs::write(&stub, b"II*\0").unwrap();
    let args = ServeArgs {
        paths: vec![liar, stub, folder.path().join("missing.tif"), good],
        port: Some(0),
        state: Some(folder.path().join("state")),
        ..ServeArgs::default()
    };
    let server = Server::start(Settings::resolve(args).unwrap()).await.unwrap();
    let warnings = server.opened.warnings.join("\n");
    for name in ["liar.npy", "stub.tif", "missing.tif"] {
        assert!(warnings.contains(name), "{warnings}");
    }
    let link = server.link(Role::Viewer).unwrap().parse().unwrap();
    let client = within("a client is let in", Client::connect(&link, Options::default()));
    assert_eq!(client.await.unwrap().scene().unwrap().layers.len(), 1);
}
