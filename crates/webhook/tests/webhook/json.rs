//! Signatures that stand in the body.

use std::time::Duration;

use http::HeaderMap;
use portcullis_core::Timestamp;
use portcullis_webhook::{
    ConfigErrorKind, Delivery, Encoding, Hash, Head, Json, Receipt, Scheme, SecretFormat,
    SecretSet, Signer, Unit, Verifier, VerifyErrorKind, WebhookSecret, schemes,
};
use serde_json::{Value, json};

use crate::support::{NOW, secret};
use crate::vectors::{records, text};

const ITEM: &str = r#"{"pspReference":"p","merchantAccountCode":"m","merchantReference":"r",
    "amount":{"value":1000,"currency":"EUR"},"eventCode":"AUTHORISATION","success":"true"}"#;

struct Pair {
    signer: Signer,
    verifier: Verifier,
}

impl Pair {
    fn new(scheme: Scheme<'_>) -> Self {
        let secrets = || SecretSet::new("one", secret(scheme.secret_format(), 1));
        Self {
            signer: Signer::new(&scheme, secrets()).unwrap(),
            verifier: Verifier::new(&scheme, secrets()).unwrap(),
        }
    }

    fn sign(&self, body: &str) -> String {
        let delivery = Delivery::new("token_1", NOW);
        let (headers, body) = self.signer.sign_body(delivery, body.as_bytes()).unwrap();
        assert!(headers.is_empty());
        String::from_utf8(body.into_owned()).unwrap()
    }

    fn verify_at(&self, body: &str, now: Timestamp) -> Result<Receipt, VerifyErrorKind> {
        let headers = HeaderMap::new();
        let verified = self.verifier.verify(Head::new(&headers), body, now);
        verified
            .map(|verified| verified.receipt().clone())
            .map_err(|error| error.kind())
    }

    fn verify(&self, body: &str) -> Result<Receipt, VerifyErrorKind> {
        self.verify_at(body, NOW)
    }
}

