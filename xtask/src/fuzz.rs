//! `fuzz`: builds every target of `fuzz/`, then runs each for some seconds.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use crate::failure::{Failure, report};
use crate::files::sources;
use crate::process::{cargo, root, run};
use crate::setup;

/// How long each target runs if nothing else is said.
const SECONDS: u32 = 30;

/// How many targets run at the same time.
const AT_ONCE: usize = 2;

/// Where the targets are built, and where inputs that reach new code are kept from run to run.
const BUILT: &str = "target/fuzz";
const USAGE: &str = "cargo xtask fuzz [seconds]     for each target, 1 or more; 30 if not given";

/// Runs all targets, also after one that crashed; fails if one did.
pub(crate) fn all(seconds: Option<&str>) -> Result<(), Failure> {
    let seconds = seconds_of(seconds)?;
    setup::for_fuzzing()?;
    run(&mut fuzz("build"))?;
    let mut crashed = Vec::new();
    for pair in targets()?.chunks(AT_ONCE) {
        println!("fuzz: {}, {seconds} s", pair.join(" and "));
        crashed.extend(faults(pair, seconds)?);
    }
    report(&crashed)
}

/// Runs targets at once; gives the faults they found.
fn faults(targets: &[String], seconds: u32) -> Result<Vec<String>, Failure> {
    let mut runs = Vec::new();
    for target in targets {
        runs.push((target, running(target, seconds)?));
    }
    let outcomes = thread::scope(|scope| {
        let started: Vec<_> = runs
            .iter_mut()
            .map(|(target, command)| (target, scope.spawn(|| run(command))))
            .collect();
        started
            .into_iter()
            .map(|(target, thread)| (target, thread.join()))
            .collect::<Vec<_>>()
    });
    let failed = outcomes.into_iter().filter_map(|(target, outcome)| {
        let failure = outcome.map_or_else(
            |_| Some("panicked".to_owned()),
            |run| run.err().map(|failure| failure.to_string()),
        )?;
        Some(format!("fuzz: {target}: {failure}"))
    });
    Ok(failed.collect())
}

fn seconds_of(argument: Option<&str>) -> Result<u32, Failure> {
    let seconds = argument.map_or(Ok(SECONDS), str::parse);
    let positive = seconds.ok().filter(|seconds| *seconds > 0);
    positive.ok_or(Failure::Usage(USAGE))
}

/// The targets, in the order of their names.
fn targets() -> Result<Vec<String>, Failure> {
    let files = sources(&["fuzz/fuzz_targets"], &["rs"])?;
    let stems = files.iter().map(|file| Path::new(&file.path).file_stem());
    Ok(stems
        .flatten()
        .map(|stem| stem.to_string_lossy().into_owned())
        .collect())
}

/// Without a sanitizer a stable compiler will do; no unsafe code of ours is there to be watched.
fn fuzz(subcommand: &str) -> Command {
    let mut command = cargo();
    command.args([
        "fuzz",
        subcommand,
        "--sanitizer",
        "none",
        "--target-dir",
        BUILT,
    ]);
    command
}

/// One run: what it learns goes to the first folder, the corpus of the repository is only read.
fn running(target: &str, seconds: u32) -> Result<Command, Failure> {
    let learnt = root().join(BUILT).join("corpus").join(target);
    fs::create_dir_all(&learnt).map_err(Failure::file(&learnt))?;
    let mut command = fuzz("run");
    command.arg(target).arg(learnt);
    command.arg(root().join("fuzz/corpus").join(target));
    command.arg("--").arg(format!("-max_total_time={seconds}"));
    command.args(["-timeout=10", "-print_final_stats=1", "-verbosity=0"]);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_a_positive_number() {
        assert_eq!(seconds_of(None).ok(), Some(SECONDS));
        assert_eq!(seconds_of(Some("5")).ok(), Some(5));
        for bad in ["", "0", "-1", "5s"] {
            assert!(seconds_of(Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn each_target_has_a_seed() {
        let targets = targets().unwrap_or_default();
        assert!(targets.len() >= 8, "{targets:?}");
        for target in targets {
            let corpus = root().join("fuzz/corpus").join(&target);
            let seeds = fs::read_dir(corpus).map_or(0, Iterator::count);
            assert!(seeds > 0, "{target}");
        }
    }
}
