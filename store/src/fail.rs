//! Why a transaction is given up.

use crate::StoreError;

/// A failure of the file, or of what was asked for.
#[derive(Debug)]
pub(crate) enum Fail {
    File(redb::Error),
    Refused(StoreError),
}

impl<E: Into<redb::Error>> From<E> for Fail {
    fn from(error: E) -> Self {
        Self::File(error.into())
    }
}

impl From<StoreError> for Fail {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}
