//! How a callback ends that does not sign in.

use http::HeaderValue;
use portcullis_core::Token;

use crate::{CallbackOutcome, GithubSignIn, ReturnPath, SignInError};

/// A callback that goes no further.
pub(crate) struct Halt {
    answer: HaltAnswer,
    /// The flow is over: its cookie is removed.
    clears: bool,
    /// What the provider said, for the event.
    pub(crate) description: Option<String>,
}

enum HaltAnswer {
    Error(SignInError),
    Redirect(ReturnPath),
}

impl Halt {
    pub(crate) fn error(error: impl Into<SignInError>) -> Self {
        Self {
            answer: HaltAnswer::Error(error.into()),
            clears: false,
            description: None,
        }
    }

    pub(crate) fn redirect(to: ReturnPath) -> Self {
        Self {
            answer: HaltAnswer::Redirect(to),
            clears: false,
            description: None,
        }
    }

    pub(crate) fn clearing(mut self) -> Self {
        self.clears = true;
        self
    }
}

impl GithubSignIn {
    /// The answer; `state` is that of the flow, if there was one.
    pub(crate) fn outcome(&self, halt: Halt, state: Option<&Token>) -> CallbackOutcome {
        let state = state.filter(|_| halt.clears);
        let clear_cookies: Vec<HeaderValue> = state
            .map(|state| self.cookies.removal(state))
            .unwrap_or_default();
        match halt.answer {
            HaltAnswer::Redirect(to) => CallbackOutcome::Redirect {
                location: to.to_header_value(),
                clear_cookies,
            },
            HaltAnswer::Error(error) => CallbackOutcome::Refused {
                refusal: self.refusal(error, halt.description.as_deref()),
                clear_cookies,
            },
        }
    }
}
