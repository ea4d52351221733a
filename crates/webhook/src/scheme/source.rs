/// Where a scheme is described, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source<'a> {
    /// The provider's own documentation, or its own software.
    Official(&'a str),
    /// Your own service.
    Own,
    /// The working software of somebody else, and nothing of the provider's: try it before you
    /// rely on it.
    SecondHand(&'a str),
}
