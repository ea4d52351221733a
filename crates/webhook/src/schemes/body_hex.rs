//! Schemes that sign the body, in hex, and no time: a copy is as good as the delivery.

use super::{Hex, Sha1, Sha256, Sha512, pairs};
use crate::{Grammar, Scheme, SecretFormat, Source};

/// Airtable.
pub const AIRTABLE: Scheme<'_> = Scheme::hmac("airtable", Sha256, "x-airtable-content-mac", Hex)
    .with_title("Airtable")
    .with_grammar(Grammar::Whole("hmac-sha256="))
    .with_secret(SecretFormat::Base64)
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Asana, which gives the secret in a first request of its own.
pub const ASANA: Scheme<'_> = Scheme::hmac("asana", Sha256, "x-hook-signature", Hex)
    .with_title("Asana")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Ashby.
pub const ASHBY: Scheme<'_> = Scheme::hmac("ashby", Sha256, "ashby-signature", Hex)
    .with_title("Ashby")
    .with_grammar(Grammar::Whole("sha256="))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Authorize.Net.
pub const AUTHORIZE_NET: Scheme<'_> =
    Scheme::hmac("authorize-net", Sha512, "x-anet-signature", Hex)
        .with_title("Authorize.Net")
        .with_grammar(Grammar::Whole("sha512="))
        .with_secret(SecretFormat::Hex)
        .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Autodesk.
pub const AUTODESK: Scheme<'_> = Scheme::hmac("autodesk", Sha1, "x-adsk-signature", Hex)
    .with_title("Autodesk")
    .with_grammar(Grammar::Whole("sha1hash="))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Bitbucket.
pub const BITBUCKET: Scheme<'_> = Scheme::hmac("bitbucket", Sha256, "x-hub-signature", Hex)
    .with_title("Bitbucket")
    .with_grammar(Grammar::Whole("sha256="))
    .with_source(Source::Official("Atlassian's documentation of webhooks"));

/// Cal.com.
pub const CAL_COM: Scheme<'_> = Scheme::hmac("cal-com", Sha256, "x-cal-signature-256", Hex)
    .with_title("Cal.com")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Chargify.
pub const CHARGIFY: Scheme<'_> = Scheme::hmac(
    "chargify",
    Sha256,
    "x-chargify-webhook-signature-hmac-sha-256",
    Hex,
)
.with_title("Chargify")
.with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Checkout.com.
pub const CHECKOUT_COM: Scheme<'_> = Scheme::hmac("checkout-com", Sha256, "cko-signature", Hex)
    .with_title("Checkout.com")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Checkr.
pub const CHECKR: Scheme<'_> = Scheme::hmac("checkr", Sha256, "x-checkr-signature", Hex)
    .with_title("Checkr")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// CircleCI.
pub const CIRCLECI: Scheme<'_> = Scheme::hmac("circleci", Sha256, "circleci-signature", Hex)
    .with_title("CircleCI")
    .with_grammar(pairs(',', false, "", "v1"))
    .with_source(Source::Official(
        "circleci/circleci-docs, outbound-webhooks.adoc",
    ));

/// ClickUp.
pub const CLICKUP: Scheme<'_> = Scheme::hmac("clickup", Sha256, "x-signature", Hex)
    .with_title("ClickUp")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Coinbase Commerce.
pub const COINBASE_COMMERCE: Scheme<'_> =
    Scheme::hmac("coinbase-commerce", Sha256, "x-cc-webhook-signature", Hex)
        .with_title("Coinbase Commerce")
        .with_source(Source::Official("coinbase/coinbase-commerce-node"));

/// Convoy, SHA-256 in hex.
pub const CONVOY_SHA256_HEX: Scheme<'_> =
    Scheme::hmac("convoy-sha256-hex", Sha256, "x-convoy-signature", Hex)
        .with_title("Convoy, SHA-256 in hex")
        .with_source(Source::Official("frain-dev/convoy, pkg/verifier"));

/// Convoy, SHA-512 in hex.
pub const CONVOY_SHA512_HEX: Scheme<'_> =
    Scheme::hmac("convoy-sha512-hex", Sha512, "x-convoy-signature", Hex)
        .with_title("Convoy, SHA-512 in hex")
        .with_source(Source::Official("frain-dev/convoy, pkg/verifier"));

/// Deel.
pub const DEEL: Scheme<'_> = Scheme::hmac("deel", Sha256, "x-deel-signature", Hex)
    .with_title("Deel")
    .with_message("POST{body}")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Doppler.
