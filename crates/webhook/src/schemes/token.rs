//! Schemes in which a token goes with each delivery.

use std::time::Duration;

use super::{Base64, Base64Url, Hex};
use crate::{Algorithm, Grammar, Hash, KeyFormat, Scheme, SecretFormat, Source, Token};

const HS256: Algorithm = Algorithm::Hmac(Hash::Sha256);
const PEM: SecretFormat = SecretFormat::Public(KeyFormat::Pem);
const REGISTRY: Source<'_> = Source::SecondHand("webhook-co/webhook, packages/webhooks-spec");

/// Constant Contact, version 3 of the API, which publishes its keys.
pub const CONSTANT_CONTACT: Scheme<'_> = Scheme::new(
    "constant-contact",
    Algorithm::RsaPkcs1Sha256,
    "x-ctct-webhook-sig",
    Base64Url,
)
.with_title("Constant Contact")
.with_token(Token::detached().with_time("ts"))
.with_secret(PEM)
.with_source(Source::Official(
    "v3.developer.constantcontact.com, Webhook authenticity",
));

const FUSIONAUTH: &str = "x-fusionauth-signature-jwt";
const FUSIONAUTH_TOKEN: Token<'_> = Token::new("request_body_sha256", Base64);
const FUSIONAUTH_SOURCE: Source<'_> = Source::Official("fusionauth.io/docs, Sign Webhooks");

/// FusionAuth with a key of Ed25519.
pub const FUSIONAUTH_EDDSA: Scheme<'_> = Scheme::new(
    "fusionauth-eddsa",
    Algorithm::Ed25519,
    FUSIONAUTH,
    Base64Url,
)
.with_title("FusionAuth with EdDSA")
.with_token(FUSIONAUTH_TOKEN)
.with_secret(PEM)
.with_source(FUSIONAUTH_SOURCE);

/// FusionAuth with a key of P-256.
pub const FUSIONAUTH_ES256: Scheme<'_> = Scheme::new(
    "fusionauth-es256",
    Algorithm::EcdsaP256Sha256Fixed,
    FUSIONAUTH,
    Base64Url,
)
.with_title("FusionAuth with ES256")
.with_token(FUSIONAUTH_TOKEN)
.with_secret(PEM)
.with_source(FUSIONAUTH_SOURCE);

/// FusionAuth with a shared key.
pub const FUSIONAUTH_HS256: Scheme<'_> =
    Scheme::new("fusionauth-hs256", HS256, FUSIONAUTH, Base64Url)
        .with_title("FusionAuth with HS256")
        .with_token(FUSIONAUTH_TOKEN)
        .with_source(FUSIONAUTH_SOURCE);

/// FusionAuth with a key of RSA.
pub const FUSIONAUTH_RS256: Scheme<'_> = Scheme::new(
    "fusionauth-rs256",
    Algorithm::RsaPkcs1Sha256,
    FUSIONAUTH,
    Base64Url,
)
.with_title("FusionAuth with RS256")
.with_token(FUSIONAUTH_TOKEN)
.with_secret(PEM)
.with_source(FUSIONAUTH_SOURCE);

/// Webhooks of Atlassian Connect, whose token says nothing of the body.
///
/// A base URL that has a path needs a [context](Token::with_query_hash). The tokens of pages
/// (`context-qsh`) are refused: they are no deliveries.
pub const JIRA_CONNECT: Scheme<'_> = Scheme::new("jira-connect", HS256, "authorization", Base64Url)
    .with_title("Jira Connect")
    .with_grammar(Grammar::Whole("JWT "))
    .with_token(
        Token::insecure_without_body()
            .with_query_hash("")
            .with_time("iat")
            .with_expiry(Duration::from_secs(180)),
    )
    .with_source(Source::Official(
        "developer.atlassian.com, Understanding JWT for Connect apps",
    ));

/// MessageBird, today Bird.
pub const MESSAGEBIRD_JWT: Scheme<'_> = Scheme::new(
    "messagebird-jwt",
    HS256,
    "messagebird-signature-jwt",
    Base64Url,
)
.with_title("MessageBird")
.with_token(
    Token::new("payload_hash", Hex)
        .with_optional_hash()
        .with_url_hash("url_hash")
        .with_issuer("MessageBird")
        .with_time("nbf")
        .with_expiry(Duration::from_secs(60))
        .with_id(),
)
.with_source(Source::Official("messagebird/go-rest-api, signature_jwt"));

/// monday.com, whose token says nothing of the body.
pub const MONDAY: Scheme<'_> = Scheme::new("monday", HS256, "authorization", Base64Url)
    .with_title("monday.com")
    .with_token(
        Token::insecure_without_body()
            .with_audience()
            .with_time("iat")
            .with_expiry(Duration::from_secs(300)),
    )
    .with_source(Source::Official(
        "developer.monday.com, Authorization header",
    ));

/// Netlify, which signs no time.
pub const NETLIFY: Scheme<'_> = Scheme::new("netlify", HS256, "x-webhook-signature", Base64Url)
    .with_title("Netlify")
    .with_token(Token::new("sha256", Hex).with_issuer("netlify"))
    .with_source(REGISTRY);

/// Plaid, which gives the keys to those who ask with their credentials.
pub const PLAID: Scheme<'_> = Scheme::new(
    "plaid",
    Algorithm::EcdsaP256Sha256Fixed,
    "plaid-verification",
    Base64Url,
)
.with_title("Plaid")
.with_token(Token::new("request_body_sha256", Hex).with_time("iat"))
.with_secret(PEM)
.with_source(Source::Official("plaid.com/docs, Verify webhooks"));

/// Vonage.
pub const VONAGE: Scheme<'_> = Scheme::new("vonage", HS256, "authorization", Base64Url)
    .with_title("Vonage")
    .with_grammar(Grammar::Whole("Bearer "))
    .with_token(
        Token::new("payload_hash", Hex)
            .with_issuer("Vonage")
            .with_time("iat")
            .with_id(),
    )
    .with_source(Source::Official("developer.vonage.com, Signed webhooks"));

pub(super) const ALL: &[Scheme<'_>] = &[
    CONSTANT_CONTACT,
    FUSIONAUTH_EDDSA,
    FUSIONAUTH_ES256,
    FUSIONAUTH_HS256,
    FUSIONAUTH_RS256,
    JIRA_CONNECT,
    MESSAGEBIRD_JWT,
    MONDAY,
    NETLIFY,
    PLAID,
    VONAGE,
];
