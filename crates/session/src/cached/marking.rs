//! Marking what a verb changes, before it and after it.

use super::epochs::{Epochs, Name, Slot};
use crate::Handle;

/// Names whose sessions a verb changes: marked when they become known, and once more when the
/// verb is over, however it ends: well, by an error, or dropped half way.
#[derive(Debug)]
pub(super) struct Marking<'a> {
    epochs: &'a Epochs,
    slots: Vec<Slot>,
    is_in_doubt: bool,
}

impl<'a> Marking<'a> {
    pub(super) const fn new(epochs: &'a Epochs) -> Self {
        Self {
            epochs,
            slots: Vec::new(),
            is_in_doubt: false,
        }
    }

    pub(super) fn add(&mut self, name: Name<'_>) {
        let slot = self.epochs.slot(name);
        self.epochs.mark(&[slot]);
        self.slots.push(slot);
    }

    /// Until it is settled which session is concerned, it may be any.
    pub(super) fn doubt(&mut self) {
        self.is_in_doubt = true;
    }

    /// It is this session, or none.
    pub(super) fn settle(&mut self, handle: Option<&Handle>) {
        self.is_in_doubt = false;
        if let Some(handle) = handle {
            self.add(Name::Handle(handle));
        }
    }
}

impl Drop for Marking<'_> {
    fn drop(&mut self) {
        self.epochs.mark(&self.slots);
        if self.is_in_doubt {
            self.epochs.mark_all();
        }
    }
}
