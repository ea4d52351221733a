//! Schemes that sign a timestamp.

use std::time::Duration;

use super::{Base64, Base64Url, Either, Hex, Millis, Rfc3339, Seconds, Sha256, Sha512, pairs};
use crate::{Grammar, Headers, Scheme, Source, Timestamps};

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Affirm.
pub const AFFIRM: Scheme<'_> = Scheme::hmac("affirm", Sha512, "x-affirm-signature", Hex)
    .with_title("Affirm")
    .with_grammar(pairs(',', false, "t", "v0"))
    .with_message("{timestamp}.{body}")
    .with_timestamp(Timestamps::Signature(Seconds))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Airship.
pub const AIRSHIP: Scheme<'_> = Scheme::hmac("airship", Sha256, "x-ua-signature", Hex)
    .with_title("Airship")
    .with_message("{timestamp}:{body}")
    .with_timestamp(Timestamps::Header("x-ua-timestamp", Seconds))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Airwallex.
pub const AIRWALLEX: Scheme<'_> = Scheme::hmac("airwallex", Sha256, "x-signature", Hex)
    .with_title("Airwallex")
    .with_message("{timestamp}{body}")
    .with_timestamp(Timestamps::Header("x-timestamp", Millis))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Box, which signs with two keys, each in a header of its own.
pub const BOX: Scheme<'_> = Scheme::hmac("box", Sha256, "box-signature-primary", Base64)
    .with_title("Box")
    .with_headers(Headers::Two(
        "box-signature-primary",
        "box-signature-secondary",
    ))
    .with_fixed(&[
        ("box-signature-version", "1"),
        ("box-signature-algorithm", "HmacSHA256"),
    ])
    .with_message("{body}{timestamp}")
    .with_timestamp(Timestamps::Header("box-delivery-timestamp", Rfc3339))
    .within(secs(600), secs(600))
    .with_source(Source::Official(
        "box/box-node-sdk, src/managers/webhooks.ts",
    ));

/// Buildkite.
pub const BUILDKITE: Scheme<'_> = Scheme::hmac("buildkite", Sha256, "x-buildkite-signature", Hex)
    .with_title("Buildkite")
    .with_grammar(pairs(',', false, "timestamp", "signature"))
    .with_message("{timestamp}.{body}")
    .with_timestamp(Timestamps::Signature(Seconds))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Calendly.
pub const CALENDLY: Scheme<'_> =
    Scheme::hmac("calendly", Sha256, "calendly-webhook-signature", Hex)
        .with_title("Calendly")
        .with_grammar(pairs(',', false, "t", "v1"))
        .with_message("{timestamp}.{body}")
        .with_timestamp(Timestamps::Signature(Seconds))
        .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// ConfigCat.
pub const CONFIGCAT: Scheme<'_> = Scheme::hmac(
    "configcat",
    Sha256,
    "x-configcat-webhook-signature-v1",
    Base64,
)
.with_title("ConfigCat")
.with_grammar(Grammar::Commas)
.with_message("{id}{timestamp}{body}")
.with_id("x-configcat-webhook-id")
.with_timestamp(Timestamps::Header("x-configcat-webhook-timestamp", Seconds))
.with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Contox ingest, one of the services of the example server.
pub const CONTOX: Scheme<'_> = Scheme::hmac("contox", Sha256, "x-contox-signature", Hex)
    .with_title("Contox ingest")
    .with_grammar(Grammar::Whole("sha256="))
    .with_message("{timestamp}.{body}")
    .with_timestamp(Timestamps::Header("x-contox-timestamp", Seconds))
    .with_source(Source::Own);

/// Customer.io.
pub const CUSTOMER_IO: Scheme<'_> = Scheme::hmac("customer-io", Sha256, "x-cio-signature", Hex)
    .with_title("Customer.io")
    .with_message("v0:{timestamp}:{body}")
    .with_timestamp(Timestamps::Header("x-cio-timestamp", Seconds))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// ElevenLabs.
pub const ELEVENLABS: Scheme<'_> = Scheme::hmac("elevenlabs", Sha256, "elevenlabs-signature", Hex)
    .with_title("ElevenLabs")
    .with_grammar(pairs(',', false, "t", "v0"))
    .with_message("{timestamp}.{body}")
    .with_timestamp(Timestamps::Signature(Seconds))
    .within(secs(1800), secs(300))
    .with_source(Source::SecondHand("hookdeck/webhook-skills, elevenlabs"));

/// Front.
pub const FRONT: Scheme<'_> = Scheme::hmac("front", Sha256, "x-front-signature", Base64)
    .with_title("Front")
    .with_message("{timestamp}:{body}")
    .with_timestamp(Timestamps::Header("x-front-request-timestamp", Millis))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// HubSpot v3, which signs method and URL as well.
