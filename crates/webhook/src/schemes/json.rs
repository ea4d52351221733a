//! Schemes whose signature stands in the body.

use std::time::Duration;

use super::{Base64, Hex, Seconds, Sha256};
use crate::{Json, Scheme, SecretFormat, Source};

/// Adyen's notifications of payments: each of their items is signed. What of an item is not among
/// the eight values can be changed.
pub const ADYEN: Scheme<'_> = Scheme::json(
    "adyen",
    Sha256,
    Json::new("/additionalData/hmacSignature")
        .with_items("/notificationItems", "/NotificationRequestItem"),
    Base64,
)
.with_title("Adyen payments")
.with_message(
    "{json:/pspReference}:{json:/originalReference}:{json:/merchantAccountCode}:\
     {json:/merchantReference}:{json:/amount/value}:{json:/amount/currency}:\
     {json:/eventCode}:{json:/success}",
)
.insecure_without_body()
.with_secret(SecretFormat::Hex)
.with_source(Source::Official(
    "Adyen/adyen-node-api-library, src/utils/hmacValidator.ts",
));

/// Mailgun: a time and a token are signed, and nothing of the event. Remember the tokens.
pub const MAILGUN: Scheme<'_> = Scheme::json(
    "mailgun",
    Sha256,
    Json::new("/signature/signature")
        .with_timestamp("/signature/timestamp", Seconds)
        .with_id("/signature/token"),
    Hex,
)
.with_title("Mailgun")
.with_message("{json:/signature/timestamp}{json:/signature/token}")
.insecure_without_body()
.within(Duration::from_secs(300), Duration::from_secs(300))
.with_source(Source::Official("mailgun/mailgun-go, webhooks.go"));

pub(super) const ALL: &[Scheme<'_>] = &[ADYEN, MAILGUN];
