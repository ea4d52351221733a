//! Cookies that are many, long, doubled or odd.

mod e18;
mod e19;
