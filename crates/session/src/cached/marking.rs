//! Marking what a verb changes, from before it until after it.

use super::epochs::{Epochs, Name, Slot};

/// Names whose sessions a verb changes: nothing of theirs counts until the verb is over, however
/// it ends: well, by an error, or dropped half way.
#[derive(Debug)]
pub(super) struct Marking<'a> {
    epochs: &'a Epochs,
    slots: Vec<Slot>,
}

impl<'a> Marking<'a> {
    pub(super) const fn new(epochs: &'a Epochs) -> Self {
        let slots = Vec::new();
        Self { epochs, slots }
    }

    pub(super) fn add(&mut self, name: Name<'_>) {
        self.begin(self.epochs.slot(name));
    }

    /// It may be any session.
    pub(super) fn add_all(&mut self) {
        self.begin(Slot::ALL);
    }

    fn begin(&mut self, slot: Slot) {
        self.epochs.begin(slot);
        self.slots.push(slot);
    }
}

impl Drop for Marking<'_> {
    fn drop(&mut self) {
        self.epochs.end(&self.slots);
    }
}
