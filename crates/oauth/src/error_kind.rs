use portcullis_core::RefusalKind;

/// Makes the enum, so that no kind can be without its line.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident: $kind:ident, $code:literal, $message:literal;)*) => {
        /// The ways in which a sign-in fails; each has a stable code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum SignInErrorKind {
            $($(#[$doc])* $name,)*
        }

        impl SignInErrorKind {
            /// The kind of refusal, which decides the status.
            #[must_use]
            pub const fn refusal_kind(self) -> RefusalKind {
                match self {
                    $(Self::$name => RefusalKind::$kind,)*
                }
            }

            /// The code for programs.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// The sentence for people.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self {
                    $(Self::$name => $message,)*
                }
            }
        }
    };
}

kinds! {
    /// The account is linked to somebody else: 409.
    AlreadyLinked: Conflict, "already_linked",
        "This GitHub account is linked to another user.";
    /// GitHub has suspended the application: 502.
    ApplicationSuspended: Upstream, "application_suspended",
        "GitHub does not let this application sign anybody in.";
    /// The authorization code was refused: 400.
    BadVerificationCode: InvalidRequest, "bad_verification_code",
        "GitHub did not accept the sign-in; start again.";
    /// The provider failed, or answered what makes no sense: 502.
    BadUpstream: Upstream, "bad_upstream",
        "GitHub gave no usable answer; try again.";
    /// The provider failed too often a moment ago: 503.
    CircuitOpen: Unavailable, "provider_unavailable",
        "GitHub does not answer at the moment; try again shortly.";
    /// The user has no verified primary e-mail address: 403.
    EmailNotVerified: Forbidden, "email_not_verified",
        "Verify your primary e-mail address at GitHub, then sign in again.";
    /// The flow began more than ten minutes ago: 400.
    FlowExpired: InvalidRequest, "flow_expired",
        "The sign-in took longer than ten minutes; start again.";
    /// This browser began no such flow: 400.
    FlowNotFound: InvalidRequest, "flow_not_found",
        "This browser did not begin this sign-in; start again.";
    /// The flow was finished before: 400.
    FlowUsed: InvalidRequest, "flow_used",
        "This sign-in was finished before; start again.";
    /// The callback came to another host than the one it is meant for, so the browser could not
    /// send the flow's cookie: 400.
    HostMismatch: InvalidRequest, "flow_not_found",
        "This browser did not begin this sign-in, or began it under another name of this host: \
         localhost and 127.0.0.1 do not share cookies. Start again at the address that GitHub \
         returns to.";
    /// Our client id or client secret is wrong: 500.
    IncorrectClientCredentials: Internal, "incorrect_client_credentials",
        "This site is not set up correctly at GitHub.";
    /// The user did not grant what was asked for: 403.
    InsufficientScope: Forbidden, "insufficient_scope",
        "GitHub did not grant all that this site needs.";
    /// Our own fault: 500.
    Internal: Internal, "internal",
        "Something went wrong on our side.";
    /// The callback is from another issuer: 400.
    IssuerMismatch: InvalidRequest, "issuer_mismatch",
        "The answer came from another issuer; start again.";
    /// The callback's query is malformed: 400.
    Malformed: InvalidRequest, "invalid_request",
        "The answer from GitHub is malformed; start again.";
    /// The user was invited to the organisation and has not accepted: 403.
    MembershipPending: Forbidden, "membership_pending",
        "Accept the invitation to the organisation at GitHub, then sign in again.";
    /// A page's own subresource, or a prefetch, began the flow: 401.
    NotADocument: Unauthenticated, "unauthenticated",
        "Open the login page in a browser window.";
    /// The user is in none of the organisations and teams that are allowed: 403.
    NotAMember: Forbidden, "not_a_member",
        "You are not a member of an organisation or a team that may sign in.";
    /// The provider refused for a reason that we do not know: 502.
    ProviderError: Upstream, "provider_error",
        "GitHub ended the sign-in; try again.";
    /// The flow belongs to another provider: 400.
    ProviderMismatch: InvalidRequest, "provider_mismatch",
        "This sign-in began with another provider; start again.";
    /// The provider asks us to wait: 503.
    RateLimited: Unavailable, "provider_rate_limited",
        "GitHub asks us to wait; try again later.";
    /// Our redirect URI is not registered: 502 when the browser says so, see
    /// [`SignInErrorKind::RedirectUriRefused`].
    RedirectUriMismatch: Upstream, "redirect_uri_mismatch",
        "This site is not set up correctly at GitHub.";
    /// Our redirect URI was refused in the exchange: 500.
    RedirectUriRefused: Internal, "redirect_uri_mismatch",
        "This site is not set up correctly at GitHub.";
    /// The refresh token is not valid any more, so the user must sign in again: 401.
    RefreshRefused: Unauthenticated, "bad_refresh_token",
        "GitHub ended the authorization; sign in again.";
    /// The organisation wants its own single sign-on first: 403.
    SamlRequired: Forbidden, "saml_required",
        "Sign in to the organisation's single sign-on at GitHub, then come back.";
    /// The provider said that it failed: 502.
    ServerError: Upstream, "server_error",
        "GitHub failed; try again.";
    /// The session that wanted the account linked is gone: 409.
    SessionGone: Conflict, "session_gone",
        "You were signed out meanwhile; sign in, then link the account again.";
    /// Our store is ill: 503.
    Store: Unavailable, "unavailable",
        "The service is unavailable; try again later.";
    /// The provider said that it is not there for the moment: 503.
    TemporarilyUnavailable: Unavailable, "temporarily_unavailable",
        "GitHub is not available at the moment; try again later.";
    /// GitHub wants the user to verify their e-mail address first: 403.
    UnverifiedUserEmail: Forbidden, "unverified_user_email",
        "Verify your e-mail address at GitHub, then sign in again.";
    /// The provider did not answer in time: 504.
    UpstreamTimeout: UpstreamTimeout, "upstream_timeout",
        "GitHub did not answer in time; try again.";
}
