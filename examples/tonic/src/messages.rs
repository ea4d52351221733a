//! The messages, as `protoc` would make them of
//!
//! ```proto
//! message Nothing {}
//! message Name { string name = 1; }
//! message Visit { uint32 count = 1; }
//! ```

/// Says nothing.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct Nothing {}

/// The name of a user.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Name {
    /// 1 to 255 visible ASCII characters.
    #[prost(string, tag = "1")]
    pub name: String,
}

/// One visit of many.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct Visit {
    /// Which one it is, from 1.
    #[prost(uint32, tag = "1")]
    pub count: u32,
}
