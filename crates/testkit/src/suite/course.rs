//! The course of time in a sequence of random verbs.

use std::time::Duration;

use portcullis_core::Timestamp;

use super::dice::Dice;
use super::fixtures::{MILLI, START};

/// A clock that goes forward and back, and knows when something ends.
pub(super) struct Course {
    pub(super) now: Timestamp,
    ends: Vec<Timestamp>,
}

impl Default for Course {
    fn default() -> Self {
        Self {
            now: START,
            ends: Vec::new(),
        }
    }
}

impl Course {
    /// Notes times at which something ends.
    pub(super) fn extend(&mut self, ends: impl IntoIterator<Item = Timestamp>) {
        self.ends.extend(ends);
    }

    /// Mostly a little forward; at times to just about when something ends; at times back.
    pub(super) fn step(&mut self, dice: &mut Dice) {
        let step = match dice.below(10) {
            0..6 => dice.below(2_000),
            6..8 => dice.below(120_000),
            8 => return self.go_to_an_end(dice),
            _ => return self.step_back(dice),
        };
        self.now = self.now.after(Duration::from_millis(step));
    }

    fn go_to_an_end(&mut self, dice: &mut Dice) {
        let mut ahead: Vec<_> = self
            .ends
            .iter()
            .copied()
            .filter(|end| *end > self.now)
            .collect();
        ahead.sort_unstable();
        ahead.truncate(2);
        if let Some(end) = dice.pick(&ahead) {
            let around = [end.before(MILLI), end, end.after(MILLI)];
            self.now = dice.pick(&around).unwrap_or(end).max(self.now);
        }
    }

    /// Not over an end: what a store has once seen dead, it may have removed.
    fn step_back(&mut self, dice: &mut Dice) {
        let earlier = self.now.before(Duration::from_millis(dice.below(120_000)));
        if !self
            .ends
            .iter()
            .any(|end| (earlier..=self.now).contains(end))
        {
            self.now = earlier;
        }
    }
}
