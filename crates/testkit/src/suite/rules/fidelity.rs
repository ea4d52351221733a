//! What goes in comes out as it was.

use portcullis_core::{Level, Timestamp};
use portcullis_session::{
    Data, Lifetime, Pending, Persistence, Record, SessionStore, Stamp, Standing, User,
};

use crate::suite::fixtures::{
    START, anonymous, authentication, data, key, lifetime, method, secs, subject, user,
};
use crate::suite::verbs::{current, list, put, rotate, values, write};

/// Every kind of standing, with and without a stamp, and both kinds of persistence.
pub async fn s40_every_standing_comes_back<S: SessionStore>(store: &S) {
    let users = [Level::Single, Level::Multi].into_iter().flat_map(|level| {
        [None, Stamp::new(b"1").ok(), Stamp::new(&[0; 999]).ok()].map(|stamp| {
            let authentication = authentication("github", level);
            Standing::User(User {
                subject: subject("ada"),
                authentication,
                stamp,
            })
        })
    });
    let pending = Pending {
        subject: subject("ada"),
        method: method("otp"),
        at: secs(5),
    };
    let standings = users.chain([Standing::Anonymous, Standing::Pending(pending)]);
    let mut number = 0;
    for standing in standings {
        for persistence in [Persistence::Browser, Persistence::Persistent] {
            number += 1;
            let lifetime = Lifetime {
                persistence,
                ..lifetime()
            };
            let record = Record {
                standing: standing.clone(),
                lifetime,
                ..anonymous(number)
            };
            comes_back(store, record, number + 1_000).await;
        }
    }
}

/// A record is the same by its key, in its user's list, and after another key and a write.
async fn comes_back<S: SessionStore>(store: &S, record: Record, new: u64) {
    put(store, &record, START).await;
    let loaded = current(store, &record.key, START).await;
    assert_eq!(*loaded.record, record);
    if let Some(name) = record.subject() {
        assert!(
            list(store, name.as_str(), START).await.contains(&loaded),
            "{loaded:?}"
        );
    }
    let moved = rotate(store, &record.key, &key(new), START).await.record;
    let mut expected = Record {
        key: moved.key,
        version: record.version + 1,
        ..record
    };
    expected.predecessor.clone_from(&moved.predecessor);
    assert_eq!(*moved, expected);
    let version = moved.version;
    let written = write(store, &key(new), version, values(data(&[])), START)
        .await
        .record;
    let expected = Record {
        version: version + 1,
        data: data(&[]),
        ..expected
    };
    assert_eq!(*written, expected);
    assert_eq!(*current(store, &key(new), START).await.record, expected);
}

/// The least and the greatest that a session can have in it.
pub async fn s40_extremes_come_back<S: SessionStore>(store: &S) {
    let longest = "~".repeat(255);
    let first = Standing::User(User {
        subject: subject("!"),
        authentication: portcullis_core::Authentication {
            at: Timestamp::UNIX_EPOCH,
            ..authentication("!", Level::Single)
        },
        stamp: None,
    });
    let last = Standing::Pending(Pending {
        subject: subject(&longest),
        method: method(&longest),
        at: secs(u32::MAX.into()),
    });
    let endless = Lifetime {
        idle_secs: u32::MAX,
        until: Timestamp::MAX,
        ..lifetime()
    };
    let odd = Timestamp::from_millis(START.as_millis() + 1);
    for (number, standing, created_at, version) in [
        (1, first, Timestamp::UNIX_EPOCH, 0),
        (2, last, secs(u32::MAX.into()), u32::MAX.into()),
        (3, Standing::Anonymous, odd, u64::from(u32::MAX) + 1),
    ] {
        let record = anonymous(number);
        let record = Record {
            standing,
            created_at,
            version,
            lifetime: endless,
            ..record
        };
        comes_back(store, record, number + 1_000).await;
    }
}

/// No values at all, and a megabyte of them, in one value and in many.
pub async fn s40_a_megabyte_comes_back<S: SessionStore>(store: &S) {
    const MEGABYTE: usize = 1 << 20;
    let one = vec![b'7'; MEGABYTE - 6];
    let one = data(&[("n", &one)]);
    assert_eq!(one.len(), MEGABYTE);
    let names: Vec<String> = (0..4_096).map(|number| format!("{number:0251}")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &b"null"[..])).collect();
    let many = data(&many);
    for (number, data) in [(1, Data::default()), (2, one.clone()), (3, many)] {
        put(
            store,
            &Record {
                data: data.clone(),
                ..user(number, "ada")
            },
            START,
        )
        .await;
        assert!(
            current(store, &key(number), START).await.record.data == data,
            "{number}"
        );
    }
    write(store, &key(1), 1, values(one.clone()), START).await;
    for loaded in list(store, "ada", START).await {
        assert!(
            loaded.record.data.len() >= MEGABYTE,
            "{:?}",
            loaded.record.handle
        );
    }
    assert!(current(store, &key(1), START).await.record.data == one);
    write(store, &key(1), 2, values(Data::default()), START).await;
    assert!(current(store, &key(1), START).await.record.data.is_empty());
}

/// Values are bytes: what no program of today reads is kept for the one that does.
pub async fn s44_values_come_back_byte_for_byte<S: SessionStore>(store: &S) {
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let odd: [&[u8]; 10] = [
        b"",
        b" { \"a\" : 1.0e0 } \r\n",
        b"{\"a\":1,\"a\":2}",
        b"12345678901234567890.000",
        "\"\u{fffd}\u{0}\u{10ffff}\"".as_bytes(),
        b"\"\\u0000\\ud800\"",
        b"not json",
        b"\xff\xfe\x00",
        b"'; DROP TABLE sessions; --",
        &every_byte,
    ];
    let names: Vec<String> = (0..odd.len())
        .map(|number| format!("k\u{e9}\u{0}{number}"))
        .collect();
    let entries: Vec<(&str, &[u8])> = names.iter().map(String::as_str).zip(odd).collect();
    put(
        store,
        &Record {
            data: data(&entries),
            ..user(1, "ada")
        },
        START,
    )
    .await;
    for round in 1..=2 {
        let loaded = current(store, &key(1), START).await;
        for (name, value) in &entries {
            assert_eq!(loaded.record.data.value(name), Some(*value), "{name:?}");
        }
        assert_eq!(loaded.record.data, data(&entries));
        write(store, &key(1), round, values(data(&entries)), START).await;
    }
}
