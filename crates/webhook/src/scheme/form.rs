/// What is signed of a form (`application/x-www-form-urlencoded`): the URL, then the name and the
/// value of every field, sorted by name, with nothing between them.
///
/// # Security
///
/// Nothing tells where a name ends and its value begins, so that `a=bc` and `ab=c` have the same
/// signature. The names that your handler looks for are of the provider's choice, which is what makes
/// that hard to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Form<'a> {
    pub(crate) body_hash: Option<&'a str>,
    pub(crate) has_either_port: bool,
    pub(crate) has_values_once: bool,
}

impl<'a> Form<'a> {
    /// Describes forms whose fields are signed as they are.
    pub const fn new() -> Self {
        Self {
            body_hash: None,
            has_either_port: false,
            has_values_once: false,
        }
    }

    /// Says which parameter of the URL may hold the SHA-256 of a body that is no form, in lower-case
    /// hex. Of such a delivery the URL alone is signed, and the hash must be the body's.
    pub const fn with_body_hash(mut self, parameter: &'a str) -> Self {
        self.body_hash = Some(parameter);
        self
    }

    /// Says that the provider may sign the URL with its port or without it, whichever was given.
    pub const fn with_either_port(mut self) -> Self {
        self.has_either_port = true;
        self
    }

    /// Says that the values of a name are sorted, and that one that is there twice is signed once.
    pub const fn with_values_once(mut self) -> Self {
        self.has_values_once = true;
        self
    }
}

impl Default for Form<'_> {
    fn default() -> Self {
        Self::new()
    }
}