pub const DOPPLER: Scheme<'_> = Scheme::hmac("doppler", Sha256, "x-doppler-signature", Hex)
    .with_title("Doppler")
    .with_grammar(Grammar::Whole("sha256="))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Dropbox.
pub const DROPBOX: Scheme<'_> = Scheme::hmac("dropbox", Sha256, "x-dropbox-signature", Hex)
    .with_title("Dropbox")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Dub.
pub const DUB: Scheme<'_> = Scheme::hmac("dub", Sha256, "dub-signature", Hex)
    .with_title("Dub")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Dwolla.
pub const DWOLLA: Scheme<'_> = Scheme::hmac("dwolla", Sha256, "x-request-signature-sha-256", Hex)
    .with_title("Dwolla")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Framer.
pub const FRAMER: Scheme<'_> = Scheme::hmac("framer", Sha256, "framer-signature", Hex)
    .with_title("Framer")
    .with_grammar(Grammar::Whole("sha256="))
    .with_message("{body}{id}")
    .with_id("framer-webhook-submission-id")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Gitea and Forgejo.
pub const GITEA: Scheme<'_> = Scheme::hmac("gitea", Sha256, "x-gitea-signature", Hex)
    .with_title("Gitea and Forgejo")
    .with_source(Source::SecondHand("go-playground/webhooks, gitea"));

/// GitHub. Nothing but the body is signed, so that a copy of a delivery is as good as the delivery:
/// remember deliveries by [`Receipt::digest`](crate::Receipt::digest).
pub const GITHUB: Scheme<'_> = Scheme::hmac("github", Sha256, "x-hub-signature-256", Hex)
    .with_title("GitHub")
    .with_grammar(Grammar::Whole("sha256="))
    .with_body_limit(25 << 20)
    .with_source(Source::Official(
        "github/docs, validating-webhook-deliveries.md",
    ));

/// GitHub's older header, by SHA-1.
pub const GITHUB_SHA1: Scheme<'_> = Scheme::hmac("github-sha1", Sha1, "x-hub-signature", Hex)
    .with_title("GitHub, SHA-1")
    .with_grammar(Grammar::Whole("sha1="))
    .with_body_limit(25 << 20)
    .with_source(Source::Official(
        "github/docs, validating-webhook-deliveries.md",
    ));

/// GoCardless.
pub const GOCARDLESS: Scheme<'_> = Scheme::hmac("gocardless", Sha256, "webhook-signature", Hex)
    .with_title("GoCardless")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Gogs.
pub const GOGS: Scheme<'_> = Scheme::hmac("gogs", Sha256, "x-gogs-signature", Hex)
    .with_title("Gogs")
    .with_source(Source::SecondHand("go-playground/webhooks, gogs"));

/// Intercom.
pub const INTERCOM: Scheme<'_> = Scheme::hmac("intercom", Sha1, "x-hub-signature", Hex)
    .with_title("Intercom")
    .with_grammar(Grammar::Whole("sha1="))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Jira.
pub const JIRA: Scheme<'_> = Scheme::hmac("jira", Sha256, "x-hub-signature", Hex)
    .with_title("Jira")
    .with_grammar(Grammar::Whole("sha256="))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// LaunchDarkly.
pub const LAUNCHDARKLY: Scheme<'_> = Scheme::hmac("launchdarkly", Sha256, "x-ld-signature", Hex)
    .with_title("LaunchDarkly")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Lemon Squeezy.
pub const LEMON_SQUEEZY: Scheme<'_> = Scheme::hmac("lemon-squeezy", Sha256, "x-signature", Hex)
    .with_title("Lemon Squeezy")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Linear, whose time is a field of the body: `webhookTimestamp`, in milliseconds.
pub const LINEAR: Scheme<'_> = Scheme::hmac("linear", Sha256, "linear-signature", Hex)
    .with_title("Linear")
    .with_source(Source::Official(
        "linear/linear, packages/sdk/src/webhooks/client.ts",
    ));

/// LinkedIn.
pub const LINKEDIN: Scheme<'_> = Scheme::hmac("linkedin", Sha256, "x-li-signature", Hex)
    .with_title("LinkedIn")
    .with_message("hmacsha256={body}")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Meta: Facebook, Instagram, Messenger and WhatsApp.
pub const META: Scheme<'_> = Scheme::hmac("meta", Sha256, "x-hub-signature-256", Hex)
    .with_title("Meta")
    .with_grammar(Grammar::Whole("sha256="))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Modern Treasury.
