//! Other processes: this test binary once more, with one test, which does a part of an experiment.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use super::{e11, e12, e13, e14};

const PART: &str = "PORTCULLIS_CHAOS_PART";
const FILE: &str = "PORTCULLIS_CHAOS_FILE";
const FIRST: &str = "PORTCULLIS_CHAOS_FIRST";

/// Another process, killed when it is dropped.
pub(super) struct Worker {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts a part of an experiment on a file, with a number of its own.
    pub(super) fn start(part: &str, file: &Path, first: u64) -> Self {
        Self::under(&[], part, file, first).expect("this program can be started")
    }

    /// The same, started by another program; `None` if there is no such program.
    pub(super) fn under(program: &[&str], part: &str, file: &Path, first: u64) -> Option<Self> {
        let own = env::current_exe().expect("this program");
        let mut command = match program.split_first() {
            None => Command::new(own),
            Some((program, arguments)) => {
                let mut command = Command::new(program);
                command.args(arguments).arg(own);
                command
            }
        };
        command.args(["--exact", "sqlite::worker::a_worker_does_its_part"]);
        command.arg("--nocapture");
        command.env(PART, part).env(FILE, file);
        command.env(FIRST, first.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().ok()?;
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        Some(Self { child, output })
    }

    /// What it said next; `None` once it has ended.
    pub(super) fn next(&mut self) -> Option<String> {
        let mut line = String::new();
        loop {
            line.clear();
            if self.output.read_line(&mut line).expect("text") == 0 {
                return None;
            }
            if let Some(said) = line.strip_prefix("= ").and_then(|it| it.strip_suffix('\n')) {
                return Some(said.to_owned());
            }
        }
    }

    /// SIGKILL.
    pub(super) fn kill(&mut self) {
        self.child.kill().expect("it was not waited for");
    }

    /// Waits for its end, and gives what it said until then.
    pub(super) fn end(mut self) -> (ExitStatus, Vec<String>) {
        let said = std::iter::from_fn(|| self.next()).collect();
        (self.child.wait().expect("it can be waited for"), said)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says something to the process that started this one: in the pipe when this returns.
pub(super) fn say(what: &str) {
    let line = format!("= {what}\n");
    if std::io::stdout().lock().write_all(line.as_bytes()).is_err() {
        // Nobody listens any more, so nothing is left to do.
        std::process::exit(1);
    }
}

pub(super) fn runtime() -> tokio::runtime::Runtime {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().expect("a runtime")
}

/// Does nothing unless an experiment started it.
#[test]
fn a_worker_does_its_part() {
    let Ok(part) = env::var(PART) else { return };
    let file = PathBuf::from(env::var_os(FILE).expect("a file"));
    let first = env::var(FIRST).expect("a number").parse();
    let first = first.expect("a number");
    // What the harness may have begun to print is a line of its own.
    println!();
    match part.as_str() {
        "e11" => e11::part(&file, first),
        "e12" => e12::part(&file, first),
        "e13" => e13::part(&file, first),
        "e14" => e14::part(&file, first),
        other => panic!("no such part: {other}"),
    }
}
