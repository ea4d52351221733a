//! The people that can sign in.

/// Describes one GitHub account.
///
/// The fields may be changed at any time through
/// [`GithubStandIn::edit_user`](super::GithubStandIn::edit_user).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// The number that never changes.
    pub id: u64,
    /// The handle, which its owner may change and somebody else may then take.
    pub login: String,
    /// The name shown, if any.
    pub name: Option<String>,
    /// The e-mail addresses, in the order in which the API lists them.
    pub emails: Vec<Email>,
    /// The organisations that the user belongs to or was invited to.
    pub orgs: Vec<Membership>,
    /// The teams that the user belongs to.
    pub teams: Vec<Team>,
}

impl User {
    /// Creates an account without e-mail addresses, organisations and teams.
    pub fn new(id: u64, login: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id,
            login: login.into(),
            name: Some(name.into()),
            emails: Vec::new(),
            orgs: Vec::new(),
            teams: Vec::new(),
        }
    }

    /// Adds an e-mail address at the end of the list.
    #[must_use]
    pub fn with_email(mut self, email: Email) -> Self {
        self.emails.push(email);
        self
    }

    /// Adds a membership.
    #[must_use]
    pub fn with_membership(mut self, membership: Membership) -> Self {
        self.orgs.push(membership);
        self
    }

    /// Adds a team.
    #[must_use]
    pub fn with_team(mut self, team: Team) -> Self {
        self.teams.push(team);
        self
    }

    /// Makes every address unverified.
    pub fn unverify_emails(&mut self) {
        self.emails
            .iter_mut()
            .for_each(|email| email.verified = false);
    }

    /// Replaces all addresses by one, primary and verified.
    pub fn replace_email(&mut self, address: impl Into<String>) {
        self.emails = vec![Email::primary(address)];
    }

    /// The address on the public profile, if any: it need be neither primary nor verified.
    pub(super) fn public_email(&self) -> Option<&str> {
        self.emails
            .iter()
            .find(|email| email.visibility == Some(Visibility::Public))
            .map(|email| email.address.as_str())
    }
}

/// Describes one e-mail address of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Email {
    /// The address.
    pub address: String,
    /// Whether GitHub writes to this one.
    pub primary: bool,
    /// Whether the user proved to own it.
    pub verified: bool,
    /// Who may see it; GitHub tells this of the primary address alone.
    pub visibility: Option<Visibility>,
}

impl Email {
    /// Creates a primary, verified, private address.
    pub fn primary(address: impl Into<String>) -> Self {
        let visibility = Some(Visibility::Private);
        Self {
            address: address.into(),
            primary: true,
            verified: true,
            visibility,
        }
    }

    /// Creates a further, verified address.
    pub fn secondary(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            primary: false,
            verified: true,
            visibility: None,
        }
    }

    /// Shows the address on the public profile.
    #[must_use]
    pub fn public(mut self) -> Self {
        self.visibility = Some(Visibility::Public);
        self
    }

    /// Takes the proof of ownership away.
    #[must_use]
    pub fn unverified(mut self) -> Self {
        self.verified = false;
        self
    }
}

/// Tells who may see an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Visibility {
    /// The user alone.
    Private,
    /// Everybody.
    Public,
}

/// Describes how a user stands to an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Membership {
    /// The organisation's handle.
    pub org: String,
    /// Whether the user accepted the invitation.
    pub state: MembershipState,
    /// What the user may do there.
    pub role: Role,
}

impl Membership {
    /// Creates the accepted membership of an ordinary member.
    pub fn active(org: impl Into<String>) -> Self {
        Self {
            org: org.into(),
            state: MembershipState::Active,
            role: Role::Member,
        }
    }

    /// Creates an invitation that was not accepted yet.
    pub fn pending(org: impl Into<String>) -> Self {
        Self {
            org: org.into(),
            state: MembershipState::Pending,
            role: Role::Member,
        }
    }

    /// Makes the member an owner of the organisation.
    #[must_use]
    pub fn as_admin(mut self) -> Self {
        self.role = Role::Admin;
        self
    }
}

/// Tells whether an invitation was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MembershipState {
    /// It was: the user is a member.
    Active,
    /// Not yet.
    Pending,
}

/// Tells what a member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// Everything.
    Admin,
    /// What members may.
    Member,
}

/// Names a team of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Team {
    /// The organisation's handle.
    pub org: String,
    /// The team's handle within it.
    pub slug: String,
}

impl Team {
    /// Creates a team by the handles of its organisation and its own.
    pub fn new(org: impl Into<String>, slug: impl Into<String>) -> Self {
        Self {
            org: org.into(),
            slug: slug.into(),
        }
    }
}

/// Builds the three users that a stand-in starts with.
///
/// Bob's primary address is not the first of his list and his membership is pending; Carol's
/// primary address is not the one on her profile.
pub(super) fn default_users() -> Vec<User> {
    vec![
        User::new(1001, "alice-dev", "Alice Developer")
            .with_email(Email::primary("alice@example.com").public())
            .with_membership(Membership::active("acme-labs"))
            .with_team(Team::new("acme-labs", "engineering")),
        User::new(1002, "bob-ops", "Bob Operator")
            .with_email(Email::secondary("bob@old.example.org"))
            .with_email(Email::primary("bob@example.org"))
            .with_membership(Membership::pending("acme-labs")),
        User::new(1003, "carol-admin", "Carol Admin")
            .with_email(Email::primary("carol@example.com"))
            .with_email(Email::secondary("1003+carol-admin@users.noreply.github.com").public())
            .with_membership(Membership::active("acme-labs").as_admin())
            .with_team(Team::new("acme-labs", "engineering"))
            .with_team(Team::new("acme-labs", "administrators")),
    ]
}
