//! Deliveries through the public interface.

#[cfg(test)]
#[cfg(feature = "explain")]
mod explained;
#[cfg(test)]
mod forgeries;
#[cfg(test)]
mod freshness;
#[cfg(test)]
mod headers;
#[cfg(test)]
#[cfg(feature = "json")]
mod json;
#[cfg(test)]
#[cfg(feature = "public-key")]
mod keys;
#[cfg(test)]
mod listed;
#[cfg(test)]
#[cfg(feature = "message-signatures")]
mod messages;
#[cfg(test)]
#[cfg(all(feature = "message-signatures", feature = "public-key"))]
mod messages_keygen;
#[cfg(test)]
#[cfg(feature = "message-signatures")]
mod messages_properties;
#[cfg(test)]
#[cfg(feature = "message-signatures")]
mod messages_published;
#[cfg(test)]
mod own_vectors;
#[cfg(test)]
#[cfg(feature = "form")]
mod payloads;
#[cfg(test)]
#[cfg(feature = "public-key")]
mod public_keys;
#[cfg(test)]
mod receipts;
#[cfg(test)]
mod schemes;
#[cfg(test)]
mod segments;
#[cfg(test)]
mod streaming;
#[cfg(test)]
mod support;
#[cfg(test)]
#[cfg(feature = "token")]
mod tokens;
#[cfg(test)]
mod vectors;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod wiped;
#[cfg(test)]
mod wycheproof;
