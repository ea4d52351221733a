//! What the modules share: stores, sessions on them, and a store that tells what it was asked.

pub(crate) mod base64;
mod forward;
mod ground;
mod spy;

pub(crate) use forward::forward;
pub(crate) use ground::{
    COOKIE, Ground, START, grounds, headers, lifecycle, login, record, sign_in, subject, who,
};
pub(crate) use spy::Spy;
