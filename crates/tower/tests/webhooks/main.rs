//! Deliveries through `WebhookLayer`.

#[cfg(test)]
mod bodies;
#[cfg(test)]
mod handlers;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod support;