pub const HUBSPOT_V3: Scheme<'_> =
    Scheme::hmac("hubspot-v3", Sha256, "x-hubspot-signature-v3", Base64)
        .with_title("HubSpot v3")
        .with_message("{method}{url}{body}{timestamp}")
        .with_timestamp(Timestamps::Header("x-hubspot-request-timestamp", Millis))
        .with_source(Source::Official(
            "HubSpot/hubspot-api-nodejs, src/utils/signature.ts",
        ));

/// Klaviyo.
pub const KLAVIYO: Scheme<'_> = Scheme::hmac("klaviyo", Sha256, "klaviyo-signature", Hex)
    .with_title("Klaviyo")
    .with_message("{body}{timestamp}")
    .with_timestamp(Timestamps::Header("klaviyo-timestamp", Either))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Knock.
pub const KNOCK: Scheme<'_> = Scheme::hmac("knock", Sha256, "x-knock-signature", Base64)
    .with_title("Knock")
    .with_grammar(pairs(',', false, "t", "s"))
    .with_message("{timestamp}.{body}")
    .with_timestamp(Timestamps::Signature(Millis))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Lob.
pub const LOB: Scheme<'_> = Scheme::hmac("lob", Sha256, "lob-signature", Hex)
    .with_title("Lob")
    .with_message("{timestamp}.{body}")
    .with_timestamp(Timestamps::Header("lob-signature-timestamp", Either))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Mercado Pago: what the notification is about is in the query, and nothing of the body is signed.
/// In what it counts time its documents do not say.
pub const MERCADO_PAGO: Scheme<'_> = Scheme::hmac("mercado-pago", Sha256, "x-signature", Hex)
    .with_title("Mercado Pago")
    .with_grammar(pairs(',', false, "ts", "v1"))
    .with_message("[id:{lower-query:data.id};][request-id:{header:x-request-id};]ts:{timestamp};")
    .insecure_without_body()
    .with_timestamp(Timestamps::Signature(Either))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Mux.
pub const MUX: Scheme<'_> = Scheme::hmac("mux", Sha256, "mux-signature", Hex)
    .with_title("Mux")
    .with_grammar(pairs(',', false, "t", "v1"))
    .with_message("{timestamp}.{body}")
    .with_timestamp(Timestamps::Signature(Seconds))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Persona: a group for each secret.
pub const PERSONA: Scheme<'_> = Scheme::hmac("persona", Sha256, "persona-signature", Hex)
    .with_title("Persona")
    .with_grammar(Grammar::Groups {
        time: "t",
        signature: "v1",
    })
    .with_message("{timestamp}.{body}")
    .with_timestamp(Timestamps::Signature(Seconds))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Paddle, whose own software takes deliveries for 5 seconds.
pub const PADDLE: Scheme<'_> = Scheme::hmac("paddle", Sha256, "paddle-signature", Hex)
    .with_title("Paddle")
    .with_grammar(pairs(';', false, "ts", "h1"))
    .with_message("{timestamp}:{body}")
    .with_timestamp(Timestamps::Signature(Seconds))
    .within(secs(5), secs(5))
    .with_source(Source::Official("PaddleHQ/paddle-node-sdk"));

/// Recurly.
pub const RECURLY: Scheme<'_> = Scheme::hmac("recurly", Sha256, "recurly-signature", Hex)
    .with_title("Recurly")
    .with_grammar(Grammar::Positional)
    .with_message("{timestamp}.{body}")
    .with_timestamp(Timestamps::Signature(Either))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Sanity.
pub const SANITY: Scheme<'_> =
    Scheme::hmac("sanity", Sha256, "sanity-webhook-signature", Base64Url)
        .with_title("Sanity")
        .with_grammar(pairs(',', false, "t", "v1"))
        .with_message("{timestamp}.{body}")
        .with_timestamp(Timestamps::Signature(Millis))
        .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Shippo.
pub const SHIPPO: Scheme<'_> = Scheme::hmac("shippo", Sha256, "shippo-auth-signature", Hex)
    .with_title("Shippo")
    .with_grammar(pairs(',', false, "t", "v1"))
    .with_message("{timestamp}.{body}")
    .with_timestamp(Timestamps::Signature(Seconds))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Sinch.
pub const SINCH: Scheme<'_> = Scheme::hmac("sinch", Sha256, "x-sinch-webhook-signature", Base64)
    .with_title("Sinch")
    .with_message("{body}.{header:x-sinch-webhook-signature-nonce}.{timestamp}")
    .with_timestamp(Timestamps::Header(
        "x-sinch-webhook-signature-timestamp",
        Seconds,
    ))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Slack.
