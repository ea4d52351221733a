//! Schemes that sign the body, in base64, and no time: a copy is as good as the delivery.

use super::{Base64, Base64UrlPadded, Sha1, Sha256, Sha512};
use crate::{Grammar, Headers, Scheme, SecretFormat, Source};

/// Ably.
pub const ABLY: Scheme<'_> = Scheme::hmac("ably", Sha256, "x-ably-signature", Base64)
    .with_title("Ably")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Adyen's platform and management webhooks; those for payments sign fields of the body.
pub const ADYEN_PLATFORM: Scheme<'_> =
    Scheme::hmac("adyen-platform", Sha256, "hmacsignature", Base64)
        .with_title("Adyen platforms")
        .with_secret(SecretFormat::Hex)
        .with_source(Source::Official(
            "Adyen/adyen-node-api-library, hmacValidator.ts",
        ));

/// AfterShip.
pub const AFTERSHIP: Scheme<'_> =
    Scheme::hmac("aftership", Sha256, "aftership-hmac-sha256", Base64)
        .with_title("AfterShip")
        .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Bolt.
pub const BOLT: Scheme<'_> = Scheme::hmac("bolt", Sha256, "x-bolt-hmac-sha256", Base64)
    .with_title("Bolt")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Convoy, SHA-256 in base64.
pub const CONVOY_SHA256_BASE64: Scheme<'_> =
    Scheme::hmac("convoy-sha256-base64", Sha256, "x-convoy-signature", Base64)
        .with_title("Convoy, SHA-256 in base64")
        .with_source(Source::Official("frain-dev/convoy, pkg/verifier"));

/// Convoy, SHA-512 in base64.
pub const CONVOY_SHA512_BASE64: Scheme<'_> =
    Scheme::hmac("convoy-sha512-base64", Sha512, "x-convoy-signature", Base64)
        .with_title("Convoy, SHA-512 in base64")
        .with_source(Source::Official("frain-dev/convoy, pkg/verifier"));

/// Cronofy.
pub const CRONOFY: Scheme<'_> = Scheme::hmac("cronofy", Sha256, "cronofy-hmac-sha256", Base64)
    .with_title("Cronofy")
    .with_grammar(Grammar::Commas)
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// DocuSign Connect: a header for each key.
pub const DOCUSIGN: Scheme<'_> = Scheme::hmac("docusign", Sha256, "x-docusign-signature-1", Base64)
    .with_title("DocuSign Connect")
    .with_headers(Headers::Numbered("x-docusign-signature-"))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Heroku.
pub const HEROKU: Scheme<'_> = Scheme::hmac("heroku", Sha256, "heroku-webhook-hmac-sha256", Base64)
    .with_title("Heroku")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Hookdeck.
pub const HOOKDECK: Scheme<'_> = Scheme::hmac("hookdeck", Sha256, "x-hookdeck-signature", Base64)
    .with_title("Hookdeck")
    .with_source(Source::Official("hookdeck/webhook-skills"));

/// LINE.
pub const LINE: Scheme<'_> = Scheme::hmac("line", Sha256, "x-line-signature", Base64)
    .with_title("LINE")
    .with_source(Source::Official(
        "line/line-bot-sdk-nodejs, lib/validate-signature.ts",
    ));

/// Merge.
pub const MERGE: Scheme<'_> = Scheme::hmac(
    "merge",
    Sha256,
    "x-merge-webhook-signature",
    Base64UrlPadded,
)
.with_title("Merge")
.with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// MongoDB Atlas.
pub const MONGODB_ATLAS: Scheme<'_> =
    Scheme::hmac("mongodb-atlas", Sha1, "x-mms-signature", Base64)
        .with_title("MongoDB Atlas")
        .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Primer.
pub const PRIMER: Scheme<'_> = Scheme::hmac("primer", Sha256, "x-signature-primary", Base64)
    .with_title("Primer")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// QuickBooks.
pub const QUICKBOOKS: Scheme<'_> = Scheme::hmac("quickbooks", Sha256, "intuit-signature", Base64)
    .with_title("QuickBooks")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Shopify.
pub const SHOPIFY: Scheme<'_> = Scheme::hmac("shopify", Sha256, "x-shopify-hmac-sha256", Base64)
    .with_title("Shopify")
    .with_source(Source::Official(
        "Shopify/shopify-app-js, hmac-validator.ts",
    ));

/// Tally.
pub const TALLY: Scheme<'_> = Scheme::hmac("tally", Sha256, "tally-signature", Base64)
    .with_title("Tally")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Microsoft Teams, outgoing webhooks.
pub const TEAMS: Scheme<'_> = Scheme::hmac("teams", Sha256, "authorization", Base64)
    .with_title("Microsoft Teams")
    .with_grammar(Grammar::Whole("HMAC "))
    .with_secret(SecretFormat::Base64)
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Typeform.
pub const TYPEFORM: Scheme<'_> = Scheme::hmac("typeform", Sha256, "typeform-signature", Base64)
    .with_title("Typeform")
    .with_grammar(Grammar::Whole("sha256="))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// WooCommerce.
pub const WOOCOMMERCE: Scheme<'_> =
    Scheme::hmac("woocommerce", Sha256, "x-wc-webhook-signature", Base64)
        .with_title("WooCommerce")
        .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// X, once Twitter.
pub const X: Scheme<'_> = Scheme::hmac("x", Sha256, "x-twitter-webhooks-signature", Base64)
    .with_title("X")
    .with_grammar(Grammar::Whole("sha256="))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Xero.
pub const XERO: Scheme<'_> = Scheme::hmac("xero", Sha256, "x-xero-signature", Base64)
    .with_title("Xero")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

pub(super) const ALL: &[Scheme<'_>] = &[
    ABLY,
    ADYEN_PLATFORM,
    AFTERSHIP,
    BOLT,
    CONVOY_SHA256_BASE64,
    CONVOY_SHA512_BASE64,
    CRONOFY,
    DOCUSIGN,
    HEROKU,
    HOOKDECK,
    LINE,
    MERGE,
    MONGODB_ATLAS,
    PRIMER,
    QUICKBOOKS,
    SHOPIFY,
    TALLY,
    TEAMS,
    TYPEFORM,
    WOOCOMMERCE,
    X,
    XERO,
];
