//! `test` and `bench`: thin doors to cargo.

use crate::failure::Failure;
use crate::process::{cargo, run};
use crate::setup;

/// Sets up what the tests lack, then runs all of them, doctests included.
pub(crate) fn test(arguments: &[&str]) -> Result<(), Failure> {
    setup::for_tests()?;
    run(cargo()
        .args(["test", "--workspace", "--all-features"])
        .args(arguments))
}

/// Runs the benchmarks, or one group or table of them.
///
/// They are a workspace of their own, since their peers clash with our versions.
pub(crate) fn bench(name: Option<&str>) -> Result<(), Failure> {
    let mut command = cargo();
    command.args(["run", "--release", "--manifest-path", "benches/Cargo.toml"]);
    command.args(["--target-dir", "target/benches", "--"]);
    command.args(name);
    run(&mut command)
}
