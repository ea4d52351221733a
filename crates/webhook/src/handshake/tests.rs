use std::collections::BTreeSet;

use http::request::Parts;
use http::{Method, Request};
use portcullis_core::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::{
    ConfigErrorKind, Delivery, Head, Receipt, Scheme, SecretFormat, SecretSet, Signer, Source,
    Verifier, WebhookSecret, schemes,
};

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
const SECRET: &str = "a secret that is shared with nobody else";

fn secret(text: &str) -> WebhookSecret {
    WebhookSecret::new(SecretFormat::Utf8, text).unwrap()
}

fn secrets(text: &str) -> Shared {
    Shared::Secrets(SecretSet::new("one", secret(text)))
}

/// What a handshake needs.
fn shared(handshake: Handshake) -> Shared {
    match handshake.name() {
        "braintree" => Shared::KeyPair {
            public: "integration_public_key".into(),
            private: secret("integration_private_key"),
        },
        "ebay" => Shared::Endpoint {
            token: secret("71745723-d031-455c-bfa5-f90d11b4f20a"),
            url: "https://www.example.com/in".into(),
        },
        "linkedin" => secrets("a client secret of LinkedIn"),
        "meta" => Shared::Token(secret("a token of our choice")),
        "x" => secrets("a consumer secret of X"),
        "zoom" => secrets("a secret token of Zoom"),
        _ => Shared::Nothing,
    }
}

fn responder(handshake: Handshake) -> Responder {
    Responder::new(handshake, shared(handshake)).unwrap()
}

/// A receipt of a delivery that was verified, by a secret of this label.
fn receipt(label: &str, body: &[u8]) -> Receipt {
    let set = || SecretSet::new(label, secret(SECRET));
    let signer = Signer::new(&schemes::GITHUB, set()).unwrap();
    let headers = signer.sign(Delivery::new("", NOW), body).unwrap();
    let verifier = Verifier::new(&schemes::GITHUB, set()).unwrap();
    let verified = verifier.verify(Head::new(&headers), body, NOW).unwrap();
    verified.receipt().clone()
}

/// A request with a header that all of these handshakes have or pass over.
fn head(method: Method, uri: &str, header: (&str, &str)) -> Parts {
    let request = Request::builder().method(method).uri(uri);
    let request = request.header(header.0, header.1).body(()).unwrap();
    request.into_parts().0
}

const NONE: (&str, &str) = ("x-nothing", "");
const TWITCH_TYPE: (&str, &str) = (
    "twitch-eventsub-message-type",
    "webhook_callback_verification",
);

type Told = Option<Result<(u16, String), HandshakeError>>;

fn told(answer: Option<Result<Answer, HandshakeError>>) -> Told {
    answer.map(|answer| {
        answer.map(|answer| {
            let body = String::from_utf8(answer.body().to_vec()).unwrap();
            (answer.status().as_u16(), body)
        })
    })
}

fn says(text: &str) -> Told {
    Some(Ok((200, text.to_owned())))
}

/// What is answered to a request without a body.
fn by_head(handshake: Handshake, method: Method, uri: &str, header: (&str, &str)) -> Told {
    let head = head(method, uri, header);
    told(responder(handshake).answer(Ask::of(&head)))
}

fn get(handshake: Handshake, query: &str) -> Told {
    by_head(handshake, Method::GET, &format!("/in?{query}"), NONE)
}

/// What is answered to a delivery that was verified.
fn delivered(handshake: Handshake, header: (&str, &str), body: &str) -> Told {
    let (head, receipt) = (
        head(Method::POST, "/in", header),
        receipt("one", body.as_bytes()),
    );
    let ask = Ask::of(&head).with_verified(&receipt, body.as_bytes());
    told(responder(handshake).answer(ask))
}

#[test]
fn each_has_a_name_of_its_own_and_a_source() {
    let mut names = BTreeSet::new();
    for handshake in all() {
        assert!(names.insert(handshake.name()));
        assert_eq!(named(handshake.name()), Some(handshake));
        let (Source::Official(from) | Source::SecondHand(from)) = handshake.source() else {
            panic!("{} is from nowhere", handshake.name());
        };
        assert!(!from.is_empty() && !handshake.title().is_empty());
    }
    assert_eq!(names.len(), 15);
    for name in [
        "discord", "dropbox", "linkedin", "meta", "slack", "twitch", "x", "xero", "zoom",
    ] {
        assert!(schemes::named(name).is_some() && names.contains(name));
    }
}

