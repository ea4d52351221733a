//! CVE-2023-20862: the empty context of a log-out was judged to be unchanged, and not saved.

use std::sync::Arc;

use portcullis_core::{Digest, StoreError, Timestamp};
use portcullis_session::{Lookup, Renewal, SessionStore as _};

use super::support::{
    Below, Deed, Door, Fault, Faulty, Flaw, Ground, Ours, Said, Tiny, line, policy, sign_in, who,
};

/// A store that never admits that anything was modified.
struct NotModified;

impl Fault for NotModified {
    async fn load(
        &self,
        below: &Below,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        let mut lookup = below.load(key, renewal, now).await?;
        if let Lookup::Current { renewed, .. } = &mut lookup {
            *renewed = false;
        }
        Ok(lookup)
    }

    async fn delete(
        &self,
        below: &Below,
        key: &Digest,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        below.delete(key, now).await.map(|_| false)
    }
}

/// A log-out after nothing but a look, and one after a write in an earlier request.
async fn check(door: &impl Door) {
    for writes in [false, true] {
        let token = sign_in(door, "", "ada").await;
        if writes {
            door.ask(&line(&token), Deed::Write).await;
        }
        let out = door.ask(&line(&token), Deed::LookAndLogOut).await;
        assert_eq!(out.who.as_deref(), Some("ada"));
        assert_eq!(out.said, Said::Removal);
        assert_eq!(door.rows(), 0, "a log-out deletes, whatever has changed");
        assert_eq!(who(door, &token).await, None);
    }
}

#[tokio::test]
async fn a12_a_log_out_deletes_whatever_has_changed() {
    for door in Ours::all() {
        check(&door).await;
    }
}

#[tokio::test]
async fn a12_a_log_out_deletes_in_a_store_that_says_not_modified() {
    for ground in Ground::all() {
        let (below, fault) = (Arc::clone(&ground.store), NotModified);
        let store = Arc::new(Faulty { below, fault });
        check(&Ours::by_way_of(ground, store, policy())).await;
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn UnchangedIsNotSaved() {
        let twin = Twin::new(
            "a12 UnchangedIsNotSaved",
            "a12_a_log_out_deletes_whatever_has_changed",
            "a log-out deletes, whatever has changed",
        );
        let door = Tiny::with(Flaw::UnchangedIsNotSaved);
        twin.is_caught_async(check(&door)).await;
    }
}
