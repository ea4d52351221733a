//! Ending other sessions: by handle, all at once, by a change of credentials.

use std::sync::{Arc, Mutex};

use futures_util::future::join;
use portcullis_core::{StoreError, StoreErrorKind, SubjectId};
use portcullis_session::{
    Account, Accounts, Event, Lifecycle, Login, Lookup, Revoke, SessionErrorKind, Stamp,
};

use crate::support::{
    Browser, MINUTE, SIDES, Said, THEME, Verb, World, finish, login, method, on_every_store,
    policy, subject, who,
};

/// Three browsers of one user and one of another.
async fn four(world: &World) -> ([Browser; 3], Browser) {
    let mut ada = Vec::new();
    for _ in 0..3 {
        ada.push(world.signed_in("ada").await);
        world.clock.advance(MINUTE);
    }
    (
        ada.try_into().unwrap_or_else(|_| unreachable!("three")),
        world.signed_in("bob").await,
    )
}

async fn alive(browsers: &[Browser; 3]) -> [bool; 3] {
    let [a, b, c] = browsers;
    [
        a.who().await.is_some(),
        b.who().await.is_some(),
        c.who().await.is_some(),
    ]
}

/// The list has every session of the user, oldest first, and says which is the one that asks.
async fn s26_the_list_is_the_user_s_own(world: World) {
    let (ada, bob) = four(&world).await;
    let devices = ada[1].request().devices().await.unwrap();
    assert_eq!(
        devices.iter().map(|d| d.is_current()).collect::<Vec<_>>(),
        [false, true, false]
    );
    let created: Vec<_> = devices.iter().map(|d| d.created_at()).collect();
    assert!(created.is_sorted() && created[0] < created[2]);
    assert!(devices.iter().all(|d| d.last_seen_at() == d.created_at()));
    assert!(devices.iter().all(|d| d.expires_at() > d.last_seen_at()));
    assert_eq!(bob.request().devices().await.unwrap().len(), 1);
    let visitor = world.browser().request().devices().await;
    assert_eq!(visitor.unwrap_err().kind(), SessionErrorKind::NoSession);
}

/// One session ended by its handle is over at its next request, and only that one.
async fn s26_one_session_is_ended_by_its_handle(world: World) {
    let (ada, bob) = four(&world).await;
    let handles: Vec<_> = ada[0]
        .request()
        .devices()
        .await
        .unwrap()
        .iter()
        .map(|d| d.handle())
        .collect();
    let session = ada[0].request();
    assert!(session.revoke(handles[1]).await.unwrap());
    assert_eq!(alive(&ada).await, [true, false, true]);
    assert!(
        !session.revoke(handles[1]).await.unwrap(),
        "it is over already"
    );
    assert_eq!(finish(&session).await.said(), Said::Nothing);
    let revoked = Event::Revoked {
        subject: subject("ada"),
        count: 1,
    };
    assert_eq!(world.events.take(), [revoked]);
    assert!(bob.who().await.is_some());
}

/// A user who ends the session that asks is signed out of it, cookie and all.
async fn s26_ending_one_s_own_session_removes_the_cookie(world: World) {
    let (mut ada, _) = four(&world).await;
    let session = ada[2].request();
    let own = session.handle().await.unwrap().unwrap();
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    assert!(session.revoke(own).await.unwrap());
    assert_eq!(who(&session).await, None);
    assert_eq!(ada[2].finish(&session).await.said(), Said::Removal);
    assert_eq!(alive(&ada).await, [true, true, false]);
}

/// All others are ended, and the session that asks lives on.
async fn s26_all_others_are_ended(world: World) {
    let (ada, bob) = four(&world).await;
    let session = ada[1].request();
    assert_eq!(session.revoke_others().await.unwrap(), 2);
    assert_eq!(who(&session).await.as_deref(), Some("ada"));
    assert_eq!(finish(&session).await.said(), Said::Nothing);
    assert_eq!(alive(&ada).await, [false, true, false]);
    assert!(bob.who().await.is_some());
    assert_eq!(ada[1].request().revoke_others().await.unwrap(), 0);
}

/// All are ended, the one that asks too, and its cookie is removed.
async fn s26_all_are_ended(world: World) {
    let (mut ada, bob) = four(&world).await;
    let session = ada[1].request();
    assert_eq!(session.revoke_all().await.unwrap(), 3);
    assert_eq!(who(&session).await, None);
    assert_eq!(ada[1].finish(&session).await.said(), Said::Removal);
    assert_eq!(alive(&ada).await, [false, false, false]);
    assert!(bob.who().await.is_some());
}

