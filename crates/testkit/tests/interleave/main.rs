//! The tools that try orders, drops, lies and wires do what they say.

#[cfg(test)]
mod orders;
#[cfg(test)]
mod wires;
