//! A process was forked, or a machine resumed twice from one snapshot, and both halves went on with
//! the same state of a generator.
//!
//! Here: two processes of this very program make 100,000 tokens each; no token comes twice.
//! `fork` by itself would need unsafe code; what it would copy, the state of a generator in the
//! process, is what there must be none of: the twin has one.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use portcullis_core::{Digest, Random, Token};

const TOKENS: usize = 100_000;

/// Names the file into which a child writes.
const FILE: &str = "PORTCULLIS_A52_FILE";

/// Says how many tokens a child makes.
const COUNT: &str = "PORTCULLIS_A52_COUNT";

/// Says of which kind they are.
const KIND: &str = "PORTCULLIS_A52_KIND";

const OURS: &str = "ours";
const COPIED: &str = "copied";

fn of(random: &Random) -> String {
    let token = Token::generate(random).expect("random bytes");
    token.encode().expose_secret().to_owned()
}

/// What a child does; without a parent that says where to, nothing.
#[test]
fn child_makes_tokens() {
    let Some(file) = std::env::var_os(FILE) else {
        return;
    };
    let is_copied = std::env::var(KIND).is_ok_and(|kind| kind == COPIED);
    let random = if is_copied {
        with_a_fault::copied()
    } else {
        Random::system()
    };
    let count = std::env::var(COUNT).expect("the parent says how many");
    let count: usize = count.parse().expect("a number");
    let tokens: Vec<String> = (0..count).map(|_| of(&random)).collect();
    fs::write(file, tokens.join("\n")).expect("the file is written");
}

/// This very program, also where somebody has built it anew since it started.
fn program() -> PathBuf {
    let running = Path::new("/proc/self/exe");
    if running.exists() {
        return running.to_owned();
    }
    std::env::current_exe().expect("this program")
}

fn child(kind: &str, count: usize, file: &Path) -> Child {
    let test = format!("{}::child_makes_tokens", module());
    let mut command = Command::new(program());
    command.args(["--exact", &test, "--test-threads", "1"]);
    command.env(FILE, file).env(KIND, kind);
    command.env(COUNT, count.to_string());
    let started = command.stdout(Stdio::null()).spawn();
    started.expect("this program starts")
}

/// The path of this module within the program.
fn module() -> &'static str {
    let (_, path) = module_path!().split_once("::").expect("a module");
    path
}

fn check(kind: &str, count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let files = ["one", "two"].map(|name| folder.path().join(name));
    let children = [0, 1].map(|at| child(kind, count, &files[at]));
    for mut child in children {
        assert!(child.wait().expect("it ends").success());
    }
    let texts = files.map(|file| fs::read_to_string(file).expect("the child wrote it"));
    let mut all = HashSet::new();
    for text in &texts {
        assert_eq!(text.lines().count(), count);
        for token in text.lines() {
            assert!(all.insert(token), "two processes made the same token");
        }
    }
}

#[test]
fn a52_two_processes_never_make_the_same_token() {
    check(OURS, TOKENS);
}

mod with_a_fault {
    use std::sync::Mutex;

    use portcullis_tests::Twin;

    use super::*;

    /// A generator that hashes its state on, and whose state the child has from its parent.
    pub(super) fn copied() -> Random {
        let state = Mutex::new(Digest::of(b"the state at the fork"));
        Random::test(move |bytes| {
            let mut state = state.lock().unwrap();
            *state = Digest::of(state.as_bytes());
            bytes.copy_from_slice(&state.as_bytes()[..bytes.len()]);
            Ok(())
        })
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn StateIsCopied() {
        let test = "a52_two_processes_never_make_the_same_token";
        let says = "two processes made the same token";
        Twin::new("a52 StateIsCopied", test, says).is_caught(|| check(COPIED, 100));
    }
}
