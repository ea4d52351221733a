//! GitHub is down, or asks us to wait.

use std::time::Duration;

use http::StatusCode;
use portcullis_testkit::github::{Endpoint, Fault, Hold, RateLimit, Times};
use portcullis_tests::{Answer, Ask, Site, SiteSetup, StoreKind};

use super::{ALICE, BOB, site};

const DOWN: Fault = Fault::Status(StatusCode::BAD_GATEWAY);

async fn sign_in(site: &Site) -> Answer {
    site.browser()
        .sign_in(Site::START, &site.github, ALICE)
        .await
}

#[tokio::test]
async fn o35_a_github_that_is_not_there_is_502() {
    let setup = SiteSetup::new(StoreKind::Memory);
    // Nothing listens on the discard port.
    let setup = setup.with_config(|config| config.with_api_base("http://127.0.0.1:9"));
    let site = setup.start().await;
    assert_eq!(
        sign_in(&site).await.refusal(),
        (502, "bad_upstream".to_owned())
    );
    assert_eq!(site.sessions_of("usr_1001").await, 0);
}

#[tokio::test]
async fn o36_the_exchange_is_never_repeated() {
    for fault in [Fault::Close, Fault::CloseAfterWork, Fault::CutOff, DOWN] {
        let what = format!("{fault:?}");
        let site = site().await;
        site.fault(Endpoint::Token, fault, Times::Next(1));
        assert_eq!(
            sign_in(&site).await.refusal(),
            (502, "bad_upstream".to_owned()),
            "{what}"
        );
        assert_eq!(site.calls(Endpoint::Token), 1, "{what}");
    }
}

#[tokio::test]
async fn o36_a_read_is_repeated_twice_at_most() {
    let site = site().await;
    site.fault(Endpoint::User, DOWN, Times::Next(2));
    assert_eq!(sign_in(&site).await.status, 303);
    assert_eq!(site.calls(Endpoint::User), 3);
    site.github.requests().clear();
    site.fault(Endpoint::User, DOWN, Times::Next(3));
    assert_eq!(
        sign_in(&site).await.refusal(),
        (502, "bad_upstream".to_owned())
    );
    assert_eq!(
        (site.calls(Endpoint::User), site.calls(Endpoint::Token)),
        (3, 1)
    );
    site.github.requests().clear();
    // What is no outage is not asked again.
    site.fault(
        Endpoint::User,
        Fault::Status(StatusCode::INTERNAL_SERVER_ERROR),
        Times::Next(1),
    );
    assert_eq!(sign_in(&site).await.status, 502);
    assert_eq!(site.calls(Endpoint::User), 1);
}

#[tokio::test]
async fn o37_five_failures_keep_users_here_for_ten_seconds() {
    let site = site().await;
    let here = site.logged_in("usr").await;
    let early = site.browser();
    let early_callback = early.callback(Site::START, &site.github, ALICE).await;
    site.fault(Endpoint::Token, DOWN, Times::Always);
    for _ in 0..5 {
        assert_eq!(
            sign_in(&site).await.refusal(),
            (502, "bad_upstream".to_owned())
        );
    }
    let calls = site.calls(Endpoint::Token);
    for answer in [
        site.browser().get(Site::START).await,
        early.copy().get(&early_callback).await,
    ] {
        assert_eq!(answer.refusal(), (503, "provider_unavailable".to_owned()));
        assert_eq!(answer.header("retry-after"), "10");
        assert_eq!(answer.set_cookies(), [""; 0]);
    }
    let page = site.browser().ask(Ask::get(Site::START).for_page()).await;
    assert_eq!(
        (page.status.as_u16(), page.header("retry-after")),
        (503, "10")
    );
    assert_eq!(site.calls(Endpoint::Token), calls);
    assert_eq!(
        here.get("/me").await.status,
        200,
        "who is signed in does not notice"
    );

    site.clock.advance(Duration::from_secs(10));
    site.github.faults().clear(Endpoint::Token);
    // One is let through; while it is under way, nobody else.
    let gate = site.github.faults().gate(Endpoint::Token, Hold::Arrival);
    let other = site.browser();
    let other_callback = other.callback(Site::START, &site.github, BOB).await;
    let second = async {
        gate.arrived(1).await;
        let answer = other.copy().get(&other_callback).await;
        gate.open();
        answer
    };
    let (first, second) = tokio::join!(early.get(&early_callback), second);
    assert_eq!(first.status, 303, "{}", first.text());
    assert_eq!(second.refusal(), (503, "provider_unavailable".to_owned()));
    assert_eq!(
        other.get(&other_callback).await.status,
        303,
        "the flow was not used up"
    );
}

