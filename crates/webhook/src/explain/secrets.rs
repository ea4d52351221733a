//! Secrets that were read in another way than the provider means them.

use zeroize::Zeroizing;

use super::case::{Case, fits};
use super::finding::Finding;
use super::kinds::SecretChange;
use crate::{KeyFormat, SecretFormat, WebhookSecret};

const CHANGES: [SecretChange; 5] = [
    SecretChange::None,
    SecretChange::Trimmed,
    SecretChange::WithNewline,
    SecretChange::WithoutPrefix,
    SecretChange::Unquoted,
];

const FORMATS: [SecretFormat; 4] = [
    SecretFormat::Utf8,
    SecretFormat::Base64,
    SecretFormat::Hex,
    SecretFormat::Whsec,
];

const KEY_FORMATS: [SecretFormat; 5] = [
    SecretFormat::Public(KeyFormat::Base64),
    SecretFormat::Public(KeyFormat::Hex),
    SecretFormat::Public(KeyFormat::Der),
    SecretFormat::Public(KeyFormat::Pem),
    SecretFormat::Public(KeyFormat::StandardWebhooks),
];

/// The secret that fits if it is read in another way.
pub(super) fn changes(case: &Case<'_>) -> Vec<Finding> {
    let indices = case.secrets.iter().enumerate();
    let mut ways = indices.flat_map(|(index, secret)| {
        let in_formats = move |change| formats(case).map(move |format| (change, format));
        let ways = CHANGES.into_iter().flat_map(in_formats);
        ways.map(move |(change, format)| (index, secret, change, format))
    });
    let fitting = ways.find_map(|(index, secret, change, format)| {
        let text = changed(secret.text(), change)?;
        let secret = WebhookSecret::insecure_short(format, &text).ok()?;
        fits(case.scheme, secret, case.head, case.body)?;
        Some(Finding::Secret {
            index,
            format,
            change,
        })
    });
    fitting.into_iter().collect()
}

/// The secrets that the scheme cannot read.
pub(super) fn unreadable(case: &Case<'_>) -> Vec<Finding> {
    let format = case.scheme.secret_format();
    let indices = case.secrets.iter().enumerate();
    let unread = indices.filter(|(_, secret)| secret.read(format).is_none());
    unread
        .map(|(index, _)| Finding::SecretUnreadable { index })
        .collect()
}

/// The format of the scheme, then the others of its kind.
fn formats(case: &Case<'_>) -> impl Iterator<Item = SecretFormat> {
    let present = case.scheme.secret_format();
    let others = match present {
        SecretFormat::Public(_) => KEY_FORMATS.iter(),
        _ => FORMATS.iter(),
    };
    let others = others.copied().filter(move |format| *format != present);
    std::iter::once(present).chain(others)
}

fn changed(text: &str, change: SecretChange) -> Option<Zeroizing<String>> {
    let text = match change {
        SecretChange::None => text.to_owned(),
        SecretChange::Trimmed => text.trim().to_owned(),
        SecretChange::Unquoted => {
            let mut marks = ['"', '\''].into_iter();
            let inside = marks.find_map(|mark| text.strip_prefix(mark)?.strip_suffix(mark));
            inside?.to_owned()
        }
        SecretChange::WithNewline => format!("{text}\n"),
        SecretChange::WithoutPrefix => text.split_once('_')?.1.to_owned(),
    };
    Some(Zeroizing::new(text))
}
