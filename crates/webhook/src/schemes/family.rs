//! Standard Webhooks and those who keep to it.

use super::{Base64, Seconds, Sha256};
use crate::{Grammar, Scheme, SecretFormat, Source, Timestamps};

const fn webhook(name: &str) -> Scheme<'_> {
    Scheme::hmac(name, Sha256, "webhook-signature", Base64)
        .with_grammar(Grammar::Tagged("v1"))
        .with_message("{id}.{timestamp}.{body}")
        .with_id("webhook-id")
        .with_timestamp(Timestamps::Header("webhook-timestamp", Seconds))
        .with_secret(SecretFormat::Whsec)
}

const fn svix(name: &str) -> Scheme<'_> {
    Scheme::hmac(name, Sha256, "svix-signature", Base64)
        .with_grammar(Grammar::Tagged("v1"))
        .with_message("{id}.{timestamp}.{body}")
        .with_id("svix-id")
        .with_timestamp(Timestamps::Header("svix-timestamp", Seconds))
        .with_secret(SecretFormat::Whsec)
}

/// Standard Webhooks 1.0.0, the symmetric `v1`.
pub const STANDARD_WEBHOOKS: Scheme<'_> = webhook("standard-webhooks")
    .with_title("Standard Webhooks")
    .with_source(Source::Official(
        "standard-webhooks/standard-webhooks, spec/standard-webhooks.md",
    ));

/// Brex.
pub const BREX: Scheme<'_> = webhook("brex")
    .with_title("Brex")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Clerk.
pub const CLERK: Scheme<'_> = svix("clerk")
    .with_title("Clerk")
    .with_source(Source::SecondHand("hookdeck/webhook-skills, clerk"));

/// Etsy.
pub const ETSY: Scheme<'_> = webhook("etsy")
    .with_title("Etsy")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Finch, whose secret is base64 without a prefix.
pub const FINCH: Scheme<'_> = Scheme::hmac("finch", Sha256, "finch-signature", Base64)
    .with_title("Finch")
    .with_grammar(Grammar::Tagged("v1"))
    .with_message("{id}.{timestamp}.{body}")
    .with_id("finch-event-id")
    .with_timestamp(Timestamps::Header("finch-timestamp", Seconds))
    .with_secret(SecretFormat::Base64)
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Gemini API, the static mode.
pub const GEMINI: Scheme<'_> = webhook("gemini")
    .with_title("Gemini API")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// GitLab's signing token. The older `X-Gitlab-Token` is a password, not a signature.
pub const GITLAB: Scheme<'_> = webhook("gitlab")
    .with_title("GitLab")
    .with_source(Source::Official("gitlab-org/gitlab, merge request 230944"));

/// incident.io.
pub const INCIDENT_IO: Scheme<'_> = webhook("incident-io")
    .with_title("incident.io")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Increase.
pub const INCREASE: Scheme<'_> = webhook("increase")
    .with_title("Increase")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Loops.
pub const LOOPS: Scheme<'_> = webhook("loops")
    .with_title("Loops")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// OpenAI.
pub const OPENAI: Scheme<'_> =
    webhook("openai")
        .with_title("OpenAI")
        .with_source(Source::Official(
            "openai/openai-python, src/openai/lib/_webhooks.py",
        ));

/// Polar, whose secret is the text itself.
pub const POLAR: Scheme<'_> = webhook("polar")
    .with_title("Polar")
    .with_secret(SecretFormat::Utf8)
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Render.
pub const RENDER: Scheme<'_> = webhook("render")
    .with_title("Render")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Replicate.
pub const REPLICATE: Scheme<'_> = webhook("replicate")
    .with_title("Replicate")
    .with_source(Source::SecondHand("hookdeck/webhook-skills, replicate"));

/// Resend.
pub const RESEND: Scheme<'_> = svix("resend")
    .with_title("Resend")
    .with_source(Source::Official("resend/resend-node, src/webhooks"));

/// Stytch.
pub const STYTCH: Scheme<'_> = svix("stytch")
    .with_title("Stytch")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Supabase auth hooks; the secret is shown as `v1,whsec_…`.
pub const SUPABASE: Scheme<'_> = webhook("supabase")
    .with_title("Supabase auth hooks")
    .with_source(Source::SecondHand("webhook-co/webhook, shared.ts"));

/// Svix, whose headers may have either name.
pub const SVIX: Scheme<'_> = svix("svix")
    .with_title("Svix")
    .with_alias("svix-", "webhook-")
    .with_source(Source::Official("svix/svix-webhooks, rust/src/webhooks.rs"));

/// Vanta.
pub const VANTA: Scheme<'_> = svix("vanta")
    .with_title("Vanta")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

pub(super) const ALL: &[Scheme<'_>] = &[
    STANDARD_WEBHOOKS,
    BREX,
    CLERK,
    ETSY,
    FINCH,
    GEMINI,
    GITLAB,
    INCIDENT_IO,
    INCREASE,
    LOOPS,
    OPENAI,
    POLAR,
    RENDER,
    REPLICATE,
    RESEND,
    STYTCH,
    SUPABASE,
    SVIX,
    VANTA,
];
