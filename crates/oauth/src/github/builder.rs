use portcullis_core::Secret;

use super::config::{AllowedTeam, EmailRule};

const API_VERSION: &str = "2022-11-28";
const USER_AGENT: &str = concat!("portcullis/", env!("CARGO_PKG_VERSION"));

/// A configuration in the making; [`GithubConfigBuilder::build`] checks it.
#[derive(Clone, Debug)]
#[must_use = "a configuration is made by `build`"]
pub struct GithubConfigBuilder {
    pub(super) client_id: String,
    pub(super) client_secret: Secret,
    pub(super) redirect_uri: String,
    pub(super) provider: String,
    pub(super) web_base: Option<String>,
    pub(super) api_base: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) requires_iss: bool,
    pub(super) scopes: Vec<String>,
    pub(super) email: EmailRule,
    pub(super) teams: Vec<AllowedTeam>,
    pub(super) login_page: String,
    pub(super) default_return: String,
    pub(super) return_origins: Vec<String>,
    pub(super) user_agent: String,
    pub(super) api_version: String,
}

impl GithubConfigBuilder {
    pub(super) fn new(client_id: &str, client_secret: Secret, redirect_uri: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret,
            redirect_uri: redirect_uri.to_owned(),
            provider: "github".to_owned(),
            web_base: None,
            api_base: None,
            issuer: None,
            requires_iss: false,
            scopes: Vec::new(),
            email: EmailRule::Ignored,
            teams: Vec::new(),
            login_page: "/".to_owned(),
            default_return: "/".to_owned(),
            return_origins: Vec::new(),
            user_agent: USER_AGENT.to_owned(),
            api_version: API_VERSION.to_owned(),
        }
    }

    /// Names the provider: 1 to 32 of `a` to `z`, `0` to `9` and `-`. Default: `github`.
    ///
    /// Every sign-in that lives under the same host needs a name of its own: flows begun under
    /// one name end under no other.
    pub fn with_provider(mut self, name: &str) -> Self {
        name.clone_into(&mut self.provider);
        self
    }

    /// Chooses the website, for GitHub Enterprise. Default: `https://github.com`.
    ///
    /// The API's address is then to be given too: it can not be told from the website's.
    pub fn with_web_base(mut self, url: &str) -> Self {
        self.web_base = Some(url.to_owned());
        self
    }

    /// Chooses the API: `https://HOST/api/v3` for GitHub Enterprise Server,
    /// `https://api.SUBDOMAIN.ghe.com` with data residency. Default: `https://api.github.com`.
    pub fn with_api_base(mut self, url: &str) -> Self {
        self.api_base = Some(url.to_owned());
        self
    }

    /// Names the issuer, compared to the letter (RFC 9207 §2.4). Default: the website's address
    /// followed by `/login/oauth`.
    pub fn with_issuer(mut self, issuer: &str) -> Self {
        self.issuer = Some(issuer.to_owned());
        self
    }

    /// Refuses callbacks without `iss`. Default: they are accepted, as not every installation
    /// sends it.
    pub fn with_require_iss(mut self) -> Self {
        self.requires_iss = true;
        self
    }

    /// Asks for one more scope, without which nobody signs in. Default: none.
    ///
    /// Wanting e-mail asks for `user:email`, and allowing organisations for `read:org`, without
    /// being told.
    pub fn add_scope(mut self, scope: &str) -> Self {
        self.scopes.push(scope.to_owned());
        self
    }

    /// Asks for the user's primary e-mail address, which is told if it is verified.
    /// Default: it is not asked for.
    pub fn with_email(mut self) -> Self {
        self.email = self.email.max_of(EmailRule::Wanted);
        self
    }

    /// Asks for the user's primary e-mail address and refuses users without a verified one.
    /// Default: off.
    pub fn with_verified_email_required(mut self) -> Self {
        self.email = EmailRule::Required;
        self
    }

    /// Lets active members of an organisation in. Default: all of GitHub; once an organisation or
    /// a team is named, nobody else.
    ///
    /// # Security
    ///
    /// GitHub knows organisations by names that can be given up and taken by others: name those
    /// alone that are yours.
    pub fn add_allowed_org(mut self, org: &str) -> Self {
        self.teams.push(AllowedTeam {
            org: org.into(),
            team: None,
        });
        self
    }

    /// Lets active members of a team in, named by the `slug` that its address has.
    ///
    /// # Security
    ///
    /// As for [`GithubConfigBuilder::add_allowed_org`].
    pub fn add_allowed_team(mut self, org: &str, slug: &str) -> Self {
        self.teams.push(AllowedTeam {
            org: org.into(),
            team: Some(slug.into()),
        });
        self
    }

    /// Names the page for users who cancelled, or may try again. Default: `/`.
    pub fn with_login_page(mut self, path: &str) -> Self {
        path.clone_into(&mut self.login_page);
        self
    }

    /// Names the page after a sign-in that did not ask for another. Default: `/`.
    pub fn with_default_return_to(mut self, path: &str) -> Self {
        path.clone_into(&mut self.default_return);
        self
    }

    /// Allows `return_to` to be a page of another origin, such as `https://app.example.com`.
    /// Default: none.
    pub fn add_return_origin(mut self, origin: &str) -> Self {
        self.return_origins.push(origin.to_owned());
        self
    }

    /// Names the application to GitHub, which refuses callers without a name.
    /// Default: `portcullis/` and the version.
    pub fn with_user_agent(mut self, user_agent: &str) -> Self {
        user_agent.clone_into(&mut self.user_agent);
        self
    }

    /// Chooses the version of the REST API. Default: `2022-11-28`.
    pub fn with_api_version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.api_version);
        self
    }
}

impl EmailRule {
    fn max_of(self, other: Self) -> Self {
        if self == Self::Required { self } else { other }
    }
}
