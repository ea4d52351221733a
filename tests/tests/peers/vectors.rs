//! The vectors of our own making, which a script makes with cryptography that others wrote.

use std::process::Command;

use portcullis_tests::workspace;

use crate::webhooks::talk::installed;

/// With `PORTCULLIS_WRITE_VECTORS=1` it writes them first.
#[test]
fn w48_own_vectors_are_what_their_script_makes() {
    let script = workspace().join("tests/vectors/make.py");
    let make = |arguments: &[&str]| {
        let mut python = Command::new(installed(".venv/bin/python"));
        let ran = python.arg("-B").arg(&script).args(arguments).output();
        let ran = ran.expect("Python starts");
        assert!(
            ran.status.success(),
            "{}",
            String::from_utf8_lossy(&ran.stderr)
        );
    };
    if std::env::var_os("PORTCULLIS_WRITE_VECTORS").is_some_and(|value| value == "1") {
        make(&[]);
    }
    make(&["--check"]);
}
