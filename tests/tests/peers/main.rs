//! Software by others: in front of the example server and behind it, and as senders and receivers
//! of webhooks.

#[cfg(test)]
mod github;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod webhooks;
