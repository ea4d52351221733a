//! Schemes that sign the URL, and those that are no HMAC.

use std::time::Duration;

use super::{Base64, Hex, Millis, Sha1, Sha256};
use crate::{Algorithm, Scheme, Source, Timestamps};

/// Contentful: method, path, and the headers that one of them names.
pub const CONTENTFUL: Scheme<'_> =
    Scheme::hmac("contentful", Sha256, "x-contentful-signature", Hex)
        .with_title("Contentful")
        .with_message("{method}\n{path}\n{headers:x-contentful-signed-headers}\n{body}")
        .with_timestamp(Timestamps::Header("x-contentful-timestamp", Millis))
        .within(Duration::from_secs(30), Duration::from_secs(30))
        .with_source(Source::Official(
            "contentful/node-apps-toolkit, src/requests",
        ));

/// HubSpot v1: no HMAC, a plain hash.
pub const HUBSPOT_V1: Scheme<'_> = Scheme::new(
    "hubspot-v1",
    Algorithm::Plain(Sha256),
    "x-hubspot-signature",
    Hex,
)
.with_title("HubSpot v1")
.with_message("{secret}{body}")
.with_source(Source::Official(
    "HubSpot/hubspot-api-nodejs, src/utils/signature.ts",
));

/// HubSpot v2: no HMAC, a plain hash.
pub const HUBSPOT_V2: Scheme<'_> = Scheme::new(
    "hubspot-v2",
    Algorithm::Plain(Sha256),
    "x-hubspot-signature",
    Hex,
)
.with_title("HubSpot v2")
.with_message("{secret}{method}{url}{body}")
.with_source(Source::Official(
    "HubSpot/hubspot-api-nodejs, src/utils/signature.ts",
));

/// Square.
pub const SQUARE: Scheme<'_> =
    Scheme::hmac("square", Sha256, "x-square-hmacsha256-signature", Base64)
        .with_title("Square")
        .with_message("{url}{body}")
        .with_source(Source::Official(
            "square/square-nodejs-sdk, src/wrapper/WebhooksHelper.ts",
        ));

/// Trello.
pub const TRELLO: Scheme<'_> = Scheme::hmac("trello", Sha1, "x-trello-webhook", Base64)
    .with_title("Trello")
    .with_message("{body}{url}")
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

pub(super) const ALL: &[Scheme<'_>] = &[CONTENTFUL, HUBSPOT_V1, HUBSPOT_V2, SQUARE, TRELLO];
