//! Schemes in which the provider alone can sign.

use super::{Base64, Hex, Rfc3339, Seconds};
use crate::{Algorithm, Grammar, KeyFormat, Scheme, SecretFormat, Source, Timestamps};

/// Discord.
pub const DISCORD: Scheme<'_> =
    Scheme::new("discord", Algorithm::Ed25519, "x-signature-ed25519", Hex)
        .with_title("Discord")
        .with_message("{timestamp}{body}")
        .with_timestamp(Timestamps::Header("x-signature-timestamp", Seconds))
        .with_secret(SecretFormat::Public(KeyFormat::Hex))
        .with_source(Source::Official(
            "discord/discord-interactions-js, src/index.ts",
        ));

/// PayPal, for the webhook with this id, which is signed: the provider shows it beside the URL. It is
/// not in [`all`](super::all), since there is none without an id.
///
/// The key is that of the certificate to which `paypal-cert-url` leads. Nothing is fetched: what the
/// header names is the sender's choice.
///
/// # Security
///
/// Of the body a CRC-32 is signed, and anybody who sees one delivery can make another body that has the
/// same. Take from the body no more than what to ask the provider for.
///
/// ```
/// # #[cfg(feature = "public-key")]
/// assert!(portcullis_webhook::schemes::paypal("8PT597110X687430LKGECATA").check().is_ok());
/// ```
pub const fn paypal(webhook_id: &str) -> Scheme<'_> {
    Scheme::new(
        "paypal",
        Algorithm::RsaPkcs1Sha256,
        "paypal-transmission-sig",
        Base64,
    )
    .with_title("PayPal")
    .with_message("{id}|{timestamp}|{endpoint}|{crc32}")
    .with_endpoint(webhook_id)
    .insecure_without_body()
    .with_id("paypal-transmission-id")
    .with_timestamp(Timestamps::Header("paypal-transmission-time", Rfc3339))
    .with_fixed(&[("paypal-auth-algo", "SHA256withRSA")])
    .with_secret(SecretFormat::Public(KeyFormat::Pem))
    .with_source(Source::SecondHand(
        "hookdeck/webhook-skills, paypal-webhooks",
    ))
}

/// SendGrid's event webhook.
pub const SENDGRID: Scheme<'_> = Scheme::new(
    "sendgrid",
    Algorithm::EcdsaP256Sha256,
    "x-twilio-email-event-webhook-signature",
    Base64,
)
.with_title("SendGrid")
.with_message("{timestamp}{body}")
.with_timestamp(Timestamps::Header(
    "x-twilio-email-event-webhook-timestamp",
    Seconds,
))
.with_secret(SecretFormat::Public(KeyFormat::Der))
.with_source(Source::Official(
    "sendgrid/sendgrid-nodejs, packages/eventwebhook",
));

/// Standard Webhooks 1.0.0, the asymmetric `v1a`.
pub const STANDARD_WEBHOOKS_V1A: Scheme<'_> = Scheme::new(
    "standard-webhooks-v1a",
    Algorithm::Ed25519,
    "webhook-signature",
    Base64,
)
.with_title("Standard Webhooks v1a")
.with_grammar(Grammar::Tagged("v1a"))
.with_message("{id}.{timestamp}.{body}")
.with_id("webhook-id")
.with_timestamp(Timestamps::Header("webhook-timestamp", Seconds))
.with_secret(SecretFormat::Public(KeyFormat::StandardWebhooks))
.with_source(Source::Official(
    "standard-webhooks/standard-webhooks, spec/standard-webhooks.md",
));

/// Telnyx.
pub const TELNYX: Scheme<'_> = Scheme::new(
    "telnyx",
    Algorithm::Ed25519,
    "telnyx-signature-ed25519",
    Base64,
)
.with_title("Telnyx")
.with_message("{timestamp}|{body}")
.with_timestamp(Timestamps::Header("telnyx-timestamp", Seconds))
.with_secret(SecretFormat::Public(KeyFormat::Base64))
.with_source(Source::SecondHand(
    "webhook-co/webhook, packages/webhooks-spec",
));

/// Wise, which publishes its key.
pub const WISE: Scheme<'_> = Scheme::new(
    "wise",
    Algorithm::RsaPkcs1Sha256,
    "x-signature-sha256",
    Base64,
)
.with_title("Wise")
.with_secret(SecretFormat::Public(KeyFormat::Pem))
.with_source(Source::SecondHand("webhook-co/webhook, asymmetric.test.ts"));

pub(super) const ALL: &[Scheme<'_>] = &[DISCORD, SENDGRID, STANDARD_WEBHOOKS_V1A, TELNYX, WISE];
