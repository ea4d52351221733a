use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

/// The example server as a process of its own, killed when it is dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    output: BufReader<ChildStdout>,
    errors: Option<JoinHandle<String>>,
}

/// The workspace's folder.
#[must_use]
pub fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the workspace").to_owned()
}

impl Program {
    /// Starts the program at `path` with these variables and no others of its own, on a free port
    /// and in memory unless they say otherwise.
    #[must_use]
    pub fn start(path: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(path);
        for name in ["PUBLIC_URL", "MASKER_ADMIN_IDS", "RUST_LOG", "REDIS_URL"] {
            command.env_remove(name);
        }
        command.env("LISTEN", "127.0.0.1:0");
        command.env("DATABASE_URL", "memory:");
        command.envs(variables.iter().copied());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the server was built");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let errors = child.stderr.take().expect("it is piped");
        Self {
            child,
            output,
            errors: Some(std::thread::spawn(|| whole(errors))),
        }
    }

    /// The next line of standard output; empty at its end.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("text");
        line.trim_end().to_owned()
    }

    /// Reads the first line; gives the address that it names.
    pub fn address(&mut self) -> String {
        let line = self.line();
        let address = line.strip_prefix("listening on http://");
        address.unwrap_or_else(|| panic!("{line}")).to_owned()
    }

    /// Asks it to stop, as a service manager does.
    pub fn terminate(&self) {
        let pid = self.child.id().to_string();
        let kill = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(kill.expect("there is a kill").success());
    }

    /// Waits for its end; gives its status, the rest of standard output, and standard error.
    #[must_use]
    pub fn end(mut self) -> (ExitStatus, String, String) {
        let status = self.child.wait().expect("it can be waited for");
        let mut output = String::new();
        self.output.read_to_string(&mut output).expect("text");
        let errors = self.errors.take().expect("it is read once").join();
        (status, output, errors.expect("text"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn whole(mut errors: ChildStderr) -> String {
    let mut text = String::new();
    errors.read_to_string(&mut text).expect("text");
    text
}
