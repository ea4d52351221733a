//! Deliveries that others have published: which of them verify, and how the others fail.
//!
//! They lie beside the repository, in `../shared/vectors` or the folder that `PORTCULLIS_VECTORS`
//! names. With `CI=true` they must be there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use portcullis_core::Timestamp;
use portcullis_webhook::{
    ConfigErrorKind, Encoding, Grammar, Hash, Head, Scheme, SecretFormat, SecretSet, Verifier,
    VerifyErrorKind, WebhookSecret, schemes,
};
use serde_json::Value;

fn folder() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    std::env::var_os("PORTCULLIS_VECTORS").map_or(beside, PathBuf::from)
}

/// All records, or none if they are not here and need not be.
pub(crate) fn records() -> Vec<Value> {
    let file = folder().join("webhooks.json");
    if let Ok(text) = std::fs::read_to_string(&file) {
        return serde_json::from_str(&text).unwrap();
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "no vectors at {}",
        file.display()
    );
    println!("NOT CHECKED: no vectors at {}", file.display());
    Vec::new()
}

/// The scheme of a record, under the name that the records have for it.
fn scheme(record: &Value) -> Option<Scheme<'static>> {
    const fn generic(hash: Hash, signature: &str) -> Scheme<'_> {
        let pairs = Grammar::Pairs {
            separator: ',',
            has_space: true,
            time: "",
            signature,
        };
        Scheme::hmac("generic", hash, "x-signature", Encoding::Hex).with_grammar(pairs)
    }
    const OLD_ZENDESK: Scheme<'_> = schemes::ZENDESK.with_message("{body}{timestamp}");
    let scheme = match text(record, "scheme")? {
        "standard-webhooks" => schemes::SVIX,
        "github-sha256" => schemes::GITHUB,
        "hub-sha256" => schemes::BITBUCKET,
        "generic-sha1-hex" => generic(Hash::Sha1, "sha1"),
        "generic-sha256-hex" => generic(Hash::Sha256, "sha256"),
        "generic-sha512-hex" => generic(Hash::Sha512, "sha512"),
        "convoy-sha512-hex" => schemes::CONVOY_SHA512_HEX,
        "convoy-sha512-b64" => schemes::CONVOY_SHA512_BASE64,
        "zendesk-body-first" => OLD_ZENDESK,
        // Those say what is signed, or stand in the body: `json.rs` reads them.
        "adyen" | "mailgun" => return None,
        name => schemes::named(name)?,
    };
    if !scheme.can_sign() {
        return None;
    }
    Some(match (record.get("now"), record["tolerance"].as_u64()) {
        (None, _) => scheme.insecure_at_any_age(),
        (_, None) => scheme,
        (_, Some(secs)) => scheme.within(Duration::from_secs(secs), Duration::from_secs(secs)),
    })
}

pub(crate) fn text<'v>(record: &'v Value, key: &str) -> Option<&'v str> {
    record.get(key)?.as_str()
}

fn headers(record: &Value) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in record["headers"].as_object().unwrap() {
        let values = match value {
            Value::Array(values) => values.clone(),
            one => vec![one.clone()],
        };
        for value in values {
            let name = HeaderName::try_from(name).unwrap();
            let value = HeaderValue::from_bytes(value.as_str().unwrap().as_bytes()).unwrap();
            headers.append(name, value);
        }
    }
    headers
}

fn secrets(record: &Value, scheme: &Scheme<'_>) -> Option<SecretSet> {
    let format = match text(record, "secret_encoding") {
        Some("raw") => SecretFormat::Utf8,
        Some("hex") => SecretFormat::Hex,
        Some("base64") => SecretFormat::Base64,
        _ => scheme.secret_format(),
    };
    let first = match format {
        SecretFormat::Public(_) => "public_key",
        _ => "secret",
    };
    let secret = |key| WebhookSecret::insecure_short(format, text(record, key).unwrap_or("")).ok();
    let set = SecretSet::new("primary", secret(first)?);
    Some(match secret("secret_secondary") {
        Some(second) => set.with("secondary", second),
        None => set,
    })
}

fn body(record: &Value) -> Vec<u8> {
    if let Some(fields) = record.get("form").and_then(Value::as_object) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in fields {
            let one = std::slice::from_ref(value);
            for value in value.as_array().map_or(one, Vec::as_slice) {
                form.append_pair(name, value.as_str().unwrap());
            }
        }
        return form.finish().into_bytes();
    }
    match text(record, "body_b64") {
        Some(body) => base64_simd::STANDARD.decode_to_vec(body).unwrap(),
        None => text(record, "body").unwrap_or("").as_bytes().to_vec(),
    }
}

/// What we say of a record; none as the error if its secret is refused.
fn verdict(record: &Value, scheme: Scheme<'_>) -> Result<(), Option<VerifyErrorKind>> {
    let secrets = secrets(record, &scheme).ok_or(None)?;
    let verifier = Verifier::new(&scheme, secrets).map_err(|error| {
        assert_eq!(error.kind(), ConfigErrorKind::Key);
        None
    })?;
    let (headers, method) = (headers(record), text(record, "method").unwrap_or("POST"));
    let method = Method::try_from(method).unwrap();
    let head = Head::new(&headers).with_method(&method);
    let head = match text(record, "url") {
        Some(url) => head.with_url(url),
        None => head,
    };
    let body = body(record);
    let now = Timestamp::from_secs(record["now"].as_u64().unwrap_or(1_700_000_000));
    let verified = verifier.verify(head, body, now);
    verified.map(drop).map_err(|error| Some(error.kind()))
}

/// Each `ok` verifies, each `bad` does not.
#[test]
fn w48_published_deliveries_are_judged_as_they_should_be() {
    let (mut judged, mut left) = (0, BTreeMap::<String, u32>::new());
    let mut wrong = Vec::new();
    for record in records() {
        let Some(scheme) = scheme(&record) else {
            *left.entry(record["scheme"].to_string()).or_default() += 1;
            continue;
        };
        judged += 1;
        let expected = text(&record, "hardened_expect").or(text(&record, "expect"));
        // Ours is the strict kind that such a record speaks of (w8).
        let expected = record.get("strictness").map_or(expected, |_| Some("bad"));
        let verdict = verdict(&record, scheme);
        if verdict.is_ok() != (expected == Some("ok")) {
            wrong.push(format!(
                "{} {}: {verdict:?}",
                record["scheme"], record["name"]
            ));
        }
    }
    #[cfg(feature = "public-key")]
    for scheme in ["discord", "sendgrid", "wise"] {
        assert!(
            !left.contains_key(&format!("\"{scheme}\"")),
            "{scheme} was not judged"
        );
    }
    println!("{judged} judged; of schemes that are not here: {left:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
