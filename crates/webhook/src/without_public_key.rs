//! What stands for keys of public-key algorithms in a build without them: nothing can be made.

use crate::mac::{Sink, Tag};
use crate::scheme::Algorithm;
use crate::{ConfigError, ConfigErrorKind};

enum Never {}

// Fields that nobody sees: the compiler then takes the code that uses these for reachable.
pub(crate) struct PublicKey(Never);

pub(crate) struct PrivateKey(Never);

pub(crate) struct Message(Never);

pub(crate) struct Signed(Never);

impl PublicKey {
    pub(crate) fn new(_: Algorithm, _: &[u8]) -> Result<Self, ConfigError> {
        Err(ConfigErrorKind::Unsupported.into())
    }

    pub(crate) fn message(&self) -> Message {
        match self.0 {}
    }

    pub(crate) fn accepts(&self, _: &Signed, _: &[u8]) -> bool {
        match self.0 {}
    }
}

impl PrivateKey {
    pub(crate) fn new(_: Algorithm, _: &[u8]) -> Result<Self, ConfigError> {
        Err(ConfigErrorKind::Unsupported.into())
    }

    pub(crate) fn sign(&self, _: &[u8]) -> Option<Vec<u8>> {
        match self.0 {}
    }
}

impl Sink for Message {
    fn absorb(&mut self, _: &[u8]) {
        match self.0 {}
    }
}

impl Message {
    pub(crate) fn finish(self) -> Signed {
        match self.0 {}
    }
}

impl Signed {
    pub(crate) fn tag(&self) -> Tag {
        match self.0 {}
    }
}
