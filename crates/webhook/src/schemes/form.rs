//! Schemes that sign the fields of a form.

use super::{Base64, Sha1};
use crate::{Form, Scheme, Source};

/// Mandrill.
pub const MANDRILL: Scheme<'_> = Scheme::hmac("mandrill", Sha1, "x-mandrill-signature", Base64)
    .with_title("Mandrill")
    .with_message("{url}{form}")
    .with_form(Form::new())
    .with_source(Source::SecondHand("webhook-co/webhook, config.ts"));

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

pub(super) const ALL: &[Scheme<'_>] = &[MANDRILL, TWILIO];
