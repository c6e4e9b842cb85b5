//! Which pages may open a WebSocket. Browsers let any page connect anywhere, and say from where.

use axum::http::{HeaderMap, header};

/// Whether a WebSocket with these headers may be opened. Programs that are no browsers send no
/// origin, and need a token like everybody.
pub(super) fn may_connect(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    if allowed.iter().any(|other| other == origin) {
        return true;
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let of_origin = origin.split_once("://").map(|(_, rest)| rest);
    of_origin.is_some() && of_origin == host
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "lab.example:7420".parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_servers_own_pages_programs_and_listed_origins_may_connect() {
        let listed = ["https://portal.example".to_owned()];
        assert!(may_connect(&headers(None), &[]));
        assert!(may_connect(&headers(Some("http://lab.example:7420")), &[]));
        assert!(may_connect(&headers(Some("https://portal.example")), &listed));
    }

    #[test]
    fn other_pages_may_not() {
        for origin in ["https://portal.example", "http://lab.example", "null", "lab.example:7420"] {
            assert!(!may_connect(&headers(Some(origin)), &[]), "{origin}");
        }
    }
}
