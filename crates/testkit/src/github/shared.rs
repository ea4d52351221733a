//! What all connections of a stand-in share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::fault::Fault;
use super::faults::Faults;
use super::requests::Requests;
use super::setup::{Issuer, UnixClock};
use super::world::World;

pub(super) struct Shared {
    /// The web side's address, without a slash at the end.
    pub(super) base: String,
    pub(super) clock: UnixClock,
    pub(super) faults: Faults,
    pub(super) issuer: Issuer,
    pub(super) requests: Requests,
    pub(super) world: Mutex<World>,
}

impl Shared {
    pub(super) fn now(&self) -> u64 {
        (self.clock)()
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn api(&self) -> String {
        format!("{}/api/v3", self.base)
    }

    /// The `iss` of a callback (RFC 9207 §2), unless a fault says otherwise.
    pub(super) fn iss(&self, twist: &Twist) -> Option<String> {
        match twist.issuer.as_ref().unwrap_or(&self.issuer) {
            Issuer::Absent => None,
            Issuer::Other(issuer) => Some(issuer.clone()),
            Issuer::Own => Some(format!("{}/login/oauth", self.base)),
        }
    }
}

/// What a fault changes in the work itself, rather than in its answer.
#[derive(Default)]
pub(super) struct Twist {
    pub(super) error: Option<String>,
    pub(super) issuer: Option<Issuer>,
    pub(super) scopes: Option<Vec<String>>,
}

impl Twist {
    pub(super) fn of(fault: Option<&Fault>) -> Self {
        let mut twist = Self::default();
        match fault {
            Some(Fault::Iss(issuer)) => twist.issuer = Some(issuer.clone()),
            Some(Fault::OauthError(error)) => twist.error = Some(error.clone()),
            Some(Fault::Scopes(scopes)) => twist.scopes = Some(scopes.clone()),
            _ => {}
        }
        twist
    }
}
