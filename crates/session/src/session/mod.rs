//! The session of one request.

mod answer;
mod devices;
mod standing;
mod values;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portcullis_core::{Credential, Digest, Principal, Token};

use crate::data::Patch;
use crate::error::{Cause, SessionError};
use crate::lifecycle::{Found, Issued, Lifecycle, Live};
use crate::presented::Presented;
use crate::{Handle, Loaded, Pending, Standing};

pub use devices::Device;

/// The session of one request: what its handlers see, and what decides about its cookie.
///
/// Clones are the same session. Nothing is asked of the store before something is asked of the
/// session. Values that are set are written when the layer finishes the head of the response
/// ([`Session::commit`]); who logs in or out, and new tokens, go to the store at once.
///
/// # Cancellation
///
/// Each method can be dropped at any point: the store is then in the old or in the new state.
#[derive(Clone)]
pub struct Session(Arc<Inner>);

struct Inner {
    lifecycle: Lifecycle,
    presented: Presented,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    phase: Phase,
    patch: Patch,
    /// Whether a lost race for the same value is an error and not the last word.
    strict: bool,
    cookie: Cookie,
    closed: bool,
    /// Whether the response depends on the session, or on there being none.
    asked: bool,
    /// The session that ended under this request; what is set from then on is dropped as well.
    lost: Option<Handle>,
}

/// What is known of the session.
#[derive(Default)]
enum Phase {
    /// Nothing was asked yet.
    #[default]
    Unasked,
    /// The request has none.
    Absent,
    /// The request has this one.
    Live(Live),
}

/// What the browser must be told.
#[derive(Default)]
enum Cookie {
    /// Nothing.
    #[default]
    Keep,
    /// That the token it presented lives longer.
    Renew(Digest),
    /// A new token.
    Send(Token),
    /// To forget its token.
    Remove,
}

impl Session {
    pub(crate) fn new(lifecycle: Lifecycle, presented: Presented) -> Self {
        let phase = if presented.is_blank() {
            Phase::Absent
        } else {
            Phase::Unasked
        };
        let state = Mutex::new(State {
            phase,
            ..State::default()
        });
        Self(Arc::new(Inner {
            lifecycle,
            presented,
            state,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, unless the head of the response is written.
    fn open_state(&self) -> Result<MutexGuard<'_, State>, SessionError> {
        let state = self.state();
        if state.closed {
            Err(Cause::Closed.into())
        } else {
            Ok(state)
        }
    }

    /// Asks for the session that the request has; asks the store the first time.
    ///
    /// What is told is read where it lies: a request that reads clones no record.
    async fn ask<T>(&self, tell: impl FnOnce(Option<&Live>) -> T) -> Result<T, SessionError> {
        {
            let mut state = self.state();
            state.asked = true;
            if !matches!(state.phase, Phase::Unasked) {
                return Ok(tell(state.live()));
            }
        }
        let found = self.0.lifecycle.authenticate(&self.0.presented).await?;
        let mut state = self.state();
        // Somebody who holds a clone may have been faster; what they found or did counts.
        if let Phase::Unasked = state.phase {
            state.take_in(found);
        }
        Ok(tell(state.live()))
    }

    /// The session that the request has, to be worked with.
    async fn live(&self) -> Result<Option<Live>, SessionError> {
        self.ask(|live| live.cloned()).await
    }

    /// The user whose request it is, if one is signed in.
    ///
    /// Somebody whose login lacks a further factor is not signed in.
    ///
    /// # Errors
    ///
    /// [`SessionError`] of the kind `Store` if the store is ill.
    pub async fn principal(&self) -> Result<Option<Principal>, SessionError> {
        self.ask(|live| {
            let user = live?.loaded.record.user()?;
            let (subject, how) = (user.subject.clone(), user.authentication.clone());
            Some(Principal::new(subject, how, Credential::Session))
        })
        .await
    }

    /// The login that lacks a further factor, if there is one.
    ///
    /// # Errors
    ///
    /// [`SessionError`] of the kind `Store` if the store is ill.
    pub async fn pending(&self) -> Result<Option<Pending>, SessionError> {
        let live = self.live().await?;
        Ok(live.and_then(|live| match &live.loaded.record.standing {
            Standing::Pending(pending) => Some(pending.clone()),
            _ => None,
        }))
    }

    /// The public name of the session, if there is one.
    ///
    /// # Errors
    ///
    /// [`SessionError`] of the kind `Store` if the store is ill.
    pub async fn handle(&self) -> Result<Option<Handle>, SessionError> {
        self.ask(|live| live.map(|live| live.loaded.record.handle))
            .await
    }

    /// When the user was last seen, this request included if it renewed.
    ///
    /// # Errors
    ///
    /// [`SessionError`] of the kind `Store` if the store is ill.
    pub async fn last_seen_at(&self) -> Result<Option<portcullis_core::Timestamp>, SessionError> {
        self.ask(|live| live.map(|live| live.loaded.seen_at)).await
    }

    /// What all requests share.
    #[must_use]
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.0.lifecycle
    }
}

impl State {
    /// The session, as far as is known.
    const fn live(&self) -> Option<&Live> {
        match &self.phase {
            Phase::Live(live) => Some(live),
            _ => None,
        }
    }

    /// Takes in what the store says of the presented tokens.
    fn take_in(&mut self, found: Found) {
        let live = match found {
            Found::Live(live) => live,
            Found::Absent => return self.phase = Phase::Absent,
            Found::Ended => {
                self.cookie = Cookie::Remove;
                return self.phase = Phase::Absent;
            }
        };
        if live.renewed && matches!(self.cookie, Cookie::Keep) {
            self.cookie = Cookie::Renew(live.by);
        }
        self.phase = Phase::Live(live);
    }

    /// Takes in a session that was made or rotated just now.
    fn take_issued(&mut self, issued: Issued) {
        self.lost = None;
        self.cookie = Cookie::Send(issued.token);
        self.phase = Phase::Live(issued.live);
    }

    /// The session, unless it has ended or another one took its place meanwhile.
    fn same(&mut self, handle: Handle) -> Option<&mut Live> {
        match &mut self.phase {
            Phase::Live(live) if live.loaded.record.handle == handle => Some(live),
            _ => None,
        }
    }

    /// Takes in what the store has of the session now.
    fn take_written(&mut self, loaded: Loaded) -> Option<&mut Live> {
        let live = self.same(loaded.record.handle)?;
        if live.loaded.record.version < loaded.record.version {
            live.loaded = loaded;
        }
        Some(live)
    }

    /// Forgets the session: it has ended.
    fn end(&mut self) {
        self.phase = Phase::Absent;
        self.patch = Patch::default();
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session")
    }
}
