//! Keeps users from a provider that is down, and us from one that asked us to wait.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portcullis_core::Timestamp;

/// How many failures in a row open the circuit.
const FAILURES: u32 = 5;
/// For how long it stays open.
const OPEN_FOR: Duration = Duration::from_secs(10);
/// For how long a provider's wish to wait is heeded at most: a clock that jumped, or one wrong
/// answer, must not close the gate for ever.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// One provider's circuit.
///
/// Five failures in a row open it for ten seconds; then one sign-in is let through, whose outcome
/// closes it or opens it anew. A failure is a sign-in that ended by no answer, a late one, or one
/// of 5xx; other answers, whatever they say, show that the provider is there.
#[derive(Debug, Default)]
pub(crate) struct Circuit(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    opened: Option<Timestamp>,
    probing: bool,
    wait_from: Timestamp,
    wait_for: Duration,
}

/// Leave to call the provider, for one sign-in. Dropped without a word, it changes nothing.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    circuit: &'a Circuit,
    is_probe: bool,
}

/// How a sign-in went, as far as the provider is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    Answered,
    Failed,
}

impl Circuit {
    /// Whether a sign-in may begin; if not, in how long. Takes no place.
    pub(crate) fn check(&self, now: Timestamp) -> Result<(), Duration> {
        let state = self.state();
        match state.closed_for(now) {
            Some(wait) => Err(wait),
            None => Ok(()),
        }
    }

    /// Leave to call; if there is none, in how long to ask again.
    pub(crate) fn enter(&self, now: Timestamp) -> Result<Permit<'_>, Duration> {
        let mut state = self.state();
        if let Some(wait) = state.closed_for(now) {
            return Err(wait);
        }
        let is_probe = state.opened.is_some();
        if is_probe && state.probing {
            return Err(Duration::from_secs(1));
        }
        state.probing = is_probe;
        Ok(Permit {
            circuit: self,
            is_probe,
        })
    }

    /// Lets nobody through for `wait`.
    pub(crate) fn wait(&self, wait: Duration, now: Timestamp) {
        let mut state = self.state();
        let left = state.waits_for(now).unwrap_or_default();
        state.wait_from = now;
        state.wait_for = wait.min(LONGEST_WAIT).max(left);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is whole after each statement, whatever panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn closed_for(&self, now: Timestamp) -> Option<Duration> {
        let open = self.opened.and_then(|opened| left(opened, OPEN_FOR, now));
        self.waits_for(now).max(open)
    }

    fn waits_for(&self, now: Timestamp) -> Option<Duration> {
        left(self.wait_from, self.wait_for, now)
    }

    fn record(&mut self, health: Health, is_probe: bool, now: Timestamp) {
        if self.opened.is_some() && !is_probe {
            // It began before the circuit opened: old news.
            return;
        }
        self.probing = false;
        match health {
            Health::Answered => (self.failures, self.opened) = (0, None),
            Health::Failed => {
                self.failures = self.failures.saturating_add(1);
                if self.failures >= FAILURES {
                    self.opened = Some(now);
                }
            }
        }
    }
}

/// What is left of a span; nothing if the clock was set back to before its beginning.
fn left(from: Timestamp, span: Duration, now: Timestamp) -> Option<Duration> {
    if now < from {
        return None;
    }
    span.checked_sub(now.since(from))
        .filter(|left| !left.is_zero())
}

impl Permit<'_> {
    /// Says how it went.
    pub(crate) fn record(self, health: Health, now: Timestamp) {
        self.circuit.state().record(health, self.is_probe, now);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.is_probe {
            self.circuit.state().probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn after(secs: u64) -> Timestamp {
        NOW.after(Duration::from_secs(secs))
    }

    fn fail(circuit: &Circuit, times: u32, now: Timestamp) {
        for _ in 0..times {
            circuit.enter(now).unwrap().record(Health::Failed, now);
        }
    }

    #[test]
    fn o37_five_failures_in_a_row_open_it_for_ten_seconds() {
        let circuit = Circuit::default();
        fail(&circuit, 4, NOW);
        circuit.enter(NOW).unwrap().record(Health::Answered, NOW);
        fail(&circuit, 4, NOW);
        assert_eq!(circuit.check(NOW), Ok(()));
        fail(&circuit, 1, NOW);
        assert_eq!(circuit.check(NOW), Err(Duration::from_secs(10)));
        assert_eq!(circuit.check(after(9)), Err(Duration::from_secs(1)));
        assert_eq!(circuit.check(after(10)), Ok(()));
    }

    #[test]
    fn o37_half_open_lets_one_through() {
        let circuit = Circuit::default();
        fail(&circuit, 5, NOW);
        let probe = circuit.enter(after(10)).unwrap();
        assert!(circuit.enter(after(10)).is_err());
        probe.record(Health::Failed, after(11));
        assert_eq!(circuit.check(after(20)), Err(Duration::from_secs(1)));
        let probe = circuit.enter(after(21)).unwrap();
        probe.record(Health::Answered, after(21));
        fail(&circuit, 4, after(21));
        assert_eq!(circuit.check(after(21)), Ok(()));
    }

    #[test]
    fn o37_an_abandoned_probe_gives_its_place_back() {
        let circuit = Circuit::default();
        fail(&circuit, 5, NOW);
        drop(circuit.enter(after(10)).unwrap());
        assert!(circuit.enter(after(10)).is_ok());
    }

    #[test]
    fn o37_what_began_before_it_opened_does_not_close_it() {
        let circuit = Circuit::default();
        let late = circuit.enter(NOW).unwrap();
        fail(&circuit, 5, NOW);
        late.record(Health::Answered, NOW);
        assert!(circuit.check(NOW).is_err());
    }

    #[test]
    fn o38_a_wait_is_kept_and_bounded() {
        let circuit = Circuit::default();
        circuit.wait(Duration::from_secs(30), NOW);
        circuit.wait(Duration::from_secs(5), NOW);
        assert_eq!(circuit.check(after(29)), Err(Duration::from_secs(1)));
        assert_eq!(circuit.check(after(30)), Ok(()));
        circuit.wait(Duration::MAX, NOW);
        assert_eq!(circuit.check(after(3_600)), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_close_it_for_ever() {
        let circuit = Circuit::default();
        circuit.wait(Duration::from_secs(30), NOW);
        fail(&circuit, 0, NOW);
        assert_eq!(circuit.check(Timestamp::from_secs(1)), Ok(()));
    }
}
