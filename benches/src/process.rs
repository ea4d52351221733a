//! Programs that the tables start.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

/// The folder of the project.
pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("benches/ is in the project's folder")
}

/// The cargo that runs this program, told nothing of that run, so that it rebuilds nothing.
pub fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
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
        || matches!(name, "CARGO" | "CARGO_TARGET_DIR" | "LD_LIBRARY_PATH")
}

/// A program on one core alone, where there are two and a `taskset`.
pub fn on_core(core: usize, program: impl AsRef<OsStr>) -> Command {
    if !can_pin() {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string()]).arg(program);
    command
}

/// Whether server and client can have a core each.
pub fn can_pin() -> bool {
    std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1) && is_there("taskset")
}

/// Whether a program can be started at all.
pub fn is_there(program: &str) -> bool {
    let mut command = Command::new(program);
    let command = command.arg("--version").stdin(Stdio::null());
    let started = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    started.is_ok()
}

/// Whose time of the processor is asked for.
#[derive(Clone, Copy)]
pub enum Time {
    /// A process itself: all its threads.
    Own,
    /// The programs that it started and that have ended, with those that they started.
    Children,
}

/// Seconds of the processor that a process has taken so far; `self` is this one.
///
/// # Errors
///
/// Says which file could not be read.
pub fn processor(process: &str, whose: Time) -> Result<f64, String> {
    // Hundredths of a second, whatever the kernel's own clock (proc_pid_stat(5)).
    const TICKS: f64 = 100.0;
    let path = format!("/proc/{process}/stat");
    let line = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    // Field 2, in brackets, may have spaces in it: 3 is the first after them. In user code and in
    // the kernel: 14 and 15, of the children 16 and 17.
    let fields = line.rsplit(')').next().unwrap_or_default();
    let before = match whose {
        Time::Own => 11,
        Time::Children => 13,
    };
    let times = fields.split_whitespace().skip(before).take(2);
    let ticks: f64 = times.filter_map(|time| time.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS)
}

/// What a program wrote to standard output.
///
/// # Errors
///
/// Says which program failed, with what it wrote to standard error.
pub fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{name}: {}\n{said}", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
