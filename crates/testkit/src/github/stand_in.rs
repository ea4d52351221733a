//! The running stand-in.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::app::GithubApp;
use super::authorize::Refusal;
use super::decide::{Decision, in_process};
use super::endpoint::Endpoint;
use super::fault::Fault;
use super::faults::Faults;
use super::requests::Requests;
use super::scopes::Scopes;
use super::serve::serve;
use super::setup::Setup;
use super::shared::{Shared, Twist};
use super::user::User;
use super::world::World;

/// Plays GitHub on a loopback port until it is dropped.
pub struct GithubStandIn {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// Tells that no user has the number asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no user has this number")]
pub struct UnknownUser;

impl GithubStandIn {
    /// Starts on a free port with the default [`Setup`], as a task of the current tokio runtime.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub async fn start(app: GithubApp) -> io::Result<Self> {
        Self::start_with(app, Setup::new()).await
    }

    /// Starts with a chosen address, clock, issuer or set of users.
    ///
    /// # Errors
    ///
    /// When the address is not a loopback address ([`io::ErrorKind::InvalidInput`]) or cannot be
    /// had.
    ///
    /// # Security
    ///
    /// Whoever reaches the stand-in signs in as anybody, which is why it serves loopback alone.
    pub async fn start_with(app: GithubApp, setup: Setup) -> io::Result<Self> {
        if !setup.address.ip().is_loopback() {
            let kind = io::ErrorKind::InvalidInput;
            return Err(io::Error::new(
                kind,
                "the address is not a loopback address",
            ));
        }
        let listener = TcpListener::bind(setup.address).await?;
        let shared = Arc::new(Shared {
            base: format!("http://{}", listener.local_addr()?),
            clock: setup.clock,
            faults: Faults::default(),
            issuer: setup.issuer,
            requests: Requests::default(),
            world: Mutex::new(World::new(app, setup.users)),
        });
        let task = tokio::spawn(serve(listener, shared.clone()));
        Ok(Self { shared, task })
    }

    /// Stops, and returns when the port is free again.
    pub async fn shutdown(mut self) {
        self.task.abort();
        // Cancelled is what it shall be.
        let _ = (&mut self.task).await;
    }

    /// The web side's address, such as `http://127.0.0.1:49152`, without a slash at the end.
    #[must_use]
    pub fn web_url(&self) -> &str {
        &self.shared.base
    }

    /// The REST API's address: the web side's followed by `/api/v3`.
    #[must_use]
    pub fn api_url(&self) -> String {
        self.shared.api()
    }

    /// What goes wrong next.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// What arrived so far.
    #[must_use]
    pub fn requests(&self) -> &Requests {
        &self.shared.requests
    }

    /// Registers a further app, or replaces the one with the same client id.
    pub fn register(&self, app: GithubApp) {
        self.shared.world().register(app);
    }

    /// Lets a user approve the request behind `authorize_url`, without HTTP; gives the callback.
    ///
    /// All checks of the page hold. A request that is refused by a redirect, for want of PKCE for
    /// one, gives the callback with `error`. Of the faults planned for [`Endpoint::Decide`],
    /// [`Fault::Iss`] and [`Fault::OauthError`] strike here; nothing is listed in
    /// [`requests`](Self::requests).
    ///
    /// # Errors
    ///
    /// Where a browser would get a page of refusal instead of a redirect.
    pub fn approve(&self, authorize_url: &str, user_id: u64) -> Result<String, Refusal> {
        self.decide(authorize_url, Decision::Approve(user_id))
    }

    /// Lets the user cancel, otherwise as [`approve`](Self::approve).
    ///
    /// # Errors
    ///
    /// Where a browser would get a page of refusal instead of a redirect.
    pub fn deny(&self, authorize_url: &str) -> Result<String, Refusal> {
        self.decide(authorize_url, Decision::Deny)
    }

    /// Changes a user: a new login, another address, a further membership.
    ///
    /// The number stays what it was, whatever `edit` does to it.
    ///
    /// # Errors
    ///
    /// When nobody has this number.
    pub fn edit_user(&self, id: u64, edit: impl FnOnce(&mut User)) -> Result<(), UnknownUser> {
        let mut world = self.shared.world();
        let user = world.users.get_mut(&id).ok_or(UnknownUser)?;
        edit(user);
        user.id = id;
        Ok(())
    }

    /// Adds a user, or replaces the one with the same number.
    pub fn add_user(&self, user: User) {
        self.shared.world().users.insert(user.id, user);
    }

    /// Removes a user, whose tokens then no longer work.
    ///
    /// # Errors
    ///
    /// When nobody has this number.
    pub fn remove_user(&self, id: u64) -> Result<(), UnknownUser> {
        self.shared
            .world()
            .users
            .remove(&id)
            .map(drop)
            .ok_or(UnknownUser)
    }

    /// Puts an organisation behind SAML single sign-on, for which no token is authorized.
    ///
    /// Its membership is then refused with 403 and `X-GitHub-SSO`; lists leave it out.
    pub fn enforce_sso(&self, org: &str) {
        self.shared.world().sso.insert(org.to_ascii_lowercase());
    }

    /// Makes an access token as if the user had gone through the sign-in.
    ///
    /// `scope` is joined by spaces; a `client_id` that is not registered gives a token of an
    /// OAuth app that nobody can revoke.
    ///
    /// # Errors
    ///
    /// When nobody has this number.
    pub fn issue_token(
        &self,
        client_id: &str,
        user_id: u64,
        scope: &str,
    ) -> Result<String, UnknownUser> {
        let now = self.shared.now();
        let mut world = self.shared.world();
        if !world.users.contains_key(&user_id) {
            return Err(UnknownUser);
        }
        Ok(world
            .issue_token(client_id, user_id, Scopes::parse(scope), now)
            .value)
    }

    /// How many access tokens live now: whether a flow left one behind.
    #[must_use]
    pub fn live_tokens(&self) -> usize {
        let now = self.shared.now();
        self.shared.world().live_tokens(now)
    }

    /// Ends every token and grant, as a user does on GitHub's settings page.
    pub fn revoke_all(&self) {
        let mut world = self.shared.world();
        world.codes.clear();
        world.grants.clear();
        world.tokens.clear();
    }

    fn decide(&self, authorize_url: &str, decision: Decision) -> Result<String, Refusal> {
        let fault = self
            .shared
            .faults
            .take_if(Endpoint::Decide, Fault::shapes_callback);
        in_process(
            &self.shared,
            authorize_url,
            decision,
            &Twist::of(fault.as_ref()),
        )
    }
}

impl Drop for GithubStandIn {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for GithubStandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GithubStandIn")
            .field("web_url", &self.shared.base)
            .finish_non_exhaustive()
    }
}
