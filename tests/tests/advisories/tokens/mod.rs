//! Timing, the search for tokens, and randomness.

mod support;

mod a39;
mod a40;
mod a48;
mod a49;
mod a50;
mod a51;
mod a52;
