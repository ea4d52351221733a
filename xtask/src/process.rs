//! Programs that the subcommands start.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::failure::Failure;

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The cargo that runs this command, told nothing of the outer run, so that it rebuilds nothing.
pub(crate) fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_left_by_outer_run) {
            command.env_remove(name);
        }
    }
    command
}

fn is_left_by_outer_run(name: &str) -> bool {
    name.starts_with("CARGO_PKG_")
        || name.starts_with("CARGO_MANIFEST_")
        || matches!(
            name,
            "CARGO" | "LD_LIBRARY_PATH" | "DYLD_FALLBACK_LIBRARY_PATH"
        )
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let outcome = command.status();
    judged(command, outcome.map_err(absent(command))?)
}

/// Runs a command to its end; gives what it wrote to its standard output, which is shown if it fails.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let child = command.stdout(Stdio::piped()).spawn();
    let output = child.and_then(Child::wait_with_output);
    let output = output.map_err(absent(command))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let judged = judged(command, output.status);
    if judged.is_err() {
        print!("{said}");
    }
    judged.map(|()| said)
}

fn absent(command: &Command) -> impl FnOnce(io::Error) -> Failure {
    let program = command.get_program().to_string_lossy().into_owned();
    |source| Failure::Absent { program, source }
}

fn judged(command: &Command, status: ExitStatus) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    Err(Failure::Refused {
        command: spelled(command),
        status,
    })
}

/// Whether a command can be run and succeeds; its output is not shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn spelled(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}
