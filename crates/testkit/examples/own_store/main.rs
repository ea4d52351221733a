//! How to write a session store of your own, and how to know that it is right.
//!
//! `store.rs` is the store; the one line below the `main` function is the proof. Run it with
//! `cargo test -p portcullis-testkit --example own_store`.

mod store;

use std::error::Error;

use portcullis_core::{Clock as _, Random, SystemClock, Token};
use portcullis_session::{
    Data, Handle, Lifetime, Lookup, Persistence, Record, Renewal, SessionStore as _, Standing,
};

use store::OwnStore;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (random, now) = (Random::system(), SystemClock.now());
    let token = Token::generate(&random)?;
    let lifetime = Lifetime {
        idle_secs: 60,
        until: now.after(std::time::Duration::from_secs(3_600)),
        persistence: Persistence::Browser,
    };
    let record = Record {
        key: token.digest(),
        handle: Handle::generate(&random)?,
        standing: Standing::Anonymous,
        created_at: now,
        lifetime,
        predecessor: None,
        version: 0,
        data: Data::default(),
    };
    let store = OwnStore::default();
    println!(
        "created: {:?}",
        store.create(record, None, None, now).await?
    );
    println!(
        "found: {:?}",
        store
            .load(&token.digest(), Renewal::IfSeenBy(now), now)
            .await?
    );
    println!("logged out: {}", store.delete(&token.digest(), now).await?);
    let gone = store.load(&token.digest(), Renewal::Never, now).await? == Lookup::Absent;
    println!("gone: {gone}");
    Ok(())
}

#[cfg(test)]
portcullis_testkit::session_store_suite!(async || OwnStore::default());