#[tokio::test]
async fn o38_a_rate_limit_is_waited_out() {
    let primary = RateLimit::primary(120);
    let secondary = RateLimit::secondary(30);
    for (endpoint, limit, told, closed) in [
        (Endpoint::Token, primary, "120", "120"),
        (Endpoint::Token, secondary, "30", "30"),
        (
            Endpoint::Token,
            secondary.with_too_many_requests(),
            "30",
            "30",
        ),
        (
            Endpoint::Token,
            RateLimit::untold().with_too_many_requests(),
            "60",
            "60",
        ),
        (Endpoint::User, secondary, "30", "30"),
        // One user's own hourly count keeps nobody else out.
        (Endpoint::User, primary, "120", ""),
    ] {
        let what = format!("{endpoint:?} {limit:?}");
        let site = site().await;
        site.fault(endpoint, Fault::RateLimit(limit), Times::Next(1));
        let answer = sign_in(&site).await;
        assert_eq!(
            answer.refusal(),
            (503, "provider_rate_limited".to_owned()),
            "{what}"
        );
        assert_eq!(answer.header("retry-after"), told, "{what}");
        assert_eq!(site.calls(endpoint), 1, "{what}");
        let next = site.browser().get(Site::START).await;
        if closed.is_empty() {
            assert_eq!(next.status, 303, "{what}");
            continue;
        }
        assert_eq!(
            (next.status.as_u16(), next.header("retry-after")),
            (503, closed),
            "{what}"
        );
        let wait = Duration::from_secs(closed.parse().unwrap());
        site.clock.advance(wait - Duration::from_millis(1));
        assert_eq!(site.browser().get(Site::START).await.status, 503, "{what}");
        site.clock.advance(Duration::from_millis(1));
        assert_eq!(sign_in(&site).await.status, 303, "{what}");
    }
}

#[tokio::test]
async fn o43_tokens_are_revoked_and_a_sign_out_waits_for_none_of_it() {
    let site = site().await;
    let browser = site.signed_in(ALICE).await;
    assert_eq!(
        (
            site.github.live_tokens(),
            site.sign_in.pending_revocations()
        ),
        (1, 1)
    );
    // While GitHub does not answer, a sign-out goes on.
    let gate = site
        .github
        .faults()
        .gate(Endpoint::DeleteToken, Hold::Arrival);
    let sign_in = site.sign_in.clone();
    let revoking = tokio::spawn(async move { sign_in.revoke_pending().await });
    gate.arrived(1).await;
    assert_eq!(browser.post("/logout").await.status, 204);
    gate.open();
    assert_eq!(revoking.await.unwrap(), 1);
    assert_eq!(
        (
            site.github.live_tokens(),
            site.sign_in.pending_revocations()
        ),
        (0, 0)
    );
}

#[tokio::test]
async fn o43_an_answer_that_there_is_nothing_to_revoke_is_final() {
    let site = site().await;
    site.signed_in(ALICE).await;
    site.github.revoke_all();
    assert_eq!(site.sign_in.revoke_pending().await, 1);
    site.signed_in(ALICE).await;
    let unprocessable = Fault::Status(StatusCode::UNPROCESSABLE_ENTITY);
    site.fault(Endpoint::DeleteToken, unprocessable, Times::Next(1));
    assert_eq!(site.sign_in.revoke_pending().await, 1);
    assert_eq!(site.sign_in.pending_revocations(), 0);
    assert_eq!(
        site.told()
            .iter()
            .filter(|told| *told == "Revoked ok")
            .count(),
        2
    );
}

#[tokio::test]
async fn o43_a_revocation_that_fails_is_tried_three_times() {
    let site = site().await;
    site.signed_in(ALICE).await;
    let _ = site.told();
    site.fault(Endpoint::DeleteToken, DOWN, Times::Always);
    for left in [1, 1, 0] {
        site.sign_in.revoke_pending().await;
        assert_eq!(site.sign_in.pending_revocations(), left);
    }
    assert_eq!(site.calls(Endpoint::DeleteToken), 3);
    assert_eq!(site.told(), ["RevocationFailed bad_upstream"]);
}

#[tokio::test]
async fn o43_the_example_server_revokes_what_is_left_before_it_stops() {
    let mut masker = portcullis_tests::Masker::start(StoreKind::Memory).await;
    masker.signed_in(ALICE).await;
    masker.stop();
    masker.stopped().await;
    assert_eq!(masker.github.live_tokens(), 0);
}
