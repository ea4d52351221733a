//! Why a subcommand stopped.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// The reason for which a subcommand ends with status 1.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A program could not be started.
    Absent { program: String, source: io::Error },
    /// A program ran and said no.
    Refused { command: String, status: ExitStatus },
    /// A file could not be read or written.
    File { path: PathBuf, source: io::Error },
    /// A check found this many faults, already printed.
    Found(usize),
    /// Something that only a person can install.
    ByHand(&'static str),
    /// The command line makes no sense.
    Usage(&'static str),
}

impl Failure {
    /// Turns an I/O error into one that names its file.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent { program, source } => write!(out, "cannot run {program}: {source}"),
            Self::Refused { command, status } => write!(out, "`{command}` failed: {status}"),
            Self::File { path, source } => write!(out, "{}: {source}", path.display()),
            Self::Found(1) => out.write_str("1 fault"),
            Self::Found(count) => write!(out, "{count} faults"),
            Self::ByHand(advice) => out.write_str(advice),
            Self::Usage(usage) => write!(out, "usage:\n{usage}"),
        }
    }
}

/// Prints faults one a line and turns them into a result.
pub(crate) fn report(faults: &[String]) -> Result<(), Failure> {
    for fault in faults {
        eprintln!("{fault}");
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Failure::Found(faults.len()))
    }
}
