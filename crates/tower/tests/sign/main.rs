//! Deliveries through `SignLayer`.

#[cfg(test)]
mod attempts;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod support;
#[cfg(test)]
mod unsigned;
