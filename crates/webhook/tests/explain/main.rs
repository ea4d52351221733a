//! What is likely wrong with a delivery, told from the delivery.
#![cfg(feature = "explain")]

#[cfg(test)]
mod bodies;
#[cfg(test)]
mod heads;
#[cfg(all(test, feature = "public-key"))]
mod public_keys;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod support;
#[cfg(test)]
#[cfg(feature = "json")]
mod texts;
#[cfg(test)]
mod times;
