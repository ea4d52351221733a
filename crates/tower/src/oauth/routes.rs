use std::fmt;

use portcullis_oauth::GithubSignIn;

use super::{Admit, CallbackService, LinkService, StartService};

/// The services of one GitHub sign-in.
///
/// See the [module](crate::oauth) for what they do.
#[derive(Clone)]
pub struct GithubRoutes<A> {
    sign_in: GithubSignIn,
    admit: A,
}

impl<A: Admit> GithubRoutes<A> {
    /// Puts a sign-in together with what the application says to it.
    #[must_use]
    pub const fn new(sign_in: GithubSignIn, admit: A) -> Self {
        Self { sign_in, admit }
    }

    /// The service that begins a sign-in.
    pub fn start(&self) -> StartService {
        StartService::new(self.sign_in.clone())
    }

    /// The service that ends it.
    pub fn callback(&self) -> CallbackService<A> {
        CallbackService::new(self.sign_in.clone(), self.admit.clone())
    }

    /// The service that begins to link an account to the user who is signed in.
    pub fn link(&self) -> LinkService {
        LinkService::new(self.sign_in.clone())
    }
}

impl<A> fmt::Debug for GithubRoutes<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GithubRoutes")
            .field("sign_in", &self.sign_in)
            .finish_non_exhaustive()
    }
}
