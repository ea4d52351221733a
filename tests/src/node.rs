use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::workspace;

/// How long a script may take before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(150);

/// Runs scripts of `tests/browser` and `tests/peers` with the Node that `cargo xtask setup` installs.
#[derive(Debug)]
pub struct Node {
    command: Command,
}

impl Node {
    /// Prepares a script, named by its path in the folder `tests`; it needs these npm packages.
    #[must_use]
    pub fn script(path: &str, packages: &[&str]) -> Self {
        let modules = workspace().join("tests/peers/node_modules");
        for package in packages {
            demand(&modules.join(package).join("package.json"));
        }
        let node = modules.join(".bin/node");
        demand(&node);
        let mut command = Command::new(node);
        command.arg(workspace().join("tests").join(path));
        command.stdin(Stdio::null());
        Self { command }
    }

    /// Adds an argument.
    #[must_use]
    pub fn with(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Runs it to its end.
    ///
    /// A script that fails, or takes too long, is a failed test that shows what it printed.
    pub fn run(mut self) {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.command.spawn().expect("Node starts");
        let what = format!("{:?}", self.command);
        let Some(output) = ended(child) else {
            panic!("{what} was stuck for {PATIENCE:?}");
        };
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed);
        assert!(
            output.status.success(),
            "{what}: {}\n{printed}",
            output.status
        );
        assert!(
            printed.lines().any(|line| line.starts_with("ok ")),
            "{what} checked nothing"
        );
    }

    /// Starts it and leaves it running; it ends with what is given back.
    #[must_use]
    pub fn serve(mut self) -> Service {
        // It ends when its input does, also when this process ends otherwise than it should.
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped());
        Service(self.command.spawn().expect("Node starts"))
    }
}

/// A script that runs until this is dropped.
#[derive(Debug)]
pub struct Service(Child);

impl Service {
    /// The first line that it prints; empty if it ended without one.
    pub fn line(&mut self) -> String {
        let output = self.0.stdout.take().expect("asked for once");
        let mut line = String::new();
        let read = std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut line);
        read.expect("text");
        line.trim_end().to_owned()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where Chromium is.
#[must_use]
pub fn chromium() -> PathBuf {
    let chosen = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let path = chosen.unwrap_or_else(|| PathBuf::from("/usr/bin/chromium"));
    demand(&path);
    path
}

fn demand(path: &Path) {
    let path = path.display();
    assert!(
        std::fs::metadata(path.to_string()).is_ok(),
        "{path} is missing: run `cargo xtask setup`, which installs what these tests need"
    );
}

/// Waits for the end, but not for ever.
fn ended(child: Child) -> Option<Output> {
    let pid = child.id().to_string();
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || send.send(child.wait_with_output()));
    match receive.recv_timeout(PATIENCE) {
        Ok(output) => Some(output.expect("it can be waited for")),
        Err(_) => {
            let _ = Command::new("kill").args(["-KILL", &pid]).status();
            None
        }
    }
}
