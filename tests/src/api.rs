//! Asks a server over HTTP.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use parfocal_auth::{Identity, Issuer, Role, TokenName};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Lab, within};

/// Somebody who asks with a token, or without one.
#[derive(Clone, Debug)]
pub struct Api {
    address: SocketAddr,
    token: Option<String>,
}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// What follows them.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The code of a refusal.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Lab {
    /// Asks as this role in session `lab`; everybody of a role is one user.
    ///
    /// # Errors
    /// When no token can be made.
    pub fn api(&self, role: Role) -> Result<Api> {
        self.api_in("lab", role)
    }

    /// Asks as this role in a session.
    ///
    /// # Errors
    /// When no token can be made.
    pub fn api_in(&self, session: &str, role: Role) -> Result<Api> {
        self.api_as(session, role, role.name(), parfocal_server::access::unix_now())
    }

    /// Asks as this user in a session, with a token that was made at `now` (seconds since 1970).
    ///
    /// # Errors
    /// When no token can be made.
    pub fn api_as(&self, session: &str, role: Role, subject: &str, now: u64) -> Result<Api> {
        let (subject, session) = (subject.to_owned(), session.to_owned());
        let identity = Identity { name: subject.clone(), subject, session, role };
        let name = TokenName { id: Some(format!("api-{role}")), invitation: None };
        let token = self.server.keys.mint(&identity, &name, now, 3600)?;
        Ok(Api::new(self.server.address, Some(token)))
    }
}

impl Api {
    /// Asks this address.
    pub fn new(address: SocketAddr, token: Option<String>) -> Self {
        Self { address, token }
    }

    /// Asks something that has no body.
    ///
    /// # Errors
    /// When nothing is answered.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send("GET", path, &[], b"").await
    }

    /// Asks for something to be gone.
    ///
    /// # Errors
    /// When nothing is answered.
    pub async fn delete(&self, path: &str) -> Result<Answer> {
        self.send("DELETE", path, &[], b"").await
    }

    /// Sends JSON.
    ///
    /// # Errors
    /// When nothing is answered.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send("POST", path, &[], body.to_string().as_bytes()).await
    }

    /// Sends JSON to change something.
    ///
    /// # Errors
    /// When nothing is answered.
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send("PATCH", path, &[], body.to_string().as_bytes()).await
    }

    /// Sends anything, with more headers.
    ///
    /// # Errors
    /// When nothing is answered.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer> {
        let Self { address, token } = self;
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\n");
        if let Some(token) = token {
            head.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\nConnection: close\r\n\r\n", body.len()));
        let mut socket = TcpStream::connect(address).await?;
        socket.write_all(head.as_bytes()).await?;
        // Who is refused by the length alone may hear so before all is sent.
        let sent = socket.write_all(body).await;
        let mut bytes = Vec::new();
        let read = within("the server answers", socket.read_to_end(&mut bytes)).await;
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if end.is_none() {
            sent?;
            read?;
        }
        let end = end.context("the answer is cut off")?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        let mut body = bytes.split_off(end + 4);
        if head.to_lowercase().contains("transfer-encoding: chunked") {
            body = joined(&body).context("the chunks are cut off")?;
        }
        Ok(Answer { status: status.context("no status")?, head, body })
    }
}

/// A chunked body as one.
fn joined(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let length = std::str::from_utf8(rest.get(..end)?).ok()?;
        let length = usize::from_str_radix(length.trim(), 16).ok()?;
        let chunk = rest.get(end + 2..end + 2 + length)?;
        if length == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(chunk);
        rest = rest.get(end + 4 + length..)?;
    }
}
