//! Contracts through real HTTP: the example server to the letter of its contract, and the numbered
//! lines on sessions and GitHub sign-in where they show in HTTP.

mod support;

mod masker;