fn adyen(items: &[&str]) -> String {
    let items: Vec<String> = items
        .iter()
        .map(|item| format!(r#"{{"NotificationRequestItem":{item}}}"#))
        .collect();
    format!(
        r#"{{"live":"true","notificationItems":[{}]}}"#,
        items.join(",")
    )
}

#[test]
fn w47_what_is_signed_into_a_body_is_verified() {
    let mailgun = Pair::new(schemes::MAILGUN);
    let signed = mailgun.sign(r#"{"event-data":{"id":1}}"#);
    let receipt = mailgun.verify(&signed).unwrap();
    assert_eq!((receipt.id(), receipt.at()), (Some("token_1"), Some(NOW)));
    let value: Value = serde_json::from_str(&signed).unwrap();
    assert_eq!(value["event-data"], json!({"id": 1}));

    let adyen_pair = Pair::new(schemes::ADYEN);
    let receipt = adyen_pair
        .verify(&adyen_pair.sign(&adyen(&[ITEM])))
        .unwrap();
    assert_eq!((receipt.id(), receipt.at()), (None, None));
    assert!(
        adyen_pair
            .verify(&adyen_pair.sign(&adyen(&[ITEM, ITEM])))
            .is_ok()
    );
}

#[test]
fn w18_every_value_that_is_signed_counts() {
    let pair = Pair::new(schemes::ADYEN);
    let signed = pair.sign(&adyen(&[ITEM]));
    let signed: Value = serde_json::from_str(&signed).unwrap();
    for place in [
        "/pspReference",
        "/merchantAccountCode",
        "/merchantReference",
        "/amount/value",
        "/amount/currency",
        "/eventCode",
        "/success",
        "/additionalData/hmacSignature",
    ] {
        let mut changed = signed.clone();
        let place = format!("/notificationItems/0/NotificationRequestItem{place}");
        let value = changed.pointer_mut(&place).unwrap();
        *value = match value {
            Value::Number(_) => json!(1001),
            _ => Value::String(
                value
                    .as_str()
                    .unwrap()
                    .replace(['r', 'p', 'm', 'E', 't', 'A'], "B"),
            ),
        };
        if signed != changed {
            let refused = pair.verify(&changed.to_string()).unwrap_err();
            assert_eq!(refused, VerifyErrorKind::Signature, "{place}");
        }
        let mut without = signed.clone();
        *without.pointer_mut(&place).unwrap() = Value::Null;
        assert!(pair.verify(&without.to_string()).is_err(), "{place}");
    }
}

#[test]
fn w18_every_item_is_judged() {
    let pair = Pair::new(schemes::ADYEN);
    let (good, other) = (pair.sign(&adyen(&[ITEM])), Pair::new(schemes::ADYEN));
    let good: Value = serde_json::from_str(&good).unwrap();
    let good = good["notificationItems"][0]["NotificationRequestItem"].to_string();
    assert!(pair.verify(&adyen(&[&good, &good])).is_ok());
    let bad = good.replace("1000", "9000");
    for items in [[&*good, &*bad], [&*bad, &*good]] {
        let refused = pair.verify(&adyen(&items)).unwrap_err();
        assert_eq!(refused, VerifyErrorKind::Signature);
    }
    for items in [&[&*good, ITEM][..], &[ITEM], &[]] {
        let refused = other.verify(&adyen(items)).unwrap_err();
        assert_eq!(refused, VerifyErrorKind::Malformed, "{items:?}");
    }
}

/// What the verifier read must be what the handler reads.
#[test]
fn w32_a_body_that_can_be_read_in_two_ways_is_refused() {
    let pair = Pair::new(schemes::MAILGUN);
    let signed = pair.sign(r#"{"event-data":{"id":1}}"#);
    for odd in [
        signed.replacen('{', r#"{"signature":{},"#, 1),
        signed.replace(r#""id":1"#, r#""id":1,"id":2"#),
        format!("{signed}{signed}"),
        format!("\u{feff}{signed}"),
        "[]".to_owned(),
        String::new(),
    ] {
        assert_eq!(pair.verify(&odd).unwrap_err(), VerifyErrorKind::Malformed);
    }
}

#[test]
fn w25_an_age_is_told_after_the_signature() {
    let pair = Pair::new(schemes::MAILGUN);
    let signed = pair.sign("{}");
    let forged = signed.replace("token_1", "token_2");
    for (now, told) in [
        (NOW.after(Duration::from_secs(300)), None),
        (
            NOW.after(Duration::from_secs(301)),
            Some(VerifyErrorKind::Stale),
        ),
        (NOW.before(Duration::from_secs(300)), None),
        (
            NOW.before(Duration::from_secs(301)),
            Some(VerifyErrorKind::Early),
        ),
    ] {
        assert_eq!(pair.verify_at(&signed, now).err(), told);
        let forged = pair.verify_at(&forged, now);
        assert_eq!(forged.unwrap_err(), VerifyErrorKind::Signature);
    }
}

#[test]
fn w50_a_scheme_must_sign_what_it_relies_on() {
    const UNSIGNED_TIME: Json<'_> = Json::new("/s").with_timestamp("/t", Unit::Seconds);
    const UNSIGNED_ID: Json<'_> = Json::new("/s").with_id("/i");
    let scheme = |json| {
        let scheme = Scheme::json("own", Hash::Sha256, json, Encoding::Hex);
        scheme.with_message("{json:/x}").insecure_without_body()
    };
    assert!(scheme(Json::new("/s")).check().is_ok());
    let tolerance = Duration::from_secs(300);
    for (odd, kind) in [
        (
            scheme(UNSIGNED_TIME).within(tolerance, tolerance),
            ConfigErrorKind::Timestamp,
        ),
        (scheme(UNSIGNED_ID), ConfigErrorKind::Message),
        (
            scheme(Json::new("/s")).with_message("{json:/x}{url}"),
            ConfigErrorKind::Message,
        ),
        (
            Scheme::json("own", Hash::Sha256, Json::new("/s"), Encoding::Hex)
                .with_message("{json:/x}"),
            ConfigErrorKind::Message,
        ),
        (
            Scheme::hmac("own", Hash::Sha256, "x", Encoding::Hex).with_message("{json:/x}{body}"),
            ConfigErrorKind::Message,
        ),
    ] {
        assert_eq!(odd.check().unwrap_err().kind(), kind, "{odd:?}");
    }
}

/// Of two of Adyen's records the text that is signed is told whole: a body of its platform, and one of
/// another product.
const WHOLE: Scheme<'_> = Scheme::hmac("whole", Hash::Sha256, "hmac-signature", Encoding::Base64)
    .with_secret(SecretFormat::Hex);

#[test]
fn w48_published_deliveries_of_mailgun_and_adyen() {
    let mut headers = HeaderMap::new();
    for record in records() {
        let (scheme, body) = match text(&record, "scheme") {
            Some("mailgun") => (
                schemes::MAILGUN.insecure_at_any_age(),
                text(&record, "body").unwrap().to_owned(),
            ),
            Some("adyen") => match item(&record) {
                Some(item) => (schemes::ADYEN, adyen(&[&item])),
                None => (WHOLE, text(&record, "signed_string").unwrap().to_owned()),
            },
            _ => continue,
        };
        let secret = text(&record, "secret").unwrap();
        let secret = WebhookSecret::insecure_short(scheme.secret_format(), secret).unwrap();
        let verifier = Verifier::new(&scheme, SecretSet::new("", secret)).unwrap();
        if let Some(signature) = text(&record["headers"], "hmac-signature") {
            headers.insert("hmac-signature", signature.parse().unwrap());
        }
        let outcome = verifier.verify(Head::new(&headers), &body, NOW);
        let expected = text(&record, "expect") == Some("ok");
        assert_eq!(outcome.is_ok(), expected, "{record}");
    }
}

/// The item of which a record tells what is signed; none of those that are [`WHOLE`].
fn item(record: &Value) -> Option<String> {
    let names = [
        "pspReference",
        "originalReference",
        "merchantAccountCode",
        "merchantReference",
        "value",
        "currency",
        "eventCode",
        "success",
    ];
    let values: Vec<&str> = text(record, "signed_string")?.split(':').collect();
    let [
        psp,
        original,
        account,
        reference,
        value,
        currency,
        event,
        success,
    ] = values[..]
    else {
        return None;
    };
    let item = json!({
        names[0]: psp, names[1]: original, names[2]: account, names[3]: reference,
        "amount": {names[4]: value.parse::<u64>().ok()?, names[5]: currency},
        names[6]: event, names[7]: success,
        "additionalData": {"hmacSignature": text(&record["headers"], "hmac-signature")?},
    });
    Some(item.to_string())
}

#[test]
fn w02_its_secret_is_written_as_the_provider_writes_it() {
    assert_eq!(schemes::ADYEN.secret_format(), SecretFormat::Hex);
    assert_eq!(schemes::MAILGUN.secret_format(), SecretFormat::Utf8);
}
