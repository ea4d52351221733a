#![cfg_attr(docsrs, feature(doc_cfg))]
// The example of the README needs axum: without that feature it is shown and not run.
#![cfg_attr(any(not(doctest), feature = "axum"), doc = include_str!("../README.md"))]

#[cfg(all(doctest, feature = "axum", feature = "oauth", feature = "sqlite"))]
mod readmes;

#[doc(inline)]
pub use portcullis_cookie as cookie;
#[doc(inline)]
pub use portcullis_core as core;
#[cfg(feature = "oauth")]
#[cfg_attr(docsrs, doc(cfg(feature = "oauth")))]
#[doc(inline)]
pub use portcullis_oauth as oauth;
#[doc(inline)]
pub use portcullis_session as session;
#[cfg(feature = "sqlite")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqlite")))]
#[doc(inline)]
pub use portcullis_sqlite as sqlite;
#[doc(inline)]
pub use portcullis_tower as tower;
#[cfg(feature = "webhook")]
#[cfg_attr(docsrs, doc(cfg(feature = "webhook")))]
#[doc(inline)]
pub use portcullis_webhook as webhook;
