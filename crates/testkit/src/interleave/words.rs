//! Calls and answers in words that are the same in every run.

use std::num::NonZeroU32;

use portcullis_core::{Digest, StoreError};
use portcullis_session::{
    Change, Created, Handle, Loaded, Lookup, Record, Renewal, Revoke, Rotated, Updated,
};

/// Short names for keys and handles, which are random.
#[derive(Debug, Default)]
pub(super) struct Names {
    keys: Vec<Digest>,
    handles: Vec<Handle>,
}

fn number<T: Copy + PartialEq>(known: &mut Vec<T>, one: T) -> usize {
    let place = known.iter().position(|other| *other == one);
    place.unwrap_or_else(|| {
        known.push(one);
        known.len() - 1
    }) + 1
}

impl Names {
    pub(super) fn key(&mut self, key: &Digest) -> String {
        format!("k{}", number(&mut self.keys, *key))
    }

    fn handle(&mut self, handle: Handle) -> String {
        format!("s{}", number(&mut self.handles, handle))
    }

    fn session(&mut self, loaded: &Loaded) -> String {
        let (handle, key) = (
            self.handle(loaded.record.handle),
            self.key(&loaded.record.key),
        );
        format!("{handle} under {key}, version {}", loaded.record.version)
    }

    pub(super) fn create(
        &mut self,
        record: &Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
    ) -> String {
        let mut call = format!(
            "{} under {}",
            self.handle(record.handle),
            self.key(&record.key)
        );
        if let Some(replaced) = replaces {
            call += &format!(" in place of {}", self.key(replaced));
        }
        if let Some(cap) = cap {
            call += &format!(", at most {cap}");
        }
        call
    }

    pub(super) fn load(&mut self, key: &Digest, renewal: Renewal) -> String {
        match renewal {
            Renewal::Never => self.key(key),
            Renewal::IfSeenBy(_) => format!("{}, renewing", self.key(key)),
        }
    }

    pub(super) fn update(&mut self, key: &Digest, expected: u64, change: &Change) -> String {
        let what = match (&change.data, &change.lifetime) {
            (Some(_), Some(_)) => "values and lifetime",
            (Some(_), None) => "values",
            (None, Some(_)) => "lifetime",
            (None, None) => "nothing",
        };
        format!("{} if at version {expected}: {what}", self.key(key))
    }

    pub(super) fn revoke(&mut self, which: Revoke) -> String {
        match which {
            Revoke::All => "all".to_owned(),
            Revoke::AllBut(handle) => format!("all but {}", self.handle(handle)),
            Revoke::One(handle) => self.handle(handle),
        }
    }

    pub(super) fn created(&mut self, created: &Created) -> String {
        match created {
            Created::Done { evicted: 0 } => "Done".to_owned(),
            Created::Done { evicted } => format!("Done, {evicted} evicted"),
            Created::Exists => "Exists".to_owned(),
        }
    }

    pub(super) fn lookup(&mut self, lookup: &Lookup) -> String {
        match lookup {
            Lookup::Absent => "Absent".to_owned(),
            Lookup::Current { loaded, renewed } => {
                let renewed = if *renewed { ", renewed" } else { "" };
                format!("Current {}{renewed}", self.session(loaded))
            }
            Lookup::Predecessor(loaded) => format!("Predecessor of {}", self.session(loaded)),
            Lookup::Reused(handle) => format!("Reused of {}", self.handle(*handle)),
            Lookup::Unreadable => "Unreadable".to_owned(),
        }
    }

    pub(super) fn updated(&mut self, updated: &Updated) -> String {
        match updated {
            Updated::Done(loaded) => format!("Done {}", self.session(loaded)),
            Updated::Conflict(loaded) => format!("Conflict {}", self.session(loaded)),
            Updated::Gone => "Gone".to_owned(),
        }
    }

    pub(super) fn rotated(&mut self, rotated: &Rotated) -> String {
        match rotated {
            Rotated::Done(loaded) => format!("Done {}", self.session(loaded)),
            Rotated::Exists => "Exists".to_owned(),
            Rotated::Gone => "Gone".to_owned(),
            Rotated::Superseded(loaded) => format!("Superseded by {}", self.session(loaded)),
        }
    }

    pub(super) fn listed(&mut self, listed: &[Loaded]) -> String {
        let handles = listed.iter().map(|it| self.handle(it.record.handle));
        format!("[{}]", handles.collect::<Vec<_>>().join(", "))
    }
}

pub(super) fn error(error: &StoreError) -> String {
    format!("error: {error}")
}
