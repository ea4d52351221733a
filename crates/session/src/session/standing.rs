//! Logging in and out, and new tokens.

use portcullis_core::{Authentication, Digest, Method, SubjectId};

use super::{Cookie, Phase, Session};
use crate::error::{Cause, SessionError, SessionErrorKind};
use crate::event::Event;
use crate::lifecycle::{Beginning, Turn};
use crate::login::Login;
use crate::{Data, Pending, SessionStore, Standing, User};

impl Session {
    /// Signs a user in: always a new session under a new token; the one before ends in the same
    /// step, and of its values only those are kept that the login names.
    ///
    /// # Errors
    ///
    /// [`SessionError`] of the kinds `Closed`, `Random`, `Store` or `TooLarge`; nobody is then
    /// signed in who was not before.
    pub async fn log_in(&self, login: Login) -> Result<(), SessionError> {
        let standing = Standing::User(User {
            subject: login.subject.clone(),
            authentication: login.authentication.clone(),
            stamp: login.stamp.clone(),
        });
        let (handle, evicted) = self.begin(standing, &login).await?;
        let subject = login.subject;
        self.0.lifecycle.observe(&Event::LoggedIn {
            handle,
            subject,
            evicted,
        });
        Ok(())
    }

    /// Remembers that somebody has given a first factor and owes another: a new session under a
    /// new token, in which nobody is signed in.
    ///
    /// Finish it with [`Session::log_in`] for the subject of [`Session::pending`].
    ///
    /// # Errors
    ///
    /// As [`Session::log_in`].
    pub async fn begin_login(
        &self,
        subject: SubjectId,
        method: Method,
    ) -> Result<(), SessionError> {
        let at = self.0.lifecycle.now();
        let authentication = Authentication {
            at,
            method: method.clone(),
            level: portcullis_core::Level::Single,
        };
        let login = Login::new(subject.clone(), authentication);
        self.begin(
            Standing::Pending(Pending {
                subject,
                method,
                at,
            }),
            &login,
        )
        .await?;
        Ok(())
    }

    async fn begin(
        &self,
        standing: Standing,
        login: &Login,
    ) -> Result<(crate::Handle, u32), SessionError> {
        drop(self.open_state()?);
        let before = self.before(login).await?;
        let beginning = Beginning {
            standing,
            remember: login.remember,
            data: before.kept.patched(&login.values),
            replaces: before.replaces.as_ref(),
        };
        let issued = self.0.lifecycle.create(beginning).await?;
        if before.clears {
            self.clear_presented().await;
        }
        let answer = (issued.live.loaded.record.handle, issued.evicted);
        let mut state = self.open_state()?;
        state.patch = Default::default();
        state.take_issued(issued);
        Ok(answer)
    }

    /// What a login finds.
    async fn before(&self, login: &Login) -> Result<Before, SessionError> {
        if let (Phase::Unasked, Some(only)) = (&self.state().phase, self.0.presented.only())
            && login.keep.is_empty()
        {
            // The one token that was presented dies with this login, alive or not: no need to ask.
            return Ok(Before {
                replaces: Some(only.digest),
                ..Before::default()
            });
        }
        let live = self.live().await?;
        let patch = self.state().patch.clone();
        let Some(live) = live else {
            return Ok(Before {
                replaces: None,
                kept: Data::default().patched(&patch).only(&login.keep),
                clears: self.0.presented.only().is_none(),
            });
        };
        // What is another user's, or was set while they were signed in, is never kept.
        let record = &live.loaded.record;
        let foreign = record
            .subject()
            .is_some_and(|other| *other != login.subject);
        let kept = if foreign {
            Data::default()
        } else {
            record.data.patched(&patch).only(&login.keep)
        };
        Ok(Before {
            replaces: Some(live.by),
            kept,
            clears: false,
        })
    }

