use std::fmt;
use std::iter;

use super::SealKey;

/// The keys of a service: the newest seals, all open.
///
/// To rotate, put the new key before the others on every instance that opens (as an older key
/// first, if instances are replaced one by one), and drop an old key once no cookie that it sealed
/// can be alive. Dropping a key makes its cookies unreadable, and no others.
#[derive(Clone)]
pub struct KeyRing {
    newest: SealKey,
    older: Vec<SealKey>,
}

impl KeyRing {
    /// Makes a ring of one key, which seals.
    #[must_use]
    pub fn new(newest: SealKey) -> Self {
        Self {
            newest,
            older: Vec::new(),
        }
    }

    /// Adds a key that opens what it once sealed. Call it once for each. Default: none.
    #[must_use]
    pub fn with_older(mut self, key: SealKey) -> Self {
        self.older.push(key);
        self
    }

    pub(super) fn newest(&self) -> &SealKey {
        &self.newest
    }

    /// Each key, with whether it is an older one.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&SealKey, bool)> {
        let older = self.older.iter().map(|key| (key, true));
        iter::once((&self.newest, false)).chain(older)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRing")
    }
}
