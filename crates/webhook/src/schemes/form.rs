//! Schemes that sign the fields of a form.

use super::{Base64, Hex, Sha1, Sha256};
use crate::{Form, Grammar, Scheme, SecretFormat, Source};

/// Braintree: a payload in base64, signed under the private key. The label of a secret that signs is
/// the public key.
pub const BRAINTREE: Scheme<'_> = Scheme::hmac("braintree", Sha1, "", Hex)
    .with_title("Braintree")
    .with_message("{form}")
    .with_form(Form::signed("bt_signature", "bt_payload"))
    .with_secret(SecretFormat::Sha1)
    .with_source(Source::Official(
        "braintree/braintree_node, lib/braintree/webhook_notification_gateway.js",
    ));

/// Mandrill.
pub const MANDRILL: Scheme<'_> = Scheme::hmac("mandrill", Sha1, "x-mandrill-signature", Base64)
    .with_title("Mandrill")
    .with_message("{url}{form}")
    .with_form(Form::new())
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

/// Plivo V3. Of what is not ASCII its libraries make different things; this signs it as UTF-8.
pub const PLIVO: Scheme<'_> = Scheme::hmac("plivo", Sha256, "x-plivo-signature-v3", Base64)
    .with_title("Plivo V3")
    .with_grammar(Grammar::Commas)
    .with_message("{form}.{id}")
    .with_form(Form::new().with_sorted_url())
    .with_id("x-plivo-signature-v3-nonce")
    .with_source(Source::Official(
        "plivo/plivo-node, lib/utils/v3Security.js",
    ));

/// Twilio: forms, and JSON with its hash in the URL.
pub const TWILIO: Scheme<'_> = Scheme::hmac("twilio", Sha1, "x-twilio-signature", Base64)
    .with_title("Twilio")
    .with_message("{url}{form}")
    .with_form(
        Form::new()
            .with_body_hash("bodySHA256")
            .with_either_port()
            .with_values_once(),
    )
    .with_source(Source::Official(
        "twilio/twilio-node, src/webhooks/webhooks.ts",
    ));

pub(super) const ALL: &[Scheme<'_>] = &[BRAINTREE, MANDRILL, PLIVO, TWILIO];
