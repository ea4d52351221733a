//! What is in another namespace is not there: for no key, and for no subject.

use std::num::NonZeroU32;

use portcullis_session::{Created, Lookup, Renewal, Revoke, Rotated, SessionStore, Updated};
use portcullis_testkit::suite::{run, verdict};

use crate::support::{
    NOW, Services, create, create_capped, has, key, listed, load, rotation, session, subject,
};

/// One test a rule; and under one name for both services, which are one then, none may hold.
macro_rules! rules {
    ($($rule:ident)*) => {
        $(
            #[test]
            fn $rule() {
                run(Services::new, super::$rule);
            }
        )*

        mod with_a_fault {
            use super::*;

            $(
                #[test]
                fn $rule() {
                    let one_name = async || Services::called("one", "one");
                    let said = verdict(one_name, super::super::$rule);
                    assert!(said.is_err(), "it finds nothing wrong");
                    println!("twin NamespacesAreOne: caught by {}", stringify!($rule));
                }
            )*
        }
    };
}

mod rule {
    use super::*;

    rules! {
        a_key_opens_nothing_elsewhere
        a_rotated_key_opens_nothing_elsewhere
        one_key_may_be_taken_in_both
        a_subject_is_listed_and_revoked_in_its_own
        a_cap_counts_and_ends_its_own
    }
}

async fn a_key_opens_nothing_elsewhere(services: &Services) {
    let (one, two) = (&services.one, &services.two);
    assert_eq!(
        create(one, session(1, "ann")).await,
        Created::Done { evicted: 0 }
    );
    assert!(has(one, 1, "ann").await);
    assert_eq!(load(two, 1).await, Lookup::Absent);
    let updated = two.update(&key(1), 1, Default::default(), NOW).await;
    assert_eq!(updated.unwrap(), Updated::Gone);
    let rotated = two.rotate(&key(1), rotation(2), NOW).await;
    assert_eq!(rotated.unwrap(), Rotated::Gone);
    assert!(!two.delete(&key(1), NOW).await.unwrap());
    let replaced = two
        .create(session(3, "bob"), Some(&key(1)), None, NOW)
        .await;
    assert_eq!(replaced.unwrap(), Created::Done { evicted: 0 });
    // Nothing became of it by all that.
    assert!(has(one, 1, "ann").await);
    assert!(one.delete(&key(1), NOW).await.unwrap());
    assert!(has(two, 3, "bob").await);
}

async fn a_rotated_key_opens_nothing_elsewhere(services: &Services) {
    let (one, two) = (&services.one, &services.two);
    assert_eq!(
        create(one, session(1, "ann")).await,
        Created::Done { evicted: 0 }
    );
    let rotated = one.rotate(&key(1), rotation(2), NOW).await.unwrap();
    assert!(matches!(rotated, Rotated::Done(loaded) if loaded.record.key == key(2)));
    let Lookup::Predecessor(loaded) = load(one, 1).await else {
        panic!("the old key is good for a while");
    };
    let predecessor = loaded.record.predecessor.as_ref().unwrap();
    assert_eq!((loaded.record.key, predecessor.key), (key(2), key(1)));
    assert_eq!(load(two, 1).await, Lookup::Absent);
    assert_eq!(load(two, 2).await, Lookup::Absent);
    let superseded = one.rotate(&key(1), rotation(3), NOW).await.unwrap();
    assert!(matches!(superseded, Rotated::Superseded(loaded) if loaded.record.key == key(2)));
    let later = rotation(2).grace_until;
    let reused = one.load(&key(1), Renewal::Never, later).await;
    assert_eq!(reused.unwrap(), Lookup::Reused(session(1, "ann").handle));
    assert!(!two.delete(&key(1), NOW).await.unwrap());
    assert!(one.delete(&key(1), NOW).await.unwrap());
}

/// Also with one handle: each is of another subject in the store.
async fn one_key_may_be_taken_in_both(services: &Services) {
    for store in [&services.one, &services.two] {
        let created = create(store, session(1, "ann")).await;
        assert_eq!(created, Created::Done { evicted: 0 });
        assert_eq!(create(store, session(1, "ann")).await, Created::Exists);
    }
    assert!(services.one.delete(&key(1), NOW).await.unwrap());
    assert!(has(&services.two, 1, "ann").await);
}

async fn a_subject_is_listed_and_revoked_in_its_own(services: &Services) {
    let (one, two) = (&services.one, &services.two);
    for (store, number) in [(one, 1), (one, 2), (two, 3)] {
        let _ = create(store, session(number, "ann")).await;
    }
    assert_eq!(listed(one, "ann").await, [key(1), key(2)]);
    assert_eq!(listed(two, "ann").await, [key(3)]);
    let handle = session(3, "ann").handle;
    for which in [
        Revoke::One(handle),
        Revoke::AllBut(session(1, "ann").handle),
    ] {
        let ended = one.revoke(&subject("ann"), which, NOW).await.unwrap();
        assert_eq!(ended, u64::from(which != Revoke::One(handle)), "{which:?}");
    }
    assert_eq!(listed(one, "ann").await, [key(1)]);
    assert_eq!(
        one.revoke(&subject("ann"), Revoke::All, NOW).await.unwrap(),
        1
    );
    assert!(has(two, 3, "ann").await);
}

async fn a_cap_counts_and_ends_its_own(services: &Services) {
    let cap = NonZeroU32::new(1);
    for (store, number) in [(&services.one, 1), (&services.two, 2)] {
        let created = create_capped(store, session(number, "ann"), cap).await;
        assert_eq!(created, Created::Done { evicted: 0 });
    }
    let created = create_capped(&services.one, session(3, "ann"), cap).await;
    assert_eq!(created, Created::Done { evicted: 1 });
    assert_eq!(listed(&services.one, "ann").await, [key(3)]);
    assert!(has(&services.two, 2, "ann").await);
}
