//! Units and clocks.

use std::time::Duration;

use portcullis_core::Timestamp;
use portcullis_webhook::explain::{Finding, ShownSecret, explain};
use portcullis_webhook::{Encoding, Hash, Head, Scheme, Timestamps, Unit};

use crate::support::{BODY, NOW, OTHER, SECRET, STRIPE, UTF8, found, sent};

#[test]
fn w49_seconds_and_milliseconds_are_told_apart() {
    use Unit::{Millis, Rfc3339, Seconds};
    let of = |unit| {
        Scheme::hmac("ours", Hash::Sha256, "x-signature", Encoding::Hex)
            .with_message("{timestamp}.{body}")
            .with_timestamp(Timestamps::Header("x-timestamp", unit))
    };
    for ours in [Millis, Rfc3339, Seconds] {
        for theirs in [Millis, Rfc3339, Seconds]
            .into_iter()
            .filter(|unit| *unit != ours)
        {
            let headers = sent(of(theirs), UTF8, SECRET, NOW);
            assert_eq!(
                found(of(ours), &headers, BODY),
                [Finding::Unit(theirs)],
                "{ours:?}"
            );
        }
    }
    let in_signature = STRIPE.with_timestamp(Timestamps::Signature(Millis));
    let headers = sent(in_signature, UTF8, SECRET, NOW);
    assert_eq!(found(STRIPE, &headers, BODY), [Finding::Unit(Millis)]);
}

#[test]
fn w49_the_skew_of_clocks_is_measured() {
    let (limit, by) = (Duration::from_secs(300), Duration::from_secs(301));
    let headers = sent(STRIPE, UTF8, SECRET, NOW.before(by));
    assert_eq!(
        found(STRIPE, &headers, BODY),
        [Finding::Stale { ago: by, limit }]
    );
    let headers = sent(STRIPE, UTF8, SECRET, NOW.after(by));
    assert_eq!(
        found(STRIPE, &headers, BODY),
        [Finding::Early { ahead: by, limit }]
    );
    for at in [NOW.before(limit), NOW.after(limit)] {
        let headers = sent(STRIPE, UTF8, SECRET, at);
        let secrets = [ShownSecret::new(SECRET)];
        assert_eq!(
            explain(&STRIPE, &secrets, Head::new(&headers), BODY, NOW),
            []
        );
    }
}

#[test]
fn w49_the_age_of_a_forgery_is_not_told() {
    let headers = sent(STRIPE, UTF8, OTHER, Timestamp::from_secs(1));
    assert_eq!(found(STRIPE, &headers, BODY), [Finding::NothingFits]);
}

#[cfg(feature = "token")]
#[test]
fn w49_a_token_says_itself_that_it_is_over() {
    let ours = portcullis_webhook::schemes::JIRA_CONNECT;
    let headers = sent(ours, UTF8, SECRET, NOW);
    let secrets = [ShownSecret::new(SECRET)];
    let at = |secs| {
        let now = NOW.after(Duration::from_secs(secs));
        let head = Head::new(&headers).with_url(crate::support::URL);
        explain(&ours, &secrets, head, BODY, now)
    };
    assert_eq!(at(179), []);
    assert_eq!(at(181), [Finding::Expired]);
    let (ago, limit) = (Duration::from_secs(301), Duration::from_secs(300));
    assert_eq!(at(301), [Finding::Stale { ago, limit }]);
}
