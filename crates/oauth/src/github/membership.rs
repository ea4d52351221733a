//! Whether the user is in an organisation or a team that may sign in.

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use serde::Deserialize;

use super::config::AllowedTeam;
use super::rest::{Listed, OBJECT, Page, object};
use crate::upstream::Upstream;
use crate::{AccessToken, SignInError, SignInErrorKind};

#[derive(Deserialize)]
struct Membership {
    state: String,
    organization: Organization,
}

#[derive(Deserialize)]
struct Organization {
    login: String,
}

#[derive(Deserialize)]
struct Team {
    slug: String,
    organization: Organization,
}

/// What stands in the way of a user, from what they can mend least to what they can mend best.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Obstacle {
    NotAMember,
    Pending,
    Saml,
}

impl Upstream<'_> {
    /// Lets the user go on if they are an active member of one of `allowed`.
    ///
    /// Whatever cannot be found out is a refusal.
    pub(super) async fn check_membership(
        &self,
        token: &AccessToken,
        allowed: &[AllowedTeam],
    ) -> Result<(), SignInError> {
        if allowed.is_empty() {
            return Ok(());
        }
        let mut obstacle = Obstacle::NotAMember;
        for place in allowed {
            let found = match self.membership(token, &place.org).await? {
                Ok(()) => self.team_membership(token, place).await?,
                found => found,
            };
            match found {
                Ok(()) => return Ok(()),
                Err(found) => obstacle = obstacle.max(found),
            }
        }
        Err(obstacle.into())
    }

    async fn membership(
        &self,
        token: &AccessToken,
        org: &str,
    ) -> Result<Result<(), Obstacle>, SignInError> {
        let path = format!("/user/memberships/orgs/{org}");
        let answer = self.get(&path, token, OBJECT).await?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(Err(Obstacle::NotAMember)),
            _ => return refused(&answer).map(Err),
        }
        let membership: Membership = object(&answer)?;
        if !membership.organization.login.eq_ignore_ascii_case(org) {
            return Err(SignInErrorKind::BadUpstream.into());
        }
        Ok(match membership.state.as_str() {
            "active" => Ok(()),
            "pending" => Err(Obstacle::Pending),
            _ => Err(Obstacle::NotAMember),
        })
    }

    async fn team_membership(
        &self,
        token: &AccessToken,
        place: &AllowedTeam,
    ) -> Result<Result<(), Obstacle>, SignInError> {
        let Some(slug) = &place.team else {
            return Ok(Ok(()));
        };
        let (mut is_member, mut is_partial) = (false, false);
        let is_it = |team: &Team| {
            team.slug.eq_ignore_ascii_case(slug)
                && team.organization.login.eq_ignore_ascii_case(&place.org)
        };
        let listed = self.pages("/user/teams", token, |teams: Vec<Team>, headers| {
            is_member = teams.iter().any(is_it);
            is_partial |= sso(headers).is_some();
            if is_member { Page::Enough } else { Page::More }
        });
        match listed.await? {
            Listed::Refused(answer) => refused(&answer).map(Err),
            Listed::Read if is_member => Ok(Ok(())),
            Listed::Read if is_partial => Ok(Err(Obstacle::Saml)),
            Listed::Read => Ok(Err(Obstacle::NotAMember)),
        }
    }
}

/// An organisation that wants its own single sign-on says so; any other refusal is unknown.
fn refused(answer: &Response<Bytes>) -> Result<Obstacle, SignInError> {
    match (answer.status(), sso(answer.headers())) {
        (StatusCode::FORBIDDEN, Some(_)) => Ok(Obstacle::Saml),
        _ => Err(SignInErrorKind::BadUpstream.into()),
    }
}

fn sso(headers: &HeaderMap) -> Option<&http::HeaderValue> {
    headers.get("x-github-sso")
}

impl From<Obstacle> for SignInError {
    fn from(obstacle: Obstacle) -> Self {
        Self::new(match obstacle {
            Obstacle::NotAMember => SignInErrorKind::NotAMember,
            Obstacle::Pending => SignInErrorKind::MembershipPending,
            Obstacle::Saml => SignInErrorKind::SamlRequired,
        })
    }
}
