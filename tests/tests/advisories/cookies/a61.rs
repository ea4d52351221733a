//! Cookie tossing: a sibling domain plants a cookie of our name, and the server takes the copy of
//! the attacker, because it is the first, or the last.
//!
//! Here: among the cookies of our name the only one alive counts, in whatever order; two that open
//! different sessions count as none, and that is told.

use std::sync::{Arc, Mutex};

use http::HeaderMap;
use portcullis_core::{Random, Token};
use portcullis_session::{Event, Lifecycle, Observer};

use crate::answers::support::{COOKIE, grounds, headers, lifecycle, sign_in, who};

/// Says who makes a request with several cookies of our name.
trait Chooser {
    fn over(lifecycle: Lifecycle) -> Self;
    async fn who(&self, headers: &HeaderMap) -> Option<String>;
}

struct Ours(Lifecycle);

impl Chooser for Ours {
    fn over(lifecycle: Lifecycle) -> Self {
        Self(lifecycle)
    }

    async fn who(&self, headers: &HeaderMap) -> Option<String> {
        who(&self.0, headers).await
    }
}

/// Counts what is told to be ambiguous.
#[derive(Clone, Debug, Default)]
struct Counter(Arc<Mutex<usize>>);

impl Observer for Counter {
    fn observe(&self, event: &Event) {
        if *event == Event::Ambiguous {
            *self.0.lock().unwrap() += 1;
        }
    }
}

impl Counter {
    fn take(&self) -> usize {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// The same cookies in both orders, in one line and in one each.
fn requests(values: [&str; 2]) -> [HeaderMap; 4] {
    let line = |value: &str| format!("{COOKIE}={value}");
    let [one, two] = values.map(line);
    [
        headers(&[format!("{one}; {two}")]),
        headers(&[format!("{two}; {one}")]),
        headers(&[&one, &two]),
        headers(&[two, one]),
    ]
}

fn invented() -> String {
    let token = Token::generate(&Random::system()).unwrap().encode();
    token.expose_secret().to_owned()
}

async fn check<C: Chooser>() {
    for ground in grounds() {
        let events = Counter::default();
        let lifecycle = lifecycle(Arc::clone(&ground.store)).with_observer(events.clone());
        let (ada, eve) = (
            sign_in(&lifecycle, "ada").await,
            sign_in(&lifecycle, "eve").await,
        );
        let over = sign_in(&lifecycle, "eve").await;
        let ended = lifecycle.session(&headers(&[format!("{COOKIE}={over}")]));
        ended.log_out().await.unwrap();
        let chooser = C::over(lifecycle);

        for dead in [over.as_str(), &invented(), "", "garbage", &"A".repeat(44)] {
            for request in requests([&ada, dead]) {
                let user = chooser.who(&request).await;
                assert_eq!(
                    user.as_deref(),
                    Some("ada"),
                    "a dead cookie hides the living one"
                );
            }
        }
        assert_eq!(events.take(), 0, "{}", ground.name);
        for request in requests([&ada, &eve]) {
            let user = chooser.who(&request).await;
            assert_eq!(user, None, "one of two living cookies was taken");
            assert_eq!(events.take(), 1, "nobody is told of two living cookies");
        }
        for request in requests([&ada, &ada]) {
            let user = chooser.who(&request).await;
            assert_eq!(user.as_deref(), Some("ada"), "the same twice is one");
        }
    }
}

#[tokio::test]
async fn a61_of_several_cookies_the_only_one_alive_counts_and_of_two_none() {
    check::<Ours>().await;
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    const TEST: &str = "a61_of_several_cookies_the_only_one_alive_counts_and_of_two_none";

    /// Hands one cookie on, and does not look at the others.
    async fn only(lifecycle: &Lifecycle, value: Option<&[u8]>) -> Option<String> {
        let value = value?.escape_ascii();
        who(lifecycle, &headers(&[format!("{COOKIE}={value}")])).await
    }

    struct First(Lifecycle);

    impl Chooser for First {
        fn over(lifecycle: Lifecycle) -> Self {
            Self(lifecycle)
        }

        async fn who(&self, headers: &HeaderMap) -> Option<String> {
            only(&self.0, portcullis_cookie::values(headers, COOKIE).next()).await
        }
    }

    struct Last(Lifecycle);

    impl Chooser for Last {
        fn over(lifecycle: Lifecycle) -> Self {
            Self(lifecycle)
        }

        async fn who(&self, headers: &HeaderMap) -> Option<String> {
            only(&self.0, portcullis_cookie::values(headers, COOKIE).last()).await
        }
    }

    /// Takes the first one that is alive.
    struct FirstAlive(Lifecycle);

    impl Chooser for FirstAlive {
        fn over(lifecycle: Lifecycle) -> Self {
            Self(lifecycle)
        }

        async fn who(&self, headers: &HeaderMap) -> Option<String> {
            for value in portcullis_cookie::values(headers, COOKIE) {
                let user = only(&self.0, Some(value)).await;
                if user.is_some() {
                    return user;
                }
            }
            None
        }
    }

    macro_rules! caught {
        ($($fault:ident: $chooser:ident, $says:literal;)+) => {
            $(
                #[expect(non_snake_case, reason = "the test is called what the fault is called")]
                #[tokio::test]
                async fn $fault() {
                    Twin::new(concat!("a61 ", stringify!($fault)), TEST, $says)
                        .is_caught_async(check::<$chooser>())
                        .await;
                }
            )+
        };
    }

    caught! {
        FirstWins: First, "a dead cookie hides the living one";
        LastWins: Last, "a dead cookie hides the living one";
        FirstAliveWins: FirstAlive, "one of two living cookies was taken";
    }
}
