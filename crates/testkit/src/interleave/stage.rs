//! One order: requests, and what must hold while and after they run.

use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use super::Gate;
use super::gate::{Desk, Ticket, lock};
use super::history::{History, RequestId};
use super::wake::{Flag, wait_for_any};

/// A check after every step.
type Always = Box<dyn FnMut(&History)>;

/// A check at the end.
type Finally = Box<dyn FnOnce(&History)>;

/// What one scene is played on: requests that run at once, and what must hold.
///
/// See [`explore`](super::explore).
pub struct Stage {
    desk: Arc<Mutex<Desk>>,
    requests: Vec<Request>,
    always: Vec<Always>,
    finally: Vec<Finally>,
    script: Script,
    /// The choices that were made, and of how many.
    pub(super) made: Vec<(usize, usize)>,
}

struct Request {
    id: RequestId,
    /// `None` once it has ended.
    future: Option<Pin<Box<dyn Future<Output = ()>>>>,
    flag: Arc<Flag>,
    may_be_dropped: bool,
}

/// What a request came to; clones are the same.
#[derive(Debug)]
pub struct Outcome<T> {
    id: RequestId,
    value: Rc<RefCell<Option<T>>>,
}

/// How an order goes on.
#[derive(Clone, Copy)]
enum Choice {
    Call(Ticket),
    Drop(RequestId),
}

/// Who makes the choices.
pub(super) enum Script {
    /// These; beyond them the first is taken.
    Given(Vec<usize>),
    /// Chance, from this state on.
    Chance(u64),
}

impl Script {
    /// The choice at this place, of so many.
    fn index(&mut self, place: usize, of: usize) -> usize {
        match self {
            Self::Given(choices) => choices.get(place).copied().unwrap_or(0),
            Self::Chance(state) => {
                let of = u64::try_from(of.max(1)).unwrap_or(1);
                usize::try_from(random(state) % of).unwrap_or(0)
            }
        }
    }
}

/// The next number of splitmix64.
pub(super) const fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

impl Stage {
    pub(super) fn new(script: Script) -> Self {
        Self {
            desk: Arc::default(),
            requests: Vec::new(),
            always: Vec::new(),
            finally: Vec::new(),
            script,
            made: Vec::new(),
        }
    }

    /// The gate for what all requests share above the store, such as a cache: the calls that it
    /// makes are those of the request that runs.
    #[must_use]
    pub fn gate(&self) -> Gate {
        Gate::new(&self.desk, None)
    }

