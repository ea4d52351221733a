//! Contox's contract, line by line.

mod answers;
mod bodies;
mod fresh;
mod ingest;
mod logs;
mod program;
mod projects;
mod secrets;
mod sign_in;
mod support;
