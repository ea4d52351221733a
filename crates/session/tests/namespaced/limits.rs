//! Names, subjects of every length, and what the store shows that is not of the namespace.

use portcullis_core::{StoreErrorKind, SubjectId};
use portcullis_session::{
    Created, Lookup, MemoryStore, NamespaceError, Namespaced, Record, Renewal, Revoke,
    SessionStore, Standing, User,
};
use portcullis_testkit::suite::run;

use crate::support::{NOW, Services, create, has, key, listed, load, rotation, session, subject};

#[test]
fn a_name_is_1_to_64_letters_digits_and_joints() {
    let longest = "a".repeat(64);
    for name in ["a", "9", "-_", &longest] {
        assert!(Namespaced::new(name, MemoryStore::new()).is_ok(), "{name}");
    }
    let longer = "a".repeat(65);
    for name in ["", "A", "a/b", "a b", "a\n", "é", &longer] {
        let refused: Result<_, NamespaceError> = Namespaced::new(name, MemoryStore::new());
        assert!(refused.is_err(), "{name}");
    }
}

/// A subject that begins like another namespace's name, or like that and a slash, is none of it.
#[test]
fn similar_names_and_subjects_are_kept_apart() {
    run(
        async || Services::called("a", "a-b"),
        async |services: &Services| {
            let names = ["b", "-b/b", "a/b", "a-b/b", "/b", "a-b", "//", "B"];
            for (number, name) in (0..).zip(names) {
                let _ = create(&services.one, session(number, name)).await;
                let _ = create(&services.two, session(number + 100, name)).await;
            }
            for (number, name) in (0..).zip(names) {
                assert_eq!(listed(&services.one, name).await, [key(number)], "{name}");
                assert_eq!(listed(&services.two, name).await, [key(number + 100)]);
                assert!(has(&services.one, number, name).await, "{name}");
            }
        },
    );
}

/// With the name and a slash there are 255 characters; one more is the session of nobody.
#[test]
fn a_subject_has_as_many_characters_as_there_is_room_for() {
    run(Services::new, async |services: &Services| {
        let one = &services.one;
        let longest = "~".repeat(251);
        let created = create(one, session(1, &longest)).await;
        assert_eq!(created, Created::Done { evicted: 0 });
        assert!(has(one, 1, &longest).await);
        assert_eq!(listed(one, &longest).await, [key(1)]);
        let longer = format!("{longest}~");
        let refused = one.create(session(2, &longer), None, None, NOW).await;
        assert_eq!(refused.unwrap_err().kind(), StoreErrorKind::TooLarge);
        assert_eq!(listed(one, &longer).await, []);
        let ended = one.revoke(&subject(&longer), Revoke::All, NOW).await;
        assert_eq!(ended.unwrap(), 0);
        assert!(has(one, 1, &longest).await);
    });
}

/// Also twice by one name: what is put on is put on again and not taken off.
#[test]
fn a_namespace_in_a_namespace_is_another_one() {
    run(Services::new, async |services: &Services| {
        for name in ["one", "two"] {
            let inner = Namespaced::new(name, services.one.clone()).unwrap();
            let _ = create(&inner, session(1, "ann")).await;
            assert!(has(&inner, 1, "ann").await);
            for store in [&services.one, &services.two] {
                assert_eq!(load(store, 1).await, Lookup::Absent);
                assert_eq!(listed(store, "ann").await, []);
            }
            assert_eq!(load(&services.plain, 1).await, Lookup::Absent);
            assert!(inner.delete(&key(1), NOW).await.unwrap());
        }
    });
}

/// As the store has it, for another subject.
async fn moved(services: &Services, name: &str) -> Record {
    let _ = create(&services.one, session(1, "ann")).await;
    let inner = services.plain.list(&subject("one/ann"), NOW).await.unwrap();
    let mut record = Record::clone(&inner[0].record);
    assert!(services.plain.delete(&record.key, NOW).await.unwrap());
    if let Standing::User(User { subject, .. }) = &mut record.standing {
        *subject = SubjectId::new(name).unwrap();
    }
    record
}

/// A store that takes one key for another does not sign anybody in here.
#[test]
fn a_subject_of_another_namespace_is_unreadable() {
    for name in ["two/ann", "ann", "one/", "oneann", "one", "One/ann"] {
        run(Services::new, async |services: &Services| {
            let one = &services.one;
            let record = moved(services, name).await;
            let _ = create(&services.plain, record).await;
            assert_eq!(load(one, 1).await, Lookup::Unreadable, "{name}");
            let at_once = one.try_load(&key(1), Renewal::Never, NOW).unwrap();
            assert_eq!(at_once.unwrap(), Lookup::Unreadable);
            let updated = one.update(&key(1), 7, Default::default(), NOW).await;
            assert_eq!(updated.unwrap_err().kind(), StoreErrorKind::Corrupt);
            let rotated = one.rotate(&key(1), rotation(2), NOW).await;
            assert_eq!(rotated.unwrap_err().kind(), StoreErrorKind::Corrupt);
        });
    }
}

#[test]
fn it_shows_its_name_and_nothing_of_the_store() {
    let store = Namespaced::new("one", MemoryStore::new()).unwrap();
    assert_eq!(format!("{store:?}"), "Namespaced { name: \"one\", .. }");
}
