//! Why a signature does not fit.
//!
//! [`explain`] takes a delivery that was refused, changes one thing after the other and looks
//! whether the signature fits then.
//!
//! 1. What it finds is for logs and for people who set something up, never for the sender: whoever
//!    is told how a forgery fails makes a better one.
//! 2. It is no part of verifying. A delivery that fits after a change is refused all the same.
//! 3. It hashes the body dozens of times. Call it for a person who asks, not for each request.
//! 4. A finding holds neither secret nor signature.
//!
//! ```
//! use http::HeaderMap;
//! use portcullis_core::Timestamp;
//! use portcullis_webhook::explain::{BodyChange, Finding, ShownSecret, explain};
//! use portcullis_webhook::{Head, schemes};
//!
//! let secrets = [ShownSecret::new("It's a Secret to Everybody")];
//! let mut headers = HeaderMap::new();
//! let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
//! headers.insert("x-hub-signature-256", signature.parse()?);
//!
//! let (head, now) = (Head::new(&headers), Timestamp::from_secs(0));
//! let findings = explain(&schemes::GITHUB, &secrets, head, b"Hello, World!\n", now);
//! assert_eq!(findings, [Finding::Body(BodyChange::WithoutFinalNewline)]);
//! assert!(explain(&schemes::GITHUB, &secrets, head, b"Hello, World!", now).is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ages;
mod bodies;
mod case;
mod finding;
mod headers;
mod json;
mod kinds;
mod others;
mod secrets;
mod signatures;
mod urls;

pub use case::ShownSecret;
pub use finding::Finding;
pub use headers::signed_headers;
pub use kinds::{
    BodyChange, JsonEscapes, JsonForm, JsonLayout, PrefixChange, SecretChange, UrlChange,
};

use portcullis_core::Timestamp;

use crate::{Head, Scheme};
use case::Case;

/// Finds out what is likely wrong with a delivery that was refused.
///
/// The secrets are those that it was judged by, as the provider shows them, and those that it might
/// have been signed with. The first question that has an answer ends the search. There is no
/// finding if signature and age are right; the reason of the refusal, such as a replay, then says
/// all there is to say.
///
/// # Security
///
/// For logs only: the sender must not learn any of it. The time that this takes depends on the
/// secrets' form.
#[must_use]
pub fn explain(
    scheme: &Scheme<'_>,
    secrets: &[ShownSecret<'_>],
    head: Head<'_>,
    body: &[u8],
    now: Timestamp,
) -> Vec<Finding> {
    let case = Case {
        scheme: *scheme,
        secrets,
        head,
        body,
        now,
    };
    if let Some(findings) = ages::of_what_fits(&case) {
        return findings;
    }
    let questions: [fn(&Case<'_>) -> Vec<Finding>; 9] = [
        ages::unit,
        secrets::changes,
        urls::changes,
        bodies::changes,
        signatures::changes,
        others::that_fit,
        others::that_look_alike,
        headers::faults,
        secrets::unreadable,
    ];
    let mut answers = questions.iter().map(|question| question(&case));
    let answer = answers.find(|findings| !findings.is_empty());
    answer.unwrap_or_else(|| vec![Finding::NothingFits])
}
