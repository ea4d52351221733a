/// What is signed of a form (`application/x-www-form-urlencoded`), in the place of `{form}`: the name
/// and the value of every field, sorted by name, with nothing between them; or, of a form that has the
/// signature [in it](Self::signed), one field.
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
    pub(crate) has_sorted_url: bool,
    pub(crate) signed: Option<(&'a str, &'a str)>,
}

impl<'a> Form<'a> {
    /// Describes forms whose fields are signed as they are.
    pub const fn new() -> Self {
        Self {
            body_hash: None,
            has_either_port: false,
            has_values_once: false,
            has_sorted_url: false,
            signed: None,
        }
    }

    /// Describes forms that have signatures in one field, as `public key|signature` with a `&` between
    /// them, of what is in another one: base64 that ends its last line. [`Scheme::with_form`]
    /// then says that there is no header.
    ///
    /// The public key is the label of the secret that signs. A verifier tries all its secrets.
    ///
    /// # Security
    ///
    /// Other fields that the form may have are not signed.
    ///
    /// [`Scheme::with_form`]: crate::Scheme::with_form
    pub const fn signed(signature: &'a str, payload: &'a str) -> Self {
        let mut form = Self::new();
        form.signed = Some((signature, payload));
        form
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

    /// Says that the URL stands before the fields: without its query, then, if there are parameters or
    /// fields, a `?` and the parameters as `name=value`, sorted, a `&` between them; and a full stop
    /// between parameters and fields. The values of a name are sorted as well.
    pub const fn with_sorted_url(mut self) -> Self {
        self.has_sorted_url = true;
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
