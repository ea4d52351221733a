//! How a stand-in is set up, beside its apps.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::user::{User, default_users};

/// Tells the time, in whole seconds since 1970-01-01T00:00:00Z.
pub type UnixClock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Chooses the `iss` parameter of the callback (RFC 9207 §2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Issuer {
    /// Leaves the parameter out, as older installations do.
    Absent,
    /// Sends exactly this value.
    Other(String),
    /// Sends the stand-in's web address followed by `/login/oauth`.
    #[default]
    Own,
}

/// Collects what a stand-in is started with.
#[derive(Clone)]
pub struct Setup {
    pub(super) address: SocketAddr,
    pub(super) clock: UnixClock,
    pub(super) issuer: Issuer,
    pub(super) users: Vec<User>,
}

impl Setup {
    /// Creates the default: a free port of 127.0.0.1, the system's clock, its own issuer and three
    /// users, `alice-dev` (1001), `bob-ops` (1002) and `carol-admin` (1003).
    #[must_use]
    pub fn new() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            clock: Arc::new(system_seconds),
            issuer: Issuer::Own,
            users: default_users(),
        }
    }

    /// Listens on `address`, which must be a loopback address; port 0 takes a free one.
    #[must_use]
    pub fn with_address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Takes the time from `clock`, for the life of codes and tokens.
    #[must_use]
    pub fn with_clock(mut self, clock: UnixClock) -> Self {
        self.clock = clock;
        self
    }

    /// Sends `issuer` with every callback.
    #[must_use]
    pub fn with_issuer(mut self, issuer: Issuer) -> Self {
        self.issuer = issuer;
        self
    }

    /// Replaces the three default users.
    #[must_use]
    pub fn with_users(mut self, users: Vec<User>) -> Self {
        self.users = users;
        self
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup")
            .field("address", &self.address)
            .field("issuer", &self.issuer)
            .field("users", &self.users)
            .finish_non_exhaustive()
    }
}

fn system_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
