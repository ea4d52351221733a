//! Who the peers are, and in what they differ.

use portcullis_webhook::{Scheme, SecretFormat, schemes};

use super::talk::Language::{self, Node, Python};

/// Somebody else's implementation of a scheme.
#[derive(Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) language: Language,
    pub(crate) name: &'static str,
    pub(crate) scheme: Scheme<'static>,
    /// Whether it signs as well as verifies.
    pub(crate) signs: bool,
    pub(crate) takes: Bodies,
    pub(crate) judges: Age,
}

/// Which bodies a peer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bodies {
    Bytes,
    /// Fields, whose order and encoding are free.
    Forms,
    /// UTF-8, and not nothing.
    SomeText,
    Text,
}

/// Which timestamps a peer refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// None.
    Any,
    /// Those that are old.
    Old,
    /// Those that are old or early.
    Both,
}

use Age::{Any, Both, Old};
use Bodies::{Bytes, Forms, SomeText, Text};

const fn peer(language: Language, name: &'static str, scheme: Scheme<'static>) -> Peer {
    Peer {
        language,
        name,
        scheme,
        signs: true,
        takes: Text,
        judges: Both,
    }
}

impl Peer {
    const fn that_verifies_alone(mut self) -> Self {
        self.signs = false;
        self
    }

    const fn taking(mut self, bodies: Bodies) -> Self {
        self.takes = bodies;
        self
    }

    const fn judging(mut self, age: Age) -> Self {
        self.judges = age;
        self
    }
}

pub(crate) const ALL: [Peer; 14] = [
    peer(Node, "@octokit/webhooks-methods", schemes::GITHUB)
        .taking(SomeText)
        .judging(Any),
    peer(Node, "@shopify/shopify-api", schemes::SHOPIFY)
        .taking(SomeText)
        .judging(Any),
    peer(Node, "@slack/bolt", schemes::SLACK)
        .that_verifies_alone()
        .judging(Old),
    peer(Node, "discord-interactions", schemes::DISCORD)
        .that_verifies_alone()
        .taking(Bytes)
        .judging(Any),
    peer(Node, "openai", schemes::OPENAI).that_verifies_alone(),
    peer(Node, "standardwebhooks", schemes::STANDARD_WEBHOOKS),
    peer(Node, "stripe", schemes::STRIPE)
        .taking(SomeText)
        .judging(Old),
    peer(Node, "svix", schemes::SVIX),
    peer(Node, "twilio", schemes::TWILIO)
        .taking(Forms)
        .judging(Any),
    peer(Python, "pynacl", schemes::DISCORD)
        .taking(Bytes)
        .judging(Any),
    peer(Python, "slack_sdk", schemes::SLACK),
    peer(Python, "standardwebhooks", schemes::STANDARD_WEBHOOKS),
    peer(Python, "stripe", schemes::STRIPE).judging(Old),
    peer(Python, "svix", schemes::SVIX),
];

/// A secret as both sides of a scheme have it.
#[derive(Clone, Copy)]
pub(crate) struct Halves {
    pub(crate) signing: &'static str,
    pub(crate) verifying: &'static str,
}

const fn shared(secret: &'static str) -> Halves {
    Halves {
        signing: secret,
        verifying: secret,
    }
}

impl Peer {
    /// Two secrets that the scheme can have. Those with two halves are of RFC 8032 §7.1.
    pub(crate) const fn secrets(&self) -> [Halves; 2] {
        match self.scheme.secret_format() {
            SecretFormat::Whsec => [
                shared("whsec_Zmlyc3Qgc2VjcmV0IG9mIHBvcnRjdWxsaXMgYW5kIHBlZXJz"),
                shared("whsec_c2Vjb25kIHNlY3JldCBvZiBwb3J0Y3VsbGlzIGFuZCBwZWVycw=="),
            ],
            SecretFormat::Public(_) => [
                Halves {
                    signing: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                    verifying: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                },
                Halves {
                    signing: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                    verifying: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                },
            ],
            _ => [
                shared("whsec_first_secret_of_portcullis_and_peers"),
                shared("whsec_second_secret_of_portcullis_and_peers"),
            ],
        }
    }
}
