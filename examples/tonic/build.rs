//! Generates the client and the server of the service.
//!
//! Described here in Rust so that no `protoc` is needed; with a `.proto` file, let
//! `tonic-prost-build` do it. The layers do not care.

use tonic_build::manual::{Builder, Method, Service};

fn main() {
    let visits = Service::builder()
        .package("example")
        .name("Visits")
        .method(method("count", "Count", "Nothing", "Visit"))
        .method(method("log_in", "LogIn", "Name", "Nothing"))
        .method(method("log_out", "LogOut", "Nothing", "Nothing"));
    let account = Service::builder()
        .package("example")
        .name("Account")
        .method(method("who_am_i", "WhoAmI", "Nothing", "Name"));
    Builder::new().compile(&[visits.build(), account.build()]);
}

fn method(name: &str, route: &str, request: &str, response: &str) -> Method {
    Method::builder()
        .name(name)
        .route_name(route)
        .input_type(format!("crate::{request}"))
        .output_type(format!("crate::{response}"))
        .codec_path("tonic_prost::ProstCodec")
        .build()
}
