//! The lifecycle of sessions, line by line of the specification, on every store.

#[cfg(test)]
mod answer;
#[cfg(test)]
#[cfg(feature = "cache")]
mod cached;
#[cfg(test)]
mod cancel;
#[cfg(test)]
mod duplicates;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod lies;
#[cfg(test)]
mod lifetime;
#[cfg(test)]
mod login;
#[cfg(test)]
mod logout;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod revocation;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod support;
#[cfg(test)]
mod writes;