pub const SLACK: Scheme<'_> = Scheme::hmac("slack", Sha256, "x-slack-signature", Hex)
    .with_title("Slack")
    .with_grammar(Grammar::Whole("v0="))
    .with_message("v0:{timestamp}:{body}")
    .with_timestamp(Timestamps::Header("x-slack-request-timestamp", Seconds))
    .with_source(Source::Official("slackapi/python-slack-sdk"));

/// Stripe, whose secret is the whole text, `whsec_` included.
pub const STRIPE: Scheme<'_> = Scheme::hmac("stripe", Sha256, "stripe-signature", Hex)
    .with_title("Stripe")
    .with_grammar(pairs(',', false, "t", "v1"))
    .with_message("{timestamp}.{body}")
    .with_timestamp(Timestamps::Signature(Seconds))
    .with_source(Source::Official("stripe/stripe-go, webhook/client.go"));

/// TikTok.
pub const TIKTOK: Scheme<'_> = Scheme::hmac("tiktok", Sha256, "tiktok-signature", Hex)
    .with_title("TikTok")
    .with_grammar(pairs(',', false, "t", "s"))
    .with_message("{timestamp}.{body}")
    .with_timestamp(Timestamps::Signature(Seconds))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Twitch EventSub.
pub const TWITCH: Scheme<'_> =
    Scheme::hmac("twitch", Sha256, "twitch-eventsub-message-signature", Hex)
        .with_title("Twitch EventSub")
        .with_grammar(Grammar::Whole("sha256="))
        .with_message("{id}{timestamp}{body}")
        .with_id("twitch-eventsub-message-id")
        .with_timestamp(Timestamps::Header(
            "twitch-eventsub-message-timestamp",
            Rfc3339,
        ))
        .within(secs(600), secs(600))
        .with_source(Source::Official("dev.twitch.tv, EventSub"));

/// Vapi's HMAC credential as it is by default; every part of it can be chosen there.
pub const VAPI: Scheme<'_> = Scheme::hmac("vapi", Sha256, "x-signature", Hex)
    .with_title("Vapi")
    .with_message("{timestamp}.{body}")
    .with_timestamp(Timestamps::Header("x-timestamp", Seconds))
    .with_source(Source::Official("VapiAI/docs, HMACAuthenticationPlan"));

/// Webflow.
pub const WEBFLOW: Scheme<'_> = Scheme::hmac("webflow", Sha256, "x-webflow-signature", Hex)
    .with_title("Webflow")
    .with_message("{timestamp}:{body}")
    .with_timestamp(Timestamps::Header("x-webflow-timestamp", Either))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// WorkOS.
pub const WORKOS: Scheme<'_> = Scheme::hmac("workos", Sha256, "workos-signature", Hex)
    .with_title("WorkOS")
    .with_grammar(pairs(',', true, "t", "v1"))
    .with_message("{timestamp}.{body}")
    .with_timestamp(Timestamps::Signature(Millis))
    .within(secs(180), secs(180))
    .with_source(Source::Official(
        "workos/workos-node, src/common/crypto/signature-provider.ts",
    ));

/// Zendesk.
pub const ZENDESK: Scheme<'_> =
    Scheme::hmac("zendesk", Sha256, "x-zendesk-webhook-signature", Base64)
        .with_title("Zendesk")
        .with_message("{timestamp}{body}")
        .with_timestamp(Timestamps::Header(
            "x-zendesk-webhook-signature-timestamp",
            Rfc3339,
        ))
        .with_source(Source::Official(
            "developer.zendesk.com, webhooks/verifying",
        ));

/// Zoom.
pub const ZOOM: Scheme<'_> = Scheme::hmac("zoom", Sha256, "x-zm-signature", Hex)
    .with_title("Zoom")
    .with_grammar(Grammar::Whole("v0="))
    .with_message("v0:{timestamp}:{body}")
    .with_timestamp(Timestamps::Header("x-zm-request-timestamp", Seconds))
    .with_source(Source::Official("zoom/webhook-sample, index.js"));

pub(super) const ALL: &[Scheme<'_>] = &[
    AFFIRM,
    AIRSHIP,
    AIRWALLEX,
    BOX,
    BUILDKITE,
    CALENDLY,
    CONFIGCAT,
    CONTOX,
    CUSTOMER_IO,
    ELEVENLABS,
    FRONT,
    HUBSPOT_V3,
    KLAVIYO,
    KNOCK,
    LOB,
    MERCADO_PAGO,
    MUX,
    PADDLE,
    PERSONA,
    RECURLY,
    SANITY,
    SHIPPO,
    SINCH,
    SLACK,
    STRIPE,
    TIKTOK,
    TWITCH,
    VAPI,
    WEBFLOW,
    WORKOS,
    ZENDESK,
    ZOOM,
];
