//! What no server can be faster than on this machine, with this load: each update is written to
//! every connection, and nothing else is done. It is measured beside the others as "bare relay".

use std::cell::RefCell;
use std::io::Write;
use std::net::{Ipv4Addr, TcpStream};
use std::rc::Rc;

use anyhow::{Context, Result};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

/// First bytes of an update in y-websocket's dialect.
const UPDATE: [u8; 2] = [0, 2];
/// Sync step 2 of an empty document.
const NOTHING: [u8; 5] = [0, 1, 2, 0, 0];
/// First byte of a WebSocket's binary message that comes in one frame.
const BINARY: u8 = 0x82;
/// Lengths from here on stand in two bytes of their own.
const SHORT: usize = 126;

/// Everybody who is connected.
type Peers = Rc<RefCell<Vec<TcpStream>>>;

/// Listens on a free port, prints `- ADDRESS`, and serves until it is killed.
pub(crate) fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        println!("- {}", listener.local_addr()?);
        let peers = Peers::default();
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::task::spawn_local(attend(stream, peers.clone()));
        }
    })
}

/// One connection; an error ends it.
async fn attend(stream: tokio::net::TcpStream, peers: Peers) -> Result<()> {
    stream.set_nodelay(true)?;
    let stream = stream.into_std()?;
    let direct = stream.try_clone().context("no second handle")?;
    let mut socket = accept_async(tokio::net::TcpStream::from_std(stream)?).await?;
    while let Some(message) = socket.next().await {
        let Message::Binary(message) = message? else { continue };
        if message.starts_with(&UPDATE) {
            let frame = frame(&message);
            // Who does not take it at once, or is gone, is not served any more.
            peers.borrow_mut().retain_mut(|peer| peer.write_all(&frame).is_ok());
        } else {
            socket.send(Message::Binary(NOTHING.to_vec().into())).await?;
            peers.borrow_mut().push(direct.try_clone()?);
        }
    }
    Ok(())
}

/// A message as a WebSocket's frame from a server.
fn frame(message: &[u8]) -> Vec<u8> {
    let mut frame = vec![BINARY];
    match u8::try_from(message.len()) {
        Ok(length) if usize::from(length) < SHORT => frame.push(length),
        _ => {
            frame.push(SHORT as u8);
            frame.extend((message.len() as u16).to_be_bytes());
        }
    }
    frame.extend_from_slice(message);
    frame
}
