//! A wrong answer to the wrong caller, shared state, what is dropped half way.

pub(crate) mod support;

mod a31;
mod a32;
mod a33;
mod a34;
mod a36;
