//! The examples of RFC 9421, appendix B.2, and what others have published of RFC 9421 and RFC 9530.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use portcullis_core::Timestamp;
use portcullis_webhook::{
    Algorithm, Component, Delivery, Encoding, Hash, Head, MessagePolicy, Scheme, SecretFormat,
    SecretSet, Signer, Verifier, VerifyErrorKind, WebhookSecret, schemes,
};
use serde_json::Value;

const NOW: Timestamp = Timestamp::from_secs(1_618_884_473);
const URL: &str = "https://example.com/foo?param=Value&Pet=dog";
const BODY: &[u8] = b"{\"hello\": \"world\"}";

/// Appendix B.1.5.
const SHARED: &str =
    "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";

/// Appendix B.1.2, the public key.
#[cfg(feature = "public-key")]
const RSA_PSS: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2
+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+
oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq
gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W
Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4
aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI
2wIDAQAB
-----END PUBLIC KEY-----";

/// Appendix B.1.3, the public key.
#[cfg(feature = "public-key")]
const P256: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf
w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==
-----END PUBLIC KEY-----";

/// Appendix B.1.4, the public key.
#[cfg(feature = "public-key")]
const ED25519: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----";

/// Appendix B.2: the request that is signed.
fn request() -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", "example.com"),
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("content-type", "application/json"),
        (
            "content-digest",
            "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm\
             +AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
        ),
        ("content-length", "18"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
}

/// A scheme of these components; they need not have the body in them.
fn scheme<'a>(of: Scheme<'a>, components: &'a [Component<'a>]) -> Scheme<'a> {
    let policy = MessagePolicy::new(components);
    of.with_message_policy(policy).insecure_without_body()
}

fn verifier(scheme: &Scheme<'_>, key: &str) -> Verifier {
    let secret = WebhookSecret::new(scheme.secret_format(), key).unwrap();
    Verifier::new(scheme, SecretSet::new("one", secret)).unwrap()
}

/// Judges an example, and the same with its time and its signature changed.
fn judge(of: Scheme<'_>, components: &[Component<'_>], key: &str, label: &str, signed: [&str; 2]) {
    let verifier = verifier(&scheme(of, components), key);
    let verdict = |input: &str, signature: &str| {
        let mut headers = request();
        let input = format!("{label}={input}");
        headers.insert("signature-input", input.parse().unwrap());
        let signature = format!("{label}=:{signature}:");
        headers.insert("signature", signature.parse().unwrap());
        let head = Head::new(&headers).with_url(URL);
        let verified = verifier.verify(head, BODY, NOW);
        verified.map(drop).map_err(|error| error.kind())
    };
    let [input, signature] = signed;
    assert_eq!(verdict(input, signature), Ok(()), "{label}");
    let other = input.replace("created=1618884473", "created=1618884474");
    assert_eq!(verdict(&other, signature), Err(VerifyErrorKind::Signature));
    let turned: String = [&signature[4..8], &signature[..4], &signature[8..]].concat();
    assert_eq!(verdict(input, &turned), Err(VerifyErrorKind::Signature));
}

#[cfg(feature = "public-key")]
#[test]
fn w48_b21_minimal_signature_using_rsa_pss_sha512() {
    let signed = [
        "();created=1618884473;keyid=\"test-key-rsa-pss\";nonce=\"b3k2pp5k7z-50gnwp.yemd\"",
        "d2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it++wgGxbtR\
         xf8Udx7zFZsckzXaJMkA7ChG52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhz\
         x2VjBqJzsPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVrogUvA4HELjVKWmAvtl6UnCh8jYzuVG5WSb/QEVPnP\
         5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhdxO5Nyt8C8ssinQ98Xw9Q==",
    ];
    judge(schemes::RFC9421_RSA_PSS, &[], RSA_PSS, "sig-b21", signed);
}

