//! GHSA-x445-f3h2-j279: state, nonce and verifier that were not bound to the provider.

use portcullis_cookie::{KeyRing, SealKey};
use portcullis_core::Random;
use portcullis_tests::{Site, SiteSetup, StoreKind};

use super::support::{ALICE, on_every_store, with_parameter};

/// What providers are told apart by; the issuer is the service's own where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Provider {
    name: &'static str,
    issuer: Option<&'static str>,
}

const PROVIDERS: [Provider; 4] = [
    provider("github", None),
    provider("ghes", None),
    provider("other", None),
    // Nobody gave it a name of its own.
    provider("github", Some("https://ghes.example/login/oauth")),
];

const fn provider(name: &'static str, issuer: Option<&'static str>) -> Provider {
    Provider { name, issuer }
}

/// What came of a flow that began with one provider and ended at another's callback.
struct Crossed {
    signed_in: bool,
    /// How many calls the provider got, each with the code or a token in it.
    calls: usize,
}

async fn check(cross: impl AsyncFn(usize, usize) -> Crossed) {
    for (begun, one) in PROVIDERS.iter().enumerate() {
        for (ended, other) in PROVIDERS.iter().enumerate() {
            let crossed = cross(begun, ended).await;
            let what = format!("{one:?} at {other:?}");
            if begun == ended {
                assert!(crossed.signed_in, "{what}: its own flow is refused");
            } else {
                assert_eq!(crossed.calls, 0, "{what}: the code was sent on");
                assert!(!crossed.signed_in, "{what}: another's flow signs in");
            }
        }
    }
}

/// Providers of one service, alike in all but name or issuer: keys, store, cookies, redirect URI
/// and client.
async fn providers(kind: StoreKind) -> Vec<Site> {
    let key = SealKey::generate(&Random::system()).unwrap();
    let keys = || KeyRing::new(key.clone());
    let mut sites = vec![SiteSetup::new(kind).with_keys(keys()).start().await];
    for provider in &PROVIDERS[1..] {
        let setup = SiteSetup::beside(&sites[0], keys());
        let setup = setup.with_config(move |config| {
            let config = config.with_provider(provider.name);
            match provider.issuer {
                Some(issuer) => config.with_issuer(issuer),
                None => config,
            }
        });
        sites.push(setup.start().await);
    }
    sites
}

async fn a66_a_state_of_one_provider_is_refused_at_anothers_callback(kind: StoreKind) {
    let sites = providers(kind).await;
    check(async |begun: usize, ended: usize| {
        let (begun, ended) = (&sites[begun], &sites[ended]);
        let browser = begun.browser();
        let callback = browser.callback(Site::START, &begun.github, ALICE).await;
        let callback = callback.replace(&sites[0].base, &ended.base);
        // Not every installation says who it is: the flow itself has to.
        let callback = with_parameter(&callback, "iss", None);
        begun.github.requests().clear();
        let there = browser.at(&ended.base);
        let answer = there.get(&callback).await;
        let calls = begun.github.requests().back_channel();
        let signed_in = there.get("/me").await.status == 200;
        if !signed_in {
            let refusal = (400, "provider_mismatch".to_owned());
            assert_eq!(answer.refusal(), refusal);
        }
        Crossed { signed_in, calls }
    })
    .await;
}

on_every_store!(a66_a_state_of_one_provider_is_refused_at_anothers_callback);

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    const TEST: &str = "a66_a_state_of_one_provider_is_refused_at_anothers_callback";

    /// What a flow cookie says.
    struct Flow {
        provider: usize,
        state: u32,
    }

    fn cross(begun: usize, ended: usize, bound: fn(&Flow, usize) -> bool) -> Crossed {
        let (flow, returned) = (
            Flow {
                provider: begun,
                state: 7,
            },
            7,
        );
        let signed_in = flow.state == returned && bound(&flow, ended);
        let calls = usize::from(signed_in);
        Crossed { signed_in, calls }
    }

    #[tokio::test]
    async fn states_of_any_provider() {
        let twin = Twin::new("a66 StatesOfAnyProvider", TEST, "the code was sent on");
        let unbound = async |begun, ended| cross(begun, ended, |_, _| true);
        twin.is_caught_async(check(unbound)).await;
    }

    /// Two have the name that everybody has by default.
    #[tokio::test]
    async fn providers_by_their_names_alone() {
        let twin = Twin::new("a66 NamesAlone", TEST, "the code was sent on");
        let by_name = async |begun, ended| {
            let bound =
                |flow: &Flow, ended: usize| PROVIDERS[flow.provider].name == PROVIDERS[ended].name;
            cross(begun, ended, bound)
        };
        twin.is_caught_async(check(by_name)).await;
    }

    /// The code is exchanged first, and then it is seen that the flow is another's.
    #[tokio::test]
    async fn providers_compared_after_the_exchange() {
        let twin = Twin::new("a66 ComparedTooLate", TEST, "the code was sent on");
        let late = async |begun, ended| {
            let bound = |flow: &Flow, ended: usize| flow.provider == ended;
            let crossed = cross(begun, ended, bound);
            Crossed {
                calls: 1,
                ..crossed
            }
        };
        twin.is_caught_async(check(late)).await;
    }
}