#[test]
fn a_handshake_is_answered_as_its_provider_says() {
    let crc = "rBKEUtNSFy0EbG76hXP3dXe/mxBPmBcemxMYcaiI05A=";
    let code = "890e4665-4dfe-4ab1-b689-ed553bceeed0";
    let response = "c4d059d70b0f865a99c60266003491a689d47c02781231ad42d146f21a3000d6";
    let hash = "de751bd0c0fd1da32704161278fc394d2c8307d9671404f0feb71916d0261928";
    let okta = ("x-okta-verification-challenge", "Me_rShK8JHsTnb\"yY\\WXC");
    for (answer, expected) in [
        (
            get(BRAINTREE, "bt_challenge=20f9f8ed05f77439fe955c977e4c8a53"),
            "integration_public_key|d9b899556c966b3f06945ec21311865d35df3ce4".to_owned(),
        ),
        (get(DROPBOX, "challenge=abc%2D1"), "abc-1".to_owned()),
        (
            get(EBAY, "challenge_code=a8628072-3d33-45ee-9004-bee86830a22d"),
            format!(r#"{{"challengeResponse":"{hash}"}}"#),
        ),
        (
            get(LINKEDIN, &format!("challengeCode={code}")),
            format!(r#"{{"challengeCode":"{code}","challengeResponse":"{response}"}}"#),
        ),
        (
            get(X, "crc_token=9b4507b3-9040-4669-9ca3-6b94edb50553&nonce=1"),
            format!(r#"{{"response_token":"sha256={crc}"}}"#),
        ),
        (
            by_head(OKTA, Method::GET, "/in", okta),
            r#"{"verification":"Me_rShK8JHsTnb\"yY\\WXC"}"#.to_owned(),
        ),
        (
            by_head(GRAPH, Method::POST, "/in?validationToken=Are+you%3A", NONE),
            "Are you:".to_owned(),
        ),
    ] {
        assert_eq!(answer, says(&expected));
    }
}

#[test]
fn w38_a_get_is_answered_to_head_and_to_nothing_else() {
    for handshake in all().filter(Handshake::comes_by_get) {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
            let uri = "/in?challenge=a&crc_token=a&bt_challenge=a&challengeCode=a&challenge_code=a\
                       &hub.mode=subscribe&hub.verify_token=a+token+of+our+choice&hub.challenge=a";
            let okta = ("x-okta-verification-challenge", "a");
            let asked = |method| by_head(handshake, method, uri, okta);
            assert_eq!(asked(method), None, "{}", handshake.name());
            assert_eq!(asked(Method::HEAD), asked(Method::GET));
            assert!(matches!(asked(Method::GET), Some(Ok((200, _)))));
        }
    }
    let graph = by_head(GRAPH, Method::GET, "/in?validationToken=a", NONE);
    assert_eq!(graph, None);
}

type Header = (&'static str, &'static str);

/// A handshake with the header that it needs, its body, and the answer.
type Case = (Handshake, Header, &'static str, u16, &'static str);

const SIGNED: [Case; 6] = [
    (
        SLACK,
        NONE,
        r#"{"token":"x","challenge":"3eZbrw1aBm","type":"url_verification"}"#,
        200,
        "3eZbrw1aBm",
    ),
    (
        TWITCH,
        TWITCH_TYPE,
        r#"{"challenge":"pogchamp-kappa-360noscope","subscription":{}}"#,
        200,
        "pogchamp-kappa-360noscope",
    ),
    (
        DISCORD_INTERACTIONS,
        NONE,
        r#"{"type":1}"#,
        200,
        r#"{"type":1}"#,
    ),
    (DISCORD_EVENTS, NONE, r#"{"version":1,"type":0}"#, 204, ""),
    (
        XERO,
        NONE,
        r#"{"events":[],"firstEventSequence":0,"entropy":"S0m3r4N"}"#,
        200,
        "",
    ),
    (
        ZOOM,
        NONE,
        r#"{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}"#,
        200,
        concat!(
            r#"{"plainToken":"qgg8vlvZRS6UYooatFL8Aw","encryptedToken":""#,
            r#"65b2aa315146b106ca3fd9ef5507ec42ff88480c8cbdc8c8dd238cefb786de63"}"#,
        ),
    ),
];

#[test]
fn w39_what_is_signed_is_answered_once_it_was_verified() {
    for (handshake, header, body, status, answer) in SIGNED {
        assert!(handshake.is_signed());
        let expected = Some(Ok((status, answer.to_owned())));
        assert_eq!(delivered(handshake, header, body), expected);
        let head = head(Method::POST, "/in", header);
        let responder = responder(handshake);
        let unsigned = Ask::of(&head).with_unsigned(body.as_bytes());
        assert!(responder.answer(unsigned).is_none());
        assert!(responder.answer(Ask::of(&head)).is_none());
    }
    let signed = all().filter(Handshake::is_signed).count();
    assert_eq!(signed, SIGNED.len());
}

/// Whoever verified it and then says that it is unsigned has taken the verdict back.
#[test]
fn w39_the_last_word_on_a_body_counts() {
    let (head, body) = (head(Method::POST, "/in", NONE), br#"{"type":1}"#);
    let receipt = receipt("one", body);
    let ask = Ask::of(&head).with_verified(&receipt, body);
    let responder = responder(DISCORD_INTERACTIONS);
    assert!(responder.answer(ask.clone().with_unsigned(body)).is_none());
    assert!(responder.answer(ask).is_some());
}

#[test]
fn w39_other_deliveries_are_none() {
    for (handshake, header, _, _, _) in SIGNED {
        for body in [
            "",
            "[]",
            "null",
            "not json",
            r#"{"type":"event_callback","challenge":"a"}"#,
            r#"{"type":"1","event":"meeting.ended","events":{},"payload":{"plainToken":"a"}}"#,
            r#"{"type":2,"events":[{}]}"#,
            r#"{"event":"endpoint.url_validation","payload":{}}"#,
        ] {
            let is_bare = handshake == TWITCH && body.contains("challenge");
            let header = if is_bare { NONE } else { header };
            assert_eq!(delivered(handshake, header, body), None, "{body}");
        }
    }
    let long = format!(r#"{{"type":1,"filler":"{}"}}"#, "x".repeat(16 * 1024));
    assert_eq!(delivered(DISCORD_INTERACTIONS, NONE, &long), None);
}

/// While secrets are changed, the one that signed the handshake signs the answer.
#[test]
fn w06_the_secret_that_has_signed_is_taken() {
    let set = SecretSet::new("new", secret(SECRET)).with("one", secret("a secret token of Zoom"));
    let responder = Responder::new(ZOOM, Shared::Secrets(set)).unwrap();
    let (_, _, body, _, expected) = SIGNED[5];
    let head = head(Method::POST, "/in", NONE);
    for (label, is_one) in [("one", true), ("new", false), ("gone", false)] {
        let receipt = receipt(label, body.as_bytes());
        let ask = Ask::of(&head).with_verified(&receipt, body.as_bytes());
        assert_eq!(told(responder.answer(ask)) == says(expected), is_one);
    }
}

const LONGEST: usize = 128;

/// How each handshake that computes something is asked, and what it says.
fn proven(challenge: &str) -> [Told; 5] {
    let encoded: String = form_urlencoded::byte_serialize(challenge.as_bytes()).collect();
    let json = serde_json::Value::from(challenge);
    let body =
        format!(r#"{{"event":"endpoint.url_validation","payload":{{"plainToken":{json}}}}}"#);
    [
        get(BRAINTREE, &format!("bt_challenge={encoded}")),
        get(EBAY, &format!("challenge_code={encoded}")),
        get(LINKEDIN, &format!("challengeCode={encoded}")),
        get(X, &format!("crc_token={encoded}")),
        delivered(ZOOM, NONE, &body),
    ]
}

#[test]
fn w40_challenges_that_are_computed_with_have_a_small_alphabet() {
    let refused = Some(Err(HandshakeError::Challenge));
    assert_eq!(HandshakeError::Challenge.status(), 400);
    for byte in 0..=u8::MAX {
        let char = char::from(byte);
        let is_good = char.is_ascii_alphanumeric() || char == '-' || char == '_';
        for told in proven(&format!("a{char}b")) {
            assert_eq!(told != refused, is_good, "{char:?}");
        }
    }
    for (challenge, is_good) in [
        ("", false),
        ("a", true),
        (&*"a".repeat(LONGEST), true),
        (&*"a".repeat(LONGEST + 1), false),
        ("v0:1739923528:{\"event\":\"meeting.ended\"}", false),
        ("{\"forged\":\"event\"}", false),
    ] {
        for told in proven(challenge) {
            assert_eq!(told != refused, is_good, "{challenge}");
        }
    }
}

#[test]
fn a_challenge_that_is_there_twice_or_is_no_text_is_refused() {
    let refused = Some(Err(HandshakeError::Challenge));
    assert_eq!(get(X, "crc_token=a&crc_token=a"), refused);
    assert_eq!(get(DROPBOX, "challenge=a&challenge=b"), refused);
    for body in [
        r#"{"type":"url_verification","challenge":1}"#,
        r#"{"type":"url_verification","challenge":["a"]}"#,
        r#"{"type":"url_verification","challenge":""}"#,
    ] {
        assert_eq!(delivered(SLACK, NONE, body), refused);
    }
    assert_eq!(get(X, "token=a"), None);
    assert_eq!(get(X, &format!("crc_token=a&{}", "x".repeat(4096))), None);
}

/// The signature in an answer, as it stands in it.
fn signature(answer: Told) -> String {
    let (_, body) = answer.unwrap().unwrap();
    let json: serde_json::Value = serde_json::from_str(&body).unwrap();
    let proof = ["response_token", "challengeResponse", "encryptedToken"]
        .iter()
        .find_map(|name| json.get(name));
    let proof = proof.unwrap().as_str().unwrap();
    proof.trim_start_matches("sha256=").to_owned()
}

/// Whether a delivery with this body and this signature verifies, at any of these times.
fn verifies(scheme: &Scheme<'_>, text: &str, signature: &str, body: &str) -> bool {
    let set = SecretSet::new("one", secret(text));
    let verifier = Verifier::new(scheme, set).unwrap();
    let prefix = match scheme.name() {
        "x" => "sha256=",
        "zoom" => "v0=",
        _ => "",
    };
    let mut headers = http::HeaderMap::new();
    for name in [
        "x-twitter-webhooks-signature",
        "x-li-signature",
        "x-zm-signature",
    ] {
        let value = format!("{prefix}{signature}").parse().unwrap();
        headers.insert(name, value);
    }
    let at = NOW.as_secs().to_string().parse().unwrap();
    headers.insert("x-zm-request-timestamp", at);
    verifier.verify(Head::new(&headers), body, NOW).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// An answer is the signature of no delivery: neither of one whose body is the challenge, nor
    /// of one that is made of it in a way that the scheme signs. Where it is, the body is refused.
    #[test]
    fn w40_an_answer_is_the_signature_of_no_delivery(
        challenge in "[A-Za-z0-9_-]{1,128}",
        cut in 0_usize..128,
    ) {
        let [_, _, linkedin, x, zoom] = proven(&challenge);
        let cut = cut.min(challenge.len());
        for (scheme, text, handshake, answer) in [
            (schemes::LINKEDIN, "a client secret of LinkedIn", LINKEDIN, linkedin),
            (schemes::X, "a consumer secret of X", X, x),
            (schemes::ZOOM, "a secret token of Zoom", ZOOM, zoom),
        ] {
            let signature = signature(answer);
            let whole = challenge.as_str();
            for body in [whole, &whole[cut..], &whole[..cut], "", &format!("{{{whole}}}")] {
                let is_let_in = verifies(&scheme, text, &signature, body)
                    && !responder(handshake).would_sign(body.as_bytes());
                prop_assert!(!is_let_in, "{} {body}", scheme.name());
            }
        }
    }

    /// No body that could be an event is among those that are refused.
    #[test]
    fn w40_events_are_not_refused(body in "\\{.{0,100}\\}|[a-z]{1,10}=.{0,100}") {
        for handshake in all() {
            prop_assert!(!responder(handshake).would_sign(body.as_bytes()));
        }
    }

    /// Whatever is asked, nothing panics, and a body has a type.
    #[test]
    fn whatever_is_asked_is_survived(
        query in "[ -~]{0,60}",
        name in "crc_token|hub[.]mode|challenge|challengeCode|bt_challenge|challenge_code",
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let uri = format!("/in?{name}={query}");
        let receipt = receipt("one", &body);
        for method in [Method::GET, Method::POST] {
            let head = head(method, &uri, TWITCH_TYPE);
            let ask = Ask::of(&head).with_verified(&receipt, &body);
            for handshake in all() {
                if let Some(Ok(answer)) = responder(handshake).answer(ask.clone()) {
                    let has_type = answer.headers().contains_key("content-type");
                    prop_assert_eq!(has_type, !answer.body().is_empty());
                }
            }
        }
    }
}

/// What the guard is for: by its MAC alone, the challenge is a delivery.
#[test]
fn w40_without_the_guard_a_challenge_would_be_a_delivery() {
    let signature = signature(get(X, "crc_token=abc"));
    let text = "a consumer secret of X";
    assert!(verifies(&schemes::X, text, &signature, "abc"));
    assert!(!verifies(&schemes::X, text, &signature, "abd"));
}

#[test]
fn w40_only_what_anybody_can_have_signed_is_refused() {
    for (handshake, would_sign) in [
        (X, true),
        (LINKEDIN, true),
        (BRAINTREE, true),
        (ZOOM, false),
        (EBAY, false),
        (SLACK, false),
    ] {
        assert_eq!(responder(handshake).would_sign(b"abc"), would_sign);
    }
    for (text, would_sign) in [(&b""[..], false), (b"a-_9", true), (b"a b", false)] {
        assert_eq!(responder(X).would_sign(text), would_sign);
    }
}

#[test]
fn w41_what_is_sent_back_is_plain_text_or_json() {
    for (handshake, uri, header, content_type) in [
        (DROPBOX, "/?challenge=%3Cb%3E", NONE, "text/plain"),
        (
            OKTA,
            "/",
            ("x-okta-verification-challenge", "<b>"),
            "application/json",
        ),
    ] {
        let head = head(Method::GET, uri, header);
        let answer = responder(handshake).answer(Ask::of(&head)).unwrap();
        let response = answer.unwrap().into_response::<bytes::Bytes>();
        let headers = response.headers();
        assert_eq!(headers["content-type"], content_type);
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["cache-control"], "no-store");
        let body = String::from_utf8(response.into_body().to_vec()).unwrap();
        assert!(body.contains("<b>"));
    }
}

#[test]
fn w41_what_is_sent_back_has_a_length_and_is_visible() {
    let longest = "a".repeat(1024);
    let over = "a".repeat(1025);
    for (challenge, is_good) in [
        (longest.as_str(), true),
        (&over, false),
        ("", false),
        ("a b~!", true),
        ("a\nb", false),
        ("\u{e4}", false),
        ("a\0", false),
    ] {
        let encoded: String = form_urlencoded::byte_serialize(challenge.as_bytes()).collect();
        let told = get(DROPBOX, &format!("challenge={encoded}"));
        let expected = match is_good {
            true => says(challenge),
            false => Some(Err(HandshakeError::Challenge)),
        };
        assert_eq!(told, expected, "{challenge:?}");
    }
}

#[test]
fn w41_meta_is_answered_if_its_token_is_ours() {
    let asked = |token: &str| {
        let mode = "hub.mode=subscribe&hub.challenge=1158201444";
        get(META, &format!("{mode}&hub.verify_token={token}"))
    };
    assert_eq!(asked("a+token+of+our+choice"), says("1158201444"));
    for wrong in [
        "",
        "a+token+of+our+choicf",
        "a+token+of+our+choice+",
        "A+token+of+our+choice",
        "a+token+of+our+choice&hub.verify_token=a+token+of+our+choice",
    ] {
        assert_eq!(asked(wrong), Some(Err(HandshakeError::Token)), "{wrong}");
    }
    let missing = get(META, "hub.mode=subscribe&hub.challenge=1");
    assert_eq!(missing, Some(Err(HandshakeError::Token)));
    assert_eq!(HandshakeError::Token.status(), 403);
    let other = "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=a+token+of+our+choice";
    assert_eq!(get(META, other), None);
}

#[test]
fn w41_monday_is_answered_in_json() {
    let head = head(Method::POST, "/in", NONE);
    let ask = |body| responder(MONDAY).answer(Ask::of(&head).with_unsigned(body));
    let told = told(ask(br#"{"challenge":"3eZ\"brw"}"#));
    assert_eq!(told, says(r#"{"challenge":"3eZ\"brw"}"#));
    assert!(ask(br#"{"event":{}}"#).is_none());
    assert!(responder(MONDAY).answer(Ask::of(&head)).is_none());
}

#[test]
fn w41_the_secret_of_asana_comes_ahead_of_deliveries() {
    let secret = "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5";
    let read = |method, header| HookSecret::read(&head(method, "/in", header));
    let found = read(Method::POST, ("x-hook-secret", secret)).unwrap();
    assert_eq!(format!("{found:?}"), "HookSecret");
    let (kept, answer) = found.into_parts();
    assert_eq!(kept.expose(), secret.as_bytes());
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-hook-secret"], secret);
    assert!(!format!("{answer:?} {:?}", answer.headers()).contains("b537"));
    assert!(read(Method::GET, ("x-hook-secret", secret)).is_none());
    let long = "a".repeat(257);
    for odd in ["", "short", " ", long.as_str()] {
        let found = read(Method::POST, ("x-hook-secret", odd));
        assert!(found.is_none(), "{odd}");
    }
}

/// A delivery that brings a secret as well is judged as a delivery.
#[test]
fn w41_a_delivery_of_asana_brings_no_secret() {
    let secret = "b537207f20cbfa02357cf448134da559";
    let mut both = head(Method::POST, "/in", ("x-hook-secret", secret));
    both.headers
        .insert("x-hook-signature", "00".parse().unwrap());
    assert!(HookSecret::read(&both).is_none());
    let mut twice = head(Method::POST, "/in", ("x-hook-secret", secret));
    twice
        .headers
        .append("x-hook-secret", secret.parse().unwrap());
    assert!(HookSecret::read(&twice).is_none());
}

#[test]
fn w01_a_handshake_without_what_it_needs_is_refused() {
    let token = || Shared::Token(secret(SECRET));
    for (handshake, shared, kind) in [
        (ZOOM, Shared::Nothing, ConfigErrorKind::SecretMissing),
        (META, Shared::Nothing, ConfigErrorKind::SecretMissing),
        (X, token(), ConfigErrorKind::SecretKind),
        (META, secrets(SECRET), ConfigErrorKind::SecretKind),
        (SLACK, secrets(SECRET), ConfigErrorKind::SecretKind),
        (SLACK, token(), ConfigErrorKind::SecretKind),
        (EBAY, token(), ConfigErrorKind::SecretKind),
        (BRAINTREE, secrets(SECRET), ConfigErrorKind::SecretKind),
    ] {
        let refused = Responder::new(handshake, shared).unwrap_err();
        assert_eq!(refused.kind(), kind, "{}", handshake.name());
    }
    let public = SecretFormat::Public(crate::KeyFormat::Hex);
    let public = WebhookSecret::new(public, &"ab".repeat(32)).unwrap();
    let refused = Responder::new(X, Shared::Secrets(SecretSet::new("one", public)));
    assert_eq!(refused.unwrap_err().kind(), ConfigErrorKind::SecretKind);
}

#[test]
fn w04_nothing_prints_what_is_shared() {
    for handshake in all() {
        let (head, responder) = (
            head(Method::GET, "/?crc_token=abc", NONE),
            responder(handshake),
        );
        let text = format!(
            "{responder:?} {:?} {:?} {:?}",
            shared(handshake),
            Ask::of(&head),
            responder.answer(Ask::of(&head)),
        );
        for secret in ["secret of", "token of", "private_key", "71745723"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
