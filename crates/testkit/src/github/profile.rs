//! GitHub's JSON for a user, an organisation and a team.

use base64ct::{Base64, Encoding};
use serde_json::{Map, Value, json};

use super::shared::Shared;
use super::user::{Email, Membership, MembershipState, Role, Team, User, Visibility};

/// When everything in the stand-in was made.
pub(super) const CREATED: &str = "2020-01-01T00:00:00Z";

/// Members of a user's JSON that hold an address below the user's own.
const USER_LINKS: [(&str, &str); 9] = [
    ("events_url", "/events{/privacy}"),
    ("followers_url", "/followers"),
    ("following_url", "/following{/other_user}"),
    ("gists_url", "/gists{/gist_id}"),
    ("organizations_url", "/orgs"),
    ("received_events_url", "/received_events"),
    ("repos_url", "/repos"),
    ("starred_url", "/starred{/owner}{/repo}"),
    ("subscriptions_url", "/subscriptions"),
];

/// The same for an organisation.
const ORG_LINKS: [(&str, &str); 6] = [
    ("events_url", "/events"),
    ("hooks_url", "/hooks"),
    ("issues_url", "/issues"),
    ("members_url", "/members{/member}"),
    ("public_members_url", "/public_members{/member}"),
    ("repos_url", "/repos"),
];

/// The short form, as other objects hold it.
pub(super) fn simple_user(shared: &Shared, user: &User) -> Map<String, Value> {
    let url = format!("{}/users/{}", shared.api(), user.login);
    let mut members = links(&url, &USER_LINKS);
    members.extend(object(json!({
        "avatar_url": format!("{}/avatars/u/{}", shared.base, user.id),
        "gravatar_id": "",
        "html_url": format!("{}/{}", shared.base, user.login),
        "id": user.id,
        "login": user.login,
        "node_id": node_id("04:User", user.id),
        "site_admin": false,
        "type": "User",
        "url": url,
        "user_view_type": "public",
    })));
    members
}

/// The form of `GET /user`; `private` adds what the scope `user` shows.
pub(super) fn full_user(shared: &Shared, user: &User, private: bool) -> Value {
    let mut members = simple_user(shared, user);
    members.extend(object(json!({
        "bio": null,
        "blog": "",
        "company": null,
        "created_at": CREATED,
        "email": user.public_email(),
        "followers": 0,
        "following": 0,
        "hireable": null,
        "location": null,
        "name": user.name,
        "notification_email": user.public_email(),
        "public_gists": 0,
        "public_repos": 0,
        "twitter_username": null,
        "updated_at": CREATED,
    })));
    if private {
        members.extend(private_members());
    }
    Value::Object(members)
}

fn private_members() -> Map<String, Value> {
    object(json!({
        "collaborators": 0,
        "disk_usage": 0,
        "owned_private_repos": 0,
        "plan": { "collaborators": 0, "name": "free", "private_repos": 10_000, "space": 1_000_000 },
        "private_gists": 0,
        "total_private_repos": 0,
        "two_factor_authentication": true,
        "user_view_type": "private",
    }))
}

pub(super) fn email(email: &Email) -> Value {
    let visibility = email.visibility.map(|visibility| match visibility {
        Visibility::Private => "private",
        Visibility::Public => "public",
    });
    json!({
        "email": email.address,
        "primary": email.primary,
        "verified": email.verified,
        "visibility": visibility,
    })
}

pub(super) fn org(shared: &Shared, org: &str) -> Value {
    let url = format!("{}/orgs/{org}", shared.api());
    let id = number(org);
    let mut members = links(&url, &ORG_LINKS);
    members.extend(object(json!({
        "avatar_url": format!("{}/avatars/u/{id}", shared.base),
        "description": null,
        "id": id,
        "login": org,
        "node_id": node_id("012:Organization", id),
        "url": url,
    })));
    Value::Object(members)
}

pub(super) fn membership(shared: &Shared, user: &User, membership: &Membership) -> Value {
    let org_url = format!("{}/orgs/{}", shared.api(), membership.org);
    json!({
        "direct_membership": true,
        "organization": org(shared, &membership.org),
        "organization_url": org_url,
        "role": match membership.role { Role::Admin => "admin", Role::Member => "member" },
        "state": match membership.state {
            MembershipState::Active => "active",
            MembershipState::Pending => "pending",
        },
        "url": format!("{org_url}/memberships/{}", user.login),
        "user": simple_user(shared, user),
    })
}

pub(super) fn team(shared: &Shared, team: &Team) -> Value {
    let id = number(&format!("{}/{}", team.org, team.slug));
    let org_id = number(&team.org);
    let url = format!("{}/organizations/{org_id}/team/{id}", shared.api());
    json!({
        "created_at": CREATED,
        "description": null,
        "html_url": format!("{}/orgs/{}/teams/{}", shared.base, team.org, team.slug),
        "id": id,
        "members_count": 1,
        "members_url": format!("{url}/members{{/member}}"),
        "name": team.slug,
        "node_id": node_id("04:Team", id),
        "notification_setting": "notifications_enabled",
        "organization": team_org(shared, &team.org),
        "organization_id": org_id,
        "parent": null,
        "permission": "pull",
        "privacy": "closed",
        "repos_count": 0,
        "repositories_url": format!("{url}/repos"),
        "slug": team.slug,
        "type": "organization",
        "updated_at": CREATED,
        "url": url,
    })
}

/// The organisation inside a team, which is longer than the one of a list.
fn team_org(shared: &Shared, name: &str) -> Value {
    let mut members = object(org(shared, name));
    members.extend(object(json!({
        "archived_at": null,
        "created_at": CREATED,
        "followers": 0,
        "following": 0,
        "has_organization_projects": true,
        "has_repository_projects": true,
        "html_url": format!("{}/{name}", shared.base),
        "public_gists": 0,
        "public_repos": 0,
        "type": "Organization",
        "updated_at": CREATED,
    })));
    Value::Object(members)
}

/// A number for a name: the same in every run, and always within 31 bits (FNV-1a).
pub(super) fn number(name: &str) -> u64 {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    });
    u64::from(hash >> 1)
}

fn node_id(kind: &str, id: u64) -> String {
    Base64::encode_string(format!("{kind}{id}").as_bytes())
}

fn links(url: &str, tails: &[(&str, &str)]) -> Map<String, Value> {
    tails
        .iter()
        .map(|(name, tail)| ((*name).to_owned(), format!("{url}{tail}").into()))
        .collect()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
