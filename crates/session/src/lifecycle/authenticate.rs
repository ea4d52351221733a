//! From the tokens of a request to the one session that it has.

use portcullis_core::{Digest, StoreError, Timestamp};

use super::Lifecycle;
use crate::event::Event;
use crate::presented::Presented;
use crate::{Loaded, Lookup, Renewal, SessionStore};

/// The session that a request has.
#[derive(Clone)]
pub(crate) struct Live {
    /// The digest of the token that opened it.
    pub(crate) by: Digest,
    pub(crate) loaded: Loaded,
    pub(crate) renewed: bool,
    /// When the store was asked: the cookie's life counts from here.
    pub(crate) at: Timestamp,
}

/// What the tokens of a request come to.
pub(crate) enum Found {
    /// No session.
    Absent,
    /// A session that this request has ended, since its account may not go on.
    Ended,
    Live(Live),
}

impl Lifecycle {
    /// Finds the session of a request and renews it: one store call where one token is presented.
    pub(crate) async fn authenticate(&self, presented: &Presented) -> Result<Found, StoreError> {
        let now = self.now();
        let renewal = self.0.policy.renewal(now);
        let key = match presented.only() {
            _ if presented.is_empty() => return Ok(Found::Absent),
            Some(only) => only.digest,
            None => match self.the_one_alive(presented, now).await? {
                Some(key) => key,
                None => return Ok(Found::Absent),
            },
        };
        let Some(live) = self.look_up(key, renewal, now).await? else {
            return Ok(Found::Absent);
        };
        let again = self.0.policy.renewal_of_short(&live.loaded, now);
        let live = match again.filter(|_| !live.renewed && live.by == live.loaded.record.key) {
            None => Some(live),
            Some(renewal) => self.look_up(key, renewal, now).await?,
        };
        match live {
            None => Ok(Found::Absent),
            Some(live) => self.admit(live, now).await,
        }
    }

    /// Of several tokens the one that is alive; none if two open different sessions.
    async fn the_one_alive(
        &self,
        presented: &Presented,
        now: Timestamp,
    ) -> Result<Option<Digest>, StoreError> {
        if presented.is_too_many() {
            self.observe(&Event::Ambiguous);
            return Ok(None);
        }
        let mut found: Option<Live> = None;
        for candidate in presented.iter() {
            let live = self.look_up(candidate.digest, Renewal::Never, now).await?;
            match (&found, live) {
                (_, None) => {}
                (None, Some(live)) => found = Some(live),
                (Some(first), Some(live)) => {
                    if first.loaded.record.handle != live.loaded.record.handle {
                        self.observe(&Event::Ambiguous);
                        return Ok(None);
                    }
                    // The same session by its old and its new token: the new one counts.
                    if live.by == live.loaded.record.key {
                        found = Some(live);
                    }
                }
            }
        }
        Ok(found.map(|live| live.by))
    }

    /// Asks the store for one key, and believes the answer only if it fits the question.
    async fn look_up(
        &self,
        key: Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Option<Live>, StoreError> {
        let lookup = match self.0.store.try_load(&key, renewal, now) {
            Some(at_once) => at_once?,
            None => self.0.store.load(&key, renewal, now).await?,
        };
        let (loaded, renewed) = match lookup {
            Lookup::Absent => return Ok(None),
            Lookup::Reused(handle) => {
                self.observe(&Event::Reused(handle));
                return Ok(None);
            }
            Lookup::Current { loaded, renewed } if loaded.record.key == key => (loaded, renewed),
            Lookup::Predecessor(loaded) if is_predecessor(&loaded, &key, now) => (loaded, false),
            Lookup::Current { .. } | Lookup::Predecessor(_) | Lookup::Unreadable => {
                self.observe(&Event::RecordRefused);
                return Ok(None);
            }
        };
        let live = Live {
            by: key,
            loaded,
            renewed,
            at: now,
        };
        Ok(live.loaded.is_alive(now).then_some(live))
    }

    /// Asks how the account stands, and ends the session if it may not go on.
    async fn admit(&self, live: Live, now: Timestamp) -> Result<Found, StoreError> {
        let (Some(accounts), Some(subject)) = (&self.0.accounts, live.loaded.record.subject())
        else {
            return Ok(Found::Live(live));
        };
        let account = accounts.account(subject).await?;
        let stamp = live
            .loaded
            .record
            .user()
            .and_then(|user| user.stamp.as_ref());
        let pending = live.loaded.record.user().is_none();
        if account.admits(stamp) || (pending && account != crate::Account::Closed) {
            return Ok(Found::Live(live));
        }
        self.0.store.delete(&live.by, now).await?;
        self.observe(&Event::CredentialsChanged(live.loaded.record.handle));
        Ok(Found::Ended)
    }
}

fn is_predecessor(loaded: &Loaded, key: &Digest, now: Timestamp) -> bool {
    let fits = |p: &crate::Predecessor| p.key == *key && now < p.grace_until;
    loaded.record.predecessor.as_deref().is_some_and(fits)
}
