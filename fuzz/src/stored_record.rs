//! Whatever is read from a store is written again and read again as the same.
//!
//! The input is taken as the body of a record, and as its data.

use std::collections::BTreeMap;

use portcullis_core::{Digest, Timestamp};
use portcullis_session::codec::{Body, decode, encode};
use portcullis_session::{Data, Handle, Lifetime, Record};

/// Checks the rule.
pub fn check(input: &[u8]) {
    if let Ok(body) = decode(input) {
        let written = encode(&record(&body));
        assert_eq!(decode(&written).as_ref(), Ok(&body), "read otherwise again");
        assert_eq!(
            written, input,
            "decoded what `encode` could not have written"
        );
    }
    if let Ok(data) = Data::from_bytes(input) {
        check_data(&data, input);
    }
}

fn check_data(data: &Data, input: &[u8]) {
    assert_eq!(data.as_bytes(), input);
    assert_eq!(Data::from_bytes(data.as_bytes()).as_ref(), Ok(data));
    assert_eq!(
        (data.len(), data.is_empty()),
        (input.len(), input.is_empty())
    );
    let entries = naive(input);
    for (key, value) in &entries {
        assert_eq!(data.value(key), Some(*value));
    }
    // Written in order and each key once, or it would not have been taken.
    let size = |(key, value): (&&str, &&[u8])| 5 + key.len() + value.len();
    assert_eq!(entries.iter().map(size).sum::<usize>(), input.len());
}

fn naive(mut rest: &[u8]) -> BTreeMap<&str, &[u8]> {
    let mut entries = BTreeMap::new();
    while let [key, a, b, c, d, after @ ..] = rest {
        let value = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let (key, after) = after.split_at(usize::from(*key));
        let (value, after) = after.split_at(value);
        entries.insert(std::str::from_utf8(key).expect("a key is text"), value);
        rest = after;
    }
    entries
}

/// A record with this body; what a store keeps beside it is of no matter.
fn record(body: &Body) -> Record {
    Record {
        key: Digest::of(b"key"),
        handle: Handle::from_bytes([7; 16]),
        standing: body.standing.clone(),
        created_at: Timestamp::from_secs(1),
        lifetime: Lifetime {
            idle_secs: 60,
            until: Timestamp::from_secs(99),
            persistence: body.persistence,
        },
        predecessor: None,
        version: 3,
        data: body.data.clone(),
    }
}
