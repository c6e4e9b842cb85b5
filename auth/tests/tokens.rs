//! Tokens, good and bad, through the public interface.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use hmac::{Hmac, Mac};
use parfocal_auth::claims::{LEEWAY_S, MAX_TOKEN_BYTES};
use parfocal_auth::{
    AuthError, EVERY_SESSION, Grant, Hs256, Identity, Issuer, Role, Secret, TokenName, Verifier,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::Sha256;

const NOW: u64 = 1_800_000_000;
const HOUR: u64 = 3600;
const KEY: [u8; 32] = [42; 32];

fn tokens() -> Hs256 {
    Hs256::new(&Secret::from_bytes(KEY.to_vec()).unwrap())
}

fn ada() -> Identity {
    Identity {
        subject: "ada@example.org".into(),
        name: "Ada Lovelace".into(),
        session: "main".into(),
        role: Role::Annotator,
    }
}

fn named() -> TokenName {
    TokenName { id: Some("t-1".into()), invitation: Some("i-1".into()) }
}

/// The claims of a good token.
fn claims() -> Value {
    json!({
        "iss": "parfocal", "aud": "parfocal", "sub": "ada@example.org", "name": "Ada Lovelace",
        "session": "main", "role": "annotator", "iat": NOW, "exp": NOW + HOUR, "jti": "t-1", "inv": "i-1",
    })
}

/// base64url without padding (RFC 4648 clause 5), written out so that the tests owe the crate nothing.
fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let six = |group: &[u8]| {
        let word =
            (0..3).fold(0_u32, |w, at| w << 8 | u32::from(group.get(at).copied().unwrap_or(0)));
        (0..=group.len()).map(move |at| ALPHABET[(word >> (18 - 6 * at) & 63) as usize] as char)
    };
    bytes.chunks(3).flat_map(six).collect()
}

/// A token with any header and claims, signed rightly by `key`.
fn forge(header: &Value, claims: &Value, key: &[u8]) -> String {
    let message = [header, claims].map(|part| base64url(part.to_string().as_bytes())).join(".");
    let mac = Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(&message);
    format!("{message}.{}", base64url(&mac.finalize().into_bytes()))
}

fn hs256() -> Value {
    json!({"alg": "HS256", "typ": "JWT"})
}

fn verify(token: &str) -> Result<Grant, AuthError> {
    tokens().verify(token, "main", NOW)
}

/// What becomes of a rightly signed token with one claim changed, or removed where `value` is null.
fn with(claim: &str, value: Value) -> Result<Grant, AuthError> {
    let mut changed = claims();
    let object = changed.as_object_mut().unwrap();
    if value.is_null() {
        object.remove(claim)
    } else {
        object.insert(claim.into(), value)
    };
    verify(&forge(&hs256(), &changed, &KEY))
}

#[test]
fn a_minted_token_grants_what_it_was_minted_for() {
    let token = tokens().mint(&ada(), &named(), NOW, HOUR).unwrap();
    let grant = Grant { identity: ada(), token: named(), issued: NOW, expires: NOW + HOUR };
    assert_eq!(verify(&token), Ok(grant));
}

#[test]
fn a_token_without_a_name_of_its_own_is_good() {
    assert_eq!(with("jti", Value::Null).unwrap().token.id, None);
    assert_eq!(with("inv", Value::Null).unwrap().token.invitation, None);
    let unnamed = tokens().mint(&ada(), &TokenName::default(), NOW, HOUR).unwrap();
    assert_eq!(verify(&unnamed).unwrap().token, TokenName::default());
    for claim in ["jti", "inv"] {
        for wrong in [json!(7), json!(""), json!("a\nb"), json!("x".repeat(129))] {
            assert_eq!(with(claim, wrong), Err(AuthError::Malformed));
        }
    }
}

#[test]
fn names_of_tokens_are_made_of_the_bytes_they_are_given() {
    let name = TokenName::random([1; 16], Some("i".into()));
    assert_eq!(name.id.as_deref(), Some("01010101010101010101010101010101"));
    assert_eq!(TokenName::random([0; 16], None).id.unwrap().len(), 32);
}

