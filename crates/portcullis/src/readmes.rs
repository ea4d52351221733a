//! Compiles and runs the examples in the READMEs of the project and of its crates.

mod project {
    #![doc = include_str!("../../../README.md")]
}
mod cookie {
    #![doc = include_str!("../../cookie/README.md")]
}
mod core {
    #![doc = include_str!("../../core/README.md")]
}
mod oauth {
    #![doc = include_str!("../../oauth/README.md")]
}
mod session {
    #![doc = include_str!("../../session/README.md")]
}
mod sqlite {
    #![doc = include_str!("../../sqlite/README.md")]
}
mod testkit {
    #![doc = include_str!("../../testkit/README.md")]
}
mod tower {
    #![doc = include_str!("../../tower/README.md")]
}
