//! What is particular to the store on SQLite: groups, renewals that wait, faults, the file, and
//! several processes.

mod commits;
mod faults;
mod file;
mod processes;
mod renewals;
mod support;