#[test]
fn a_token_for_every_session_opens_each_of_them_in_its_role() {
    let everywhere = Identity { session: EVERY_SESSION.into(), ..ada() };
    let token = tokens().mint(&everywhere, &named(), NOW, HOUR).unwrap();
    for session in ["main", "other"] {
        let grant = tokens().verify(&token, session, NOW).unwrap();
        assert_eq!((grant.identity.session.as_str(), grant.role()), (session, Role::Annotator));
    }
    assert!(tokens().read(&token, NOW).unwrap().is_for_every_session());
    assert!(!tokens().verify(&token, "main", NOW).unwrap().is_for_every_session());
}

#[test]
fn a_token_made_by_the_book_is_accepted() {
    // The header and layout of RFC 7515, made without the library under test.
    assert_eq!(verify(&forge(&hs256(), &claims(), &KEY)).unwrap().identity, ada());
}

#[test]
fn an_unsigned_token_is_refused() {
    for alg in ["none", "None", "NONE", ""] {
        let head = json!({"alg": alg, "typ": "JWT"});
        let message =
            [&head, &claims()].map(|part| base64url(part.to_string().as_bytes())).join(".");
        assert_eq!(verify(&format!("{message}.")), Err(AuthError::Algorithm), "{alg}");
        assert_eq!(verify(&forge(&head, &claims(), &KEY)), Err(AuthError::Algorithm), "{alg}");
    }
}

#[test]
fn every_other_algorithm_is_refused() {
    let others = ["HS384", "HS512", "RS256", "RS512", "ES256", "PS256", "EdDSA", "hs256"];
    for alg in others {
        let token = forge(&json!({"alg": alg, "typ": "JWT"}), &claims(), &KEY);
        assert_eq!(verify(&token), Err(AuthError::Algorithm), "{alg}");
    }
}

#[test]
fn another_secret_is_refused() {
    assert_eq!(verify(&forge(&hs256(), &claims(), &[43; 32])), Err(AuthError::Signature));
}

#[test]
fn another_issuer_and_another_audience_are_refused() {
    assert_eq!(with("iss", json!("elsewhere")), Err(AuthError::Issuer));
    assert_eq!(with("aud", json!("elsewhere")), Err(AuthError::Audience));
    let secret = Secret::from_bytes(KEY.to_vec()).unwrap();
    let theirs =
        Hs256::named(&secret, "theirs", "parfocal").mint(&ada(), &named(), NOW, HOUR).unwrap();
    assert_eq!(verify(&theirs), Err(AuthError::Issuer));
}

#[test]
fn a_token_ends_a_leeway_after_its_expiry() {
    let token = tokens().mint(&ada(), &named(), NOW, HOUR).unwrap();
    let at = |now| tokens().verify(&token, "main", now);
    assert!(at(NOW + HOUR + LEEWAY_S - 1).is_ok());
    assert_eq!(at(NOW + HOUR + LEEWAY_S), Err(AuthError::Expired));
    assert_eq!(at(u64::MAX), Err(AuthError::Expired));
}

#[test]
fn a_token_from_the_future_is_refused() {
    let token = tokens().mint(&ada(), &named(), NOW, HOUR).unwrap();
    let at = |now| tokens().verify(&token, "main", now);
    assert!(at(NOW - LEEWAY_S).is_ok());
    assert_eq!(at(NOW - LEEWAY_S - 1), Err(AuthError::NotYetValid));
    assert_eq!(with("iat", json!(NOW + HOUR)), Err(AuthError::NotYetValid));
}

#[test]
fn a_token_opens_its_own_session_only() {
    let token = tokens().mint(&ada(), &named(), NOW, HOUR).unwrap();
    for other in ["other", "main ", "Main", "", "other@main", "@main", "*"] {
        assert_eq!(tokens().verify(&token, other, NOW), Err(AuthError::OtherSession));
    }
    let version = tokens().verify(&token, "main@3", NOW).unwrap();
    assert_eq!(version.identity.session, "main@3", "a version belongs to its session");
}

