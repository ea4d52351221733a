//! GitHub that misbehaves, callbacks that lie; and settings that do.

mod e38;
mod e39;
mod e44;
mod flood;
