//! Whether calls that were made at once fit some order of one after the other.

use std::fmt;

use crate::own_store::OwnStore;
use crate::verb::{Answer, Verb};

/// A call as it went: when it began, when it returned, and with what.
#[derive(Clone)]
pub(crate) struct Done {
    pub(crate) verb: Verb,
    pub(crate) began: usize,
    pub(crate) returned: usize,
    pub(crate) answer: Answer,
}

impl fmt::Debug for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            verb,
            began,
            returned,
            answer,
        } = self;
        write!(f, "{began}-{returned}: {verb:?} -> {answer:?}")
    }
}

/// Whether some order explains all answers, and then those to `looks`.
pub(crate) fn explains(before: &[Verb], done: &[Done], looks: &[(Verb, Answer)]) -> bool {
    let order = &mut Vec::new();
    goes_on(before, done, looks, order)
}

fn goes_on(
    before: &[Verb],
    done: &[Done],
    looks: &[(Verb, Answer)],
    order: &mut Vec<usize>,
) -> bool {
    let Some(store) = plays(before, done, order) else {
        return false;
    };
    if order.len() == done.len() {
        return looks
            .iter()
            .all(|(verb, answer)| verb.call(&store) == *answer);
    }
    let left: Vec<usize> = (0..done.len()).filter(|it| !order.contains(it)).collect();
    // Nobody comes after a call that began only when theirs had returned.
    let first_return = left.iter().map(|it| done[*it].returned).min();
    let mut next = left
        .iter()
        .filter(|it| Some(done[**it].began) < first_return);
    next.any(|it| {
        order.push(*it);
        let explained = goes_on(before, done, looks, order);
        order.pop();
        explained
    })
}

/// The simple store after the calls in this order, if it answers them so.
fn plays(before: &[Verb], done: &[Done], order: &[usize]) -> Option<OwnStore> {
    let store = OwnStore::default();
    for verb in before {
        verb.call(&store);
    }
    let calls = order.iter().map(|it| &done[*it]);
    let mut fits = calls.map(|call| call.verb.call(&store) == call.answer);
    fits.all(|fits| fits).then_some(store)
}
