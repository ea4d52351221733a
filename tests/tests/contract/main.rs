//! Contracts through real HTTP: the example server to the letter of its contract, and the numbered
//! lines on sessions and GitHub sign-in where they show in HTTP.

#[cfg(test)]
mod support;

#[cfg(test)]
mod contox;
#[cfg(test)]
mod masker;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod sessions;