pub const MODERN_TREASURY: Scheme<'_> = Scheme::hmac("modern-treasury", Sha256, "x-signature", Hex)
    .with_title("Modern Treasury")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Notion.
pub const NOTION: Scheme<'_> = Scheme::hmac("notion", Sha256, "x-notion-signature", Hex)
    .with_title("Notion")
    .with_grammar(Grammar::Whole("sha256="))
    .with_source(Source::Official(
        "makenotion/notion-sdk-js, src/webhooks.ts",
    ));

/// npm.
pub const NPM: Scheme<'_> = Scheme::hmac("npm", Sha256, "x-npm-signature", Hex)
    .with_title("npm")
    .with_grammar(Grammar::Whole("sha256="))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Nylas.
pub const NYLAS: Scheme<'_> = Scheme::hmac("nylas", Sha256, "x-nylas-signature", Hex)
    .with_title("Nylas")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Onfleet.
pub const ONFLEET: Scheme<'_> = Scheme::hmac("onfleet", Sha512, "x-onfleet-signature", Hex)
    .with_title("Onfleet")
    .with_secret(SecretFormat::Hex)
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// PagerDuty v3.
pub const PAGERDUTY: Scheme<'_> = Scheme::hmac("pagerduty", Sha256, "x-pagerduty-signature", Hex)
    .with_title("PagerDuty v3")
    .with_grammar(pairs(',', false, "", "v1"))
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Paystack.
pub const PAYSTACK: Scheme<'_> = Scheme::hmac("paystack", Sha512, "x-paystack-signature", Hex)
    .with_title("Paystack")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Pusher.
pub const PUSHER: Scheme<'_> = Scheme::hmac("pusher", Sha256, "x-pusher-signature", Hex)
    .with_title("Pusher")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Razorpay.
pub const RAZORPAY: Scheme<'_> = Scheme::hmac("razorpay", Sha256, "x-razorpay-signature", Hex)
    .with_title("Razorpay")
    .with_source(Source::Official("razorpay/razorpay-node"));

/// Segment.
pub const SEGMENT: Scheme<'_> = Scheme::hmac("segment", Sha1, "x-signature", Hex)
    .with_title("Segment")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Sendbird.
pub const SENDBIRD: Scheme<'_> = Scheme::hmac("sendbird", Sha256, "x-sendbird-signature", Hex)
    .with_title("Sendbird")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Sentry, whose timestamp is not signed.
pub const SENTRY: Scheme<'_> = Scheme::hmac("sentry", Sha256, "sentry-hook-signature", Hex)
    .with_title("Sentry")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Squarespace.
pub const SQUARESPACE: Scheme<'_> =
    Scheme::hmac("squarespace", Sha256, "squarespace-signature", Hex)
        .with_title("Squarespace")
        .with_secret(SecretFormat::Hex)
        .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Vapi's older form as Masker's contract has it: the body alone, without a prefix.
pub const VAPI_BODY: Scheme<'_> = Scheme::hmac("vapi-body", Sha256, "x-vapi-signature", Hex)
    .with_title("Vapi, body alone")
    .with_source(Source::Official("VapiAI/docs, server-authentication.mdx"));

/// Vercel.
pub const VERCEL: Scheme<'_> = Scheme::hmac("vercel", Sha1, "x-vercel-signature", Hex)
    .with_title("Vercel")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

pub(super) const ALL: &[Scheme<'_>] = &[
    AIRTABLE,
    ASANA,
    ASHBY,
    AUTHORIZE_NET,
    AUTODESK,
    BITBUCKET,
    CAL_COM,
    CHARGIFY,
    CHECKOUT_COM,
    CHECKR,
    CIRCLECI,
    CLICKUP,
    COINBASE_COMMERCE,
    CONVOY_SHA256_HEX,
    CONVOY_SHA512_HEX,
    DEEL,
    DOPPLER,
    DROPBOX,
    DUB,
    DWOLLA,
    FRAMER,
    GITEA,
    GITHUB,
    GITHUB_SHA1,
    GOCARDLESS,
    GOGS,
    INTERCOM,
    JIRA,
    LAUNCHDARKLY,
    LEMON_SQUEEZY,
    LINEAR,
    LINKEDIN,
    META,
    MODERN_TREASURY,
    NOTION,
    NPM,
    NYLAS,
    ONFLEET,
    PAGERDUTY,
    PAYSTACK,
    PUSHER,
    RAZORPAY,
    SEGMENT,
    SENDBIRD,
    SENTRY,
    SQUARESPACE,
    VAPI_BODY,
    VERCEL,
];
