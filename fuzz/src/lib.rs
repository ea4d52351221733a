//! What must hold of whatever portcullis reads from outside, whoever wrote it.
//!
//! Each module has one `check`, which panics if the rule in its first line is broken; the targets
//! of the fuzzer do nothing but call it.

pub mod callback_query;
pub mod cookie_reader;
pub mod delivery;
pub mod return_path;
pub mod sealed_cookie;
pub mod stored_record;
pub mod token;
pub mod token_response;
pub mod user;

mod json;
mod provider;
