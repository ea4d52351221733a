//! Choices that look random and are the same in every run.

use portcullis_core::Digest;

/// A generator of numbers from a seed: SHA-256 of a counter, which is slow and needs no care.
#[derive(Debug)]
pub(super) struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed, thrown: 0 }
    }

    /// A number below `sides`.
    pub(super) fn below(&mut self, sides: u64) -> u64 {
        self.thrown += 1;
        let parts = [self.seed.to_be_bytes(), self.thrown.to_be_bytes()].concat();
        Digest::of(&parts).prefix() % sides.max(1)
    }

    /// True in so many of a hundred throws.
    pub(super) fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// One of several; nothing if there is none.
    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let count = u64::try_from(from.len()).ok()?;
        let index = usize::try_from(self.below(count)).ok()?;
        from.get(index).cloned()
    }
}
