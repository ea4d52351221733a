//! The two processes in which the peers are, and what is said to them.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use portcullis_tests::workspace;
use serde_json::Value;

/// How long an answer may take before the peer counts as stuck.
const PATIENCE: Duration = Duration::from_secs(150);

/// In what a peer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Node,
    Python,
}

impl Language {
    /// The program and the script.
    fn command(self) -> Command {
        let (program, script) = match self {
            Self::Node => ("node_modules/.bin/node", "webhooks.mjs"),
            Self::Python => (".venv/bin/python", "webhooks.py"),
        };
        let mut command = Command::new(installed(program));
        command.arg(installed(script));
        command
    }
}

/// A file of the peers' folder, which must be there.
pub(crate) fn installed(name: &str) -> PathBuf {
    let path = workspace().join("tests/peers").join(name);
    let shown = path.display();
    assert!(
        path.exists(),
        "{shown} is missing: run `cargo xtask setup`, which installs what these tests need"
    );
    path
}

/// A process that answers questions until it is dropped.
pub(crate) struct Talk {
    child: Child,
    input: ChildStdin,
    answers: Receiver<String>,
}

impl Talk {
    pub(crate) fn start(language: Language) -> Self {
        let mut command = language.command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the peers start");
        let input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let (send, answers) = channel();
        // It reads whether somebody waits or not, so that neither side waits for the other to read.
        std::thread::spawn(move || {
            let lines = output.lines().map_while(Result::ok);
            lines.map_while(|line| send.send(line).ok()).for_each(drop);
        });
        Self {
            child,
            input,
            answers,
        }
    }

    /// Asks one thing after the other; gives the answers in the same order.
    pub(crate) fn ask(&mut self, questions: &[Value]) -> Vec<Value> {
        for question in questions {
            writeln!(self.input, "{question}").expect("the peers listen");
        }
        questions
            .iter()
            .map(|question| self.next(question))
            .collect()
    }

    fn next(&self, question: &Value) -> Value {
        let line = self.answers.recv_timeout(PATIENCE);
        let line = line.unwrap_or_else(|why| panic!("{}: {why}", question["peer"]));
        let answer: Value = serde_json::from_str(&line).expect("an answer is JSON");
        if let Some(failed) = answer["failed"].as_str() {
            panic!("{} of {}: {failed}", question["do"], question["peer"]);
        }
        answer
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
