//! Whatever threads do to the store in memory at once, they are answered as if they had done it
//! one after the other, in some order that fits when each call began and returned; and what is
//! left is what that order leaves.
//!
//! What decides which order is right is the simple store of `portcullis-testkit`'s example.
//!
//! | variable | default | meaning |
//! | --- | --- | --- |
//! | `PORTCULLIS_SCHEDULES` | 300 | how often a race is run by each way of choosing |

#[cfg(test)]
#[path = "../../../../crates/testkit/examples/own_store/store.rs"]
mod own_store;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod order;
#[cfg(test)]
mod pairs;
#[cfg(test)]
mod race;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod verb;
