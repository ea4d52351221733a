//! `portcullis webhook`: schemes, sign and verify.

use std::io::{self, Write as _};

use http::{HeaderMap, HeaderValue, Uri};
use portcullis_core::{Clock as _, Random, SystemClock, Timestamp};
use portcullis_webhook::explain::{ShownSecret, explain, signed_headers};
use portcullis_webhook::{
    Delivery, Head, Scheme, SecretFormat, SecretSet, Signer, Source, Verifier, WebhookSecret,
    schemes,
};

use crate::args::{Common, Sign, Verify, Webhook};
use crate::failure::Failure;
use crate::input::{self, Secrets};
use crate::output::Outcome;

pub(crate) fn run(command: &Webhook) -> Result<Outcome, Failure> {
    match command {
        Webhook::Schemes => list(),
        Webhook::Sign(args) => sign(args),
        Webhook::Verify(args) => verify(args),
    }
}

fn list() -> Result<Outcome, Failure> {
    let mut out = io::stdout().lock();
    for scheme in schemes::all() {
        let (kind, from) = match scheme.source() {
            Source::Official(from) => ("official", from),
            Source::SecondHand(from) => ("second-hand", from),
            _ => ("own", ""),
        };
        writeln!(out, "{}\t{}\t{kind}\t{from}", scheme.name(), scheme.title())?;
    }
    Ok(Outcome::Done)
}

fn sign(args: &Sign) -> Result<Outcome, Failure> {
    let common = &args.common;
    let scheme = scheme(common)?;
    let secrets = secret_set(
        &Secrets::read(&common.secret_file)?,
        scheme.signing_format(),
    )?;
    let signer = Signer::new(&scheme, secrets).map_err(Failure::Config)?;
    let body = input::body(common.body_file.as_deref(), scheme.body_limit())?;
    if u64::try_from(body.len()).is_ok_and(|len| len > scheme.body_limit()) {
        return Err(Failure::BodyTooLong);
    }
    let id = args.id.clone().map_or_else(random_id, Ok)?;
    let extra = extra(&scheme, &id)?;
    let path = path(common);
    let mut delivery = Delivery::new(&id, time(args.timestamp))
        .with_method(&common.method)
        .with_path(&path)
        .with_headers(&extra);
    if let Some(url) = &common.url {
        delivery = delivery.with_url(url);
    }
    let (signed, body) = signer.sign_body(delivery, &body).map_err(Failure::Sign)?;
    let mut headers = extra.clone();
    headers.extend(signed);
    print(&headers)?;
    // As in a message of HTTP: an empty line, and the body as it is.
    if scheme.signs_into_body() {
        let mut out = io::stdout().lock();
        writeln!(out)?;
        out.write_all(&body)?;
    }
    Ok(Outcome::Done)
}

fn print(headers: &HeaderMap) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for (name, value) in headers {
        write!(out, "{name}: ")?;
        out.write_all(value.as_bytes())?;
        writeln!(out)?;
    }
    Ok(())
}

/// The headers that the scheme signs and that nobody but the sender chooses, such as a nonce.
fn extra(scheme: &Scheme<'_>, id: &str) -> Result<HeaderMap, Failure> {
    let value = HeaderValue::from_str(id).map_err(|_| Failure::Id)?;
    let names = signed_headers(scheme).into_iter();
    Ok(names.map(|name| (name, value.clone())).collect())
}

fn random_id() -> Result<String, Failure> {
    let bytes: [u8; 16] = Random::system().bytes().map_err(Failure::Random)?;
    Ok(format!("msg_{:032x}", u128::from_be_bytes(bytes)))
}

fn verify(args: &Verify) -> Result<Outcome, Failure> {
    let common = &args.common;
    let scheme = scheme(common)?;
    let secrets = Secrets::read(&common.secret_file)?;
    let headers = input::headers(&args.headers_file)?;
    let body = input::body(common.body_file.as_deref(), scheme.body_limit())?;
    let path = path(common);
    let mut head = Head::new(&headers)
        .with_method(&common.method)
        .with_path(&path);
    if let Some(url) = &common.url {
        head = head.with_url(url);
    }
    let now = time(args.now);
    let verdict = secret_set(&secrets, scheme.secret_format())
        .and_then(|set| Verifier::new(&scheme, set).map_err(Failure::Config))
        .map(|verifier| verifier.verify(head, &body, now).map(drop));
    let mut out = io::stdout().lock();
    match &verdict {
        Ok(Ok(())) => {
            writeln!(out, "verified")?;
            return Ok(Outcome::Done);
        }
        Ok(Err(error)) => writeln!(out, "refused: {error}")?,
        Err(_) => {}
    }
    if args.explain {
        let shown: Vec<_> = secrets.each().map(ShownSecret::new).collect();
        for finding in explain(&scheme, &shown, head, &body, now) {
            writeln!(out, "likely: {finding}")?;
        }
    }
    verdict.map(|_| Outcome::Refused)
}

/// The scheme, for which all that it signs was given.
fn scheme(common: &Common) -> Result<Scheme<'static>, Failure> {
    let scheme = schemes::named(&common.scheme).ok_or(Failure::Scheme)?;
    match &common.url {
        None if scheme.signs_url() => Err(Failure::Url),
        _ => Ok(scheme),
    }
}

/// The secrets of a file, labelled by their numbers.
fn secret_set(secrets: &Secrets, format: SecretFormat) -> Result<SecretSet, Failure> {
    let mut set: Option<SecretSet> = None;
    for (number, text) in (1..).zip(secrets.each()) {
        let secret = WebhookSecret::new(format, text);
        let secret = secret.map_err(|source| Failure::Secret { number, source })?;
        let label = number.to_string();
        set = Some(match set {
            Some(set) => set.with(&label, secret),
            None => SecretSet::new(&label, secret),
        });
    }
    set.ok_or(Failure::NoSecret)
}

/// Path and query of the URL; a slash if there is none.
fn path(common: &Common) -> String {
    let url: Option<Uri> = common.url.as_ref().and_then(|url| url.parse().ok());
    let path = url.as_ref().and_then(Uri::path_and_query);
    path.map_or("/", |path| path.as_str()).to_owned()
}

fn time(secs: Option<u64>) -> Timestamp {
    secs.map_or_else(|| SystemClock.now(), Timestamp::from_secs)
}
