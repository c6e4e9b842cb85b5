//! The link that a server prints: `http://HOST:PORT/s/SESSION#token=…`.

use std::fmt;
use std::str::FromStr;

/// Where to go, and with which right.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// `host:port`.
    pub address: String,
    /// Name of the session.
    pub session: String,
    /// The signed token.
    pub token: String,
}

/// A text that is no such link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// Another scheme.
    #[error("a link begins with `http://`; this client does not speak TLS")]
    Scheme,
    /// No `/s/SESSION`.
    #[error("the link names no session: it looks like http://HOST:PORT/s/SESSION#token=…")]
    Session,
    /// No `#token=`.
    #[error("the link has no token: copy all of it, with what follows `#`")]
    Token,
}

/// Without the token.
impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link(http://{}/s/{})", self.address, self.session)
    }
}

impl FromStr for Link {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        let rest = text.trim().strip_prefix("http://").ok_or(LinkError::Scheme)?;
        let (place, fragment) = rest.split_once('#').ok_or(LinkError::Token)?;
        let token = fragment.split('&').find_map(|part| part.strip_prefix("token="));
        let token = token.filter(|token| !token.is_empty()).ok_or(LinkError::Token)?;
        let (address, path) = place.split_once('/').ok_or(LinkError::Session)?;
        let session = path.strip_prefix("s/").map(|name| name.trim_end_matches('/'));
        let session = session.filter(|name| !name.is_empty()).ok_or(LinkError::Session)?;
        let port = address.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let address = if port { address.to_owned() } else { format!("{address}:80") };
        Ok(Self { address, session: session.to_owned(), token: token.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_taken_apart_and_does_not_show_its_token() {
        let link: Link = "http://127.0.0.1:8080/s/main#token=abc.def".parse().unwrap();
        assert_eq!((link.address.as_str(), link.session.as_str()), ("127.0.0.1:8080", "main"));
        assert_eq!(link.token, "abc.def");
        assert!(!format!("{link:?}").contains("abc"));
        let link: Link = "http://lab/s/main/#token=t".parse().unwrap();
        assert_eq!((link.address.as_str(), link.session.as_str()), ("lab:80", "main"));
    }

    #[test]
    fn what_is_missing_in_a_link_is_said() {
        let cases = [
            ("https://lab/s/main#token=t", LinkError::Scheme),
            ("http://lab/s/main", LinkError::Token),
            ("http://lab/s/main#token=", LinkError::Token),
            ("http://lab#token=t", LinkError::Session),
            ("http://lab/x/main#token=t", LinkError::Session),
            ("http://lab/s/#token=t", LinkError::Session),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<Link>(), Err(error), "{text}");
        }
    }
}
