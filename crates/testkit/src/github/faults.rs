//! Which calls go wrong next.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::endpoint::Endpoint;
use super::fault::Fault;
use super::gate::{Gate, Hold, Turnstile};

/// Says how often a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Times {
    /// At every call, until it is cleared.
    Always,
    /// At so many calls.
    Next(u32),
}

/// Plans what goes wrong at a stand-in; all clones share one plan.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<Plan>>);

#[derive(Default)]
struct Plan {
    faults: Vec<(Endpoint, Fault, Times)>,
    gates: Vec<(Endpoint, Hold, Turnstile)>,
}

impl Faults {
    /// Plans `fault` for the calls of `endpoint` that come after those planned before.
    ///
    /// One call meets one fault. A plan for [`Times::Always`] hides all later ones.
    pub fn set(&self, endpoint: Endpoint, fault: Fault, times: Times) {
        if times != Times::Next(0) {
            self.plan().faults.push((endpoint, fault, times));
        }
    }

    /// Holds the calls of `endpoint` from now on, beside whatever fault they meet.
    pub fn gate(&self, endpoint: Endpoint, hold: Hold) -> Gate {
        let gate = Gate::new();
        self.plan().gates.push((endpoint, hold, gate.turnstile()));
        gate
    }

    /// Forgets the faults planned for `endpoint`; gates stay.
    pub fn clear(&self, endpoint: Endpoint) {
        self.plan()
            .faults
            .retain(|(planned, ..)| *planned != endpoint);
    }

    /// Forgets all faults and opens all gates.
    pub fn clear_all(&self) {
        let plan = std::mem::take(&mut *self.plan());
        plan.gates
            .iter()
            .for_each(|(.., turnstile)| turnstile.open());
    }

    /// Takes the fault that the next call of `endpoint` meets.
    pub(super) fn take(&self, endpoint: Endpoint) -> Option<Fault> {
        self.take_if(endpoint, |_| true)
    }

    /// The same, if that fault is a `wanted` one; otherwise it stays for a later call.
    pub(super) fn take_if(
        &self,
        endpoint: Endpoint,
        wanted: impl Fn(&Fault) -> bool,
    ) -> Option<Fault> {
        let mut plan = self.plan();
        let index = plan
            .faults
            .iter()
            .position(|(planned, ..)| *planned == endpoint)?;
        let (_, fault, times) = plan.faults.get_mut(index)?;
        if !wanted(fault) {
            return None;
        }
        let fault = fault.clone();
        match times {
            Times::Always => {}
            Times::Next(left) if *left > 1 => *left -= 1,
            Times::Next(_) => drop(plan.faults.remove(index)),
        }
        Some(fault)
    }

    /// Waits at the gates of this endpoint and place.
    pub(super) async fn hold(&self, endpoint: Endpoint, hold: Hold) {
        for turnstile in self.turnstiles(endpoint, hold) {
            turnstile.pass().await;
        }
    }

    fn turnstiles(&self, endpoint: Endpoint, hold: Hold) -> Vec<Turnstile> {
        let mut plan = self.plan();
        plan.gates.retain(|(.., turnstile)| !turnstile.is_open());
        let here = plan
            .gates
            .iter()
            .filter(|gate| gate.0 == endpoint && gate.1 == hold);
        here.map(|(.., turnstile)| turnstile.clone()).collect()
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = self.plan();
        f.debug_struct("Faults")
            .field("faults", &plan.faults)
            .field("gates", &plan.gates.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_come_in_the_order_of_planning_and_run_out() {
        let faults = Faults::default();
        faults.set(Endpoint::User, Fault::Close, Times::Next(0));
        faults.set(Endpoint::User, Fault::Html, Times::Next(2));
        faults.set(Endpoint::User, Fault::Truncate, Times::Next(1));
        assert!(faults.take(Endpoint::Emails).is_none());
        assert!(matches!(faults.take(Endpoint::User), Some(Fault::Html)));
        assert!(matches!(faults.take(Endpoint::User), Some(Fault::Html)));
        assert!(matches!(faults.take(Endpoint::User), Some(Fault::Truncate)));
        assert!(faults.take(Endpoint::User).is_none());
    }

    #[test]
    fn always_lasts_until_cleared() {
        let faults = Faults::default();
        faults.set(Endpoint::User, Fault::Html, Times::Always);
        assert!(faults.take(Endpoint::User).is_some());
        assert!(faults.take(Endpoint::User).is_some());
        faults.clear(Endpoint::User);
        assert!(faults.take(Endpoint::User).is_none());
    }

    #[test]
    fn unwanted_fault_stays_planned() {
        let faults = Faults::default();
        faults.set(Endpoint::User, Fault::Html, Times::Next(1));
        assert!(faults.take_if(Endpoint::User, |_| false).is_none());
        assert!(faults.take(Endpoint::User).is_some());
    }
}
