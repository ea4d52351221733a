//! Schemes in which the provider alone can sign.

use super::{Base64, Hex, Seconds};
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
