use std::fmt;

use portcullis_core::SubjectId;

use crate::Handle;

/// Something that an operator may want to know of a session.
///
/// No event holds a token, a digest or a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Two cookies of our name open different sessions, or there are more of them than are looked
    /// at: the request has no session.
    Ambiguous,
    /// The credentials of the user have changed, or the account is closed: the session was ended.
    CredentialsChanged(Handle),
    /// A user signed in; so many older sessions went for the cap.
    LoggedIn {
        /// The new session.
        handle: Handle,
        /// Whose it is.
        subject: SubjectId,
        /// How many sessions the cap ended.
        evicted: u32,
    },
    /// A session was ended by its own browser.
    LoggedOut,
    /// The store's answer is not the record that was asked for, or cannot be read: the request has
    /// no session.
    RecordRefused,
    /// A token came back after it had been rotated away and its grace window was over.
    Reused(Handle),
    /// Sessions of a user were ended by handle or all at once.
    Revoked {
        /// Whose they were.
        subject: SubjectId,
        /// How many they were.
        count: u64,
    },
    /// A session got a new token.
    Rotated(Handle),
    /// A request wrote to a session that had ended meanwhile: the write was dropped.
    WriteDropped(Handle),
}

/// Is told of events, as they happen and inside the request: it must not block.
pub trait Observer: fmt::Debug + Send + Sync + 'static {
    /// Takes notice.
    fn observe(&self, event: &Event);
}

/// Writes events to `tracing` with the feature of that name, and nowhere without it.
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingObserver;

impl Observer for TracingObserver {
    fn observe(&self, event: &Event) {
        #[cfg(feature = "tracing")]
        match event {
            Event::Ambiguous | Event::RecordRefused | Event::Reused(_) => {
                tracing::warn!(?event, "session event");
            }
            _ => tracing::info!(?event, "session event"),
        }
        #[cfg(not(feature = "tracing"))]
        let _ = event;
    }
}
