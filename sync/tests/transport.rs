//! The WebSocket client against a small server in the same process.

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use parfocal_sync::CloseReason;
use parfocal_sync::transport::{Incoming, TransportError, connect};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

#[tokio::test]
async fn frames_and_the_close_code_go_both_ways() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
        let heard = socket.next().await.unwrap().unwrap();
        socket.send(heard).await.unwrap();
        socket.send(Message::binary(vec![1, 2, 3])).await.unwrap();
        let code = CloseReason::TooSlow.code().into();
        let close = CloseFrame { code, reason: "too_slow".into() };
        socket.close(Some(close)).await.unwrap();
    });
    let (mut sender, mut receiver) = connect(&address, "/v1/state").await.unwrap();
    sender.text("salve".to_owned()).await.unwrap();
    assert_eq!(receiver.next().await, Incoming::Text("salve".to_owned()));
    assert_eq!(receiver.next().await, Incoming::Binary(Bytes::from_static(&[1, 2, 3])));
    assert_eq!(receiver.next().await, Incoming::Closed(Some(1013)));
    server.await.unwrap();
}

#[tokio::test]
async fn an_address_where_nobody_listens_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let error = connect(&address, "/v1/state").await.unwrap_err();
    assert!(matches!(error, TransportError::Unreachable { .. }), "{error}");
}
