//! What the rules are tried with.

mod browser;
mod events;
mod gate;
mod liar;
mod probe;
mod run;
pub(crate) mod stores;
mod world;

pub(crate) use browser::{
    Answer, Browser, Said, cookies, finish, finish_with, invented, request_with, text_of, who,
};
pub(crate) use liar::{Liar, Lie};
pub(crate) use probe::{Probe, SIDES, Verb, When};
pub(crate) use run::{block_on, polled, together};
pub(crate) use stores::on_every_store;
#[cfg(feature = "cache")]
pub(crate) use stores::on_store;
pub(crate) use world::{
    ABSOLUTE, CART, COUNT, GRACE, HOUR, IDLE, MILLI, MINUTE, START, THEME, WINDOW, World, check,
    digest, every_request, how, login, method, policy, subject,
};
