//! The fields of a form, and what else is signed in their place.

mod payload;

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

use crate::VerifyErrorKind;
use crate::mac::Sink;
use crate::scheme::Form;

pub(crate) use payload::PayloadPlan;

/// A name and its value.
type Field<'b> = (Cow<'b, str>, Cow<'b, str>);

/// [`Form`], owned.
#[derive(Debug)]
pub(crate) struct FormPlan {
    body_hash: Option<Box<str>>,
    has_either_port: bool,
    has_values_once: bool,
    has_sorted_url: bool,
}

impl FormPlan {
    pub(crate) fn new(form: &Form<'_>) -> Self {
        Self {
            body_hash: form.body_hash.map(Into::into),
            has_either_port: form.has_either_port,
            has_values_once: form.has_values_once,
            has_sorted_url: form.has_sorted_url,
        }
    }

    /// Feeds the fields of a body, or nothing if the URL has the hash of a body that is no form.
    pub(crate) fn feed(
        &self,
        url: &str,
        body: &[u8],
        to: &mut dyn Sink,
    ) -> Result<(), VerifyErrorKind> {
        match self.body_hash.as_deref().and_then(|name| query(url, name)) {
            Some(hash) if is_hash_of(body, &hash) => Ok(()),
            Some(_) => Err(VerifyErrorKind::Signature),
            None => {
                let fields = self.fields(body);
                if self.has_sorted_url {
                    sorted_url(url, fields.is_empty(), to);
                }
                for (name, value) in fields {
                    to.absorb(name.as_bytes());
                    to.absorb(value.as_bytes());
                }
                Ok(())
            }
        }
    }

    /// The names and values of a form, in the order in which they are signed.
    fn fields<'b>(&self, body: &'b [u8]) -> Vec<Field<'b>> {
        let mut fields: Vec<_> = form_urlencoded::parse(body).collect();
        match self.has_values_once || self.has_sorted_url {
            true => fields.sort(),
            false => fields.sort_by(|(one, _), (other, _)| one.cmp(other)),
        }
        if self.has_values_once {
            fields.dedup();
        }
        fields
    }

    /// The same URL without its port, or with the usual one if it has none: what a provider may have
    /// signed that does not say which.
    pub(crate) fn other_url(&self, url: &str) -> Option<String> {
        let (scheme, rest) = url.split_once("://").filter(|_| self.has_either_port)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end)?;
        // What follows the bracket of an IPv6 address, or the credentials (RFC 3986 §3.2).
        let host = authority.rfind([']', '@']).unwrap_or_default();
        let port = authority.get(host..)?.rfind(':').map(|colon| host + colon);
        let authority = match port {
            Some(port) => authority.get(..port)?.to_owned(),
            None if scheme == "http" => format!("{authority}:80"),
            None => format!("{authority}:443"),
        };
        Some(format!("{scheme}://{authority}{path}"))
    }
}

/// Feeds the URL with its parameters sorted, and what is between it and the fields, if there are any.
fn sorted_url(url: &str, is_alone: bool, to: &mut dyn Sink) {
    let url = url.split('#').next().unwrap_or_default();
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let mut parameters: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    parameters.sort();
    to.absorb(place.as_bytes());
    if !is_alone || !parameters.is_empty() {
        to.absorb(b"?");
    }
    for (index, (name, value)) in parameters.iter().enumerate() {
        let between: &[u8] = if index == 0 { b"" } else { b"&" };
        for bytes in [between, name.as_bytes(), b"=", value.as_bytes()] {
            to.absorb(bytes);
        }
    }
    if !is_alone && !parameters.is_empty() {
        to.absorb(b".");
    }
}

/// The value of a parameter of a URL.
fn query(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let query = query.split('#').next()?;
    let mut all = form_urlencoded::parse(query.as_bytes());
    let (_, value) = all.find(|(found, _)| found == name)?;
    Some(value.into_owned())
}

