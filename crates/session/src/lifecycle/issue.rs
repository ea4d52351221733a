//! New tokens: for visitors, for users who log in, and in the place of older ones.

use std::time::Duration;

use portcullis_core::{
    Authentication, Digest, RandomError, StoreError, StoreErrorKind, Timestamp, Token,
};

use super::{Lifecycle, Live};
use crate::error::{Cause, SessionError};
use crate::event::Event;
use crate::policy::Remember;
use crate::{Created, Data, Handle, Loaded, Record, Rotated, Rotation, SessionStore, Standing};

/// How often another token is made because the first was taken. Once is never by chance.
const ATTEMPTS: usize = 3;

/// How long the use of a token that was rotated away is told apart from nonsense.
const REMEMBER: Duration = Duration::from_secs(86_400);

/// A token that the browser must be given, and what it opens.
pub(crate) struct Issued {
    pub(crate) token: Token,
    pub(crate) live: Live,
    pub(crate) evicted: u32,
}

/// What became of a rotation.
pub(crate) enum Turn {
    /// There is a new token.
    Done(Issued),
    /// Somebody else rotated a moment ago; this is how the session is now.
    Superseded(Loaded),
}

/// What a new session begins with.
pub(crate) struct Beginning<'a> {
    pub(crate) standing: Standing,
    pub(crate) remember: Option<Remember>,
    pub(crate) data: Data,
    pub(crate) replaces: Option<&'a Digest>,
}

impl Lifecycle {
    /// Creates a session, in one step with the end of the one that it replaces.
    pub(crate) async fn create(&self, beginning: Beginning<'_>) -> Result<Issued, SessionError> {
        if beginning.data.len() > self.0.policy.max_bytes {
            return Err(Cause::TooLarge.into());
        }
        let now = self.now();
        for _ in 0..ATTEMPTS {
            let token = Token::generate(&self.0.random)?;
            let record = self.record(token.digest(), &beginning, now)?;
            let loaded = Loaded {
                record: record.clone().into(),
                seen_at: now,
            };
            // Who has shown one factor of two has not earned to end anybody's session.
            let signs_in = matches!(beginning.standing, Standing::User(_));
            let cap = self.0.policy.cap.filter(|_| signs_in);
            let created = self
                .0
                .store
                .create(record, beginning.replaces, cap, now)
                .await?;
            if let Created::Done { evicted } = created {
                let live = Live {
                    by: token.digest(),
                    loaded,
                    renewed: false,
                    at: now,
                };
                return Ok(Issued {
                    token,
                    live,
                    evicted,
                });
            }
        }
        Err(Cause::Random(RandomError::Repeated).into())
    }

    fn record(
        &self,
        key: Digest,
        beginning: &Beginning<'_>,
        now: Timestamp,
    ) -> Result<Record, SessionError> {
        Ok(Record {
            key,
            handle: Handle::generate(&self.0.random)?,
            standing: beginning.standing.clone(),
            created_at: now,
            lifetime: self.0.policy.lifetime(beginning.remember, now),
            predecessor: None,
            version: 0,
            data: beginning.data.clone(),
        })
    }

    /// Gives a session a new token, unless somebody else did so a moment ago.
    pub(crate) async fn rotate(
        &self,
        live: &Live,
        authentication: Option<Authentication>,
    ) -> Result<Turn, SessionError> {
        let now = self.now();
        // Whoever else holds the old token does not get the new authentication by it.
        let grace = match authentication {
            None => self.0.policy.grace,
            Some(_) => Duration::ZERO,
        };
        for _ in 0..ATTEMPTS {
            let token = Token::generate(&self.0.random)?;
            let rotation = Rotation {
                new_key: token.digest(),
                authentication: authentication.clone(),
                grace_until: now.after(grace),
                remember_until: now.after(REMEMBER).min(live.loaded.record.lifetime.until),
            };
            match self.0.store.rotate(&live.by, rotation, now).await? {
                Rotated::Done(loaded) if is_same(&loaded, live, &token) => {
                    let live = Live {
                        by: token.digest(),
                        loaded,
                        renewed: false,
                        at: now,
                    };
                    return Ok(Turn::Done(Issued {
                        token,
                        live,
                        evicted: 0,
                    }));
                }
                Rotated::Done(_) => {
                    self.observe(&Event::RecordRefused);
                    return Err(StoreError::new(StoreErrorKind::Corrupt).into());
                }
                Rotated::Exists => {}
                Rotated::Gone => return Err(Cause::NoSession.into()),
                Rotated::Superseded(loaded) => return Ok(Turn::Superseded(loaded)),
            }
        }
        Err(Cause::Random(RandomError::Repeated).into())
    }
}

/// Whether a record is the session's, under the new token: a store's word alone is not enough.
fn is_same(loaded: &Loaded, before: &Live, token: &Token) -> bool {
    loaded.record.key == token.digest()
        && loaded.record.handle == before.loaded.record.handle
        && loaded.record.subject() == before.loaded.record.subject()
}
