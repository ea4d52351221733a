//! What a dependency on portcullis costs whoever builds: crates and seconds, beside tower-sessions.
//!
//! Three small servers are written below `target/`: axum alone, with portcullis, with
//! tower-sessions. All take their versions from the lock file of the benchmarks.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use crate::process::{Time, cargo, output, processor, root};
use crate::suite::{median, short};

/// Crates added at most.
const CRATES: usize = 20;

/// Seconds added at most, as a share of what tower-sessions adds.
const SHARE: f64 = 0.5;

struct Project {
    name: &'static str,
    dependencies: &'static str,
    main: &'static str,
}

const BARE: Project = Project {
    name: "axum",
    dependencies: "",
    main: "use axum::{Router, routing::get};

async fn hello() -> &'static str {
    \"hello\"
}

fn layered(router: Router) -> Router {
    router.route(\"/\", get(hello))
}
",
};

const OURS: Project = Project {
    name: "portcullis",
    dependencies: "portcullis = { path = \"../../../crates/portcullis\", features = [\"axum\"] }\n",
    main: "use axum::{Router, routing::get};
use portcullis::cookie::CookiePolicy;
use portcullis::session::{Key, Lifecycle, MemoryStore, SessionPolicy};
use portcullis::tower::{Authenticated, CurrentSession, SessionsLayer};

const LOGIN: Key<String> = Key::new(\"login\");

async fn hello(_: Authenticated, session: CurrentSession) -> String {
    session.value(LOGIN).await.ok().flatten().unwrap_or_default()
}

fn layered(router: Router) -> Router {
    let policy = SessionPolicy::new(CookiePolicy::new(\"id\").build().unwrap());
    let lifecycle = Lifecycle::new(MemoryStore::new(), policy);
    router.route(\"/\", get(hello)).layer(SessionsLayer::new(lifecycle))
}
",
};

const THEIRS: Project = Project {
    name: "tower-sessions",
    dependencies: "tower-sessions = \"0.15.0\"\n",
    main: "use axum::{Router, routing::get};
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

async fn hello(session: Session) -> String {
    session.get::<String>(\"login\").await.ok().flatten().unwrap_or_default()
}

fn layered(router: Router) -> Router {
    router.route(\"/\", get(hello)).layer(SessionManagerLayer::new(MemoryStore::default()))
}
",
};

const MANIFEST: &str = "[workspace]

[package]
name = \"server\"
version = \"0.0.0\"
edition = \"2024\"
publish = false

[dependencies]
axum = \"0.8.9\"
tokio = { version = \"1.54\", features = [\"macros\", \"net\", \"rt-multi-thread\"] }
";

const MAIN: &str = "
#[tokio::main]
async fn main() {
    let listener = tokio::net::TcpListener::bind(\"127.0.0.1:0\").await.unwrap();
    axum::serve(listener, layered(Router::new())).await.unwrap();
}
";

/// # Errors
///
/// Says which program failed.
pub fn run() -> Result<(), String> {
    let projects = [BARE, OURS, THEIRS];
    for project in &projects {
        project
            .write()
            .map_err(|error| format!("{}: {error}", project.name))?;
    }
    crates(&projects)?;
    seconds(&projects, "dev")?;
    if std::env::var_os("PORTCULLIS_BENCH_HUGE").is_some() {
        seconds(&projects, "release")?;
    }
    Ok(())
}

fn crates([bare, ours, theirs]: &[Project; 3]) -> Result<(), String> {
    let bare = bare.crates()?;
    println!("\n## What it costs to build: crates\n");
    println!(
        "{} in axum with tokio alone: normal edges, this target, each once.\n",
        bare.len()
    );
    println!("| added to axum | crates | target | which |");
    println!("| --- | ---: | ---: | --- |");
    for (project, target) in [(ours, CRATES.to_string()), (theirs, String::new())] {
        let all = project.crates()?;
        let added: Vec<&str> = all.difference(&bare).map(String::as_str).collect();
        let list = added.join(", ");
        println!("| {} | {} | {target} | {list} |", project.name, added.len());
    }
    Ok(())
}

/// What one build took.
#[derive(Clone, Copy)]
struct Took {
    seconds: f64,
    /// Seconds of the processor, over both cores.
    processor: f64,
}

fn seconds(projects: &[Project; 3], profile: &str) -> Result<(), String> {
    let rounds = if short() { 1 } else { 3 };
    let mut taken = [const { Vec::new() }; 3];
    for round in 0..rounds {
        for turn in 0..projects.len() {
            let which = (turn + round) % projects.len();
            taken[which].push(projects[which].build(profile)?);
        }
    }
    println!("\n## What it costs to build: a clean `cargo build --profile {profile}`\n");
    println!("| program | s | all | s added | processor, s added |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    let [bare, ours, theirs] = &taken;
    for (project, taken) in projects.iter().zip(&taken) {
        let seconds: Vec<f64> = taken.iter().map(|took| took.seconds).collect();
        let all: Vec<String> = seconds.iter().map(|s| format!("{s:.1}")).collect();
        println!(
            "| {} | {:.1} | {} | {:.1} | {:.1} |",
            project.name,
            median(seconds),
            all.join(", "),
            median(added(taken, bare, |took| took.seconds)),
            median(added(taken, bare, |took| took.processor)),
        );
    }
    let share = |of: fn(&Took) -> f64| {
        let pairs = added(ours, bare, of)
            .into_iter()
            .zip(added(theirs, bare, of));
        median(pairs.map(|(ours, theirs)| ours / theirs).collect())
    };
    println!("\nMedians of {rounds} rounds. portcullis adds, of what tower-sessions adds:");
    println!(
        "{:.2} of the seconds; target {SHARE}.",
        share(|took| took.seconds)
    );
    println!(
        "{:.2} of the processor's time, which other programs disturb less.",
        share(|took| took.processor)
    );
    Ok(())
}

/// What a program takes above axum alone, round by round.
fn added(taken: &[Took], bare: &[Took], of: impl Fn(&Took) -> f64) -> Vec<f64> {
    taken
        .iter()
        .zip(bare)
        .map(|(all, bare)| of(all) - of(bare))
        .collect()
}

impl Project {
    fn folder(&self) -> PathBuf {
        root().join("target/build-cost").join(self.name)
    }

    fn write(&self) -> std::io::Result<()> {
        let folder = self.folder();
        fs::create_dir_all(folder.join("src"))?;
        fs::write(
            folder.join("Cargo.toml"),
            format!("{MANIFEST}{}", self.dependencies),
        )?;
        fs::write(folder.join("src/main.rs"), format!("{}{MAIN}", self.main))?;
        fs::copy(root().join("benches/Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(())
    }

    /// Name and version of whatever is built for it, itself left out.
    fn crates(&self) -> Result<BTreeSet<String>, String> {
        let mut tree = cargo();
        tree.args([
            "tree", "--edges", "normal", "--prefix", "none", "--format", "{p}",
        ]);
        let lines = output(tree.current_dir(self.folder()))?;
        let name = |line: &str| {
            let mut words = line.split(' ');
            let (name, version) = (words.next()?, words.next()?);
            (name != "server").then(|| format!("{name} {}", version.trim_start_matches('v')))
        };
        Ok(lines.lines().filter_map(name).collect())
    }

    /// A build from nothing.
    fn build(&self, profile: &str) -> Result<Took, String> {
        let target = self.folder().join("target");
        if target.exists() {
            fs::remove_dir_all(&target).map_err(|error| error.to_string())?;
        }
        let mut build = cargo();
        build
            .args(["build", "--profile", profile, "--target-dir"])
            .arg(target);
        build
            .env("CARGO_BUILD_JOBS", "2")
            .env("CARGO_INCREMENTAL", "0");
        let before = processor("self", Time::Children)?;
        let begin = Instant::now();
        output(build.current_dir(self.folder()))?;
        Ok(Took {
            seconds: begin.elapsed().as_secs_f64(),
            processor: processor("self", Time::Children)? - before,
        })
    }
}