#[cfg(feature = "public-key")]
#[test]
fn w48_b22_selective_covered_components_using_rsa_pss_sha512() {
    let components = [
        Component::Authority,
        Component::Field("content-digest"),
        Component::QueryParam("Pet"),
    ];
    let signed = [
        "(\"@authority\" \"content-digest\" \"@query-param\";name=\"Pet\");created=1618884473\
         ;keyid=\"test-key-rsa-pss\";tag=\"header-example\"",
        "LjbtqUbfmvjj5C5kr1Ugj4PmLYvx9wVjZvD9GsTT4F7GrcQEdJzgI9qHxICagShLRiLMlAJjtq6N4CDfKtjvuJyE\
         5qH7KT8UCMkSowOB4+ECxCmT8rtAmj/0PIXxi0A0nxKyB09RNrCQibbUjsLS/2YyFYXEu4TRJQzRw1rLEuEfY17S\
         ARYhpTlaqwZVtR8NV7+4UKkjqpcAoFqWFQh62s7Cl+H2fjBSpqfZUJcsIk4N6wiKYd4je2U/lankenQ99PZfB4jY\
         3I5rSV2DSBVkSFsURIjYErOs0tFTQosMTAoxk//0RoKUqiYY8Bh0aaUEb0rQl3/XaVe4bXTugEjHSw==",
    ];
    judge(
        schemes::RFC9421_RSA_PSS,
        &components,
        RSA_PSS,
        "sig-b22",
        signed,
    );
}

#[cfg(feature = "public-key")]
#[test]
fn w48_b23_full_coverage_using_rsa_pss_sha512() {
    let components = [
        Component::Field("date"),
        Component::Method,
        Component::Path,
        Component::Query,
        Component::Authority,
        Component::Field("content-type"),
        Component::Field("content-digest"),
        Component::Field("content-length"),
    ];
    let signed = [
        "(\"date\" \"@method\" \"@path\" \"@query\" \"@authority\" \"content-type\" \
         \"content-digest\" \"content-length\");created=1618884473;keyid=\"test-key-rsa-pss\"",
        "bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+qRp\
         RRU5p2voTp768ZrCUb38K0fUxN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH\
         1pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCoC1xMy7JA1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF8Eim5f8ui\
         9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FUo5fTIztsDZKEgM4cUA==",
    ];
    judge(
        schemes::RFC9421_RSA_PSS,
        &components,
        RSA_PSS,
        "sig-b23",
        signed,
    );
}

/// It is of a response. Its base verifies; a request with `@status` in it is refused.
#[cfg(feature = "public-key")]
#[test]
fn w48_b24_signing_a_response_using_ecdsa_p256_sha256() {
    let base = "\"@status\": 200\n\
        \"content-type\": application/json\n\
        \"content-digest\": sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWd\
        XymyU0rjJuahq4l5aGgfLQ==:\n\
        \"content-length\": 23\n\
        \"@signature-params\": (\"@status\" \"content-type\" \"content-digest\" \"content-length\")\
        ;created=1618884473;keyid=\"test-key-ecc-p256\"";
    let signature =
        "wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==";
    let accepts = |base: &str| accepts("ecdsa-p256-sha256", P256, base, signature);
    assert!(accepts(base));
    assert!(!accepts(&base.replace("200", "201")));
    let mut headers = request();
    let input = "sig-b24=(\"@status\" \"content-type\" \"content-digest\" \"content-length\")\
                 ;created=1618884473;keyid=\"test-key-ecc-p256\"";
    headers.insert("signature-input", HeaderValue::from_static(input));
    let signature = format!("sig-b24=:{signature}:");
    headers.insert("signature", signature.parse().unwrap());
    let verifier = verifier(&scheme(schemes::RFC9421_ECDSA_P256, &[]), P256);
    let refused = verifier.begin(Head::new(&headers).with_url(URL), NOW);
    assert_eq!(refused.unwrap_err().kind(), VerifyErrorKind::Malformed);
}

#[test]
fn w48_b25_signing_a_request_using_hmac_sha256() {
    let components = [
        Component::Field("date"),
        Component::Authority,
        Component::Field("content-type"),
    ];
    let signed = [
        "(\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\"",
        "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=",
    ];
    judge(
        schemes::RFC9421_HMAC,
        &components,
        SHARED,
        "sig-b25",
        signed,
    );
}

