//! The handshakes of providers.

use http::StatusCode;

use super::data::{Handshake, Is, Place, Proof, Reply, When};
use crate::Source;

/// Braintree.
pub const BRAINTREE: Handshake = Handshake::new(
    "braintree",
    "Braintree",
    When::Get,
    Reply::Text("{public}|{proof}"),
)
.prove(Place::Query("bt_challenge"), Proof::HmacOfPair)
.from(Source::Official(
    "braintree/braintree_ruby, lib/braintree/webhook_gateway.rb",
));

/// Discord's events, which are another endpoint than its interactions.
pub const DISCORD_EVENTS: Handshake = Handshake::new(
    "discord-events",
    "Discord's events",
    When::Verified,
    Reply::Empty(StatusCode::NO_CONTENT),
)
.only_if(&[(Place::Json("/type"), Is::Number(0))])
.from(Source::Official(
    "discord.com/developers/docs/events/webhook-events",
));

/// Discord's interactions.
pub const DISCORD_INTERACTIONS: Handshake = Handshake::new(
    "discord",
    "Discord's interactions",
    When::Verified,
    Reply::Json(r#"{"type":1}"#),
)
.only_if(&[(Place::Json("/type"), Is::Number(1))])
.from(Source::Official(
    "discord/discord-interactions-js, src/index.ts",
));

/// Dropbox.
pub const DROPBOX: Handshake =
    Handshake::new("dropbox", "Dropbox", When::Get, Reply::Text("{challenge}"))
        .echo(Place::Query("challenge"))
        .from(Source::SecondHand("webhook-co/webhook, handshake.ts"));

/// eBay, of whose deliveries there is no scheme here.
pub const EBAY: Handshake = Handshake::new(
    "ebay",
    "eBay",
    When::Get,
    Reply::Json(r#"{"challengeResponse":"{proof}"}"#),
)
.prove(Place::Query("challenge_code"), Proof::Hash)
.from(Source::Official(
    "developer.ebay.com/marketplace-account-deletion",
));

/// Microsoft Graph, which signs nothing and puts a `clientState` of yours into its deliveries.
pub const GRAPH: Handshake = Handshake::new(
    "graph",
    "Microsoft Graph",
    When::Post,
    Reply::Text("{challenge}"),
)
.echo(Place::Query("validationToken"))
.from(Source::Official(
    "learn.microsoft.com/graph/change-notifications-delivery-webhooks",
));

/// LinkedIn.
pub const LINKEDIN: Handshake = Handshake::new(
    "linkedin",
    "LinkedIn",
    When::Get,
    Reply::Json(r#"{"challengeCode":"{challenge}","challengeResponse":"{proof}"}"#),
)
.prove(Place::Query("challengeCode"), Proof::HmacHex)
.from(Source::Official(
    "learn.microsoft.com/linkedin/shared/api-guide/webhook-validation",
));

/// Meta: Facebook, Instagram, Messenger, WhatsApp.
pub const META: Handshake = Handshake::new("meta", "Meta", When::Get, Reply::Text("{challenge}"))
    .only_if(&[(Place::Query("hub.mode"), Is::Text("subscribe"))])
    .with_token(Place::Query("hub.verify_token"))
    .echo(Place::Query("hub.challenge"))
    .from(Source::SecondHand("webhook-co/webhook, handshake.ts"));

/// monday.com, whose challenge need not be signed: a layer answers it in what was verified, and for
/// anybody else a handler must.
pub const MONDAY: Handshake = Handshake::new(
    "monday",
    "monday.com",
    When::Body,
    Reply::Json(r#"{"challenge":"{challenge}"}"#),
)
.echo(Place::Json("/challenge"))
.from(Source::SecondHand("webhook-co/webhook"));

/// Okta's event hooks, of whose deliveries there is no scheme here.
pub const OKTA: Handshake = Handshake::new(
    "okta",
    "Okta",
    When::Get,
    Reply::Json(r#"{"verification":"{challenge}"}"#),
)
.echo(Place::Header("x-okta-verification-challenge"))
.from(Source::Official(
    "developer.okta.com, one-time verification request",
));

/// Slack.
pub const SLACK: Handshake =
    Handshake::new("slack", "Slack", When::Verified, Reply::Text("{challenge}"))
        .only_if(&[(Place::Json("/type"), Is::Text("url_verification"))])
        .echo(Place::Json("/challenge"))
        .from(Source::Official("slackapi/bolt-js"));

/// Twitch EventSub.
pub const TWITCH: Handshake = Handshake::new(
    "twitch",
    "Twitch EventSub",
    When::Verified,
    Reply::Text("{challenge}"),
)
.only_if(&[(
    Place::Header("twitch-eventsub-message-type"),
    Is::Text("webhook_callback_verification"),
)])
.echo(Place::Json("/challenge"))
.from(Source::Official("dev.twitch.tv, EventSub"));

/// X, once Twitter.
pub const X: Handshake = Handshake::new(
    "x",
    "X",
    When::Get,
    Reply::Json(r#"{"response_token":"sha256={proof}"}"#),
)
.prove(Place::Query("crc_token"), Proof::HmacBase64)
.from(Source::SecondHand("webhook-co/webhook, handshake.ts"));

/// Xero's intent to receive: some of what it sends is signed wrongly on purpose, and must be 401.
pub const XERO: Handshake =
    Handshake::new("xero", "Xero", When::Verified, Reply::Empty(StatusCode::OK))
        .only_if(&[(Place::Json("/events"), Is::EmptyList)])
        .from(Source::SecondHand("webhook-co/webhook"));

/// Zoom.
pub const ZOOM: Handshake = Handshake::new(
    "zoom",
    "Zoom",
    When::Verified,
    Reply::Json(r#"{"plainToken":"{challenge}","encryptedToken":"{proof}"}"#),
)
.only_if(&[(Place::Json("/event"), Is::Text("endpoint.url_validation"))])
.prove(Place::Json("/payload/plainToken"), Proof::HmacHex)
.from(Source::Official("zoom/webhook-sample, index.js"));

pub(super) const ALL: &[Handshake] = &[
    BRAINTREE,
    DISCORD_EVENTS,
    DISCORD_INTERACTIONS,
    DROPBOX,
    EBAY,
    GRAPH,
    LINKEDIN,
    META,
    MONDAY,
    OKTA,
    SLACK,
    TWITCH,
    X,
    XERO,
    ZOOM,
];
