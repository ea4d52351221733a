//! How software of this kind was broken, and that this software is not.
//!
//! A test's number is the row of the list of known breaks, or with another letter a line of another
//! list (`docs/BEHAVIOURS.md` has them all). Each row has a broken twin in a module `with_a_fault`:
//! a tiny implementation with the fault that somebody once had, which the same check must find.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod cookies;
#[cfg(test)]
mod flows;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod webhooks;
