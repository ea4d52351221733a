use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

const ROLE: &str = "PORTCULLIS_CHAOS_WORKER";

/// One test of this binary in a process of its own, so that its memory can be measured.
///
/// It is killed when this is dropped.
pub(crate) struct Worker {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Worker {
    /// Runs the test of this path with a role to play.
    pub(crate) fn start(test: &str, role: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("a path"));
        command
            .args([test, "--exact", "--nocapture"])
            .env(ROLE, role);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("this very binary runs");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { child, output }
    }

    /// The role of this process, if it is a worker.
    pub(crate) fn role() -> Option<String> {
        std::env::var(ROLE).ok()
    }

    /// What a worker says, for [`Self::hear`].
    pub(crate) fn say(word: &str, text: &str) {
        println!("\n{word}={text}");
    }

    /// Waits in a worker until it is let go.
    pub(crate) fn wait() {
        // It ends when whoever started it does.
        let _ = std::io::stdin().read(&mut [0]);
    }

    /// Waits for what the worker says under this word.
    pub(crate) fn hear(&mut self, word: &str) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            let length = self.output.read_line(&mut line).expect("text");
            assert!(length > 0, "the worker ended and said nothing of {word}");
            if let Some(text) = line.strip_prefix(&format!("{word}=")) {
                return text.trim_end().to_owned();
            }
        }
    }

    /// The most memory that the worker had at once, in KiB; 0 where that cannot be told.
    pub(crate) fn peak(&self) -> u64 {
        status(&self.child.id().to_string(), "VmHWM:")
    }

    /// The memory of this process, in KiB; 0 where that cannot be told.
    pub(crate) fn own_memory() -> u64 {
        status("self", "VmRSS:")
    }
}

fn status(process: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
