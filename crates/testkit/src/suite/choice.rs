//! Which verb comes next, with what and when.

use std::time::Duration;

use portcullis_core::{Digest, Level, SubjectId, Timestamp};
use portcullis_session::{
    Change, Lifetime, Loaded, Lookup, Persistence, Record, Renewal, Revoke, Rotation,
    SessionStore as _,
};

use super::course::Course;
use super::dice::Dice;
use super::fixtures::{anonymous, authentication, data, handle, pending, subject, user};
use super::own_store::OwnStore;
use super::play::{Answer, Verb};
use super::verbs::{find, limit, well};

/// Users and pending users; the third name stands for nobody.
pub(super) const NAMES: [&str; 3] = ["ada", "bob", ""];

/// Chooses verbs that may matter, by what a simple store holds.
pub(super) struct Chooser {
    pub(super) seed: u64,
    dice: Dice,
    pub(super) model: OwnStore,
    pub(super) course: Course,
    /// Every key that was named so far.
    pub(super) keys: Vec<Digest>,
    /// Keys that rotations had to do with.
    rotated: Vec<Digest>,
    handles: u64,
}

impl Chooser {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            dice: Dice::new(seed),
            model: OwnStore::default(),
            course: Course::default(),
            keys: Vec::new(),
            rotated: Vec::new(),
            handles: 0,
        }
    }

    /// The next verb, at a time of its own.
    pub(super) async fn verb(&mut self) -> Verb {
        self.course.step(&mut self.dice);
        match self.dice.below(16) {
            0..4 => self.create().await,
            4..8 => self.load().await,
            8..10 => self.update().await,
            10..12 => self.rotate().await,
            12 => Verb::Delete {
                key: self.key().await,
            },
            13 => self.revoke().await,
            14 => Verb::List {
                subject: self.some_subject(),
            },
            _ => Verb::Purge {
                limit: limit(if self.dice.percent(50) { 1 } else { 10 }),
            },
        }
    }

    /// Remembers what may be of use, and what ends when.
    pub(super) fn note(&mut self, verb: &Verb, answer: &mut Answer) {
        self.course.extend(
            answer
                .sessions_mut()
                .iter()
                .map(|loaded| loaded.expires_at()),
        );
        match verb {
            Verb::Create { record, .. } => {
                self.keys.push(record.key);
                self.course
                    .extend([record.lifetime.expires_at(self.course.now)]);
            }
            Verb::Rotate { key, rotation } => {
                self.keys.push(rotation.new_key);
                self.rotated.extend([*key, rotation.new_key]);
                self.course
                    .extend([rotation.grace_until, rotation.remember_until]);
            }
            _ => {}
        }
    }

    /// A user of this sequence alone.
    pub(super) fn subject(&self, name: &str) -> SubjectId {
        subject(&self.name(name))
    }

    fn name(&self, name: &str) -> String {
        format!("{name}-{}", self.seed)
    }

    fn some_subject(&mut self) -> SubjectId {
        let name = self.dice.pick(&NAMES).unwrap_or_default();
        self.subject(name)
    }

    /// Mostly a key of a session that is alive, then any that was used, now and then an unknown.
    async fn key(&mut self) -> Digest {
        let unknown = Digest::of_parts(&[b"unknown", &self.seed.to_be_bytes()]);
        let mut keys = self.keys.clone();
        if self.dice.percent(75) {
            keys.clear();
            for key in &self.keys {
                if find(&self.model, key, self.course.now).await != Lookup::Absent {
                    keys.push(*key);
                }
            }
        }
        if self.dice.percent(5) {
            unknown
        } else {
            self.dice.pick(&keys).unwrap_or(unknown)
        }
    }

    /// A key for a new session: mostly a fresh one, at times one that was used.
    ///
    /// Keys of a rotated session that is over are left out: the contract does not say whether they
    /// are still remembered, and since keys are random they do not come back.
    async fn new_key(&mut self) -> Digest {
        let used = self.key().await;
        let is_alive = find(&self.model, &used, self.course.now).await != Lookup::Absent;
        if self.dice.percent(25) && (is_alive || !self.rotated.contains(&used)) {
            return used;
        }
        let count = u64::try_from(self.keys.len()).unwrap_or(0);
        Digest::of_parts(&[&self.seed.to_be_bytes(), &count.to_be_bytes()])
    }

    async fn create(&mut self) -> Verb {
        let name = self.dice.pick(&NAMES).unwrap_or_default();
        let is_repeated = !name.is_empty() && self.dice.percent(10);
        self.handles += u64::from(!is_repeated);
        let record = Record {
            key: self.new_key().await,
            created_at: self
                .course
                .now
                .before(Duration::from_secs(self.dice.below(3))),
            lifetime: self.lifetime(),
            version: self.dice.below(3),
            ..self.session_of(name)
        };
        // A repeated handle may be that of the session to be replaced: the contract leaves that.
        let replaces = match self.key().await {
            key if !is_repeated && self.dice.percent(30) => Some(key),
            _ => None,
        };
        let cap = self
            .dice
            .pick(&[None, Some(1), Some(2), Some(3)])
            .flatten()
            .map(limit);
        Verb::Create {
            record,
            replaces,
            cap,
        }
    }

    fn session_of(&mut self, name: &str) -> Record {
        // A user's handles are never another's.
        let place = NAMES.iter().position(|other| *other == name).unwrap_or(0);
        let number = self.handle_number(self.handles * 4 + u64::try_from(place).unwrap_or(0));
        match (name, self.dice.percent(20)) {
            ("", _) => anonymous(number),
            (name, true) => pending(number, &self.name(name)),
            (name, false) => user(number, &self.name(name)),
        }
    }

    const fn handle_number(&self, number: u64) -> u64 {
        self.seed * 10_000 + number
    }

    fn lifetime(&mut self) -> Lifetime {
        let kinds = [Persistence::Browser, Persistence::Persistent];
        let secs = self.dice.pick(&[60, 7_200, 86_400]).unwrap_or(60);
        Lifetime {
            idle_secs: self.dice.pick(&[300, 3_600, 36_000]).unwrap_or(300),
            until: self.course.now.after(Duration::from_secs(secs)),
            persistence: self.dice.pick(&kinds).unwrap_or(Persistence::Browser),
        }
    }

    async fn load(&mut self) -> Verb {
        let window = self
            .dice
            .pick(&[None, Some(0), Some(1), Some(60)])
            .flatten();
        let by = |secs| Renewal::IfSeenBy(self.course.now.before(Duration::from_secs(secs)));
        let renewal = window.map_or(Renewal::Never, by);
        Verb::Load {
            key: self.key().await,
            renewal,
        }
    }

    /// The session that a key opens at present.
    async fn behind(&self, key: &Digest) -> Option<Loaded> {
        match find(&self.model, key, self.course.now).await {
            Lookup::Current { loaded, .. } | Lookup::Predecessor(loaded) => Some(loaded),
            _ => None,
        }
    }

    async fn update(&mut self) -> Verb {
        let key = self.key().await;
        let version = self
            .behind(&key)
            .await
            .map_or(1, |loaded| loaded.record.version);
        let expected = if self.dice.percent(80) {
            version
        } else {
            self.dice.below(6)
        };
        let value = self.dice.below(1_000).to_string();
        let data = self
            .dice
            .percent(70)
            .then(|| data(&[("n", value.as_bytes())]));
        let lifetime = self.dice.percent(40).then(|| self.lifetime());
        Verb::Update {
            key,
            expected,
            change: Change { data, lifetime },
        }
    }

    async fn rotate(&mut self) -> Verb {
        let key = self.key().await;
        // Whether a taken key or a missing session is told first is not said.
        let is_current = self
            .behind(&key)
            .await
            .is_some_and(|loaded| loaded.record.key == key);
        let fresh = Digest::of_parts(&[&self.seed.to_be_bytes(), b"to", key.as_bytes()]);
        let rotation = Rotation {
            new_key: if is_current {
                self.new_key().await
            } else {
                fresh
            },
            authentication: self
                .dice
                .percent(30)
                .then(|| authentication("otp", Level::Multi)),
            grace_until: self.soon(&[0, 5, 60]),
            remember_until: self.soon(&[0, 60, 600, 3_600]),
        };
        Verb::Rotate { key, rotation }
    }

    fn soon(&mut self, secs: &[u64]) -> Timestamp {
        self.course
            .now
            .after(Duration::from_secs(self.dice.pick(secs).unwrap_or(0)))
    }

    async fn revoke(&mut self) -> Verb {
        let subject = self.some_subject();
        let listed = well(self.model.list(&subject, self.course.now).await);
        let theirs: Vec<_> = listed.iter().map(|loaded| loaded.record.handle).collect();
        let number = self.dice.below(self.handles * 4 + 4);
        let any = handle(self.handle_number(number));
        let chosen = self
            .dice
            .pick(&theirs)
            .filter(|_| self.dice.percent(70))
            .unwrap_or(any);
        let which = match self.dice.below(4) {
            0 => Revoke::All,
            1 => Revoke::AllBut(chosen),
            _ => Revoke::One(chosen),
        };
        Verb::Revoke { subject, which }
    }
}
