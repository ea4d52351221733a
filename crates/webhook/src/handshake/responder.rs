use super::ask::Found;
use super::data::{Alphabet, Proof, Reply, When};
use super::proof::{is_same, proof};
use super::shared::Held;
use super::{Answer, Ask, Handshake, HandshakeError, Shared};
use crate::ConfigError;

/// Answers a handshake.
#[derive(Clone, Debug)]
#[must_use]
pub struct Responder {
    handshake: Handshake,
    held: Held,
}

impl Responder {
    /// Answers this handshake by what is shared with its provider.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if that is not what the handshake needs.
    pub fn new(handshake: Handshake, shared: Shared) -> Result<Self, ConfigError> {
        let held = Held::new(&handshake, shared)?;
        Ok(Self { handshake, held })
    }

    /// The handshake.
    pub const fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    /// Answers a request; none if it is no handshake, and may be a delivery.
    ///
    /// # Errors
    ///
    /// [`HandshakeError`] if it is a handshake, and must not be answered.
    pub fn answer(&self, ask: Ask<'_>) -> Option<Result<Answer, HandshakeError>> {
        let handshake = &self.handshake;
        let conditions = handshake.conditions.iter();
        let is_one = ask.is_of(handshake.when)
            && conditions.copied().all(|(place, is)| ask.meets(place, is));
        if !is_one {
            return None;
        }
        let challenge = match handshake.challenge.map(|place| ask.find(place)) {
            Some(Found::Absent) => return None,
            Some(Found::Odd) => return Some(Err(HandshakeError::Challenge)),
            Some(Found::Text(challenge)) => challenge,
            None => "".into(),
        };
        Some(self.reply(&ask, &challenge))
    }

    fn reply(&self, ask: &Ask<'_>, challenge: &str) -> Result<Answer, HandshakeError> {
        self.check_token(ask)?;
        let handshake = &self.handshake;
        if handshake.challenge.is_some() && !handshake.alphabet.has(challenge.as_bytes()) {
            return Err(HandshakeError::Challenge);
        }
        let proof = proof(handshake.proof, &self.held, ask.label(), challenge);
        let proof = proof.ok_or(HandshakeError::Challenge)?;
        Ok(match handshake.reply {
            Reply::Empty(status) => Answer::empty(status),
            Reply::Json(form) => {
                let challenge = challenge.replace('\\', r"\\").replace('"', "\\\"");
                Answer::new("application/json", self.fill(form, &proof, &challenge))
            }
            Reply::Text(form) => Answer::new("text/plain", self.fill(form, &proof, challenge)),
        })
    }

    fn check_token(&self, ask: &Ask<'_>) -> Result<(), HandshakeError> {
        match (self.handshake.token, &self.held) {
            (None, _) => Ok(()),
            (Some(place), Held::Token(ours)) => match ask.find(place) {
                Found::Text(theirs) if is_same(ours.expose(), theirs.as_bytes()) => Ok(()),
                _ => Err(HandshakeError::Token),
            },
            (Some(_), _) => Err(HandshakeError::Token),
        }
    }

    /// The challenge comes last: what it says stands for itself.
    fn fill(&self, form: &str, proof: &str, challenge: &str) -> String {
        let public = match &self.held {
            Held::KeyPair { public, .. } => public,
            _ => "",
        };
        let form = form.replace("{public}", public).replace("{proof}", proof);
        form.replace("{challenge}", challenge)
    }

    /// Whether anybody gets this very text signed by asking for it, under the secret of deliveries.
    ///
    /// # Security
    ///
    /// Where a scheme signs the body alone, such a body is nobody's delivery, however well it is
    /// signed: refuse it. No provider sends one, for it is neither a JSON object nor a form.
    #[must_use]
    pub fn would_sign(&self, text: &[u8]) -> bool {
        let is_mac = match self.handshake.proof {
            Proof::HmacBase64 | Proof::HmacHex | Proof::HmacOfPair => true,
            Proof::Hash | Proof::None => false,
        };
        is_mac && self.handshake.when != When::Verified && Alphabet::Token.has(text)
    }
}
