//! What keeps a command from being carried out.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use portcullis_core::RandomError;
use portcullis_webhook::{ConfigError, SignError};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the body is longer than the scheme allows")]
    BodyTooLong,
    #[error("the scheme cannot be used")]
    Config(#[source] ConfigError),
    #[error("line {0} of the headers is not `name: value`")]
    Header(usize),
    #[error("no header can hold the id")]
    Id,
    #[error("there is no secret in the file")]
    NoSecret,
    #[error("no id can be made")]
    Random(#[source] RandomError),
    #[error("{0} cannot be read")]
    Read(PathBuf, #[source] io::Error),
    #[error("there is no scheme of this name; `portcullis webhook schemes` lists them")]
    Scheme,
    #[error("secret {number} cannot be used")]
    Secret {
        number: usize,
        #[source]
        source: ConfigError,
    },
    #[error("the secrets are not UTF-8")]
    SecretText,
    #[error(transparent)]
    Sign(SignError),
    #[error("the scheme signs the url, and --url is missing")]
    Url,
    #[error("the output cannot be written")]
    Write(#[from] io::Error),
}

impl Failure {
    /// Whether the reader of the output has had enough, which is its right.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Write(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The failure and all that it comes from.
    pub(crate) fn text(&self) -> String {
        let (mut text, mut cause) = (self.to_string(), self.source());
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}
