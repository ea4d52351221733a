//! HTTP Message Signatures (RFC 9421): what they must cover and say.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use portcullis_core::Timestamp;
use portcullis_webhook::VerifyErrorKind::{Early, Malformed, Missing, Signature, Stale, Url};
use portcullis_webhook::{
    Component, ConfigErrorKind, Delivery, Encoding, Hash, Head, KeyIds, MessagePolicy, Receipt,
    Scheme, SecretFormat, SecretSet, Signer, Verifier, VerifyErrorKind, WebhookSecret, schemes,
};

const NOW: Timestamp = Timestamp::from_secs(1_618_884_473);
const URL: &str = "https://example.com/foo?param=Value&Pet=dog";
const BODY: &[u8] = b"{\"hello\": \"world\"}";

const SHA256: &str = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
const SHA512: &str = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm\
                      +AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";

/// What a signature must cover if nothing else is said.
const USUAL: &[Component<'_>] = &[
    Component::Method,
    Component::TargetUri,
    Component::Field("content-digest"),
];

/// What stands in the list for that.
const LIST: &str = "(\"@method\" \"@target-uri\" \"content-digest\")";

/// Signs what it is given, and knows nothing of RFC 9421.
const RAW: Scheme<'_> =
    Scheme::hmac("raw", Hash::Sha256, "x-raw", Encoding::Base64).with_secret(SecretFormat::Base64);

fn secret(number: u8) -> WebhookSecret {
    crate::support::secret(SecretFormat::Base64, number)
}

fn set(number: u8) -> SecretSet {
    SecretSet::new("one", secret(number))
}

fn usual() -> MessagePolicy<'static> {
    MessagePolicy::new(USUAL)
}

