//! A store that answers with another key's record, which is valid in itself.

use std::sync::{Arc, Mutex};

use portcullis_core::Token;
use portcullis_session::{
    DynSessionStore, Event, Loaded, Lookup, MemoryStore, Predecessor, Record, Renewal,
};
use portcullis_tests::Site;

use crate::load::{Probe, Wire, site_on};
use crate::measured::{Measured, times};

/// The ways to answer with a record of another key.
fn answers(other: &Loaded, asked: portcullis_core::Digest) -> Vec<Lookup> {
    let handle = other.record.handle;
    let with = |change: &dyn Fn(&mut Record)| {
        let mut record = Record::clone(&other.record);
        change(&mut record);
        Loaded {
            record: Arc::new(record),
            seen_at: other.seen_at,
        }
    };
    let was = |key, grace_until| Some(Box::new(Predecessor { key, grace_until }));
    let (over, later) = (other.record.created_at, other.record.lifetime.until);
    vec![
        Lookup::Current {
            loaded: other.clone(),
            renewed: false,
        },
        Lookup::Current {
            loaded: other.clone(),
            renewed: true,
        },
        Lookup::Predecessor(other.clone()),
        // A predecessor of another key, or of this one whose grace window is over.
        Lookup::Predecessor(with(&|it| it.predecessor = was(it.key, later))),
        Lookup::Predecessor(with(&|it| it.predecessor = was(asked, over))),
        // The key that was asked for stands where it means nothing.
        Lookup::Current {
            loaded: with(&|it| it.predecessor = was(asked, later)),
            renewed: false,
        },
        Lookup::Reused(handle),
    ]
}

#[tokio::test]
async fn e31_another_keys_record_is_nobodys() {
    let store: Arc<dyn DynSessionStore> = Arc::new(MemoryStore::new());
    let answer = Arc::new(Mutex::new(None::<Lookup>));
    let told = Arc::clone(&answer);
    let twist = move |_: &_, found| told.lock().unwrap().clone().unwrap_or(found);
    let site = site_on(Probe::new(Arc::clone(&store)).with_twist(twist)).await;
    let (alice, bob) = (site.logged_in("alice").await, site.logged_in("bob").await);
    let digest = |browser: &portcullis_tests::Browser| {
        let token = browser.cookie(Site::COOKIE).unwrap();
        (Token::parse(token.as_bytes()).unwrap().digest(), token)
    };
    let ((asked, token), (other, _)) = (digest(&alice), digest(&bob));
    let now = site.lifecycle.now();
    let Ok(Lookup::Current { loaded, .. }) = store.dyn_load(&other, Renewal::Never, now).await
    else {
        panic!("bob's session is there");
    };
    let mut wire = Wire::to(&site.address()).await;
    let cookie = format!("{}={token}", Site::COOKIE);
    let _ = site.events();
    let (rounds, mut refused) = (times(300, 30_000), 0_u32);
    for _ in 0..rounds {
        for lie in answers(&loaded, asked) {
            let expected = match &lie {
                Lookup::Reused(handle) => Event::Reused(*handle),
                _ => Event::RecordRefused,
            };
            *answer.lock().unwrap() = Some(lie.clone());
            let reply = wire.get("/me", &cookie).await.unwrap();
            assert_eq!(reply.status, 401, "{lie:?}");
            assert_eq!(reply.cookie(Site::COOKIE), None, "{lie:?}");
            assert_eq!(site.events(), [expected], "{lie:?}");
            refused += 1;
        }
    }
    *answer.lock().unwrap() = None;
    assert_eq!(
        wire.get("/me", &cookie).await.unwrap().text("/user"),
        "alice"
    );
    Measured {
        number: 31,
        what: "another key's record over HTTP",
        target: "refused by digest binding 100 %",
        found: format!("{refused} of {refused} refused, in 7 shapes"),
    }
    .note();
}