/// Another instance of the service on the same store sees it at its very next request.
async fn s26_another_instance_sees_it_at_the_next_request(world: World) {
    for which in ["one", "others", "all", "by the operator"] {
        let (ada, bob) = four(&world).await;
        let other_instance = world.lifecycle();
        let there = [0, 1, 2].map(|index| ada[index].at(&other_instance));
        assert_eq!(alive(&there).await, [true, true, true]);
        let session = ada[0].request();
        let left = match which {
            "one" => {
                let handle = there[1].request().handle().await.unwrap().unwrap();
                assert!(session.revoke(handle).await.unwrap());
                [true, false, true]
            }
            "others" => {
                session.revoke_others().await.unwrap();
                [true, false, false]
            }
            "all" => {
                session.revoke_all().await.unwrap();
                [false, false, false]
            }
            _ => {
                let ended = ada[0]
                    .lifecycle
                    .revoke(&subject("ada"), Revoke::All)
                    .await
                    .unwrap();
                assert_eq!(ended, 3);
                [false, false, false]
            }
        };
        assert_eq!(alive(&there).await, left, "{which}");
        assert!(bob.at(&other_instance).who().await.is_some(), "{which}");
        other_instance
            .revoke(&subject("ada"), Revoke::All)
            .await
            .unwrap();
        bob.request().log_out().await.unwrap();
    }
}

/// A revocation passes whatever is on its way, at any point: nothing of it is left.
async fn s26_a_revocation_passes_whatever_is_on_its_way(world: World) {
    for verb in [Verb::Load, Verb::Update, Verb::Rotate] {
        for when in SIDES {
            let ada = world.signed_in("ada").await;
            let gate = world.store.hold(verb, when);
            let late = async {
                let session = ada.request();
                who(&session).await;
                if verb == Verb::Update {
                    session.set_value(THEME, &"dark".to_owned()).unwrap();
                }
                if verb == Verb::Rotate {
                    let _ = session.rotate().await;
                }
                finish(&session).await
            };
            let passing = async {
                gate.reached().await;
                ada.lifecycle
                    .revoke(&subject("ada"), Revoke::All)
                    .await
                    .unwrap();
                gate.open();
            };
            let (answer, ()) = join(late, passing).await;
            for token in answer.token().into_iter().chain(ada.cookie) {
                assert!(world.is_dead(&token).await, "{verb:?} held {when:?}");
            }
            assert_eq!(world.sessions("ada").await, []);
        }
    }
}

/// What the service knows of its accounts; clones are the same.
#[derive(Clone, Default)]
struct Book(Arc<Mutex<Vec<(String, Account)>>>, Arc<Mutex<bool>>);

impl Book {
    fn set(&self, name: &str, account: Account) {
        let mut book = self.0.lock().unwrap();
        book.retain(|(known, _)| known != name);
        book.push((name.to_owned(), account));
    }

    fn set_down(&self, is_down: bool) {
        *self.1.lock().unwrap() = is_down;
    }
}

#[async_trait::async_trait]
impl Accounts for Book {
    async fn account(&self, subject: &SubjectId) -> Result<Account, StoreError> {
        if *self.1.lock().unwrap() {
            return Err(StoreError::new(StoreErrorKind::Timeout));
        }
        let book = self.0.lock().unwrap();
        let found = book.iter().find(|(name, _)| name == subject.as_str());
        Ok(found.map_or(Account::Closed, |(_, account)| account.clone()))
    }
}

fn stamp(text: &str) -> Stamp {
    Stamp::new(text.as_bytes()).unwrap()
}

fn active(text: &str) -> Account {
    Account::Active(Some(stamp(text)))
}

fn with_accounts(world: &World, book: &Book) -> Lifecycle {
    world.lifecycle_with(policy()).with_accounts(book.clone())
}

async fn signed_in(lifecycle: &Lifecycle, login: Login) -> Browser {
    let mut browser = Browser::new(lifecycle);
    browser.log_in(login).await;
    browser
}

/// A change of credentials ends every session made under others, each at its next use, and for
/// good; sessions made under the new ones go on.
async fn s24_a_changed_stamp_ends_other_sessions(world: World) {
    let book = Book::default();
    book.set("ada", active("1"));
    book.set("bob", active("1"));
    let lifecycle = with_accounts(&world, &book);
    let stamped = || login("ada").with_stamp(stamp("1"));
    let mut changes = signed_in(&lifecycle, stamped()).await;
    let other = signed_in(&lifecycle, stamped()).await;
    let bob = signed_in(&lifecycle, login("bob").with_stamp(stamp("1"))).await;
    for browser in [&changes, &other, &bob] {
        assert!(browser.who().await.is_some());
    }
    let handle = other.request().handle().await.unwrap().unwrap();
    // The browser in which the password is changed signs in anew under it.
    book.set("ada", active("2"));
    changes.log_in(login("ada").with_stamp(stamp("2"))).await;
    world.events.take();

    let session = other.request();
    assert_eq!(who(&session).await, None);
    assert_eq!(finish(&session).await.said(), Said::Removal);
    assert_eq!(world.events.take(), [Event::CredentialsChanged(handle)]);
    assert_eq!(
        world.stored(&other.token()).await,
        Lookup::Absent,
        "it is over in the store"
    );
    assert_eq!(changes.who().await.as_deref(), Some("ada"));
    assert_eq!(bob.who().await.as_deref(), Some("bob"));
    book.set("ada", active("1"));
    assert_eq!(other.who().await, None, "what has ended stays so");
}

