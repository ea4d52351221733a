//! Tokens that go with deliveries.

use std::time::Duration;

use base64_simd::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderName, Method};
use portcullis_core::Timestamp;
use portcullis_webhook::{
    Algorithm, ConfigErrorKind, Delivery, Encoding, Grammar, Hash, Head, Headers, Scheme,
    SecretFormat, SecretSet, Signer, Timestamps, Token, Unit, Verifier, VerifyErrorKind,
    WebhookSecret, schemes,
};
use proptest::prelude::*;

use crate::support::{BODY, NOW, Pair, URL, all, signing, verifying};

use VerifyErrorKind::{Early, Malformed, Missing, Signature, Stale, Url};

const HS256: Algorithm = Algorithm::Hmac(Hash::Sha256);

/// SHA-256 of the usual body.
const HASH: &str = "2b5ce53a64151b89756e41e0548c51b9982e09f4040193ad139ba7ab0c8e7621";

const SECOND: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_secs(300);

type Verdict = Result<(), VerifyErrorKind>;

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

fn decoded(text: &str) -> String {
    String::from_utf8(URL_SAFE_NO_PAD.decode_to_vec(text).unwrap()).unwrap()
}

/// Whoever has the key of a provider, and writes what they like.
struct Forger {
    pair: Pair,
    raw: Signer,
    header: HeaderName,
    prefix: &'static str,
}

impl Forger {
    fn new(scheme: Scheme<'static>, algorithm: Algorithm, prefix: &'static str) -> Self {
        let raw = Scheme::new("raw", algorithm, "x", Encoding::Base64Url);
        let raw = raw.with_secret(scheme.secret_format());
        let pair = Pair::new(scheme);
        let header = pair.signature(&pair.sign(BODY)).0.clone();
        let raw = Signer::new(&raw, SecretSet::new("one", signing(&scheme, 1))).unwrap();
        Self {
            pair,
            raw,
            header,
            prefix,
        }
    }

    fn vonage() -> Self {
        Self::new(schemes::VONAGE, HS256, "Bearer ")
    }

    fn netlify() -> Self {
        Self::new(schemes::NETLIFY, HS256, "")
    }

    fn signature(&self, input: &[u8]) -> String {
        let headers = self.raw.sign(Delivery::new("", NOW), input).unwrap();
        headers["x"].to_str().unwrap().to_owned()
    }

    /// A token of these two, signed as it should be.
    fn token(&self, header: &str, claims: &str) -> String {
        let (header, claims) = (encoded(header.as_bytes()), encoded(claims.as_bytes()));
        let input = format!("{header}.{claims}");
        format!("{input}.{}", self.signature(input.as_bytes()))
    }

    fn headers(&self, token: &str) -> HeaderMap {
        let value = format!("{}{token}", self.prefix);
        HeaderMap::from_iter([(self.header.clone(), value.parse().unwrap())])
    }

    fn verdict(&self, token: &str) -> Verdict {
        self.pair.verify(&self.headers(token), BODY).map(drop)
    }

