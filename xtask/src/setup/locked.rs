//! Packages that a lock file pins.
//!
//! A copy of the lock file beside what was installed says which state that is; it is written last, so
//! a broken installation is never taken for a whole one.

use std::fs;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::process::root;

/// The folder of the peers.
pub(super) fn folder() -> PathBuf {
    root().join("tests/peers")
}

/// A lock file, and its copy beside what was installed; both by their names in the folder.
pub(super) struct Locked {
    pub(super) lock: &'static str,
    pub(super) stamp: &'static str,
}

impl Locked {
    /// Whether what is installed is what the lock file says.
    pub(super) fn is_installed(&self) -> bool {
        match (fs::read(self.lock()), fs::read(self.stamp())) {
            (Ok(wanted), Ok(installed)) => wanted == installed,
            _ => false,
        }
    }

    /// Says that it is installed.
    pub(super) fn installed(&self) -> Result<(), Failure> {
        let copied = fs::copy(self.lock(), self.stamp());
        copied.map(drop).map_err(Failure::file(&self.stamp()))
    }

    pub(super) fn lock(&self) -> PathBuf {
        folder().join(self.lock)
    }

    fn stamp(&self) -> PathBuf {
        folder().join(self.stamp)
    }
}
