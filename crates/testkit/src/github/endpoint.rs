//! The calls that the stand-in knows, and how a method and a path name one.

use http::Method;

/// Names one call of GitHub's web or API side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Endpoint {
    /// `GET /login/oauth/authorize`: the page with the users' buttons.
    Authorize,
    /// `POST /applications/{client_id}/token`: tells whose token this is.
    CheckToken,
    /// `POST /login/oauth/authorize`: a button was pressed; the answer leads to the callback.
    Decide,
    /// `DELETE /applications/{client_id}/grant`: ends a user's whole authorization.
    DeleteGrant,
    /// `DELETE /applications/{client_id}/token`: ends one token.
    DeleteToken,
    /// `GET /user/emails`.
    Emails,
    /// `GET /user/memberships/orgs/{org}`.
    Membership,
    /// `GET /user/orgs`.
    Orgs,
    /// `PATCH /applications/{client_id}/token`: replaces one token.
    ResetToken,
    /// `GET /user/teams`.
    Teams,
    /// `POST /login/oauth/access_token`: exchanges a code, or renews a token.
    Token,
    /// `GET /user`.
    User,
}

impl Endpoint {
    /// Whether a server calls it, rather than a person's browser.
    #[must_use]
    pub fn is_back_channel(self) -> bool {
        !matches!(self, Self::Authorize | Self::Decide)
    }

    /// Whether it lies below `/api/v3`.
    pub(super) fn is_rest(self) -> bool {
        !matches!(self, Self::Authorize | Self::Decide | Self::Token)
    }
}

/// What a method and a path lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    Avatar(&'a str),
    /// The second part is what the path's template names: an organisation or a client.
    Call(Endpoint, &'a str),
    Home,
    Unknown,
    /// The path exists; the methods that it allows.
    WrongMethod(&'static str),
}

impl<'a> Route<'a> {
    pub(super) fn of(method: &Method, path: &'a str) -> Self {
        match path {
            "/" => Self::get(method, Self::Home),
            "/login/oauth/access_token" => match *method {
                Method::POST => Self::Call(Endpoint::Token, ""),
                _ => Self::WrongMethod("POST"),
            },
            "/login/oauth/authorize" => match *method {
                Method::GET => Self::Call(Endpoint::Authorize, ""),
                Method::POST => Self::Call(Endpoint::Decide, ""),
                _ => Self::WrongMethod("GET, POST"),
            },
            _ => Self::deeper(method, path),
        }
    }

    pub(super) fn endpoint(self) -> Option<Endpoint> {
        match self {
            Self::Call(endpoint, _) => Some(endpoint),
            _ => None,
        }
    }

    fn deeper(method: &Method, path: &'a str) -> Self {
        if let Some(id) = path.strip_prefix("/avatars/u/") {
            return Self::get(method, Self::Avatar(id));
        }
        let Some(rest) = path.strip_prefix("/api/v3/") else {
            return Self::Unknown;
        };
        match rest.split_once('/') {
            Some(("applications", rest)) => Self::application(method, rest),
            _ => Self::user(method, rest),
        }
    }

    fn user(method: &Method, rest: &'a str) -> Self {
        let found = match rest {
            "user" => Self::Call(Endpoint::User, ""),
            "user/emails" => Self::Call(Endpoint::Emails, ""),
            "user/orgs" => Self::Call(Endpoint::Orgs, ""),
            "user/teams" => Self::Call(Endpoint::Teams, ""),
            _ => match rest.strip_prefix("user/memberships/orgs/") {
                Some(org) if !org.is_empty() && !org.contains('/') => {
                    Self::Call(Endpoint::Membership, org)
                }
                _ => return Self::Unknown,
            },
        };
        Self::get(method, found)
    }

    fn application(method: &Method, rest: &'a str) -> Self {
        match (rest.split_once('/'), method) {
            (Some((client, "token")), &Method::DELETE) => Self::Call(Endpoint::DeleteToken, client),
            (Some((client, "token")), &Method::PATCH) => Self::Call(Endpoint::ResetToken, client),
            (Some((client, "token")), &Method::POST) => Self::Call(Endpoint::CheckToken, client),
            (Some((client, "grant")), &Method::DELETE) => Self::Call(Endpoint::DeleteGrant, client),
            (Some((_, "token")), _) => Self::WrongMethod("DELETE, PATCH, POST"),
            (Some((_, "grant")), _) => Self::WrongMethod("DELETE"),
            _ => Self::Unknown,
        }
    }

    fn get(method: &Method, found: Self) -> Self {
        if *method == Method::GET {
            found
        } else {
            Self::WrongMethod("GET")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_and_path_name_the_call() {
        let table = [
            (
                Method::GET,
                "/login/oauth/authorize",
                Route::Call(Endpoint::Authorize, ""),
            ),
            (
                Method::POST,
                "/login/oauth/authorize",
                Route::Call(Endpoint::Decide, ""),
            ),
            (
                Method::HEAD,
                "/login/oauth/authorize",
                Route::WrongMethod("GET, POST"),
            ),
            (
                Method::GET,
                "/login/oauth/access_token",
                Route::WrongMethod("POST"),
            ),
            (Method::GET, "/api/v3/user", Route::Call(Endpoint::User, "")),
            (Method::GET, "/user", Route::Unknown),
            (Method::GET, "/api/v3/user/", Route::Unknown),
            (
                Method::GET,
                "/api/v3/user/memberships/orgs/o",
                Route::Call(Endpoint::Membership, "o"),
            ),
            (
                Method::GET,
                "/api/v3/user/memberships/orgs/",
                Route::Unknown,
            ),
            (
                Method::DELETE,
                "/api/v3/applications/c/token",
                Route::Call(Endpoint::DeleteToken, "c"),
            ),
            (
                Method::PUT,
                "/api/v3/applications/c/grant",
                Route::WrongMethod("DELETE"),
            ),
        ];
        for (method, path, expected) in table {
            assert_eq!(Route::of(&method, path), expected, "{method} {path}");
        }
    }
}