#[cfg(feature = "public-key")]
#[test]
fn w48_b26_signing_a_request_using_ed25519() {
    let components = [
        Component::Field("date"),
        Component::Method,
        Component::Path,
        Component::Authority,
        Component::Field("content-type"),
        Component::Field("content-length"),
    ];
    let signed = [
        "(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")\
         ;created=1618884473;keyid=\"test-key-ed25519\"",
        "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==",
    ];
    judge(
        schemes::RFC9421_ED25519,
        &components,
        ED25519,
        "sig-b26",
        signed,
    );
}

/// What we sign is what stands there: HMAC and Ed25519 have one signature of a message.
#[test]
fn w47_b25_is_signed_as_it_stands_there() {
    let components = [
        Component::Field("date"),
        Component::Authority,
        Component::Field("content-type"),
    ];
    let policy = MessagePolicy::new(&components)
        .with_label("sig-b25")
        .with_key_ids(portcullis_webhook::KeyIds::One("test-shared-secret"));
    let scheme = schemes::RFC9421_HMAC.with_message_policy(policy);
    let scheme = scheme.insecure_without_body();
    let secret = WebhookSecret::new(SecretFormat::Base64, SHARED).unwrap();
    let signer = Signer::new(&scheme, SecretSet::new("one", secret)).unwrap();
    let headers = request();
    let delivery = Delivery::new("", NOW).with_url(URL).with_headers(&headers);
    let signed = signer.sign(delivery, BODY).unwrap();
    let input = "sig-b25=(\"date\" \"@authority\" \"content-type\")\
                 ;created=1618884473;keyid=\"test-shared-secret\"";
    assert_eq!(signed["signature-input"], input);
    let signature = "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:";
    assert_eq!(signed["signature"], signature);
    assert_eq!(signed.len(), 2, "the body is not covered");
}

/// The algorithm of this name, and the scheme that has it; none if this build has not.
fn algorithm(name: &str) -> Option<(Algorithm, Scheme<'static>)> {
    let (algorithm, scheme) = match name {
        "ecdsa-p256-sha256" => (Algorithm::EcdsaP256Sha256Fixed, schemes::RFC9421_ECDSA_P256),
        "ed25519" => (Algorithm::Ed25519, schemes::RFC9421_ED25519),
        "hmac-sha256" => (Algorithm::Hmac(Hash::Sha256), schemes::RFC9421_HMAC),
        "rsa-pss-sha512" => (Algorithm::RsaPssSha512, schemes::RFC9421_RSA_PSS),
        other => panic!("{other}"),
    };
    scheme.can_sign().then_some((algorithm, scheme))
}

/// Whether a signature is one of a base, which is taken as it is.
fn accepts(name: &str, key: &str, base: &str, signature: &str) -> bool {
    let (algorithm, of) = algorithm(name).unwrap();
    let raw = Scheme::new("raw", algorithm, "x-raw", Encoding::Base64);
    let verifier = verifier(&raw.with_secret(of.secret_format()), key);
    let mut headers = HeaderMap::new();
    headers.insert("x-raw", signature.parse().unwrap());
    verifier.verify(Head::new(&headers), base, NOW).is_ok()
}

fn text<'v>(record: &'v Value, key: &str) -> Option<&'v str> {
    record.get(key)?.as_str()
}

fn records(scheme: &str) -> Vec<Value> {
    let records = crate::vectors::records().into_iter();
    let records = records.filter(|record| record["scheme"] == scheme);
    records.collect()
}

/// A record: the base that stands there, and the message of the parameters in that base.
#[test]
fn w48_published_message_signatures_are_judged_as_they_should_be() {
    let mut judged = 0;
    for record in records("rfc9421") {
        let name = text(&record, "alg").unwrap();
        let Some((_, of)) = algorithm(name) else {
            continue;
        };
        let key = text(&record, "public_key")
            .or(text(&record, "secret"))
            .unwrap();
        let (base, signature) = ("signature_base", "signature");
        let [base, signature] = [base, signature].map(|key| text(&record, key).unwrap());
        let is_good = record["expect"] == "ok";
        assert_eq!(
            accepts(name, key, base, signature),
            is_good,
            "{}",
            record["name"]
        );
        let message = text(&record, "message").unwrap();
        if !message.starts_with("HTTP/") {
            let verifier = verifier(&scheme(of, &[]), key);
            let verdict = verdict(&verifier, message, base);
            assert_eq!(verdict.is_ok(), is_good, "{}: {verdict:?}", record["name"]);
        }
        judged += 1;
    }
    println!("{judged} judged");
}

