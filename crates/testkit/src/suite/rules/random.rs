//! Random verbs, given to the store and to a simple one beside it.

use std::time::Duration;

use portcullis_core::Digest;
use portcullis_session::{Lookup, Renewal, SessionStore};

use crate::suite::choice::{Chooser, NAMES};
use crate::suite::fixtures::START;
use crate::suite::play::Verb;
use crate::suite::verbs::{find, limit, well};

const SEQUENCES: u64 = 200;
const VERBS: usize = 40;

/// Whatever verbs come, in whatever order and at whatever times, the store answers as the simple
/// store of the documentation does, verb for verb.
pub async fn s40_random_verbs_are_answered_as_the_contract_says<S: SessionStore>(store: &S) {
    for seed in 0..SEQUENCES {
        let mut play = Play {
            chooser: Chooser::new(seed),
            story: Vec::new(),
        };
        for _ in 0..VERBS {
            let verb = play.chooser.verb().await;
            play.give(store, &verb).await;
        }
        play.look_at_everything(store).await;
        // The next sequence has other keys and users; what this one left is out of its way.
        let afterwards = START.after(Duration::from_secs(1_000_000));
        while well(store.purge(limit(1_000), afterwards).await) > 0 {}
    }
}

/// One sequence of verbs.
struct Play {
    chooser: Chooser,
    /// All that was said so far, for whoever has to find out what went wrong.
    story: Vec<String>,
}

impl Play {
    /// Gives one verb to both stores and compares what they say.
    async fn give<S: SessionStore>(&mut self, store: &S, verb: &Verb) {
        let is_moot = match verb {
            Verb::Load { key, .. } => self.has_visited_by(key).await,
            _ => false,
        };
        let (model, now) = (&self.chooser.model, self.chooser.course.now);
        let mut expected = verb.run(model, now).await.plain(now, is_moot);
        let answer = verb.run(store, now).await.plain(now, is_moot);
        let millis = now.since(START).as_millis();
        self.story
            .push(format!("after {millis} ms: {verb:?}\n    -> {answer:?}"));
        assert!(
            answer == expected,
            "the contract says {expected:?}\nat the end of sequence {}:\n{}",
            self.chooser.seed,
            self.story.join("\n"),
        );
        self.chooser.note(verb, &mut expected);
    }

    /// Whether the last visit is not before now.
    async fn has_visited_by(&self, key: &Digest) -> bool {
        let (model, now) = (&self.chooser.model, self.chooser.course.now);
        let found = find(model, key, now).await;
        matches!(found, Lookup::Current { loaded, .. } if loaded.seen_at >= now)
    }

    async fn look_at_everything<S: SessionStore>(&mut self, store: &S) {
        for key in self.chooser.keys.clone() {
            self.give(
                store,
                &Verb::Load {
                    key,
                    renewal: Renewal::Never,
                },
            )
            .await;
        }
        for name in NAMES {
            let subject = self.chooser.subject(name);
            self.give(store, &Verb::List { subject }).await;
        }
    }
}
