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

/// Runs the benchmarks whose names contain `name`, or all.
pub(crate) fn bench(name: Option<&str>) -> Result<(), Failure> {
    let mut command = cargo();
    command.args(["bench", "--package", "portcullis-benches"]);
    if let Some(name) = name {
        command.args(["--", name]);
    }
    run(&mut command)
}
