//! Cookies.

mod support;

mod a53;
mod a54;
mod a55;
mod a56;
mod a57;
mod a58;
mod a59;
mod a60;
mod a61;
mod a62;
mod a63;
mod a64;
