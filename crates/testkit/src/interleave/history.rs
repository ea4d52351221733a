//! What happened, in the order in which it did.

use std::fmt;

use super::words::Names;

/// Which of the requests on a stage; the first is `A`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(super) usize);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match u8::try_from(self.0) {
            Ok(index @ 0..26) => write!(f, "{}", char::from(b'A' + index)),
            _ => write!(f, "request {}", self.0),
        }
    }
}

/// One of the verbs of a [`SessionStore`](portcullis_session::SessionStore).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is documented on SessionStore")]
pub enum Verb {
    Create,
    Load,
    Update,
    Rotate,
    Delete,
    List,
    Revoke,
    Purge,
}

/// What the requests of a stage have done so far; its text has one line a step.
///
/// Keys are called `k1`, `k2` … and sessions `s1`, `s2` …, as they are met.
#[derive(Debug, Default)]
pub struct History {
    pub(super) names: Names,
    requests: Vec<String>,
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    request: RequestId,
    event: Event,
}

#[derive(Debug)]
enum Event {
    Answered {
        verb: Verb,
        call: String,
        answer: String,
    },
    Returned(Verb),
    Ended,
    Dropped,
}

impl History {
    pub(super) fn add_request(&mut self, says: &str) -> RequestId {
        self.requests.push(says.to_owned());
        RequestId(self.requests.len() - 1)
    }

    pub(super) fn add_answer(
        &mut self,
        request: RequestId,
        verb: Verb,
        call: String,
        answer: String,
    ) {
        let event = Event::Answered { verb, call, answer };
        self.steps.push(Step { request, event });
    }

    pub(super) fn add_return(&mut self, request: RequestId, verb: Verb) {
        let event = Event::Returned(verb);
        self.steps.push(Step { request, event });
    }

    pub(super) fn add_end(&mut self, request: RequestId, dropped: bool) {
        let event = if dropped {
            Event::Dropped
        } else {
            Event::Ended
        };
        self.steps.push(Step { request, event });
    }

    /// How many steps there were.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether nothing has happened yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// At which step the store first did a verb for a request.
    #[must_use]
    pub fn did(&self, request: RequestId, verb: Verb) -> Option<usize> {
        self.all(request, verb).next().map(|(step, _)| step)
    }

    /// At which steps the store did a verb for a request, and what it answered.
    pub fn all(&self, request: RequestId, verb: Verb) -> impl Iterator<Item = (usize, &str)> {
        let steps = self.steps.iter().enumerate();
        steps.filter_map(move |(at, step)| match &step.event {
            Event::Answered {
                verb: done, answer, ..
            } if step.request == request && *done == verb => Some((at, answer.as_str())),
            _ => None,
        })
    }

    /// At which step a request came to its end or was dropped.
    #[must_use]
    pub fn ended(&self, request: RequestId) -> Option<usize> {
        let is_end = |step: &Step| {
            step.request == request && matches!(step.event, Event::Ended | Event::Dropped)
        };
        self.steps.iter().position(is_end)
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, says) in self.requests.iter().enumerate() {
            writeln!(f, "{} {says}", RequestId(index))?;
        }
        for (index, step) in self.steps.iter().enumerate() {
            writeln!(f, "{:>4}  {}: {}", index + 1, step.request, step.event)?;
        }
        Ok(())
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered { verb, call, answer } => write!(f, "{verb} {call} -> {answer}"),
            Self::Returned(verb) => write!(f, "hears of its {verb}"),
            Self::Ended => f.write_str("has ended"),
            Self::Dropped => f.write_str("is dropped"),
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Load => "load",
            Self::Update => "update",
            Self::Rotate => "rotate",
            Self::Delete => "delete",
            Self::List => "list",
            Self::Revoke => "revoke",
            Self::Purge => "purge",
        })
    }
}
