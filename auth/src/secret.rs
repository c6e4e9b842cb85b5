//! The secret that signs tokens, and the file that keeps it over restarts.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Shortest secret in bytes: HS256 asks for as many as its hash has (RFC 7518 clause 3.2).
pub const MIN_SECRET_BYTES: usize = 32;
/// Longest secret in bytes: HMAC hashes longer ones than 64 anyway; this bounds a wrong path.
pub const MAX_SECRET_BYTES: usize = 4096;

/// A secret of [`MIN_SECRET_BYTES`] to [`MAX_SECRET_BYTES`] bytes. Never prints; overwritten when dropped.
pub struct Secret(Vec<u8>);

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// Too short to be safe, or too long to be one.
    #[error("the secret has {0} bytes; it needs {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES}")]
    Length(usize),
    /// Others can read the file.
    #[error("others can read the secret in {0}: run `chmod 600` on it, or remove it for a new one")]
    Exposed(PathBuf),
    /// The file cannot be read or written.
    #[error("cannot use the secret file {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system gave no random bytes.
    #[error("the system gave no random bytes for a new secret: {0}")]
    Random(getrandom::Error),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.fill(0);
        // So that the compiler does not leave the writes out as useless.
        std::hint::black_box(&mut self.0);
    }
}

impl Secret {
    /// A secret of these bytes.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, SecretError> {
        let secret = Self(bytes);
        match secret.0.len() {
            MIN_SECRET_BYTES..=MAX_SECRET_BYTES => Ok(secret),
            length => Err(SecretError::Length(length)),
        }
    }

    /// A new secret from the system's randomness.
    pub fn generate() -> Result<Self, SecretError> {
        let mut bytes = vec![0; MIN_SECRET_BYTES];
        getrandom::fill(&mut bytes).map_err(SecretError::Random)?;
        Ok(Self(bytes))
    }

    /// The secret in the file at `path`; where there is none, a new one, written there so that only
    /// this user can read it (0600). Refuses a file that others can read. Safe against a second
    /// process that starts at the same time: both end up with one secret.
    pub fn load_or_create(path: &Path) -> Result<Self, SecretError> {
        match open(path) {
            Ok(file) => load(path, file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(path),
            Err(source) => Err(SecretError::File { path: path.to_owned(), source }),
        }
    }

    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

fn load(path: &Path, file: File) -> Result<Secret, SecretError> {
    let failed = |source| SecretError::File { path: path.to_owned(), source };
    if is_exposed(&file).map_err(failed)? {
        return Err(SecretError::Exposed(path.to_owned()));
    }
    let mut bytes = Vec::with_capacity(MAX_SECRET_BYTES + 1);
    file.take(MAX_SECRET_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    Secret::from_bytes(bytes)
}

/// Writes a new secret beside `path` and links it there, so that nobody ever sees half a file; the
/// first of two processes wins.
fn create(path: &Path) -> Result<Secret, SecretError> {
    let failed = |source| SecretError::File { path: path.to_owned(), source };
    let secret = Secret::generate()?;
    let mut draft = path.as_os_str().to_owned();
    // Random, so that a draft left by a crash is never in the way.
    draft.push(format!(".{:016x}", getrandom::u64().map_err(SecretError::Random)?));
    let draft = PathBuf::from(draft);
    let linked =
        write_private(&draft, secret.expose()).and_then(|()| std::fs::hard_link(&draft, path));
    let removed = std::fs::remove_file(&draft);
    match linked {
        Ok(()) => removed.map(|()| secret).map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            load(path, open(path).map_err(failed)?)
        }
        Err(source) => Err(failed(source)),
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn is_exposed(file: &File) -> io::Result<bool> {
    Ok(std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions()) & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::from_bytes(vec![b'x'; 40]).unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(redacted)");
    }

    #[test]
    fn short_and_endless_secrets_are_refused() {
        assert!(matches!(Secret::from_bytes(vec![1; 31]), Err(SecretError::Length(31))));
        assert!(matches!(Secret::from_bytes(vec![1; 4097]), Err(SecretError::Length(4097))));
    }

    #[test]
    fn two_new_secrets_differ() {
        assert_ne!(Secret::generate().unwrap().expose(), Secret::generate().unwrap().expose());
    }

    #[test]
    fn a_secret_file_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let first = Secret::load_or_create(&path).unwrap();
        let second = Secret::load_or_create(&path).unwrap();
        assert_eq!(first.expose(), second.expose());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_private_and_one_that_is_not_is_refused() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        Secret::load_or_create(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Secret::load_or_create(&path), Err(SecretError::Exposed(_))));
    }

    #[test]
    fn a_folder_that_does_not_exist_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nowhere").join("secret");
        let message = Secret::load_or_create(&path).unwrap_err().to_string();
        assert!(message.contains("nowhere"), "{message}");
    }

    #[test]
    fn a_truncated_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write_private(&path, &[7; 5]).unwrap();
        assert!(matches!(Secret::load_or_create(&path), Err(SecretError::Length(5))));
    }
}
