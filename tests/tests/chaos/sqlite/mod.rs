//! SQLite: killed processes, full disks, many processes, torn files.

mod disk;
mod e11;
mod e12;
mod e13;
mod e14;
mod e27;
mod e28;
mod place;
mod torn;
mod trace;
mod worker;