/// The verdict on a message as it stands on the wire, with the parameters of this base.
fn verdict(verifier: &Verifier, message: &str, base: &str) -> Result<(), VerifyErrorKind> {
    let (head, body) = message.split_once("\n\n").unwrap();
    let (start, lines) = head.split_once('\n').unwrap();
    let [method, path, _] = start.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let (_, params) = base.rsplit_once("\"@signature-params\": ").unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in lines.lines().map(|line| line.split_once(": ").unwrap()) {
        let value = match (name, value.split_once('=')) {
            ("Signature-Input", Some((label, _))) => format!("{label}={params}"),
            _ => value.to_owned(),
        };
        let name = HeaderName::try_from(name).unwrap();
        headers.append(name, value.parse().unwrap());
    }
    // The file has a line break behind the body.
    let length = headers["content-length"].to_str().unwrap().parse::<usize>();
    let body = body.as_bytes().get(..length.unwrap()).unwrap();
    let (url, method) = (
        format!("https://example.com{path}"),
        Method::try_from(method).unwrap(),
    );
    let head = Head::new(&headers).with_method(&method).with_url(&url);
    let verified = verifier.verify(head, body, NOW);
    verified.map(drop).map_err(|error| error.kind())
}

/// A digest alone is no signature: we sign the header that stands there, and judge the body.
#[test]
fn w48_published_digests_are_judged_as_they_should_be() {
    let raw = Scheme::hmac("raw", Hash::Sha256, "x-raw", Encoding::Base64);
    let raw = raw.with_secret(SecretFormat::Base64);
    let secret = || {
        SecretSet::new(
            "one",
            WebhookSecret::new(SecretFormat::Base64, SHARED).unwrap(),
        )
    };
    let signer = Signer::new(&raw, secret()).unwrap();
    let components = [Component::Field("content-digest")];
    let of = schemes::RFC9421_HMAC.with_message_policy(MessagePolicy::new(&components));
    let verifier = Verifier::new(&of, secret()).unwrap();
    for record in records("rfc9530-content-digest") {
        let digest = text(&record["headers"], "content-digest").unwrap();
        let input = "(\"content-digest\");created=1618884473";
        let base = format!("\"content-digest\": {digest}\n\"@signature-params\": {input}");
        let signed = signer
            .sign(Delivery::new("", NOW), base.as_bytes())
            .unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("content-digest", digest.parse().unwrap());
        headers.insert("signature-input", format!("a={input}").parse().unwrap());
        let signature = format!("a=:{}:", signed["x-raw"].to_str().unwrap());
        headers.insert("signature", signature.parse().unwrap());
        let body = text(&record, "body").unwrap();
        let verified = verifier.verify(Head::new(&headers), body, NOW);
        let expected = match text(&record, "expect").unwrap() {
            "ok" => None,
            _ => Some(VerifyErrorKind::Signature),
        };
        let verdict = verified.err().map(|error| error.kind());
        assert_eq!(verdict, expected, "{}", record["name"]);
    }
}

/// A key of one format is no key of the other.
#[cfg(feature = "public-key")]
#[test]
fn w43_a_key_is_one_of_the_algorithm() {
    for (of, key) in [
        (schemes::RFC9421_ED25519, P256),
        (schemes::RFC9421_ECDSA_P256, ED25519),
        (schemes::RFC9421_ECDSA_P384, P256),
        (schemes::RFC9421_RSA_PSS, P256),
        (schemes::RFC9421_RSA, ED25519),
    ] {
        let secret = WebhookSecret::new(of.secret_format(), key).unwrap();
        let made = Verifier::new(&of, SecretSet::new("one", secret));
        assert!(made.is_err(), "{}", of.name());
    }
}
