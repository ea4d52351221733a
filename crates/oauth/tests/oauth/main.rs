//! The engine against a scripted GitHub, with a clock that stands still.

#[cfg(test)]
mod support;

#[cfg(test)]
mod callback;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod email;
#[cfg(test)]
mod events;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod membership;
#[cfg(test)]
mod no_panic;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod reqwest_client;
#[cfg(test)]
mod return_corpus;
#[cfg(test)]
mod return_path;
#[cfg(test)]
mod revocation;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod stand_in;
#[cfg(test)]
mod start;
#[cfg(test)]
mod tabs;
#[cfg(test)]
mod user;
#[cfg(test)]
mod vault;
