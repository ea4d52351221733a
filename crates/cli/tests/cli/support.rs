//! A folder with files, in which the command runs.

use std::fs;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

pub(crate) const BODY: &[u8] = b"{\"event\":\"paid\",\"sum\":12}";
pub(crate) const URL: &str = "https://hooks.example.com/in?x=1";
pub(crate) const SECRET: &str = "a secret that nobody may ever see";

pub(crate) struct Folder(TempDir);

/// How a command ended, and what it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    fn new(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn is(&self, status: i32, out: &str) {
        assert_eq!(
            (self.status, self.out.as_str()),
            (status, out),
            "{}",
            self.err
        );
        assert_eq!(self.err, "");
    }
}

impl Folder {
    /// A folder with a secret and a body in it.
    pub(crate) fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("secret", format!("{SECRET}\n"));
        folder.write("body", BODY);
        folder
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.0.path().join(name), bytes).unwrap();
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command.current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    /// Runs the command with these words.
    pub(crate) fn run(&self, line: &str) -> Said {
        let mut command = self.command();
        Said::new(command.args(line.split_whitespace()).output().unwrap())
    }

    /// Signs the body and keeps the headers.
    pub(crate) fn sign(&self, scheme: &str, rest: &str) -> Said {
        let said = self.run(&format!(
            "webhook sign --scheme {scheme} --secret-file secret --body-file body {rest}"
        ));
        self.write("headers", &said.out);
        said
    }

    pub(crate) fn verify(&self, scheme: &str, rest: &str) -> Said {
        self.run(&format!(
            "webhook verify --scheme {scheme} --secret-file secret --headers-file headers \
             --body-file body {rest}"
        ))
    }
}
