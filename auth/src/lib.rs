//! Who may do what: tokens in, grants out, and one table of permissions.
//!
//! - [`role`]: the four roles and the permission table ([`allows`], [`refusal`]).
//! - [`claims`]: what a token says, and the bounds of it.
//! - [`revocations`]: which tokens are withdrawn.
//! - [`verifier`]: the [`Verifier`] trait, its [`Grant`]s and its refusals ([`AuthError`]).
//! - [`hs256`]: tokens signed with a shared secret: [`Hs256::mint`] and the verifier.
//! - [`secret`]: the secret itself, which never prints, and its file.
//!
//! Time is an argument everywhere (seconds since 1970). Tokens travel in a URL's fragment and in
//! the first message of a connection; neither is this crate's business: it knows no HTTP, no scene
//! and no clock.

pub mod claims;
pub mod hs256;
pub mod revocations;
pub mod role;
pub mod secret;
pub mod verifier;

pub use claims::{Claims, EVERY_SESSION, Identity, TokenName};
pub use hs256::Hs256;
pub use revocations::{Revocation, Revocations, Withdrawn};
pub use role::{Action, Role, allows, creates_sessions, refusal};
pub use secret::{Secret, SecretError};
pub use verifier::{AuthError, Grant, Issuer, Verifier};