    /// Ends whatever the presented tokens open, after a login that could not tell which of them
    /// counted: what somebody else put there would be in the way of the new token, too.
    async fn clear_presented(&self) {
        let lifecycle = &self.0.lifecycle;
        for candidate in self.0.presented.iter() {
            // The login is done; what cannot be ended now ends by its own limits.
            let _ = lifecycle
                .store()
                .delete(&candidate.digest, lifecycle.now())
                .await;
        }
    }

    /// Gives the session a new token; requests under way may read it by the old one for the grace
    /// window.
    ///
    /// If another request did so within the grace window, nothing happens: its response has the
    /// token.
    ///
    /// # Errors
    ///
    /// [`SessionError`] of the kinds `Closed`, `NoSession`, `Random` or `Store`.
    pub async fn rotate(&self) -> Result<(), SessionError> {
        self.rotate_as(None).await
    }

    /// Records that the user authenticated anew, more strongly or less, under a new token.
    ///
    /// The old token opens nothing from then on: there is no grace window, because whoever else
    /// holds it would get the new authentication with it.
    ///
    /// # Errors
    ///
    /// As [`Session::rotate`]; `NoSession` also if nobody is signed in, or another request rotated
    /// within the grace window.
    pub async fn authenticate_again(&self, how: Authentication) -> Result<(), SessionError> {
        self.rotate_as(Some(how)).await
    }

    async fn rotate_as(&self, how: Option<Authentication>) -> Result<(), SessionError> {
        drop(self.open_state()?);
        let live = self.live().await?.ok_or(Cause::NoSession)?;
        if how.is_some() && live.loaded.record.user().is_none() {
            return Err(Cause::NoSession.into());
        }
        let (must, handle) = (how.is_some(), live.loaded.record.handle);
        let turned = self.0.lifecycle.rotate(&live, how).await;
        let turned = turned.inspect_err(|error| {
            if error.kind() == SessionErrorKind::NoSession {
                self.lost(&live);
            }
        });
        match turned? {
            Turn::Done(issued) => {
                self.0.lifecycle.observe(&Event::Rotated(handle));
                let mut state = self.open_state()?;
                // If this request itself has signed out or in meanwhile, that counts.
                if state.same(handle).is_some() {
                    state.take_issued(issued);
                }
                Ok(())
            }
            Turn::Superseded(loaded) => {
                // The other response has the new token; this one does not bring the old one back.
                self.state().take_written(loaded);
                if must {
                    Err(Cause::NoSession.into())
                } else {
                    Ok(())
                }
            }
        }
    }

    /// Signs out: the store forgets every session that the request presents, then the browser is
    /// told to forget its cookie.
    ///
    /// When it has returned `Ok`, no request brings them back, also none that is under way.
    ///
    /// # Errors
    ///
    /// [`SessionError`] of the kind `Store` if the store is ill: the session may be alive, and the
    /// cookie is removed all the same. `Closed` if the head of the response is written.
    pub async fn log_out(&self) -> Result<(), SessionError> {
        let mut keys: Vec<Digest> = self.0.presented.iter().map(|c| c.digest).collect();
        {
            let mut state = self.open_state()?;
            if let Phase::Live(live) = &state.phase
                && !keys.contains(&live.by)
            {
                keys.push(live.by);
            }
            state.end();
            state.cookie = Cookie::Remove;
        }
        let now = self.0.lifecycle.now();
        let mut ended = false;
        let mut failed = None;
        for key in &keys {
            match self.0.lifecycle.store().delete(key, now).await {
                Ok(deleted) => ended |= deleted,
                Err(error) => failed = Some(error),
            }
        }
        if ended {
            self.0.lifecycle.observe(&Event::LoggedOut);
        }
        failed.map_or(Ok(()), |error| Err(error.into()))
    }
}

/// What a login finds in the request.
#[derive(Default)]
struct Before {
    /// The session that it takes the place of.
    replaces: Option<Digest>,
    /// The values of that one that it keeps.
    kept: Data,
    /// Whether the presented tokens are in each other's way.
    clears: bool,
}
