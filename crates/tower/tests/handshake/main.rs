//! Handshakes through `WebhookLayer`.

#[cfg(test)]
mod asana;
#[cfg(test)]
mod open;
#[cfg(test)]
mod signed;
#[cfg(test)]
mod support;
#[cfg(test)]
mod vectors;
