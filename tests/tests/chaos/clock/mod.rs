//! A clock that jumps.

mod e15;
