//! The command as a process.

#[cfg(test)]
mod keys;
#[cfg(test)]
mod schemes;
#[cfg(test)]
mod secrecy;
#[cfg(test)]
mod support;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod verdicts;
