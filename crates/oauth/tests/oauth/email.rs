use portcullis_oauth::GithubConfigBuilder;

use crate::support::*;

const ALICE: &str = r#"{"email":"alice@example.com","primary":true,"verified":true}"#;
const OTHER: &str = r#"{"email":"b@example.com","primary":false,"verified":true}"#;
const UNVERIFIED: &str = r#"{"email":"c@example.com","primary":true,"verified":false}"#;

/// The address of the user, or what was refused.
async fn email_of(
    config: GithubConfigBuilder,
    reply: Reply,
) -> Result<Option<String>, (u16, &'static str)> {
    let setup = setup_with(config);
    setup.github.next("/user/emails", reply);
    match setup.sign_in().await {
        portcullis_oauth::CallbackOutcome::Completed(done) => Ok(done
            .identity
            .email()
            .map(|email| email.address().to_owned())),
        outcome => Err(refusal(&outcome)),
    }
}

fn list(emails: &[&str]) -> Reply {
    Reply::json(&format!("[{}]", emails.join(",")))
}

#[tokio::test]
async fn o41_the_address_is_primary_and_verified_or_none() {
    for (emails, expected) in [
        (&[ALICE][..], Some("alice@example.com")),
        (&[OTHER, ALICE], Some("alice@example.com")),
        (&[OTHER], None),
        (&[OTHER, UNVERIFIED], None),
        (&[], None),
        (
            &[r#"{"email":"a@b@c","primary":true,"verified":true}"#],
            None,
        ),
    ] {
        let expected = expected.map(str::to_owned);
        assert_eq!(
            email_of(builder().with_email(), list(emails)).await,
            Ok(expected.clone())
        );
        let required = builder().with_verified_email_required();
        let told = email_of(required, list(emails)).await;
        match expected {
            Some(_) => assert_eq!(told, Ok(expected)),
            None => assert_eq!(told, Err((403, "email_not_verified"))),
        }
    }
}

#[tokio::test]
async fn o41_without_being_asked_for_it_is_not_fetched() {
    let setup = setup();
    assert!(completed(setup.sign_in().await).identity.email().is_none());
    assert_eq!(setup.github.count("/user/emails"), 0);
}

#[tokio::test]
async fn o41_later_pages_are_read() {
    let setup = setup_with(builder().with_email());
    let next = [
        ("content-type", "application/json"),
        ("link", r#"<https://evil.example/?page=2>; rel="next""#),
    ];
    setup.github.next(
        "/user/emails",
        Reply::with(200, &next, &format!("[{OTHER}]")),
    );
    setup.github.next(
        "/user/emails",
        Reply::with(200, &next, &format!("[{ALICE}]")),
    );
    let done = completed(setup.sign_in().await);
    assert_eq!(
        done.identity.email().unwrap().address(),
        "alice@example.com"
    );
    let last = setup.github.last("/user/emails");
    assert_eq!(
        last.request.uri(),
        "https://api.github.com/user/emails?per_page=100&page=2"
    );
    assert_eq!(setup.github.count("/user/emails"), 2);
}

#[tokio::test]
async fn o41_a_hidden_list_is_no_address_or_a_refusal() {
    for status in [403, 404] {
        let reply = || Reply::with(status, &[("content-type", "application/json")], "{}");
        assert_eq!(email_of(builder().with_email(), reply()).await, Ok(None));
        let required = builder().with_verified_email_required();
        assert_eq!(
            email_of(required, reply()).await,
            Err((403, "insufficient_scope"))
        );
    }
}

#[tokio::test]
async fn o41_a_list_that_cannot_be_read_is_502() {
    for reply in [
        Reply::json("{}"),
        Reply::json("[1]"),
        Reply::json(r#"[{"email":null,"primary":true,"verified":true}]"#),
        Reply::json(r#"[{"email":"a@b.c","primary":true,"verified":false,"verified":true}]"#),
        Reply::json(r#"[{"email":"a@b.c","primary":"true","verified":true}]"#),
        Reply::with(200, &[("content-type", "text/html")], "[]"),
        Reply::with(401, &[], ""),
        Reply::status(500),
    ] {
        assert_eq!(
            email_of(builder().with_email(), reply).await,
            Err((502, "bad_upstream"))
        );
    }
}
