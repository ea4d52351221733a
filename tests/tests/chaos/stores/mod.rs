//! Stores that return garbage, fail or belong to others.

mod e29;
mod e30;
mod e31;
mod e32;
mod e34;
mod e35;