    /// The verdict on claims under the usual header.
    fn claims(&self, claims: &str) -> Verdict {
        self.verdict(&self.token(r#"{"alg":"HS256","typ":"JWT"}"#, claims))
    }

    /// The verdict on a header above the usual claims.
    fn above(&self, header: &str) -> Verdict {
        self.verdict(&self.token(header, &usual("")))
    }
}

/// Claims that are right for Vonage and for Netlify, and more of them.
fn usual(more: &str) -> String {
    let (issuer, iat) = ("Vonage", NOW.as_secs());
    format!(r#"{{"iss":"{issuer}","iat":{iat},"payload_hash":"{HASH}"{more}}}"#)
}

/// The value of the header that a scheme signs with.
fn signed(pair: &Pair) -> (HeaderName, String) {
    let headers = pair.sign(BODY);
    let (name, value) = pair.signature(&headers);
    (name.clone(), value.to_owned())
}

/// The token that MessageBird publishes, made once more of what is in it.
#[test]
fn w48_a_published_token_is_what_is_signed() {
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3\
                 OTIwMCwiZXhwIjoxNjI1NDc5MjYwLCJqdGkiOiI5M2U1NTAwNi1hMGU4LTQ1MjYtYTE5MC1mYTVmZjAwZW\
                 ExMTYiLCJ1cmxfaGFzaCI6IjQxZjA1ZjBkZGQwYTIyYWIyMDlhYzQ2ZjQ3YzQ1NzJkOWNlZmEyNTdlZDc0\
                 YjI0MDA0YmFlNzUzZWNlNmMyNjAiLCJwYXlsb2FkX2hhc2giOiJkZmZkNjAyMWJiMmJkNWIwYWY2NzYyOT\
                 A4MDllYzNhNTMxOTFkZDgxYzdmNzBhNGIyODY4OGEzNjIxODI5ODZmIn0._H--TOuYFLpeEH39-rg5E3IH\
                 VkjHozBcaKVWPRC5m9I";
    let secret = "36efdd1aace2e26cd490f0d951138253bef2f7c6d34d18981da781555cc4cebb";
    let id = "93e55006-a0e8-4526-a190-fa5ff00ea116";
    let (url, at) = (
        "https://example.com/path?bar=1&foo=2",
        Timestamp::from_secs(1_625_479_200),
    );
    let (scheme, secret) = (
        schemes::MESSAGEBIRD_JWT,
        WebhookSecret::new(SecretFormat::Utf8, secret).unwrap(),
    );
    let set = || SecretSet::new("one", secret.clone());
    let signer = Signer::new(&scheme, set()).unwrap();
    let headers = signer.sign(Delivery::new(id, at).with_url(url), b"Hello, World!");
    let headers = headers.unwrap();
    assert_eq!(headers["messagebird-signature-jwt"], token);

    let verifier = Verifier::new(&scheme, set()).unwrap();
    let head = Head::new(&headers);
    let verify = |head, body: &str, after| {
        let verified = verifier.verify(head, body.to_owned(), at.after(after));
        verified
            .map(|verified| verified.receipt().clone())
            .map_err(|error| error.kind())
    };
    let receipt = verify(head.with_url(url), "Hello, World!", SECOND).unwrap();
    assert_eq!((receipt.id(), receipt.at()), (Some(id), Some(at)));
    for (head, body, secs, why) in [
        (head.with_url(url), "Hello, World?", 30, Signature),
        (
            head.with_url("https://example.com/"),
            "Hello, World!",
            30,
            Signature,
        ),
        (head, "Hello, World!", 30, Url),
        (head.with_url(url), "Hello, World!", 60, Stale),
        (head.with_url(url), "Hello, World?", 60, Signature),
    ] {
        let verdict = verify(head, body, Duration::from_secs(secs));
        assert_eq!(verdict.unwrap_err(), why, "{body} {secs}");
    }
    assert!(verify(head.with_url(url), "Hello, World!", Duration::from_secs(59)).is_ok());
}

#[test]
fn w43_a_header_must_name_the_configured_algorithm() {
    let vonage = Forger::vonage();
    assert_eq!(vonage.above(r#"{"typ":"JWT","alg":"HS256"}"#), Ok(()));
    for odd in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"None"}"#,
        r#"{"alg":"NONE"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":"HS256 "}"#,
        r#"{"alg":"HS384"}"#,
        r#"{"alg":"HS512"}"#,
        r#"{"alg":"RS256"}"#,
        r#"{"alg":"ES256"}"#,
        r#"{"alg":"EdDSA"}"#,
        r#"{"alg":""}"#,
        r#"{"alg":null}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"typ":"JWT"}"#,
        "{}",
    ] {
        assert_eq!(vonage.above(odd), Err(Malformed), "{odd}");
    }
    // Not signed at all, which is what `none` would mean.
    let unsigned = encoded(br#"{"alg":"none"}"#);
    for signature in ["", "AA"] {
        let token = format!("{unsigned}.{}.{signature}", encoded(usual("").as_bytes()));
        assert_eq!(vonage.verdict(&token), Err(Malformed));
    }
}

#[test]
fn w43_a_header_chooses_no_key() {
    let vonage = Forger::vonage();
    let own = r#""kid":"../../other","jku":"https://x","jwk":{"kty":"oct","k":"AA"},"x5u":"y""#;
    assert_eq!(vonage.above(&format!(r#"{{"alg":"HS256",{own}}}"#)), Ok(()));
    // The key that the header brings along is one anybody has.
    let key = "a key that whoever sends this has chosen";
    let secret = WebhookSecret::new(SecretFormat::Utf8, key).unwrap();
    let raw = Scheme::hmac("raw", Hash::Sha256, "x", Encoding::Base64Url);
    let raw = Signer::new(&raw, SecretSet::new("", secret)).unwrap();
    let jwk = format!(
        r#"{{"alg":"HS256","jwk":{{"kty":"oct","k":"{}"}}}}"#,
        encoded(key.as_bytes())
    );
    let other = Forger { raw, ..vonage };
    assert_eq!(other.above(&jwk), Err(Signature));
    assert_eq!(other.above(r#"{"alg":"HS256"}"#), Err(Signature));
}

#[test]
fn w43_what_must_be_understood_is_refused() {
    let vonage = Forger::vonage();
    for odd in [
        r#""crit":["exp"]"#,
        r#""crit":["b64"],"b64":true"#,
        r#""crit":["b64"],"b64":false"#,
        r#""crit":[]"#,
        r#""b64":false"#,
    ] {
        let header = format!(r#"{{"alg":"HS256",{odd}}}"#);
        assert_eq!(vonage.above(&header), Err(Malformed), "{odd}");
    }
}

#[test]
fn w43_a_member_twice_is_refused() {
    let vonage = Forger::vonage();
    for odd in [
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","\u0061lg":"none"}"#,
        r#"{"alg":"HS256","x":1,"x":1}"#,
    ] {
        assert_eq!(vonage.above(odd), Err(Malformed), "{odd}");
    }
    for odd in [
        format!(r#","payload_hash":"{HASH}""#),
        format!(r#","payload_has\u0068":"{}""#, "00".repeat(32)),
        format!(r#","iat":{}"#, NOW.as_secs()),
        r#","iss":"Vonage""#.to_owned(),
        r#","x":1,"x":2"#.to_owned(),
    ] {
        assert_eq!(vonage.claims(&usual(&odd)), Err(Malformed), "{odd}");
    }
    assert_eq!(vonage.claims(&usual(r#","x":1"#)), Ok(()));
}

#[test]
fn w43_a_segment_is_an_object() {
    let vonage = Forger::vonage();
    for odd in [
        "",
        "[]",
        "null",
        "1",
        "\"\"",
        "{",
        "{}x",
        "{}{}",
        "\u{feff}{}",
    ] {
        assert_eq!(vonage.above(odd), Err(Malformed), "{odd}");
        assert_eq!(vonage.claims(odd), Err(Malformed), "{odd}");
    }
    assert_eq!(vonage.claims(&usual(r#","x":1e400"#)), Err(Malformed));
    let deep = format!(r#","x":{}"#, "[".repeat(2_000));
    assert_eq!(vonage.claims(&usual(&deep)), Err(Malformed));
}

/// More dots, fewer, padding, white space, another prefix: of a token that is right.
#[test]
fn w43_a_token_has_one_form() {
    for scheme in [schemes::VONAGE, schemes::JIRA_CONNECT, schemes::NETLIFY] {
        let pair = Pair::new(scheme);
        let (name, good) = signed(&pair);
        let start = good.find(' ').map_or(0, |place| place + 1);
        let (prefix, token) = good.split_at(start);
        let parts: Vec<_> = token.split('.').collect();
        let &[header, claims, signature] = &parts[..] else {
            panic!("{token}");
        };
        for odd in [
            format!("{prefix}{token}.."),
            format!("{prefix}{token}."),
            format!("{prefix}.{token}"),
            format!("{prefix}{header}.{claims}"),
            format!("{prefix}{header}.{claims}."),
            format!("{prefix}{header}..{signature}"),
            format!("{prefix}.{claims}.{signature}"),
            format!("{prefix}{header}.{claims}.{signature}="),
            format!("{prefix}{header}=.{claims}.{signature}"),
            format!("{prefix}{header}.{claims}=.{signature}"),
            format!("{prefix}{header}.{claims}==.{signature}"),
            format!("{prefix} {token}"),
            format!("{prefix}{token} "),
            format!("{prefix}{header}. {claims}.{signature}"),
            format!("{prefix}{token},{token}"),
            format!("{prefix}{token} {token}"),
            format!("{prefix}\"{token}\""),
            format!("x{prefix}{token}"),
            format!("bearer {token}"),
            format!("BEARER {token}"),
            format!("jwt {token}"),
            format!("Basic {token}"),
            prefix.trim().to_owned(),
            String::new(),
            "...".to_owned(),
        ] {
            let headers = HeaderMap::from_iter([(name.clone(), odd.parse().unwrap())]);
            let head = Head::new(&headers).with_url(URL);
            let begun = pair.verifier.begin(head, NOW).map(drop);
            let begun = begun.map_err(|error| error.kind());
            assert_eq!(begun, Err(Malformed), "{} {odd:?}", scheme.name());
        }
    }
}

#[test]
fn w13_a_token_has_at_most_8_kib() {
    let vonage = Forger::vonage();
    let with = |count| {
        let more = format!(r#","x":"{}""#, "x".repeat(count));
        vonage.token(r#"{"alg":"HS256"}"#, &usual(&more))
    };
    let longest = (5_000..8_000)
        .rev()
        .find(|count| with(*count).len() <= 8_192);
    let longest = longest.unwrap();
    assert_eq!(vonage.verdict(&with(longest)), Ok(()));
    assert_eq!(vonage.verdict(&with(longest + 1)), Err(Malformed));
    let long = "x".repeat(10_000);
    let signed = vonage.pair.signer.sign(Delivery::new(&long, NOW), BODY);
    assert!(signed.is_err(), "nobody would accept it");
}

/// The bits that a character has beyond its six: flipped, it is another character or none.
#[test]
fn w43_any_bit_of_any_segment_counts() {
    for scheme in tokens() {
        let pair = Pair::new(scheme);
        let (name, good) = signed(&pair);
        for bit in 0..good.len() * 8 {
            let mut bytes = good.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(value) = http::HeaderValue::from_bytes(&bytes) else {
                continue;
            };
            let headers = HeaderMap::from_iter([(name.clone(), value)]);
            let why = pair.verify(&headers, BODY).map(drop).unwrap_err();
            let is_known = [Malformed, Signature].contains(&why);
            assert!(is_known, "{}: bit {bit}: {why:?}", scheme.name());
        }
    }
}

/// The schemes of the table that have tokens.
fn tokens() -> impl Iterator<Item = Scheme<'static>> {
    all().filter(|scheme| {
        let (_, value) = signed(&Pair::new(*scheme));
        value.contains("eyJhbGciOi")
    })
}

#[test]
fn the_table_has_tokens() {
    let shared = [
        "fusionauth-hs256",
        "jira-connect",
        "messagebird-jwt",
        "monday",
        "netlify",
    ];
    let names: Vec<_> = tokens().map(|scheme| scheme.name()).collect();
    assert!(shared.iter().all(|name| names.contains(name)), "{names:?}");
    let expected = if cfg!(feature = "public-key") { 11 } else { 6 };
    assert_eq!(names.len(), expected, "{names:?}");
}

#[test]
fn a_claim_that_must_be_there_is_there() {
    let (vonage, iat) = (Forger::vonage(), NOW.as_secs());
    for (odd, why) in [
        (
            format!(r#"{{"iss":"Vonage","payload_hash":"{HASH}"}}"#),
            Malformed,
        ),
        (format!(r#"{{"iss":"Vonage","iat":{iat}}}"#), Malformed),
        (
            format!(r#"{{"iat":{iat},"payload_hash":"{HASH}"}}"#),
            Signature,
        ),
        (
            format!(r#"{{"iss":"vonage","iat":{iat},"payload_hash":"{HASH}"}}"#),
            Signature,
        ),
        (
            format!(r#"{{"iss":["Vonage"],"iat":{iat},"payload_hash":"{HASH}"}}"#),
            Signature,
        ),
        (
            format!(r#"{{"iss":"Vonage","iat":{iat},"payload_hash":null}}"#),
            Malformed,
        ),
        (
            format!(r#"{{"iss":"Vonage","iat":{iat},"payload_hash":""}}"#),
            Malformed,
        ),
        (
            format!(
                r#"{{"iss":"Vonage","iat":{iat},"payload_hash":"{}"}}"#,
                &HASH[2..]
            ),
            Malformed,
        ),
        (
            format!(r#"{{"iss":"Vonage","iat":{iat},"payload_hash":"{HASH}00"}}"#),
            Malformed,
        ),
        (
            format!(
                r#"{{"iss":"Vonage","iat":{iat},"payload_hash":"0x{}"}}"#,
                &HASH[2..]
            ),
            Malformed,
        ),
        (
            format!(
                r#"{{"iss":"Vonage","iat":{iat},"payload_hash":"{}"}}"#,
                "00".repeat(32)
            ),
            Signature,
        ),
    ] {
        assert_eq!(vonage.claims(&odd), Err(why), "{odd}");
    }
    let upper = usual("").replace(HASH, &HASH.to_uppercase());
    assert_eq!(vonage.claims(&upper), Ok(()), "w15: hex of either case");
}

#[test]
fn w36_a_receipt_has_the_id_and_the_time_of_the_token() {
    let vonage = Forger::vonage();
    let receipt = |claims: &str| {
        let token = vonage.token(r#"{"alg":"HS256"}"#, claims);
        vonage.pair.verify(&vonage.headers(&token), BODY)
    };
    let with = receipt(&usual(r#","jti":"a-1""#)).unwrap();
    assert_eq!((with.id(), with.at()), (Some("a-1"), Some(NOW)));
    assert_eq!(with.lifetime(), Some(LIMIT * 2));
    let without = receipt(&usual("")).unwrap();
    assert_eq!((without.id(), without.at()), (None, Some(NOW)));
    for odd in ["1", "null", "\"\"", "\"a\\nb\"", "[\"a\"]"] {
        let odd = receipt(&usual(&format!(r#","jti":{odd}"#)));
        assert_eq!(odd.unwrap_err(), Malformed);
    }
    // Copies are told by the id, or else by the token.
    let digest = |claims: &str| receipt(claims).unwrap().digest("/in");
    let other = usual(r#","jti":"a-1","x":1"#);
    assert_eq!(digest(&usual(r#","jti":"a-1""#)), digest(&other));
    assert_ne!(digest(&usual(r#","jti":"a-2""#)), digest(&other));
    assert_ne!(digest(&usual("")), digest(&usual(r#","x":1"#)));
    let netlify = Pair::new(schemes::NETLIFY);
    let receipt = netlify.verify(&netlify.sign(BODY), BODY).unwrap();
    assert_eq!((receipt.id(), receipt.at()), (None, None));
    assert_eq!(receipt.lifetime(), None);
}

/// At its time, `iat`, and at `nbf` and `exp`: the limits are exact.
#[test]
fn w22_the_limits_of_a_token_are_exact() {
    let (vonage, milli) = (Forger::vonage(), Duration::from_millis(1));
    let at = |claims: &str, now| {
        let token = vonage.token(r#"{"alg":"HS256"}"#, claims);
        let verdict = vonage.pair.verify_at(&vonage.headers(&token), BODY, now);
        verdict.map(drop)
    };
    let date = |name: &str, at: Timestamp| usual(&format!(r#","{name}":{}"#, at.as_secs()));
    for (claims, now, verdict) in [
        (usual(""), NOW.after(LIMIT), Ok(())),
        (usual(""), NOW.after(LIMIT + milli), Err(Stale)),
        (usual(""), NOW.before(LIMIT), Ok(())),
        (usual(""), NOW.before(LIMIT + milli), Err(Early)),
        (date("exp", NOW.after(SECOND)), NOW, Ok(())),
        (date("exp", NOW), NOW.before(milli), Ok(())),
        (date("exp", NOW), NOW, Err(Stale)),
        (date("exp", NOW.after(LIMIT * 9)), NOW.after(LIMIT), Ok(())),
        // It is remembered for as long as the scheme says, whatever the token says.
        (
            date("exp", NOW.after(LIMIT * 9)),
            NOW.after(LIMIT + milli),
            Err(Stale),
        ),
        (date("nbf", NOW.after(LIMIT)), NOW, Ok(())),
        (date("nbf", NOW.after(LIMIT + SECOND)), NOW, Err(Early)),
    ] {
        assert_eq!(at(&claims, now), verdict, "{claims} {now:?}");
    }
    let fraction = usual("").replace(&NOW.as_secs().to_string(), "1700000000.5");
    assert_eq!(at(&fraction, NOW.after(LIMIT + milli * 500)), Ok(()));
    assert_eq!(at(&fraction, NOW.after(LIMIT + milli * 501)), Err(Stale));
}

/// A scheme that has no time obeys a token that has one.
#[test]
fn w22_what_a_token_says_of_its_age_is_obeyed() {
    let netlify = Forger::netlify();
    let with = |more: &str, now| {
        let claims = format!(r#"{{"iss":"netlify","sha256":"{HASH}"{more}}}"#);
        let token = netlify.token(r#"{"alg":"HS256"}"#, &claims);
        let verdict = netlify.pair.verify_at(&netlify.headers(&token), BODY, now);
        verdict.map(drop)
    };
    let exp = format!(r#","exp":{}"#, NOW.as_secs());
    let nbf = format!(r#","nbf":{}"#, NOW.as_secs());
    assert_eq!(with("", Timestamp::MAX), Ok(()));
    assert_eq!(with(&exp, NOW.before(SECOND)), Ok(()));
    assert_eq!(with(&exp, NOW), Err(Stale));
    assert_eq!(with(&nbf, NOW.before(LIMIT)), Ok(()));
    assert_eq!(with(&nbf, NOW.before(LIMIT + SECOND)), Err(Early));
    // Unless nobody is to judge it.
    let ageless = schemes::VONAGE.insecure_at_any_age();
    let vonage = Forger::new(ageless, HS256, "Bearer ");
    assert_eq!(
        vonage.claims(&usual(r#","exp":1,"nbf":99999999999"#)),
        Ok(())
    );
}

/// Who has not signed it, or has another body, does not learn what time it is here.
#[test]
fn w25_the_age_of_a_token_is_told_when_all_else_is_right() {
    let vonage = Forger::vonage();
    let headers = vonage.pair.sign(BODY);
    let (late, early) = (NOW.after(LIMIT * 2), NOW.before(LIMIT * 2));
    for (now, why) in [(late, Stale), (early, Early)] {
        let verdict = |headers, body| vonage.pair.verify_at(headers, body, now).unwrap_err();
        assert_eq!(verdict(&headers, BODY), why);
        assert_eq!(verdict(&headers, b"other"), Signature);
        let replace = |number| {
            let secret = SecretSet::new("one", verifying(&schemes::VONAGE, number));
            vonage.pair.verifier.replace_secrets(secret).unwrap();
        };
        replace(2);
        assert_eq!(verdict(&headers, BODY), Signature);
        replace(1);
    }
}

#[test]
fn w23_odd_dates_are_malformed() {
    let vonage = Forger::vonage();
    for odd in [
        "-1",
        "-9223372036854775808",
        "18446744073709551615",
        "1e300",
        "1700000000000",
        "253402300800",
        "\"1700000000\"",
        "null",
        "true",
        "[]",
        "{}",
    ] {
        for name in ["exp", "nbf"] {
            let claims = usual(&format!(r#","{name}":{odd}"#));
            assert_eq!(vonage.claims(&claims), Err(Malformed), "{name} {odd}");
        }
        let claims = usual("").replace(&NOW.as_secs().to_string(), odd);
        assert_eq!(vonage.claims(&claims), Err(Malformed), "iat {odd}");
    }
    let signer = Pair::new(schemes::VONAGE).signer;
    assert!(
        signer
            .sign(Delivery::new("1", Timestamp::MAX), BODY)
            .is_err()
    );
}

#[test]
fn w29_a_token_that_no_key_fits_is_refused_before_the_body() {
    let vonage = Forger::vonage();
    let token = vonage.token(r#"{"alg":"HS256"}"#, &usual(""));
    let begun = |headers: &HeaderMap| {
        let begun = vonage.pair.verifier.begin(Head::new(headers), NOW);
        begun.map(drop).map_err(|error| error.kind())
    };
    assert_eq!(begun(&vonage.headers(&token)), Ok(()));
    assert_eq!(begun(&HeaderMap::new()), Err(Missing));
    let forged = token.replace(token.rsplit('.').next().unwrap(), &encoded(&[7; 32]));
    assert_eq!(begun(&vonage.headers(&forged)), Err(Signature));
}

/// Any of the keys, each of them while it is good.
#[test]
fn w06_all_keys_are_tried() {
    let pair = Pair::new(schemes::VONAGE);
    let key = |number| verifying(&schemes::VONAGE, number);
    let headers = pair.sign(BODY);
    let label = |set| {
        pair.verifier.replace_secrets(set).unwrap();
        let verdict = pair.verify(&headers, BODY);
        verdict.map(|receipt| receipt.label().to_owned())
    };
    let set = || SecretSet::new("new", key(2));
    assert_eq!(label(set().with("old", key(1))).unwrap(), "old");
    let until = |at| set().with_old("old", key(1), at);
    assert_eq!(label(until(NOW.after(SECOND))).unwrap(), "old");
    assert_eq!(label(until(NOW)).unwrap_err(), Signature);
    assert_eq!(label(until(NOW).with("same", key(1))).unwrap(), "same");
    // A token has one signature: that of the first secret that is good.
    let sign = |set| {
        let signer = Signer::new(&schemes::VONAGE, set).unwrap();
        signer.sign(Delivery::new("1", NOW), BODY)
    };
    let ended = SecretSet::new("a", key(3)).with_old("b", key(1), NOW);
    let first = sign(ended).unwrap();
    pair.verifier
        .replace_secrets(SecretSet::new("a", key(3)))
        .unwrap();
    assert!(pair.verify(&first, BODY).is_ok());
}

/// MessageBird says nothing of a body that is not there; what it says nothing of must not be there.
#[test]
fn w32_a_hash_that_may_be_missing_stands_for_no_body() {
    let pair = Pair::new(schemes::MESSAGEBIRD_JWT);
    let empty = pair.sign(b"");
    let token = empty["messagebird-signature-jwt"].to_str().unwrap();
    let claims = decoded(token.split('.').nth(1).unwrap());
    assert!(!claims.contains("payload_hash"), "{claims}");
    assert!(pair.verify(&empty, b"").is_ok());
    assert_eq!(pair.verify(&empty, b"x").unwrap_err(), Signature);
    assert_eq!(pair.verify(&pair.sign(b"x"), b"").unwrap_err(), Signature);
    let netlify = Pair::new(schemes::NETLIFY);
    let (_, value) = signed(&netlify);
    let claims = decoded(value.split('.').nth(1).unwrap());
    assert_eq!(claims, format!(r#"{{"iss":"netlify","sha256":"{HASH}"}}"#));
}

/// `qsh` covers method, path and query, and nothing of the body.
#[test]
fn w37_atlassian_signs_the_request() {
    let context = Token::insecure_without_body().with_query_hash("/app");
    let within = schemes::JIRA_CONNECT.with_token(context.with_time("iat"));
    let (jira, within) = (Pair::new(schemes::JIRA_CONNECT), Pair::new(within));
    let path = "/app/hook?b=2&a=1%201";
    let sign = |pair: &Pair, path| {
        let delivery = Delivery::new("", NOW).with_path(path);
        pair.signer.sign(delivery, BODY).unwrap()
    };
    let verdict = |pair: &Pair, headers: &HeaderMap, method, path| {
        let head = Head::new(headers).with_method(method).with_path(path);
        let verified = pair.verifier.verify(head, BODY, NOW);
        verified.map(drop).map_err(|error| error.kind())
    };
    let headers = sign(&jira, path);
    for (method, path, expected) in [
        (&Method::POST, path, Ok(())),
        (&Method::POST, "/app/hook?a=1+1&b=2", Ok(())),
        (&Method::POST, "/app/hook?a=1+1&b=2&jwt=x", Ok(())),
        (&Method::PUT, path, Err(Signature)),
        (&Method::POST, "/app/hook", Err(Signature)),
        (&Method::POST, "/hook?b=2&a=1%201", Err(Signature)),
        (&Method::POST, "/app/hook?b=2&a=1%202", Err(Signature)),
        (&Method::POST, "/app/hook?b=2&a=1%201&c=", Err(Signature)),
    ] {
        assert_eq!(verdict(&jira, &headers, method, path), expected, "{path}");
    }
    // What a proxy made of it is not what was signed.
    for (url, expected) in [
        ("https://hooks.example.com/app/hook?a=1+1&b=2", Ok(())),
        ("https://hooks.example.com/hook?a=1+1&b=2", Err(Signature)),
    ] {
        let head = Head::new(&headers).with_path("/changed").with_url(url);
        let verified = jira.verifier.verify(head, BODY, NOW).map(drop);
        assert_eq!(verified.map_err(|error| error.kind()), expected, "{url}");
    }
    let headers = sign(&within, "/hook?x=1");
    let post = &Method::POST;
    assert_eq!(verdict(&within, &headers, post, "/app/hook?x=1"), Ok(()));
    assert_eq!(
        verdict(&jira, &headers, post, "/app/hook?x=1"),
        Err(Signature)
    );
}

/// The tokens of Atlassian's pages are no deliveries.
#[test]
fn w43_a_token_of_a_page_is_refused() {
    let jira = Forger::new(schemes::JIRA_CONNECT, HS256, "JWT ");
    let with = |qsh: &str| jira.claims(&format!(r#"{{"iat":{}{qsh}}}"#, NOW.as_secs()));
    assert_eq!(with(r#","qsh":"context-qsh""#), Err(Malformed));
    assert_eq!(with(""), Err(Malformed));
    let other = format!(r#","qsh":"{HASH}""#);
    assert_eq!(with(&other), Err(Signature));
}

#[test]
fn w37_an_audience_is_the_url_to_the_letter() {
    let monday = Forger::new(schemes::MONDAY, HS256, "");
    let with = |aud: &str| monday.claims(&format!(r#"{{"iat":{},"aud":{aud}}}"#, NOW.as_secs()));
    assert_eq!(with(&format!("\"{URL}\"")), Ok(()));
    for odd in [
        format!("\"{URL}/\""),
        format!("[\"{URL}\"]"),
        format!("\"{}\"", URL.to_uppercase()),
        "null".to_owned(),
    ] {
        assert_eq!(with(&odd), Err(Signature), "{odd}");
    }
}

#[test]
fn w50_a_scheme_whose_token_cannot_be_right_is_refused() {
    let token = Token::new("hash", Encoding::Hex);
    let own = Scheme::new("own", HS256, "x-token", Encoding::Base64Url);
    let with = |token| own.with_token(token);
    let timed = with(token.with_time("iat"));
    assert!(timed.check().is_ok() && with(token).check().is_ok());
    assert!(with(Token::detached()).check().is_ok());
    let by = |algorithm| {
        let other = Scheme::new("own", algorithm, "x-token", Encoding::Base64Url);
        other.with_token(token)
    };
    use ConfigErrorKind::{Header, Message, Timestamp as Time};
    for (scheme, kind) in [
        (timed.with_message("{body}"), Message),
        (with(token).with_message("fixed"), Message),
        (with(token).with_id("x-id"), Message),
        (with(token).with_fixed(&[("x-a", "b")]), Message),
        (with(Token::detached().with_issuer("x")), Message),
        (with(Token::detached().with_id()), Message),
        (with(Token::detached().with_url_hash("x")), Message),
        (with(Token::detached().with_expiry(SECOND)), Message),
        (by(Algorithm::Hmac(Hash::Sha1)), Message),
        (by(Algorithm::Plain(Hash::Sha256)), Message),
        (
            Scheme::new("own", HS256, "x-token", Encoding::Base64).with_token(token),
            Message,
        ),
        (with(token).with_grammar(Grammar::Commas), Header),
        (with(token).with_headers(Headers::Numbered("x-")), Header),
        (with(token).within(SECOND, SECOND), Time),
        (
            timed.with_timestamp(Timestamps::Header("x-time", Unit::Seconds)),
            Time,
        ),
    ] {
        let refused = scheme.check().map_err(|error| error.kind());
        assert_eq!(refused, Err(kind), "{scheme:?}");
    }
    for hash in [Hash::Sha384, Hash::Sha512] {
        let pair = Pair::new(by(Algorithm::Hmac(hash)));
        assert!(pair.verify(&pair.sign(BODY), BODY).is_ok(), "{hash:?}");
    }
}

/// A detached token with a shared secret: the body goes into the MAC as it arrives.
#[test]
fn w32_the_body_beside_a_token_is_what_is_signed() {
    let scheme = Scheme::new("own", HS256, "x-token", Encoding::Base64Url);
    let scheme = scheme.with_token(Token::detached().with_time("ts"));
    let own = Forger::new(scheme, HS256, "");
    let with = |header: &str, payload: &str, body: &[u8]| {
        let header = encoded(header.as_bytes());
        let input = [header.as_bytes(), b".", body].concat();
        own.verdict(&format!("{header}.{payload}.{}", own.signature(&input)))
    };
    let header = |rest: &str| format!(r#"{{"alg":"HS256","ts":{}{rest}}}"#, NOW.as_secs());
    let good = header(r#","b64":false,"crit":["b64"]"#);
    assert_eq!(with(&good, "", BODY), Ok(()));
    assert_eq!(with(&good, "", b"other"), Err(Signature));
    assert_eq!(with(&good, &encoded(BODY), BODY), Err(Malformed));
    for odd in [
        "",
        r#","b64":false"#,
        r#","crit":["b64"]"#,
        r#","b64":true,"crit":["b64"]"#,
        r#","b64":false,"crit":["b64","ts"]"#,
        r#","b64":false,"crit":["b64"],"b64":false"#,
        r#","b64":false,"crit":["b64"],"ts":1"#,
    ] {
        assert_eq!(with(&header(odd), "", BODY), Err(Malformed), "{odd}");
    }
    let timeless = r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#;
    assert_eq!(with(timeless, "", BODY), Err(Malformed));
    // What is signed is not the same as if the payload were encoded.
    let header = encoded(good.as_bytes());
    let input = format!("{header}.{}", encoded(BODY));
    let other = own.signature(input.as_bytes());
    assert_eq!(own.verdict(&format!("{header}..{other}")), Err(Signature));
    let (late, headers) = (NOW.after(LIMIT + SECOND), own.pair.sign(BODY));
    assert_eq!(own.pair.verify_at(&headers, BODY, late).unwrap_err(), Stale);
    let forged = own.pair.verify_at(&headers, b"other", late);
    assert_eq!(forged.unwrap_err(), Signature);
}

/// Tokens with claims keep nothing of the body, whatever the algorithm.
#[test]
fn w32_a_token_keeps_no_body() {
    for scheme in tokens() {
        assert!(!scheme.needs_whole_body(), "{}", scheme.name());
        let pair = Pair::new(scheme);
        let body = vec![b'x'; 1 << 19];
        let headers = pair.sign(&body);
        let head = Head::new(&headers).with_url(URL);
        let mut check = pair.verifier.begin(head, NOW).unwrap();
        let info = allocation_counter::measure(|| {
            for piece in body.chunks(4_096) {
                check.update(piece).unwrap();
            }
        });
        assert_eq!(info.count_total, 0, "{}", scheme.name());
        assert!(check.finish(head).is_ok());
    }
    let detached = Scheme::new("own", Algorithm::Ed25519, "x", Encoding::Base64Url);
    assert!(detached.with_token(Token::detached()).needs_whole_body());
}

#[cfg(feature = "public-key")]
mod public_keys {
    use portcullis_webhook::KeyFormat;

    use super::*;
    use crate::keys::{halves, write};

    const SCHEMES: [(Scheme<'_>, Algorithm, &str); 5] = [
        (schemes::PLAID, Algorithm::EcdsaP256Sha256Fixed, "ES256"),
        (
            schemes::FUSIONAUTH_ES256,
            Algorithm::EcdsaP256Sha256Fixed,
            "ES256",
        ),
        (schemes::FUSIONAUTH_EDDSA, Algorithm::Ed25519, "EdDSA"),
        (
            schemes::FUSIONAUTH_RS256,
            Algorithm::RsaPkcs1Sha256,
            "RS256",
        ),
        (
            schemes::CONSTANT_CONTACT,
            Algorithm::RsaPkcs1Sha256,
            "RS256",
        ),
    ];

    /// The public key as a shared secret: whoever lets the token choose the algorithm is had.
    #[test]
    fn w43_a_public_key_is_no_shared_secret() {
        for (scheme, algorithm, alg) in SCHEMES {
            let pair = Pair::new(scheme);
            let (name, good) = signed(&pair);
            let [header, claims, _] = good.split('.').collect::<Vec<_>>()[..] else {
                panic!("{good}");
            };
            let known = decoded(header);
            assert!(known.contains(&format!(r#""alg":"{alg}""#)), "{known}");
            let public = halves(algorithm, 1).public;
            let pem = write(KeyFormat::Pem, "PUBLIC", &public);
            let raw = Scheme::hmac("raw", Hash::Sha256, "x", Encoding::Base64Url);
            let key = WebhookSecret::new(SecretFormat::Utf8, &pem).unwrap();
            let raw = Signer::new(&raw, SecretSet::new("", key)).unwrap();
            for (forged, why) in [
                (known.replace(alg, "HS256"), Malformed),
                (known.replace(alg, "none"), Malformed),
                (known, Malformed),
            ] {
                let input = format!("{}.{claims}", encoded(forged.as_bytes()));
                let mac = raw.sign(Delivery::new("", NOW), input.as_bytes()).unwrap();
                let token = format!("{input}.{}", mac["x"].to_str().unwrap());
                let headers = HeaderMap::from_iter([(name.clone(), token.parse().unwrap())]);
                let verdict = pair.verify(&headers, BODY).unwrap_err();
                assert_eq!(verdict, why, "{forged}");
            }
        }
    }

    /// A token under another algorithm, signed as that one has it by whoever has the key.
    #[test]
    fn w43_a_key_is_of_one_algorithm() {
        let scheme = schemes::FUSIONAUTH_RS256;
        let forger = Forger::new(scheme, Algorithm::RsaPssSha512, "");
        let hash = decoded(signed(&forger.pair).1.split('.').nth(1).unwrap());
        for alg in ["PS512", "RS256"] {
            let token = forger.token(&format!(r#"{{"alg":"{alg}"}}"#), &hash);
            let why = if alg == "RS256" { Signature } else { Malformed };
            assert_eq!(forger.verdict(&token), Err(why), "{alg}");
        }
        let right = Forger::new(scheme, Algorithm::RsaPkcs1Sha256, "");
        let token = right.token(r#"{"alg":"RS256"}"#, &hash);
        assert_eq!(right.verdict(&token), Ok(()));
    }

    /// Of ECDSA anybody can make another signature that fits: a copy is told by what is signed.
    #[test]
    fn w26_copies_under_another_signature_have_one_digest() {
        let pair = Pair::new(schemes::PLAID);
        let (one, two) = (pair.sign(BODY), pair.sign(BODY));
        assert_ne!(one, two, "it signs at random");
        let digest = |headers| pair.verify(headers, BODY).unwrap().digest("/in");
        assert_eq!(digest(&one), digest(&two));
    }

    #[test]
    fn w45_a_kid_chooses_no_key() {
        let plaid = Forger::new(schemes::PLAID, Algorithm::EcdsaP256Sha256Fixed, "");
        let claims = decoded(signed(&plaid.pair).1.split('.').nth(1).unwrap());
        let token = plaid.token(r#"{"alg":"ES256","kid":"x","typ":"JWT"}"#, &claims);
        let key = |number| verifying(&schemes::PLAID, number);
        let set = SecretSet::new("x", key(2)).with("y", key(1));
        plaid.pair.verifier.replace_secrets(set).unwrap();
        let receipt = plaid.pair.verify(&plaid.headers(&token), BODY).unwrap();
        assert_eq!(receipt.label(), "y");
    }

    /// What Constant Contact publishes of its header.
    #[test]
    fn w48_a_detached_token_is_as_its_provider_has_it() {
        let pair = Pair::new(schemes::CONSTANT_CONTACT);
        let (_, value) = signed(&pair);
        let parts: Vec<_> = value.split('.').collect();
        let expected = r#"{"alg":"RS256","ts":1700000000,"b64":false,"crit":["b64"]}"#;
        assert_eq!((decoded(parts[0]).as_str(), parts[1]), (expected, ""));
    }
}

/// Values that a claim might have, and might not.
fn value() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (1_699_999_000_u64..1_700_001_000).prop_map(Value::from),
        "[ -~]{0,20}".prop_map(Value::from),
        Just(Value::from(HASH)),
        Just(Value::from("Vonage")),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop::collection::vec(inner, 0..3).prop_map(Value::from)
    })
}

proptest! {
    #[test]
    fn w16_no_text_panics(text in "\\PC{0,200}", token in "[A-Za-z0-9_.-]{0,300}") {
        for forger in [Forger::vonage(), Forger::netlify()] {
            for text in [&text, &token] {
                let Ok(value) = http::HeaderValue::from_bytes(text.as_bytes()) else {
                    continue;
                };
                let headers = HeaderMap::from_iter([(forger.header.clone(), value)]);
                prop_assert!(forger.pair.verify(&headers, BODY).is_err());
            }
        }
    }

    /// Under a signature that is right, so that whatever reads them reads them.
    #[test]
    fn w16_no_claims_panic(
        names in prop::collection::btree_map(
            prop::sample::select(vec![
                "iss", "iat", "nbf", "exp", "jti", "payload_hash", "aud", "other",
            ]),
            value(),
            0..8,
        ),
        header in prop::collection::btree_map(
            prop::sample::select(vec!["alg", "typ", "kid", "crit", "b64"]),
            value(),
            0..2,
        ),
    ) {
        let vonage = Forger::vonage();
        let claims = serde_json::to_string(&names).unwrap();
        let is_usual = names.get("iss") == Some(&"Vonage".into())
            && names.get("payload_hash") == Some(&HASH.into());
        let verdict = vonage.claims(&claims);
        prop_assert!(verdict.is_err() || is_usual, "{claims}");
        let above = serde_json::to_string(&header).unwrap();
        prop_assert_eq!(vonage.above(&above), Err(Malformed), "{}", above);
    }

    /// Bytes in the place of a header and of claims.
    #[test]
    fn w16_no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let vonage = Forger::vonage();
        let (header, claims) = (encoded(br#"{"alg":"HS256"}"#), encoded(usual("").as_bytes()));
        let odd = encoded(&bytes);
        for input in [format!("{odd}.{claims}"), format!("{header}.{odd}"), format!("{odd}.{odd}")] {
            let token = format!("{input}.{}", vonage.signature(input.as_bytes()));
            prop_assert_eq!(vonage.verdict(&token), Err(Malformed));
        }
    }

    #[test]
    fn w47_what_is_signed_is_verified(
        body in prop::collection::vec(any::<u8>(), 0..300),
        id in "[!-~]{1,60}",
        path in "/[a-z0-9/%&=?+,.;~-]{0,40}",
        secs in 0_u64..253_402_300_000,
        method in prop::sample::select(vec![Method::POST, Method::PUT, Method::GET]),
    ) {
        let url = format!("https://hooks.example.com{path}");
        let shared = [
            schemes::VONAGE,
            schemes::NETLIFY,
            schemes::MESSAGEBIRD_JWT,
            schemes::JIRA_CONNECT,
            schemes::MONDAY,
            schemes::FUSIONAUTH_HS256,
        ];
        for scheme in shared {
            let (pair, at) = (Pair::new(scheme), Timestamp::from_secs(secs));
            let delivery = Delivery::new(&id, at).with_method(&method);
            let delivery = delivery.with_path(&path).with_url(&url);
            let headers = pair.signer.sign(delivery, &body).unwrap();
            let head = Head::new(&headers).with_method(&method);
            let head = head.with_path(&path).with_url(&url);
            let verified = pair.verifier.verify(head, &body, at);
            prop_assert!(verified.is_ok(), "{} {:?}", scheme.name(), verified.map(drop));
            if !["jira-connect", "monday"].contains(&scheme.name()) {
                let longer = [&body[..], b"x"].concat();
                let verified = pair.verifier.verify(head, &longer, at);
                prop_assert_eq!(verified.map(drop).unwrap_err().kind(), Signature);
            }
        }
    }
}
