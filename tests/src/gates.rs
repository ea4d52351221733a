use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

/// Places in handlers at which a test holds requests, so that orders are forced without waiting.
#[derive(Clone, Debug, Default)]
pub struct Gates(Arc<Mutex<HashMap<String, Gate>>>);

/// One such place.
#[derive(Clone, Debug)]
pub struct Gate(Arc<watch::Sender<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    arrived: usize,
    open: bool,
}

impl Gates {
    /// The gate of a name; shut until it is opened.
    #[must_use]
    pub fn gate(&self, name: &str) -> Gate {
        let mut gates = self.0.lock().expect("nobody panicked with the gates");
        let shut = || Gate(Arc::new(watch::Sender::new(Counts::default())));
        gates.entry(name.to_owned()).or_insert_with(shut).clone()
    }
}

impl Gate {
    /// Waits in a handler until the test opens the gate.
    pub async fn pass(&self) {
        self.0.send_modify(|counts| counts.arrived += 1);
        let mut counts = self.0.subscribe();
        // The sender lives in `self`, so this cannot fail before it is true.
        let _ = counts.wait_for(|counts| counts.open).await;
    }

    /// Waits in a test until so many requests have come here.
    pub async fn arrived(&self, requests: usize) {
        let mut counts = self.0.subscribe();
        let _ = counts.wait_for(|counts| counts.arrived >= requests).await;
    }

    /// Lets all pass, now and later.
    pub fn open(&self) {
        self.0.send_modify(|counts| counts.open = true);
    }
}