#[test]
fn every_claim_is_needed_and_typed() {
    for claim in ["iss", "aud", "sub", "name", "session", "role", "iat", "exp"] {
        assert_eq!(with(claim, Value::Null), Err(AuthError::Malformed), "{claim} is missing");
        assert_eq!(with(claim, json!(["x"])), Err(AuthError::Malformed), "{claim} is a list");
    }
    assert_eq!(with("role", json!("admin")), Err(AuthError::Malformed));
    assert_eq!(with("exp", json!(-1)), Err(AuthError::Malformed));
    assert_eq!(with("exp", json!(1e300)), Err(AuthError::Malformed));
    assert!(with("extra", json!("ignored")).is_ok());
}

#[test]
fn texts_that_would_break_a_log_or_a_list_are_refused() {
    for text in ["", "a\nb", "a\u{1b}[31m", &"x".repeat(129)] {
        assert_eq!(with("name", json!(text)), Err(AuthError::Malformed));
        let identity = Identity { name: text.into(), ..ada() };
        assert_eq!(tokens().mint(&identity, &named(), NOW, HOUR), Err(AuthError::BadIdentity));
    }
}

#[test]
fn an_oversized_token_is_refused_unread() {
    assert_eq!(verify(&"e".repeat(MAX_TOKEN_BYTES + 1)), Err(AuthError::TooLong));
    let longest = Identity {
        subject: "ß".repeat(64),
        name: "\"".repeat(128),
        session: "s".repeat(128),
        ..ada()
    };
    let token = tokens().mint(&longest, &named(), NOW, HOUR).unwrap();
    assert!(token.len() < MAX_TOKEN_BYTES, "the longest token fits: {}", token.len());
}

#[test]
fn what_is_no_token_is_refused() {
    for text in ["", ".", "..", "...", "a.b.c", "hello", "ey.ey.ey", "🦀.🦀.🦀"] {
        assert!(verify(text).is_err(), "{text}");
    }
    assert_eq!(verify("hello"), Err(AuthError::Malformed));
}

#[test]
fn refusals_have_stable_codes() {
    assert_eq!(AuthError::Expired.code(), "token_expired");
    assert_eq!(AuthError::Malformed.code(), "token_invalid");
    assert_eq!(AuthError::OtherSession.code(), "token_other_session");
}

#[test]
fn nothing_prints_the_secret() {
    assert!(!format!("{:?}", tokens()).contains("42"));
}

proptest! {
    #[test]
    fn random_text_never_verifies(text in "\\PC*") {
        prop_assert!(verify(&text).is_err());
    }

    #[test]
    fn random_parts_never_verify(parts in prop::collection::vec("[A-Za-z0-9_-]{0,80}", 0..5)) {
        prop_assert!(verify(&parts.join(".")).is_err());
    }

    #[test]
    fn random_json_signed_rightly_never_panics(head in "\\PC{0,40}", body in "\\PC{0,80}") {
        let message = [head.as_bytes(), body.as_bytes()].map(base64url).join(".");
        let mac = Hmac::<Sha256>::new_from_slice(&KEY).unwrap().chain_update(&message);
        let token = format!("{message}.{}", base64url(&mac.finalize().into_bytes()));
        prop_assert!(verify(&token).is_err());
    }

    #[test]
    fn a_token_with_one_character_changed_never_verifies(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.-]") {
        let token = tokens().mint(&ada(), &named(), NOW, HOUR).unwrap();
        let at = at.index(token.len());
        let mut changed = token.clone();
        changed.replace_range(at..=at, &to);
        prop_assume!(changed != token);
        prop_assert!(verify(&changed).is_err());
    }

    #[test]
    fn a_cut_token_never_verifies(at in any::<prop::sample::Index>()) {
        let token = tokens().mint(&ada(), &named(), NOW, HOUR).unwrap();
        prop_assert!(verify(&token[..at.index(token.len())]).is_err());
    }

    #[test]
    fn every_identity_that_is_minted_is_granted(
        name in "[^\\p{Cc}]{1,30}", session in "[a-z0-9-]{1,30}", role in prop::sample::select(Role::ALL.to_vec()), life in 1..u64::MAX
    ) {
        let identity = Identity { name, session: session.clone(), role, ..ada() };
        let token = tokens().mint(&identity, &named(), NOW, life).unwrap();
        prop_assert_eq!(tokens().verify(&token, &session, NOW).unwrap().identity, identity);
    }
}
