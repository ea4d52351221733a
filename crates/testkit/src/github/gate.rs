//! Holding calls until a test lets them go on, so that orders are forced without sleeping.

use std::sync::Arc;

use tokio::sync::watch;

/// Chooses where a held call waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hold {
    /// After the work: a token exists already, its answer is not sent yet.
    Answer,
    /// Before the work: nothing was changed yet.
    Arrival,
}

/// Holds every call of one endpoint until the test releases it.
///
/// Dropping the gate opens it.
#[derive(Debug)]
#[must_use = "a dropped gate is open"]
pub struct Gate(Turnstile);

impl Gate {
    pub(super) fn new() -> Self {
        Self(Turnstile(Arc::new(watch::Sender::new(Counts::default()))))
    }

    /// Waits until so many calls have come to the gate since it was set.
    pub async fn arrived(&self, calls: u64) {
        let mut counts = self.0.0.subscribe();
        // The sender lives in `self`, so that this cannot fail before it is true.
        let _ = counts.wait_for(|counts| counts.arrived >= calls).await;
    }

    /// Lets one call pass, in the order of their arrival; if none waits, the next one.
    ///
    /// A call whose client has gone keeps its place in that order.
    pub fn release_one(&self) {
        self.0.0.send_modify(|counts| counts.released += 1);
    }

    /// Lets all pass, now and later.
    pub fn open(&self) {
        self.0.open();
    }

    pub(super) fn turnstile(&self) -> Turnstile {
        self.0.clone()
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// The server's side of a gate.
#[derive(Clone, Debug)]
pub(super) struct Turnstile(Arc<watch::Sender<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    arrived: u64,
    open: bool,
    released: u64,
}

impl Turnstile {
    pub(super) async fn pass(&self) {
        let mut ticket = 0;
        self.0.send_modify(|counts| {
            counts.arrived += 1;
            ticket = counts.arrived;
        });
        let mut counts = self.0.subscribe();
        let _ = counts
            .wait_for(|counts| counts.open || counts.released >= ticket)
            .await;
    }

    pub(super) fn open(&self) {
        self.0.send_modify(|counts| counts.open = true);
    }

    pub(super) fn is_open(&self) -> bool {
        self.0.borrow().open
    }
}