    /// Adds a request, which does what `says` says, by stores that it puts behind its gate.
    pub fn request<T: 'static, F>(
        &mut self,
        says: &str,
        make: impl FnOnce(&Gate) -> F,
    ) -> Outcome<T>
    where
        F: Future<Output = T> + 'static,
    {
        let id = lock(&self.desk).history.add_request(says);
        let outcome = Outcome {
            id,
            value: Rc::default(),
        };
        let (future, value) = (
            make(&Gate::new(&self.desk, Some(id))),
            Rc::clone(&outcome.value),
        );
        let future = async move {
            let output = future.await;
            value.replace(Some(output));
        };
        self.requests.push(Request {
            id,
            future: Some(Box::pin(future)),
            flag: Flag::up(),
            may_be_dropped: false,
        });
        outcome
    }

    /// Adds a request that may be dropped wherever it waits, as when its client has gone: whether
    /// and where it is, is a choice as well.
    pub fn droppable<T: 'static, F>(
        &mut self,
        says: &str,
        make: impl FnOnce(&Gate) -> F,
    ) -> Outcome<T>
    where
        F: Future<Output = T> + 'static,
    {
        let outcome = self.request(says, make);
        if let Some(request) = self.requests.last_mut() {
            request.may_be_dropped = true;
        }
        outcome
    }

    /// Adds what must hold after every step.
    pub fn always(&mut self, check: impl FnMut(&History) + 'static) {
        self.always.push(Box::new(check));
    }

    /// Adds what must hold when all requests have ended.
    pub fn finally(&mut self, check: impl FnOnce(&History) + 'static) {
        self.finally.push(Box::new(check));
    }

    /// Plays one order to its end.
    pub(super) fn play(&mut self) {
        self.settle();
        while let Some(choice) = self.choose() {
            match choice {
                Choice::Call(ticket) => lock(&self.desk).call(ticket),
                Choice::Drop(id) => self.drop_request(id),
            }
            self.settle();
        }
        for check in std::mem::take(&mut self.finally) {
            self.look(check);
        }
    }

    /// The next choice; `None` if all requests have ended.
    fn choose(&mut self) -> Option<Choice> {
        let calls = lock(&self.desk).waiting().into_iter().map(Choice::Call);
        let going = self.requests.iter().filter(|it| it.future.is_some());
        let drops = going.clone().filter(|it| it.may_be_dropped);
        let choices: Vec<Choice> = calls.chain(drops.map(|it| Choice::Drop(it.id))).collect();
        if going.count() == 0 {
            return None;
        }
        let index = self.script.index(self.made.len(), choices.len());
        self.made.push((index, choices.len()));
        let chosen = choices.get(index).copied();
        assert!(
            chosen.is_some(),
            "the order cannot be played: the scene differs from run to run"
        );
        chosen
    }

    fn drop_request(&mut self, id: RequestId) {
        for request in self.requests.iter_mut().filter(|it| it.id == id) {
            request.future = None;
        }
        lock(&self.desk).history.add_end(id, true);
    }

    /// Lets all requests come to where they wait at a gate, and looks whether all is well.
    fn settle(&mut self) {
        loop {
            while self.poll_woken() {}
            let (inside, is_waiting) = {
                let desk = lock(&self.desk);
                (desk.inside, !desk.waiting().is_empty())
            };
            let going = self.requests.iter().filter(|it| it.future.is_some());
            if going.clone().next().is_none() || (inside == 0 && is_waiting) {
                break;
            }
            let woken = wait_for_any(going.map(|it| &*it.flag));
            assert!(woken, "stuck: nobody is at a gate, and nobody is woken");
        }
        let mut checks = std::mem::take(&mut self.always);
        for check in &mut checks {
            self.look(check);
        }
        self.always = checks;
    }

    /// Polls each request that was woken; `false` if there is none.
    fn poll_woken(&mut self) -> bool {
        let mut any = false;
        for request in &mut self.requests {
            let Some(future) = &mut request.future else {
                continue;
            };
            if !request.flag.take() {
                continue;
            }
            any = true;
            let waker = request.flag.waker();
            lock(&self.desk).running = Some(request.id);
            let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
            lock(&self.desk).running = None;
            if polled == Poll::Ready(()) {
                request.future = None;
                lock(&self.desk).history.add_end(request.id, false);
            }
        }
        any
    }

    /// Looks at the history.
    fn look(&self, check: impl FnOnce(&History)) {
        let history = std::mem::take(&mut lock(&self.desk).history);
        let lent = Lent {
            desk: &self.desk,
            history,
        };
        check(&lent.history);
    }

    /// The history as text.
    pub(super) fn story(&self) -> String {
        lock(&self.desk).history.to_string()
    }

    pub(super) fn steps(&self) -> usize {
        lock(&self.desk).history.len()
    }
}

/// The history while somebody looks at it, who may use a gate that all share.
struct Lent<'a> {
    desk: &'a Mutex<Desk>,
    history: History,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        lock(self.desk).history = std::mem::take(&mut self.history);
    }
}

impl<T> Outcome<T> {
    /// Which request it is of.
    #[must_use]
    pub const fn id(&self) -> RequestId {
        self.id
    }

    /// Whether the request has come to its end; one that was dropped has not.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.value.borrow().is_some()
    }

    /// What the request came to, if it has come to its end; it is handed out once.
    #[must_use]
    pub fn take(&self) -> Option<T> {
        self.value.take()
    }

    /// A copy of what the request came to, if it has come to its end.
    #[must_use]
    pub fn peek(&self) -> Option<T>
    where
        T: Clone,
    {
        self.value.borrow().clone()
    }
}

impl<T> Clone for Outcome<T> {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            value: Rc::clone(&self.value),
        }
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.story())
    }
}
