//! Deliveries through the public interface.

#[cfg(test)]
mod forgeries;
#[cfg(test)]
mod schemes;
#[cfg(test)]
mod support;
#[cfg(test)]
mod vectors;
