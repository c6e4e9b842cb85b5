//! Commands that ask a running server, as its administrator: with a token for every session that
//! they make of its secret.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use parfocal_auth::{EVERY_SESSION, Identity, Issuer, Role, TokenName};
use serde_json::{Value, json};

use crate::access::{default_state, keys, random, unix_now};
use crate::cli::{AskArgs, InviteArgs};

/// How long such a token is good, in seconds: one question.
const TOKEN_S: u64 = 60;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest answer in bytes: a list of ten thousand sessions.
const MAX_ANSWER: u64 = 16 << 20;
const DAY_S: u64 = 24 * 60 * 60;

/// `parfocal sessions`
///
/// # Errors
/// When no server answers, or it refuses.
pub fn sessions(args: &AskArgs) -> Result<()> {
    let answer = ask(args, "GET", "/v1/sessions", None)?;
    let all = answer["sessions"].as_array().context("the server answers something else")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let count = |value: &Value| value.as_u64().map_or_else(|| "-".to_owned(), |n| n.to_string());
    println!("{:<24} {:>6} {:>11} {:>9}  TITLE", "NAME", "PEOPLE", "ANNOTATIONS", "SIZE");
    for session in all {
        let size = format!("{:.1} MB", session["bytes"].as_f64().unwrap_or_default() / 1e6);
        let archived = if session["archived"] == true { " (archived)" } else { "" };
        println!(
            "{:<24} {:>6} {:>11} {size:>9}  {}{archived}",
            text(&session["name"]),
            count(&session["participants"]),
            count(&session["annotations"]),
            text(&session["title"]),
        );
    }
    Ok(())
}

/// `parfocal invite`
///
/// # Errors
/// When no server answers, or it refuses.
pub fn invite(args: &InviteArgs) -> Result<()> {
    let session = crate::config::session(args.session.clone())?;
    let mut body = json!({ "role": args.role, "expires_s": u64::from(args.days) * DAY_S });
    if let Some(uses) = args.uses {
        body["uses"] = json!(uses);
    }
    if let Some(name) = &args.name {
        body["name"] = json!(name);
    }
    let path = format!("/v1/sessions/{session}/invitations");
    let answer = ask(&args.ask, "POST", &path, Some(&body))?;
    let link = answer["path"].as_str().context("the server answers something else")?;
    println!("{}{link}", args.ask.url.trim_end_matches('/'));
    Ok(())
}

/// Asks the server, and reads its answer.
fn ask(args: &AskArgs, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
    let url = args.url.trim_end_matches('/');
    let Some(address) = url.strip_prefix("http://") else {
        bail!("{url} is not http://HOST:PORT; ask a server behind TLS with curl (docs/api.md)")
    };
    let state = args.state.clone().map_or_else(default_state, Ok)?;
    let name = "administrator".to_owned();
    let identity = Identity {
        subject: name.clone(),
        name,
        session: EVERY_SESSION.to_owned(),
        role: Role::Owner,
    };
    let token = TokenName::random(random()?, None);
    let token = keys(&state)?.tokens.mint(&identity, &token, unix_now(), TOKEN_S)?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let failed = || {
        format!("no server answers at {url}: start one with `parfocal serve`, or give its --url")
    };
    let mut socket = TcpStream::connect(address).with_context(failed)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.write_all(request.as_bytes()).with_context(failed)?;
    let mut answer = String::new();
    socket.take(MAX_ANSWER).read_to_string(&mut answer).with_context(failed)?;
    let (head, body) = answer.split_once("\r\n\r\n").with_context(failed)?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    if status.starts_with('2') {
        return Ok(json);
    }
    let why =
        json["message"].as_str().map_or_else(|| format!("it answers {status}"), str::to_owned);
    Err(anyhow!("the server refuses: {why}"))
}
