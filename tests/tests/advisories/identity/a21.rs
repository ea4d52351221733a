//! CVE-2026-55670: an identifier was used again, and what belonged to its first user came to the
//! second.

use portcullis_testkit::github::User;
use portcullis_tests::{Site, SiteSetup, StoreKind};

use super::support::{Account, Door, Flaw, Ours, Tiny, sign_in, who};

/// A user goes without signing out anywhere, and another one gets the name.
async fn check(door: &impl Door) {
    let old = sign_in(door, "", "ada").await;
    let other = sign_in(door, "", "bob").await;
    // Nobody comes with the old session while the name is nobody's.
    door.account("ada", Account::Closed);
    door.account("ada", Account::Open(1));
    let new = sign_in(door, "", "ada").await;
    assert_eq!(
        who(door, &old).await,
        None,
        "a session is of its user, not of a name"
    );
    assert_eq!(who(door, &new).await.as_deref(), Some("ada"));
    assert_eq!(who(door, &other).await.as_deref(), Some("bob"));
    assert_eq!(door.rows(), 2);
}

#[tokio::test]
async fn a21_a_session_does_not_attach_to_the_next_user_of_a_name() {
    for door in Ours::all() {
        check(&door).await;
    }
}

/// At GitHub, too, somebody else may get a login that was given up.
#[tokio::test]
async fn a21_a_recycled_github_login_is_another_user() {
    for kind in [StoreKind::Memory, StoreKind::Sqlite] {
        let site = SiteSetup::new(kind).start().await;
        let old = site.signed_in(1001).await;
        let me = old.get("/me").await.json();
        let login = me["login"].as_str().expect("a login").to_owned();
        site.github.remove_user(1001).expect("a user");
        site.github
            .add_user(User::new(9001, &login, "Somebody Else"));
        let browser = site.browser();
        let answer = browser.sign_in(Site::START, &site.github, 9001).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        let new = browser.get("/me").await.json();
        assert_eq!(new["login"], login);
        assert_eq!(new["user"], "usr_9001");
        assert_eq!(old.get("/me").await.json()["user"], "usr_1001");
        assert_eq!(site.sessions_of("usr_1001").await, 1);
        assert_eq!(site.sessions_of("usr_9001").await, 1);
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn NamesAreUsers() {
        let twin = Twin::new(
            "a21 NamesAreUsers",
            "a21_a_session_does_not_attach_to_the_next_user_of_a_name",
            "a session is of its user, not of a name",
        );
        let door = Tiny::with(Flaw::NamesAreUsers);
        twin.is_caught_async(check(&door)).await;
    }
}
