use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::FutureExt as _;

/// A faulty implementation that some test must find.
///
/// It is right but for one fault, which is a fault that somebody once had. That a test finds it
/// shows that the test can fail.
#[derive(Clone, Copy, Debug)]
pub struct Twin {
    name: &'static str,
    test: &'static str,
    says: &'static str,
}

impl Twin {
    /// A twin of this name, the test that must find it, and what that test says when it does.
    ///
    /// `says` is part of a message of that test alone, so that nothing else that goes wrong passes
    /// for it.
    #[must_use]
    pub const fn new(name: &'static str, test: &'static str, says: &'static str) -> Self {
        Self { name, test, says }
    }

    /// Runs the test's check on the twin; fails if it finds nothing, or something else.
    pub fn is_caught(self, check: impl FnOnce()) {
        self.judge(catch_unwind(AssertUnwindSafe(check)));
    }

    /// Like [`is_caught`](Self::is_caught), for a check that waits.
    pub async fn is_caught_async(self, check: impl Future<Output = ()>) {
        self.judge(AssertUnwindSafe(check).catch_unwind().await);
    }

    fn judge(self, outcome: Result<(), Box<dyn Any + Send>>) {
        let Self { name, test, says } = self;
        let Err(panic) = outcome else {
            panic!("{test} finds nothing wrong with {name}")
        };
        let said = text(&*panic);
        assert!(
            said.contains(says),
            "{test} should find that {says:?} of {name}, but says: {said}"
        );
        caught(name, test);
    }
}

/// Tells `cargo xtask twins` that a test found a twin.
pub fn caught(twin: &str, test: &str) {
    println!("twin {twin}: caught by {test}");
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWIN: Twin = Twin::new("Liar", "the_truth_is_told", "that is not so");

    #[test]
    fn a_twin_is_caught_by_the_failure_it_should_cause() {
        TWIN.is_caught(|| panic!("oh, that is not so"));
    }

    #[test]
    #[should_panic(expected = "finds nothing wrong with Liar")]
    fn a_twin_that_is_not_found_fails() {
        TWIN.is_caught(|| {});
    }

    #[test]
    #[should_panic(expected = "but says: out of luck")]
    fn another_failure_does_not_count() {
        TWIN.is_caught(|| panic!("out of luck"));
    }
}