/// A session without a stamp does not pass where the account has one; where none is kept, any does.
async fn s24_a_missing_stamp_passes_only_where_none_is_kept(world: World) {
    let book = Book::default();
    let lifecycle = with_accounts(&world, &book);
    for (account, given, passes) in [
        (Account::Active(None), None, true),
        (Account::Active(None), Some("1"), true),
        (active("1"), Some("1"), true),
        (active("1"), Some("2"), false),
        (active("1"), None, false),
        (Account::Closed, Some("1"), false),
        (Account::Closed, None, false),
    ] {
        book.set("ada", account.clone());
        let login = given.map_or(login("ada"), |text| login("ada").with_stamp(stamp(text)));
        let browser = signed_in(&lifecycle, login).await;
        assert_eq!(
            browser.who().await.is_some(),
            passes,
            "{account:?} {given:?}"
        );
        assert_eq!(world.is_dead(&browser.token()).await, !passes);
    }
}

/// A closed account has no sessions, half logins included; visitors are not asked about.
async fn s24_a_closed_account_has_no_sessions(world: World) {
    let book = Book::default();
    book.set("ada", active("1"));
    let lifecycle = with_accounts(&world, &book);
    let ada = signed_in(&lifecycle, login("ada").with_stamp(stamp("1"))).await;
    let mut half = Browser::new(&lifecycle);
    let session = half.request();
    session
        .begin_login(subject("ada"), method("pwd"))
        .await
        .unwrap();
    half.finish(&session).await;
    assert!(
        half.request().pending().await.unwrap().is_some(),
        "a half login has no stamp yet"
    );
    book.set("ada", Account::Closed);
    assert_eq!(ada.who().await, None);
    assert!(half.request().pending().await.unwrap().is_none());
    assert_eq!(world.sessions("ada").await, []);

    book.set_down(true);
    let visitor = Browser::new(&lifecycle).request();
    visitor.set_value(THEME, &"dark".to_owned()).unwrap();
    let token = finish(&visitor).await.token().unwrap();
    let again = crate::support::request_with(&lifecycle, &[&token]);
    assert_eq!(again.value(THEME).await.unwrap().as_deref(), Some("dark"));
}

/// An account that was made anew under a used name does not get the old one's sessions.
async fn s24_a_recycled_name_does_not_inherit_sessions(world: World) {
    let book = Book::default();
    book.set("ada", active("first account, 2026"));
    let lifecycle = with_accounts(&world, &book);
    let old = signed_in(
        &lifecycle,
        login("ada").with_stamp(stamp("first account, 2026")),
    )
    .await;
    book.set("ada", active("second account, 2027"));
    assert_eq!(old.who().await, None);
}

/// If it cannot be told how an account stands, the request is refused, and the session stays.
async fn s24_an_unknown_standing_is_refused(world: World) {
    let book = Book::default();
    book.set("ada", active("1"));
    let lifecycle = with_accounts(&world, &book);
    let ada = signed_in(&lifecycle, login("ada").with_stamp(stamp("1"))).await;
    book.set_down(true);
    let session = ada.request();
    let error = session.principal().await.unwrap_err();
    assert_eq!(error.kind(), SessionErrorKind::Store);
    assert_eq!(finish(&session).await.said(), Said::Nothing);
    book.set_down(false);
    assert_eq!(ada.who().await.as_deref(), Some("ada"));
}

on_every_store!(
    s24_a_changed_stamp_ends_other_sessions,
    s24_a_missing_stamp_passes_only_where_none_is_kept,
    s24_a_closed_account_has_no_sessions,
    s24_a_recycled_name_does_not_inherit_sessions,
    s24_an_unknown_standing_is_refused,
    s26_the_list_is_the_user_s_own,
    s26_one_session_is_ended_by_its_handle,
    s26_ending_one_s_own_session_removes_the_cookie,
    s26_all_others_are_ended,
    s26_all_are_ended,
    s26_another_instance_sees_it_at_the_next_request,
    s26_a_revocation_passes_whatever_is_on_its_way,
);
