//! What the layers do to requests and responses, one module a behaviour.

#[cfg(test)]
mod bodies;
#[cfg(test)]
mod cancellation;
#[cfg(test)]
mod cost;
#[cfg(test)]
mod duplicates;
#[cfg(test)]
mod faces;
#[cfg(test)]
mod guards;
#[cfg(test)]
mod head;
#[cfg(test)]
mod ill_store;
#[cfg(test)]
mod jar;
#[cfg(test)]
mod kinds_of_body;
#[cfg(test)]
mod origin;
#[cfg(test)]
mod races;
#[cfg(test)]
mod readiness;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod request_ids;
#[cfg(test)]
mod security_headers;
#[cfg(test)]
mod stack;
#[cfg(test)]
mod support;
#[cfg(test)]
mod wiring;
