//! Gates, the list of calls, and the life of the server.

use std::io;
use std::sync::Arc;

use portcullis_testkit::github::{Endpoint, GithubStandIn, Hold, Setup};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::client::get;
use super::flow::{ALICE, AS_IT_IS, SECRET, VERIFIER, app, exchange, page, sign_in, start, text};

#[tokio::test]
async fn gate_at_arrival_holds_the_work_and_lets_calls_pass_one_by_one() {
    let github = Arc::new(start().await);
    let gate = github.faults().gate(Endpoint::Token, Hold::Arrival);
    let calls: Vec<_> = (0..2)
        .map(|_| {
            let github = github.clone();
            tokio::spawn(async move { sign_in(&github, ALICE).await })
        })
        .collect();
    gate.arrived(2).await;
    assert_eq!(github.requests().count(Endpoint::Token), 2);
    assert_eq!(github.live_tokens(), 0);

    gate.release_one();
    while !calls.iter().any(|call| call.is_finished()) {
        tokio::task::yield_now().await;
    }
    assert_eq!(github.live_tokens(), 1);
    gate.open();
    for call in calls {
        assert!(call.await.unwrap()["access_token"].is_string());
    }
    assert_eq!(github.live_tokens(), 2);
}

#[tokio::test]
async fn gate_at_the_answer_holds_it_after_the_work() {
    let github = Arc::new(start().await);
    let gate = github.faults().gate(Endpoint::Token, Hold::Answer);
    let call = {
        let github = github.clone();
        tokio::spawn(async move { sign_in(&github, ALICE).await })
    };
    gate.arrived(1).await;
    assert!(!call.is_finished());
    assert_eq!(github.live_tokens(), 1);
    drop(gate);
    assert!(call.await.unwrap()["access_token"].is_string());
    assert!(sign_in(&github, ALICE).await["access_token"].is_string());
}

#[tokio::test]
async fn calls_are_listed_without_their_secrets() {
    let github = start().await;
    page(&github, AS_IT_IS).await;
    assert_eq!(github.requests().back_channel(), 0);
    let body = sign_in(&github, ALICE).await;
    let bearer = format!("Bearer {}", text(&body, "access_token"));
    let headers = [
        ("user-agent", "portcullis"),
        ("authorization", &bearer),
        ("accept", "application/vnd.github+json"),
        ("x-github-api-version", "2022-11-28"),
    ];
    get(&github, "/api/v3/user", &headers).await;

    let requests = github.requests();
    assert_eq!((requests.all().len(), requests.back_channel()), (3, 2));
    let exchange = &requests.of(Endpoint::Token)[0];
    assert_eq!(
        exchange.parameters,
        [
            "client_id",
            "client_secret",
            "code",
            "code_verifier",
            "redirect_uri"
        ]
    );
    assert_eq!(exchange.accept.as_deref(), Some("application/json"));
    let user = &requests.of(Endpoint::User)[0];
    assert_eq!(
        (user.method.as_str(), user.path.as_str()),
        ("GET", "/api/v3/user")
    );
    assert_eq!(user.user_agent.as_deref(), Some("portcullis"));
    assert_eq!(user.api_version.as_deref(), Some("2022-11-28"));
    assert_eq!(user.authorization_scheme.as_deref(), Some("Bearer"));
    let shown = format!("{:?} {github:?} {:?}", requests.all(), app());
    for secret in [SECRET, VERIFIER, text(&body, "access_token")] {
        assert!(!shown.contains(secret));
    }
    requests.clear();
    assert_eq!(requests.count(Endpoint::Token), 0);
}

#[tokio::test]
async fn shut_down_it_closes_its_connections_and_frees_its_port() {
    let github = start().await;
    let address = github.web_url().strip_prefix("http://").unwrap().to_owned();
    let mut open = TcpStream::connect(&address).await.unwrap();
    open.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(open.read_u8().await.unwrap(), b'H');
    github.shutdown().await;
    let mut rest = Vec::new();
    let _ = open.read_to_end(&mut rest).await;
    assert!(TcpStream::connect(&address).await.is_err());
    let setup = Setup::new().with_address(address.parse().unwrap());
    let again = GithubStandIn::start_with(app(), setup).await.unwrap();
    assert_eq!(again.web_url(), format!("http://{address}"));
}

#[tokio::test]
async fn it_serves_loopback_alone() {
    let setup = Setup::new().with_address("0.0.0.0:0".parse().unwrap());
    let error = GithubStandIn::start_with(app(), setup).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}

#[tokio::test]
async fn large_request_bodies_are_refused() {
    let github = start().await;
    let code = "x".repeat(70_000);
    assert_eq!(exchange(&github, &code, AS_IT_IS).await.status, 413);
}
