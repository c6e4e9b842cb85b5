//! Tokens signed with one secret that issuer and verifier share: JWT with HS256 (RFC 7515, 7519).
//!
//! The token library is built without its cryptography. What it gets here knows HS256 and no other
//! algorithm, so that no header can make it use one.

use std::sync::Arc;

use hmac::{Hmac, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error as JwtError, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use sha2::Sha256;
use signature::{Error as SignatureError, Signer};

use crate::claims::{Claims, Identity, LEEWAY_S, MAX_TOKEN_BYTES, TokenName};
use crate::secret::Secret;
use crate::verifier::{AuthError, Grant, Issuer, Verifier};

/// `iss` and `aud` of tokens where nothing else is configured.
pub const DEFAULT_NAME: &str = "parfocal";

/// Makes and checks tokens with a shared secret. Clones share it.
#[derive(Clone)]
pub struct Hs256 {
    keys: Arc<Keys>,
}

struct Keys {
    signing: EncodingKey,
    checking: DecodingKey,
    rules: Validation,
    issuer: String,
    audience: String,
}

impl std::fmt::Debug for Hs256 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Keys { issuer, audience, .. } = &*self.keys;
        f.debug_struct("Hs256")
            .field("issuer", issuer)
            .field("audience", audience)
            .finish_non_exhaustive()
    }
}

impl Hs256 {
    /// Tokens of the issuer and audience [`DEFAULT_NAME`].
    pub fn new(secret: &Secret) -> Self {
        Self::named(secret, DEFAULT_NAME, DEFAULT_NAME)
    }

    /// Tokens of another issuer and audience.
    pub fn named(secret: &Secret, issuer: &str, audience: &str) -> Self {
        // Only the first call of a process installs it; a later one finds this one in place.
        let _ = HS256_ONLY.install_default();
        let mut rules = Validation::new(Algorithm::HS256);
        // Checked in `check_claims`, against a time that is an argument.
        rules.validate_exp = false;
        rules.validate_aud = false;
        rules.required_spec_claims.clear();
        let keys = Keys {
            signing: EncodingKey::from_secret(secret.expose()),
            checking: DecodingKey::from_secret(secret.expose()),
            rules,
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
        };
        Self { keys: Arc::new(keys) }
    }

    fn check_claims(&self, claims: Claims, now: u64) -> Result<Grant, AuthError> {
        if !claims.is_tidy() {
            return Err(AuthError::Malformed);
        }
        if claims.iss != self.keys.issuer {
            return Err(AuthError::Issuer);
        }
        if claims.aud != self.keys.audience {
            return Err(AuthError::Audience);
        }
        if now >= claims.exp.saturating_add(LEEWAY_S) {
            return Err(AuthError::Expired);
        }
        if claims.iat > now.saturating_add(LEEWAY_S) || claims.iat >= claims.exp {
            return Err(AuthError::NotYetValid);
        }
        let Claims { sub: subject, name, session, role, iat: issued, exp: expires, .. } = claims;
        Ok(Grant {
            identity: Identity { subject, name, session, role },
            token: TokenName { id: claims.jti, invitation: claims.inv },
            issued,
            expires,
        })
    }
}

impl Issuer for Hs256 {
    fn mint(
        &self,
        identity: &Identity,
        token: &TokenName,
        now: u64,
        lifetime_s: u64,
    ) -> Result<String, AuthError> {
        let Identity { subject, name, session, role } = identity.clone();
        let claims = Claims {
            iss: self.keys.issuer.clone(),
            aud: self.keys.audience.clone(),
            sub: subject,
            name,
            session,
            role,
            iat: now,
            exp: now.saturating_add(lifetime_s.max(1)),
            jti: token.id.clone(),
            inv: token.invitation.clone(),
        };
        if !claims.is_tidy() {
            return Err(AuthError::BadIdentity);
        }
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.keys.signing)
            .map_err(|_| AuthError::Signing)
    }
}

impl Verifier for Hs256 {
    fn read(&self, token: &str, now: u64) -> Result<Grant, AuthError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(AuthError::TooLong);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| unreadable_header(token))?;
        if header.alg != Algorithm::HS256 {
            return Err(AuthError::Algorithm);
        }
        let keys = &self.keys;
        let token = jsonwebtoken::decode::<Claims>(token, &keys.checking, &keys.rules);
        let claims = token.map_err(|error| refused(&error))?.claims;
        self.check_claims(claims, now)
    }
}

/// Three parts whose header names no known algorithm, such as `none`, or something else altogether.
fn unreadable_header(token: &str) -> AuthError {
    let parts = token.split('.').count();
    if parts == 3 && token.starts_with("ey") { AuthError::Algorithm } else { AuthError::Malformed }
}

fn refused(error: &JwtError) -> AuthError {
    match error.kind() {
        ErrorKind::InvalidSignature => AuthError::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => AuthError::Algorithm,
        _ => AuthError::Malformed,
    }
}

/// HMAC with SHA-256, and nothing else.
static HS256_ONLY: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| {
        // Keys of another family have no bytes to give; ours are made from a secret above.
        Ok(Box::new(HmacSha256::new(*algorithm, key.as_bytes())?) as Box<dyn JwtSigner>)
    },
    verifier_factory: |algorithm, key| {
        Ok(Box::new(HmacSha256::new(*algorithm, key.try_get_as_bytes()?)?) as Box<dyn JwtVerifier>)
    },
    key_utils: KeyUtils::new_unimplemented(),
};

struct HmacSha256(Hmac<Sha256>);

impl HmacSha256 {
    fn new(algorithm: Algorithm, key: &[u8]) -> Result<Self, JwtError> {
        if algorithm != Algorithm::HS256 {
            return Err(ErrorKind::UnsupportedAlgorithm.into());
        }
        let mac = Hmac::new_from_slice(key).map_err(|_| ErrorKind::InvalidKeyFormat)?;
        Ok(Self(mac))
    }
}

impl Signer<Vec<u8>> for HmacSha256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        Ok(self.0.clone().chain_update(message).finalize().into_bytes().to_vec())
    }
}

impl signature::Verifier<Vec<u8>> for HmacSha256 {
    /// In constant time.
    fn verify(&self, message: &[u8], tag: &Vec<u8>) -> Result<(), SignatureError> {
        let mac = self.0.clone().chain_update(message);
        mac.verify_slice(tag).map_err(|_| SignatureError::new())
    }
}

impl JwtSigner for HmacSha256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for HmacSha256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}