/// Whether a text is the SHA-256 of a body in hex. Neither is secret.
fn is_hash_of(body: &[u8], hash: &str) -> bool {
    const_hex::decode_to_array(hash).is_ok_and(|hash: [u8; 32]| Sha256::digest(body)[..] == hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(form: &Form<'_>, url: &str, body: &str) -> Option<String> {
        let mut message = Vec::new();
        let plan = FormPlan::new(form);
        plan.feed(url, body.as_bytes(), &mut message).ok()?;
        Some(String::from_utf8(message).unwrap())
    }

    #[test]
    fn w32_fields_are_sorted_by_name() {
        let plain = Form::new();
        let fed = |body| fed(&plain, "https://a.example", body).unwrap();
        assert_eq!(fed("b=2&a=1&c="), "a1b2c");
        assert_eq!(fed("a=%2B1+2&%61b=x"), "a+1 2abx");
        assert_eq!(fed("a=2&a=1&a=2"), "a2a1a2");
        assert_eq!(fed(""), "");
    }

    #[test]
    fn w32_values_are_sorted_and_signed_once_if_the_provider_does_that() {
        let once = Form::new().with_values_once();
        let fed = |body| fed(&once, "https://a.example", body).unwrap();
        assert_eq!(fed("D=5678&S=1&D=1234&D=1234"), "D1234D5678S1");
    }

    /// As Plivo's own libraries do it (plivo-node, lib/utils/v3Security.js).
    #[test]
    fn w37_a_url_is_sorted_and_joined_to_the_fields() {
        let sorted = Form::new().with_sorted_url();
        for (url, body, message) in [
            ("https://a.example/x", "", "https://a.example/x"),
            (
                "https://a.example/x?",
                "b=1&a=2",
                "https://a.example/x?a2b1",
            ),
            (
                "https://a.example/x?d=%2B1&c=2#z",
                "",
                "https://a.example/x?c=2&d=+1",
            ),
            (
                "https://a.example/x?d=2&d=1&c",
                "a=2&a=1&a=2",
                "https://a.example/x?c=&d=1&d=2.a1a2a2",
            ),
        ] {
            assert_eq!(fed(&sorted, url, body).as_deref(), Some(message));
        }
    }

    #[test]
    fn w32_a_hash_in_the_url_stands_for_a_body_that_is_no_form() {
        let form = Form::new().with_body_hash("bodySHA256");
        let url = |hash: &str| format!("https://a.example/x?y=1&bodySHA256={hash}#z");
        let hash = const_hex::encode(Sha256::digest(b"{}"));
        assert_eq!(fed(&form, &url(&hash), "{}"), Some(String::new()));
        for wrong in ["", "00", &hash[1..], &format!("{hash}0")] {
            assert_eq!(fed(&form, &url(wrong), "{}"), None, "{wrong}");
        }
        assert_eq!(fed(&form, &url(&hash), "{} "), None);
        assert_eq!(fed(&Form::new(), &url(&hash), "{}"), Some("{}".to_owned()));
    }

    #[test]
    fn w37_the_port_that_is_there_goes_and_the_usual_one_comes() {
        let plan = FormPlan::new(&Form::new().with_either_port());
        for (url, other) in [
            ("https://a.example/x?y#z", "https://a.example:443/x?y#z"),
            ("http://a.example", "http://a.example:80"),
            ("https://a.example:8443/x", "https://a.example/x"),
            ("https://u:p@a.example/x", "https://u:p@a.example:443/x"),
            ("https://u:p@a.example:1?x:2", "https://u:p@a.example?x:2"),
            ("https://[::1]/x", "https://[::1]:443/x"),
            ("https://[::1]:9/x", "https://[::1]/x"),
        ] {
            assert_eq!(plan.other_url(url).as_deref(), Some(other));
        }
        assert_eq!(plan.other_url("/x"), None);
        let exact = FormPlan::new(&Form::new());
        assert_eq!(exact.other_url("https://a.example/x"), None);
    }
}