fn scheme(policy: MessagePolicy<'_>) -> Scheme<'_> {
    schemes::RFC9421_HMAC.with_message_policy(policy)
}

fn verifier(policy: MessagePolicy<'_>) -> Verifier {
    Verifier::new(&scheme(policy), set(1)).unwrap()
}

/// A request that somebody else signed: its base is written down by hand.
#[derive(Clone)]
struct Request {
    headers: HeaderMap,
    lines: Vec<(String, String)>,
}

impl Request {
    /// With the usual lines.
    fn new() -> Self {
        Self::bare()
            .with_digest(SHA256)
            .line("\"@method\"", "POST")
            .line("\"@target-uri\"", URL)
            .line("\"content-digest\"", SHA256)
    }

    fn bare() -> Self {
        Self {
            headers: HeaderMap::new(),
            lines: Vec::new(),
        }
    }

    fn with_digest(self, digest: &str) -> Self {
        self.header("content-digest", digest)
    }

    fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.append(name, value.parse().unwrap());
        self
    }

    fn line(mut self, identifier: &str, value: &str) -> Self {
        self.lines.push((identifier.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, identifier: &str) -> Self {
        self.lines.retain(|(other, _)| other != identifier);
        self
    }

    /// Signs it under a label, with these parameters behind the list.
    fn sign_as(mut self, label: &str, number: u8, params: &str) -> Self {
        let identifiers: Vec<_> = self.lines.iter().map(|(name, _)| name.as_str()).collect();
        let input = format!("({}){params}", identifiers.join(" "));
        let lines = self
            .lines
            .iter()
            .map(|(name, value)| format!("{name}: {value}\n"));
        let base = format!(
            "{}\"@signature-params\": {input}",
            lines.collect::<String>()
        );
        let signer = Signer::new(&RAW, set(number)).unwrap();
        let signed = signer
            .sign(Delivery::new("", NOW), base.as_bytes())
            .unwrap();
        let signature = signed["x-raw"].to_str().unwrap();
        for (name, value) in [
            ("signature-input", format!("{label}={input}")),
            ("signature", format!("{label}=:{signature}:")),
        ] {
            self.headers.append(name, value.parse().unwrap());
        }
        self
    }

    fn sign(self, params: &str) -> Self {
        self.sign_as("sig1", 1, params)
    }

    /// With one header as this makes it of what it was.
    fn changed(mut self, name: &'static str, change: impl Fn(&str) -> String) -> Self {
        let value = change(self.headers[name].to_str().unwrap());
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    fn judge(&self, verifier: &Verifier) -> Result<Receipt, VerifyErrorKind> {
        self.judge_at(verifier, URL, BODY, NOW)
    }

    fn judge_at(
        &self,
        verifier: &Verifier,
        url: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Receipt, VerifyErrorKind> {
        let head = Head::new(&self.headers).with_url(url);
        match verifier.verify(head, body, now) {
            Ok(verified) => Ok(verified.receipt().clone()),
            Err(error) => Err(error.kind()),
        }
    }

    /// The verdict of a usual verifier.
    fn verdict(&self) -> Result<(), VerifyErrorKind> {
        self.judge(&verifier(usual())).map(drop)
    }
}

const CREATED: &str = ";created=1618884473";

#[test]
fn w46_what_is_required_must_be_covered() {
    assert_eq!(Request::new().sign(CREATED).verdict(), Ok(()));
    for identifier in ["\"@method\"", "\"@target-uri\"", "\"content-digest\""] {
        let fewer = Request::new().without(identifier).sign(CREATED);
        assert_eq!(fewer.verdict(), Err(Malformed), "{identifier}");
    }
    assert_eq!(Request::bare().sign(CREATED).verdict(), Err(Malformed));
    let more = Request::new()
        .header("content-type", "application/json")
        .header("x-list", "a ")
        .header("x-list", " b")
        .line("\"content-type\"", "application/json")
        .line("\"x-list\"", "a, b")
        .line("\"x-list\";bs", ":YQ==:, :Yg==:")
        .line("\"@authority\"", "example.com")
        .line("\"@scheme\"", "https")
        .line("\"@path\"", "/foo")
        .line("\"@query\"", "?param=Value&Pet=dog")
        .line("\"@request-target\"", "/foo?param=Value&Pet=dog")
        .line("\"@query-param\";name=\"Pet\"", "dog")
        .line("\"@query-param\";name=\"param\"", "Value")
        .sign(CREATED);
    assert_eq!(more.verdict(), Ok(()));
    let other = more.changed("content-type", |_| "text/plain".to_owned());
    assert_eq!(other.verdict(), Err(Signature));
}

/// Host, path and query say as much as the URL.
#[test]
fn w46_a_url_may_be_covered_in_its_parts() {
    let parts = || Request::new().without("\"@target-uri\"");
    let parts = || {
        parts()
            .line("\"@authority\"", "example.com")
            .line("\"@path\"", "/foo")
    };
    let whole = parts()
        .line("\"@query\"", "?param=Value&Pet=dog")
        .sign(CREATED);
    assert_eq!(whole.verdict(), Ok(()));
    let without_query = parts().sign(CREATED);
    assert_eq!(without_query.verdict(), Err(Malformed));
    let judge = |url: &str| without_query.judge_at(&verifier(usual()), url, BODY, NOW);
    assert!(judge("https://example.com/foo").is_ok());
    assert_eq!(judge("https://example.com/foo?").unwrap_err(), Malformed);
    let without_host = Request::new()
        .without("\"@target-uri\"")
        .line("\"@path\"", "/foo")
        .line("\"@query\"", "?param=Value&Pet=dog");
    assert_eq!(without_host.sign(CREATED).verdict(), Err(Malformed));
}

#[test]
fn w43_the_algorithm_is_not_the_choice_of_the_message() {
    let with = |alg: &str| {
        Request::new()
            .sign(&format!("{CREATED};alg={alg}"))
            .verdict()
    };
    assert_eq!(with("\"hmac-sha256\""), Ok(()));
    for odd in [
        "\"none\"",
        "\"\"",
        "\"HMAC-SHA256\"",
        "\"hmac-sha512\"",
        "\"ed25519\"",
        "\"rsa-pss-sha512\"",
        "hmac-sha256",
        ":AAAA:",
        "1",
    ] {
        assert_eq!(with(odd), Err(Malformed), "{odd}");
    }
    let flag = Request::new().sign(&format!("{CREATED};alg"));
    assert_eq!(flag.verdict(), Err(Malformed));
}

#[test]
fn w46_nothing_may_be_there_twice() {
    let good = Request::new().sign(CREATED);
    let twice = |value: &str| format!("{value}, {value}");
    for name in ["signature-input", "signature", "content-digest"] {
        let changed = good.clone().changed(name, twice);
        assert_eq!(changed.verdict(), Err(Malformed), "{name}");
        let mut lines = good.clone();
        lines.headers.append(name, good.headers[name].clone());
        assert_eq!(lines.verdict(), Err(Malformed), "{name}");
    }
    for params in [
        ";created=1618884473;created=1618884473",
        ";created=1618884473;nonce=\"a\";nonce=\"a\"",
        ";created=1618884473;x;x",
    ] {
        let request = Request::new().sign(params);
        assert_eq!(request.verdict(), Err(Malformed), "{params}");
    }
    for identifier in ["\"@method\"", "\"content-digest\""] {
        let value = if identifier == "\"@method\"" {
            "POST"
        } else {
            SHA256
        };
        let request = Request::new().line(identifier, value).sign(CREATED);
        assert_eq!(request.verdict(), Err(Malformed), "{identifier}");
    }
}

/// Whatever is covered and cannot be carried out makes a signature useless, required or not.
#[test]
fn w46_unknown_components_are_refused() {
    for identifier in [
        "\"@status\"",
        "\"@foo\"",
        "\"@signature-params\"",
        "\"@Method\"",
        "\"@\"",
        "\"\"",
        "\"X-A\"",
        "\"x a\"",
        "\"x-\\\"a\"",
        "x-a",
        "1",
        "\"x-a\";sf",
        "\"x-a\";key=\"a\"",
        "\"x-a\";req",
        "\"x-a\";tr",
        "\"x-a\";bs=1",
        "\"x-a\";bs;sf",
        "\"x-a\";new",
        "\"@path\";bs",
        "\"@method\";req",
        "\"@query-param\"",
        "\"@query-param\";name=Pet",
        "\"@query-param\";name=\"Pet\";bs",
        "(\"x-a\")",
    ] {
        let request = Request::new().header("x-a", "1").line(identifier, "1");
        assert_eq!(
            request.sign(CREATED).verdict(),
            Err(Malformed),
            "{identifier}"
        );
    }
}

#[test]
fn w46_a_field_or_parameter_that_is_covered_must_be_there() {
    for (identifier, why) in [
        ("\"x-a\"", Missing),
        ("\"x-a\";bs", Missing),
        ("\"@query-param\";name=\"pet\"", Missing),
    ] {
        let request = Request::new().line(identifier, "").sign(CREATED);
        assert_eq!(request.verdict(), Err(why), "{identifier}");
    }
    let request = Request::new()
        .line("\"@query-param\";name=\"a\"", "1")
        .sign(CREATED);
    let judged = request.judge_at(
        &verifier(usual()),
        "https://example.com/?a=1&a=1",
        BODY,
        NOW,
    );
    assert_eq!(judged.unwrap_err(), Malformed, "there twice");
}

/// CVE-2026-26275: the digest was looked at, and never compared with the body.
#[test]
fn w46_another_body_fails() {
    let both = format!("{SHA512}, {SHA256}");
    let more = format!("md5=:AAAA:, {SHA512}");
    for digest in [SHA256, SHA512, &both, &more] {
        let request = Request::new()
            .without("\"content-digest\"")
            .line("\"content-digest\"", digest)
            .sign(CREATED)
            .changed("content-digest", |_| digest.to_owned());
        assert_eq!(request.verdict(), Ok(()), "{digest}");
        for body in [
            &b"{\"hello\": \"World\"}"[..],
            b"",
            b"{\"hello\": \"world\"}\n",
        ] {
            let judged = request.judge_at(&verifier(usual()), URL, body, NOW);
            assert_eq!(judged.unwrap_err(), Signature, "{digest} {body:?}");
        }
    }
}

/// The digest was changed with the body, or is none of those that count.
#[test]
fn w46_another_digest_fails() {
    let good = Request::new().sign(CREATED);
    let other = good
        .clone()
        .changed("content-digest", |_| SHA512.to_owned());
    assert_eq!(other.verdict(), Err(Signature));
    for digest in ["md5=:AAAA:", "sha-256", "sha-256=:AAAA:", "a", "\"a\""] {
        let request = Request::new()
            .without("\"content-digest\"")
            .line("\"content-digest\"", digest)
            .sign(CREATED)
            .changed("content-digest", |_| digest.to_owned());
        assert_eq!(request.verdict(), Err(Malformed), "{digest}");
    }
    let mut without = good;
    without.headers.remove("content-digest");
    assert_eq!(without.verdict(), Err(Missing));
}

#[test]
fn w22_an_age_may_be_what_it_may_be_and_no_second_more() {
    let request = Request::new().sign(CREATED);
    let judge = |seconds: i64| {
        let now = NOW.as_secs().saturating_add_signed(seconds);
        let now = Timestamp::from_secs(now);
        request
            .judge_at(&verifier(usual()), URL, BODY, now)
            .map(|it| it.at())
    };
    for (seconds, expected) in [
        (0, Ok(Some(NOW))),
        (300, Ok(Some(NOW))),
        (-300, Ok(Some(NOW))),
        (301, Err(Stale)),
        (-301, Err(Early)),
    ] {
        assert_eq!(judge(seconds), expected, "{seconds}");
    }
}

#[test]
fn w25_of_an_age_nobody_hears_who_did_not_sign_it() {
    let late = Timestamp::from_secs(NOW.as_secs() + 1_000);
    let judge = |request: &Request, body: &[u8]| {
        let judged = request.judge_at(&verifier(usual()), URL, body, late);
        judged.map(drop).unwrap_err()
    };
    let good = Request::new().sign(CREATED);
    assert_eq!(judge(&good, BODY), Stale);
    assert_eq!(judge(&good, b"another"), Signature);
    let forged = Request::new().sign_as("sig1", 2, CREATED);
    assert_eq!(judge(&forged, BODY), Signature);
}

#[test]
fn w46_created_must_be_there_and_a_time() {
    for odd in [
        "",
        ";created",
        ";created=\"1618884473\"",
        ";created=-1618884473",
        ";created=1618884473.0",
        ";created=01618884473",
        ";created=@1618884473",
        ";created=1618884473000",
        ";Created=1",
    ] {
        assert_eq!(Request::new().sign(odd).verdict(), Err(Malformed), "{odd}");
    }
    let lax = verifier(usual().insecure_without_created());
    let receipt = Request::new().sign("").judge(&lax).unwrap();
    assert_eq!((receipt.at(), receipt.lifetime()), (None, None));
    assert_eq!(
        Request::new().sign(";created=-1").judge(&lax).unwrap_err(),
        Malformed
    );
    let strict = Request::new()
        .sign(CREATED)
        .judge(&verifier(usual()))
        .unwrap();
    assert_eq!(strict.lifetime(), Some(Duration::from_secs(600)));
}

#[test]
fn w46_expires_is_obeyed() {
    let request = Request::new().sign(";created=1618884473;expires=1618884483");
    let judge = |policy, millis: u64| {
        let now = Timestamp::from_millis(NOW.as_millis() + millis);
        request
            .judge_at(&verifier(policy), URL, BODY, now)
            .map(drop)
    };
    let asked = usual().with_expiry(Duration::from_secs(60));
    for policy in [usual(), usual().insecure_without_created(), asked] {
        assert_eq!(judge(policy, 0), Ok(()));
        assert_eq!(judge(policy, 10_000), Ok(()));
        assert_eq!(judge(policy, 10_001), Err(Stale));
    }
    let without = Request::new().sign(CREATED);
    assert_eq!(without.judge(&verifier(asked)).unwrap_err(), Malformed);
    for odd in ["1618884472", "\"1618884483\"", "-1", "1618884483.5"] {
        let request = Request::new().sign(&format!("{CREATED};expires={odd}"));
        assert_eq!(request.verdict(), Err(Malformed), "{odd}");
    }
}

#[test]
fn w26_a_nonce_is_the_id() {
    let with = |nonce: &str| Request::new().sign(&format!("{CREATED};nonce={nonce}"));
    let asking = verifier(usual().with_nonce());
    let receipt = with("\"a-\\\"1\\\"\"").judge(&asking).unwrap();
    assert_eq!(receipt.id(), Some("a-\"1\""));
    for odd in ["\"\"", "a", "1", ":AAAA:"] {
        assert_eq!(with(odd).verdict(), Err(Malformed), "{odd}");
    }
    let without = Request::new().sign(CREATED);
    assert_eq!(without.judge(&asking).unwrap_err(), Malformed);
    let receipt = without.judge(&verifier(usual())).unwrap();
    assert_eq!(receipt.id(), None);
    let digest = |request: &Request| request.judge(&verifier(usual())).unwrap().digest("/in");
    assert_eq!(digest(&with("\"a\"")), digest(&with("\"a\"")));
    assert_ne!(digest(&with("\"a\"")), digest(&with("\"b\"")));
    assert_ne!(digest(&without), digest(&with("\"a\"")));
}

/// Whoever leaves out the signature that was looked at sends the same delivery.
#[test]
fn w26_two_signatures_of_one_message_are_one_delivery() {
    let both = SecretSet::new("one", secret(1)).with("two", secret(2));
    let policy = usual().with_key_ids(KeyIds::Label);
    let verifier = Verifier::new(&scheme(policy), both).unwrap();
    let by = |number: u8, label: &str| {
        let params = format!("{CREATED};keyid=\"{label}\"");
        Request::new().sign_as("sig1", number, &params)
    };
    let one = by(1, "one").judge(&verifier).unwrap();
    let two = by(2, "two").judge(&verifier).unwrap();
    assert_eq!((one.label(), two.label()), ("one", "two"));
    assert_eq!(one.digest("/in"), two.digest("/in"));
}

#[test]
fn w46_the_tag_must_be_the_one_that_was_asked_for() {
    let asking = verifier(usual().with_tag("ours"));
    let with = |tag: &str| Request::new().sign(&format!("{CREATED}{tag}"));
    assert!(with(";tag=\"ours\"").judge(&asking).is_ok());
    for odd in ["", ";tag=\"Ours\"", ";tag=ours", ";tag", ";tag=\"\""] {
        assert_eq!(with(odd).judge(&asking).unwrap_err(), Malformed, "{odd}");
    }
    assert_eq!(
        with(";tag=\"theirs\"").verdict(),
        Ok(()),
        "none was asked for"
    );
    assert_eq!(with(";tag=1").verdict(), Err(Malformed));
}

#[test]
fn w46_key_ids_are_as_they_were_asked_for() {
    let with = |id: &str| Request::new().sign(&format!("{CREATED}{id}"));
    let any = verifier(usual());
    let label = verifier(usual().with_key_ids(KeyIds::Label));
    let one = verifier(usual().with_key_ids(KeyIds::One("k-1")));
    for (id, of_label, of_one) in [
        (";keyid=\"one\"", Ok(()), Err(Malformed)),
        (";keyid=\"k-1\"", Err(Signature), Ok(())),
        (";keyid=\"\"", Err(Signature), Err(Malformed)),
        ("", Err(Signature), Err(Malformed)),
    ] {
        assert!(with(id).judge(&any).is_ok(), "{id}");
        assert_eq!(with(id).judge(&label).map(drop), of_label, "{id}");
        assert_eq!(with(id).judge(&one).map(drop), of_one, "{id}");
    }
    assert_eq!(with(";keyid=one").judge(&any).unwrap_err(), Malformed);
}

#[test]
fn w12_any_signature_will_do_and_those_of_others_are_passed_over() {
    let alien = "proxy=(\"@status\" \"x\";key=\"a\");created=1;alg=\"ed25519\", ";
    let good = Request::new().sign(CREATED);
    let more = good
        .clone()
        .changed("signature-input", |value| format!("{alien}{value}"))
        .changed("signature", |value| format!("proxy=:AAAA:, {value}"));
    assert_eq!(more.verdict(), Ok(()));
    let forged = Request::new()
        .sign_as("a", 2, CREATED)
        .sign_as("b", 1, CREATED);
    assert_eq!(forged.verdict(), Ok(()));
    let stale = Request::new()
        .sign_as("a", 1, ";created=1618880000")
        .sign_as("b", 1, CREATED);
    assert_eq!(stale.verdict(), Ok(()));
    let no_other = Request::new().sign_as("a", 1, ";created=1618880000");
    assert_eq!(no_other.verdict(), Err(Stale));
}

#[test]
fn w46_a_label_may_be_asked_for() {
    let policy = usual().with_label("sig1");
    let good = Request::new().sign(CREATED);
    assert!(good.judge(&verifier(policy)).is_ok());
    let other = Request::new().sign_as("sig2", 1, CREATED);
    assert_eq!(other.judge(&verifier(policy)).unwrap_err(), Missing);
    let moved = good.changed("signature-input", |value| value.replace("sig1", "sig2"));
    assert_eq!(
        moved.verdict(),
        Err(Malformed),
        "no signature has that label"
    );
}

#[test]
fn w29_headers_must_be_there_and_be_read() {
    let good = Request::new().sign(CREATED);
    for name in ["signature-input", "signature", "content-digest"] {
        let mut fewer = good.clone();
        fewer.headers.remove(name);
        assert_eq!(fewer.verdict(), Err(Missing), "{name}");
        let mut odd = good.clone();
        odd.headers
            .insert(name, HeaderValue::from_bytes(b"a=\xff").unwrap());
        assert_eq!(odd.verdict(), Err(Malformed), "{name}");
    }
    for odd in [
        "sig1",
        "sig1=1",
        "sig1=:AAAA:",
        "sig1=()",
        "sig2=(\"@method\")",
        "=",
        "sig1=(",
    ] {
        let request = good.clone().changed("signature-input", |_| odd.to_owned());
        assert_eq!(request.verdict(), Err(Malformed), "{odd}");
    }
    for odd in [
        "sig1",
        "sig1=1",
        "sig1=::",
        "sig1=(:AAAA:)",
        "sig1=\"AAAA\"",
        "sig1=:AAAA:",
    ] {
        let request = good.clone().changed("signature", |_| odd.to_owned());
        assert_eq!(request.verdict(), Err(Malformed), "{odd}");
    }
}

#[test]
fn w13_there_may_be_sixteen_signatures_and_4096_bytes() {
    let labels = |count: usize| -> Request {
        let first = Request::new().sign(CREATED);
        let more = (1..count).map(|number| format!("s{number}"));
        more.fold(first, |request, label| {
            request
                .header("signature-input", &format!("{label}=()"))
                .header("signature", &format!("{label}=:AAAA:"))
        })
    };
    assert_eq!(labels(16).verdict(), Ok(()));
    assert_eq!(labels(17).verdict(), Err(Malformed));
    for name in ["signature-input", "signature", "content-digest"] {
        let good = Request::new().sign(CREATED);
        let fill = |most: usize| {
            good.clone().changed(name, |value| {
                format!("{value}{}", " ".repeat(most - value.len()))
            })
        };
        assert_eq!(fill(4_096).verdict(), Ok(()), "{name}");
        assert_eq!(fill(4_097).verdict(), Err(Malformed), "{name}");
    }
}

#[test]
fn w13_a_signature_may_cover_64_components() {
    let covering = |more: usize| {
        let names = (0..more).map(|number| format!("x-{number}"));
        names.fold(Request::new(), |mut request, name| {
            let value = HeaderValue::from_static("1");
            let header = http::HeaderName::try_from(name.as_str()).unwrap();
            request.headers.insert(header, value);
            request.line(&format!("\"{name}\""), "1")
        })
    };
    assert_eq!(covering(61).sign(CREATED).verdict(), Ok(()));
    assert_eq!(covering(62).sign(CREATED).verdict(), Err(Malformed));
}

/// Spaces where the dictionary allows them, and its canonical form in what is signed.
#[test]
fn w46_spaces_between_members_say_nothing() {
    let good = Request::new().sign(CREATED);
    let spaced = good
        .clone()
        .changed("signature-input", |value| {
            let value = value.replace("(\"", "(  \"").replace("\" \"", "\"   \"");
            let value = value.replace("\")", "\" )").replace(';', ";  ");
            format!(" a=() ,\tb=(),{value} ")
        })
        .changed("signature", |value| format!("x=:AAAA:  , {value}"));
    assert_eq!(spaced.verdict(), Ok(()));
    for odd in [
        (" ;", ";"),
        ("( ", "("),
        ("created =", "created="),
        ("sig1 =", "sig1="),
    ] {
        let (with, without) = odd;
        let odd = good
            .clone()
            .changed("signature-input", |it| it.replace(without, with));
        let is_fine = without == "(";
        assert_eq!(odd.verdict().is_ok(), is_fine, "{with:?}");
    }
}

#[test]
fn w37_the_url_is_the_one_that_was_given() {
    let request = Request::new()
        .header("host", "example.com")
        .line("\"@authority\"", "example.com")
        .sign(CREATED);
    let verifier = verifier(usual());
    let head = Head::new(&request.headers).with_path("/foo?param=Value&Pet=dog");
    let without = verifier.verify(head, BODY, NOW).unwrap_err();
    assert_eq!(without.kind(), Url);
    assert!(verifier.verify(head.with_url(URL), BODY, NOW).is_ok());
    for other in [
        "https://example.net/foo?param=Value&Pet=dog",
        "http://example.com/foo?param=Value&Pet=dog",
        "https://example.com/foo?param=Value&Pet=dog&x=1",
        "https://example.com:8443/foo?param=Value&Pet=dog",
    ] {
        let refused = verifier
            .verify(head.with_url(other), BODY, NOW)
            .unwrap_err();
        assert_eq!(refused.kind(), Signature, "{other}");
    }
}

#[test]
fn w37_host_counts_where_that_was_asked_for() {
    let verifier = verifier(usual().insecure_with_host());
    let request = Request::new().sign(CREATED);
    let judge = |host: &str| {
        let request = request.clone().header("host", host);
        let head = Head::new(&request.headers).with_path("/foo?param=Value&Pet=dog");
        let verified = verifier.verify(head, BODY, NOW);
        verified.map(drop).map_err(|error| error.kind())
    };
    assert_eq!(judge("example.com"), Ok(()));
    assert_eq!(judge("example.net"), Err(Signature));
    assert_eq!(judge("example.com/foo"), Err(Malformed));
    assert!(scheme(usual()).signs_url());
    assert!(!scheme(usual().insecure_with_host()).signs_url());
}

/// The signature is over the head: who forged it is refused before the body is read.
#[test]
fn w29_a_forged_head_is_refused_before_the_body() {
    let forged = Request::new().sign_as("sig1", 2, CREATED);
    let head = Head::new(&forged.headers).with_url(URL);
    let refused = verifier(usual()).begin(head, NOW).unwrap_err();
    assert_eq!(refused.kind(), Signature);
}

#[test]
fn w06_a_secret_that_has_ended_is_refused() {
    let until = Timestamp::from_secs(NOW.as_secs() + 10);
    let secrets = SecretSet::new("new", secret(2)).with_old("old", secret(1), until);
    let verifier = Verifier::new(&scheme(usual()), secrets).unwrap();
    let request = Request::new().sign(CREATED);
    let judge = |seconds| {
        let now = Timestamp::from_secs(NOW.as_secs() + seconds);
        request.judge_at(&verifier, URL, BODY, now)
    };
    assert_eq!(judge(9).unwrap().label(), "old");
    assert_eq!(judge(10).unwrap_err(), Signature);
}

/// The headers that a signer of this policy makes.
fn signed(policy: MessagePolicy<'_>, secrets: SecretSet) -> Option<HeaderMap> {
    let signer = Signer::new(&scheme(policy), secrets).unwrap();
    let delivery = Delivery::new("msg_1", NOW).with_url(URL);
    signer.sign(delivery, BODY).ok()
}

fn header(headers: &HeaderMap, name: &str) -> String {
    headers[name].to_str().unwrap().to_owned()
}

#[test]
fn w47_a_signer_writes_what_was_asked_for() {
    let headers = signed(usual(), set(1)).unwrap();
    assert_eq!(header(&headers, "content-digest"), SHA256);
    let input = format!("sig1={LIST};created=1618884473;nonce=\"msg_1\"");
    assert_eq!(header(&headers, "signature-input"), input);
    assert_eq!(headers.len(), 3);
    let policy = usual()
        .with_label("ours")
        .with_tag("a\"b")
        .with_key_ids(KeyIds::Label)
        .with_expiry(Duration::from_secs(60));
    let headers = signed(policy, SecretSet::new("k-1", secret(1))).unwrap();
    let input = format!(
        "ours={LIST};created=1618884473;expires=1618884533;nonce=\"msg_1\"\
         ;keyid=\"k-1\";tag=\"a\\\"b\""
    );
    assert_eq!(header(&headers, "signature-input"), input);
    let without = usual()
        .insecure_without_created()
        .with_key_ids(KeyIds::One("k"));
    let headers = signed(without, set(1)).unwrap();
    let input = format!("sig1={LIST};nonce=\"msg_1\";keyid=\"k\"");
    assert_eq!(header(&headers, "signature-input"), input);
}

#[test]
fn w47_two_secrets_give_two_signatures_if_there_is_room() {
    let two = || SecretSet::new("a", secret(1)).with("b", secret(2));
    let headers = signed(usual(), two()).unwrap();
    let request = Request {
        headers,
        lines: Vec::new(),
    };
    for number in [1, 2] {
        let verifier = Verifier::new(&scheme(usual()), set(number)).unwrap();
        assert!(request.judge(&verifier).is_ok(), "{number}");
    }
    assert!(header(&request.headers, "signature").contains(", sig2=:"));
    let one = signed(usual().with_label("x"), two()).unwrap();
    assert!(!header(&one, "signature").contains(','));
    let ended = SecretSet::new("a", secret(1)).with_old("b", secret(2), NOW);
    let headers = signed(usual(), ended).unwrap();
    assert!(!header(&headers, "signature").contains("sig2"));
    let set = SecretSet::new("b", secret(2));
    let none = Signer::new(&scheme(usual()), set).unwrap();
    let delivery = Delivery::new("msg_1", NOW);
    assert!(none.sign(delivery, BODY).is_err(), "no url");
}

#[test]
fn w47_what_cannot_be_written_is_an_error() {
    let odd = SecretSet::new("schl\u{fc}ssel", secret(1));
    assert!(signed(usual().with_key_ids(KeyIds::Label), odd.clone()).is_none());
    assert!(signed(usual(), odd).is_some(), "it is not written");
    let sign = |policy, delivery: Delivery<'_>| {
        let signer = Signer::new(&scheme(policy), set(1)).unwrap();
        signer.sign(delivery.with_url(URL), BODY).is_ok()
    };
    assert!(!sign(usual(), Delivery::new("schl\u{fc}ssel", NOW)));
    assert!(!sign(usual(), Delivery::new("a\n", NOW)));
    assert!(sign(usual(), Delivery::new("", NOW)));
    assert!(!sign(usual().with_nonce(), Delivery::new("", NOW)));
    let late = Timestamp::from_secs(300_000_000_000);
    assert!(!sign(usual(), Delivery::new("a", late)));
    let fields = MessagePolicy::new(&[
        Component::Field("x-event"),
        Component::Field("content-digest"),
    ]);
    assert!(
        !sign(fields, Delivery::new("a", NOW)),
        "there is no such field"
    );
    let mut headers = HeaderMap::new();
    headers.insert("x-event", HeaderValue::from_static("paid"));
    assert!(sign(fields, Delivery::new("a", NOW).with_headers(&headers)));
    let ended = SecretSet::new("a", secret(1)).with_old("b", secret(2), NOW);
    assert!(signed(usual(), ended).is_some());
}

#[test]
fn w50_a_policy_that_cannot_work_is_refused() {
    use ConfigErrorKind::{Header, Message, Timestamp as Time};
    let check = |scheme: Scheme<'_>| scheme.check().map_err(|error| error.kind());
    let bodiless = MessagePolicy::new(&[Component::Method, Component::TargetUri]);
    assert_eq!(check(scheme(bodiless)), Err(Message));
    assert_eq!(check(scheme(bodiless).insecure_without_body()), Ok(()));
    assert_eq!(check(scheme(MessagePolicy::new(&[]))), Err(Message));
    const TWICE: &[Component<'_>] = &[
        Component::Field("content-digest"),
        Component::Field("Content-Digest"),
    ];
    assert_eq!(check(scheme(MessagePolicy::new(TWICE))), Err(Message));
    const ODD: &[Component<'_>] = &[Component::Field("a b"), Component::Field("content-digest")];
    assert_eq!(check(scheme(MessagePolicy::new(ODD))), Err(Header));
    for odd in [
        usual().with_label("Sig"),
        usual().with_label(""),
        usual().with_tag("\u{e4}"),
        usual().with_key_ids(KeyIds::One("\n")),
    ] {
        assert_eq!(check(scheme(odd)), Err(Message));
    }
    let timeless = scheme(usual().insecure_without_created());
    assert_eq!(check(timeless), Ok(()));
    let second = Duration::from_secs(1);
    assert_eq!(check(timeless.within(second, second)), Err(Time));
    for hash in [Hash::Sha1, Hash::Sha384, Hash::Sha512] {
        let scheme = Scheme::hmac("x", hash, "", Encoding::Base64).with_message_policy(usual());
        assert_eq!(check(scheme), Err(Message), "it has no name there");
    }
}

/// A method that was not the one that was signed.
#[test]
fn w46_the_method_counts() {
    let request = Request::new().sign(CREATED);
    for (method, is_right) in [(Method::POST, true), (Method::PUT, false)] {
        let head = Head::new(&request.headers)
            .with_url(URL)
            .with_method(&method);
        let verified = verifier(usual()).verify(head, BODY, NOW);
        assert_eq!(verified.is_ok(), is_right, "{method}");
    }
}
