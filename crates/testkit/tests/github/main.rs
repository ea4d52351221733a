//! The stand-in GitHub, driven through real connections by a client of the test's own.

#[cfg(test)]
mod app_tokens;
#[cfg(test)]
mod client;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod page;
#[cfg(test)]
mod rest;
#[cfg(test)]
mod revocation;
#[cfg(test)]
mod running;
