//! History: versions are kept, listed, restored, forgotten. One is looked at as the session
//! `NAME@NUMBER`.

use parfocal_store::Version;
use parfocal_sync::close::CloseReason;
use ractor::call;

use super::annotations::writable;
use super::{AdminError, Kind};
use crate::engine::Engine;
use crate::session::requests::Request;
use crate::session::scene::SceneMsg;

impl Engine {
    /// The versions of a session, oldest first.
    ///
    /// # Errors
    /// When the session is not there.
    pub async fn versions(&self, session: &str) -> Result<Vec<Version>, AdminError> {
        self.listed(session).await?;
        let session = session.to_owned();
        self.read(move |store| store.versions(&session)).await
    }

    /// Keeps a session as it is now, with all that was acknowledged; the version's number.
    ///
    /// # Errors
    /// When it is not there, has too many versions, or the store refuses.
    pub async fn save_version(&self, session: &str, version: Version) -> Result<u64, AdminError> {
        let board = self.find(session).await?;
        let scene = board.scene.get().ok_or_else(restarting)?;
        let ask = |reply| SceneMsg::Request(Request::SaveVersion(version, reply));
        call!(scene, ask).map_err(|_| restarting())?
    }

    /// Brings a session back to a version, for everybody. What it was is kept first, as the version
    /// that is returned.
    ///
    /// # Errors
    /// When there is no such version, or the session cannot be kept or changed.
    pub async fn restore_version(
        &self,
        session: &str,
        number: u64,
        author: String,
        now_ms: u64,
    ) -> Result<u64, AdminError> {
        let board = self.find(session).await?;
        writable(&board)?;
        if !self.versions(session).await?.iter().any(|version| version.number == number) {
            return Err(no_version(session, number));
        }
        let name = format!("before version {number} was restored");
        let before = Version { name, author, at_ms: now_ms, ..Version::default() };
        let before = self.save_version(session, before).await?;
        board.restore(number).await?;
        Ok(before)
    }

    /// Forgets a version for good; who looks at it is sent away.
    ///
    /// # Errors
    /// When there is none, or the store refuses.
    pub async fn remove_version(&self, session: &str, number: u64) -> Result<(), AdminError> {
        self.close(&format!("{session}@{number}"), CloseReason::SessionEnded).await?;
        let own = session.to_owned();
        match self.write(move |store| store.remove_version(&own, number)).await? {
            true => Ok(()),
            false => Err(no_version(session, number)),
        }
    }
}

fn no_version(session: &str, number: u64) -> AdminError {
    let text = format!("session {session} has no version {number}");
    AdminError::new(Kind::NotFound, "version_unknown", text)
}

fn restarting() -> AdminError {
    AdminError::unavailable("the session is being restarted: try again in a moment")
}
