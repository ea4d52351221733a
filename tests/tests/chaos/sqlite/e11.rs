//! A disk that is full, and has room again.
//!
//! The disk is a small tmpfs in a mount namespace of the worker's own, where that is permitted;
//! and always a process whose files may not grow (`RLIMIT_FSIZE`).

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use portcullis_core::{StoreErrorKind, Timestamp};
use portcullis_session::{Lookup, Renewal, SessionStore};
use portcullis_sqlite::{OpenErrorKind, SqliteStore};

use super::place::{Place, START, integrity, is_there, key, login, number, patient, well};
use super::worker::{Worker, runtime, say};
use crate::measured::{Measured, times};

/// How many sessions are looked at on a full disk; all of them are at the end.
const NEWEST: usize = 150;

/// What makes a disk full.
enum Disk {
    /// A file takes what is left of a small file system.
    Small { ballast: PathBuf },
    /// No file of this process may grow beyond the log's size and a little more.
    Limited { log: PathBuf },
}

impl Disk {
    fn fill(&self) {
        match self {
            Self::Small { ballast } => {
                let mut ballast = File::create(ballast).expect("a name needs no room");
                while ballast.write_all(&[0; 4096]).is_ok() {}
            }
            Self::Limited { log } => {
                let size = fs::metadata(log).map_or(0, |log| log.len());
                limit(&format!("{}:unlimited", size + 20_000));
            }
        }
    }

    fn free(&self) {
        match self {
            Self::Small { ballast } => fs::remove_file(ballast).expect("it is there"),
            Self::Limited { .. } => limit("unlimited"),
        }
    }

    /// How SQLite tells it: `ENOSPC` is a full disk, `EFBIG` an error of the file.
    const fn kind(&self) -> StoreErrorKind {
        match self {
            Self::Small { .. } => StoreErrorKind::Full,
            Self::Limited { .. } => StoreErrorKind::Unavailable,
        }
    }
}

fn limit(bytes: &str) {
    let own = std::process::id().to_string();
    let mut prlimit = Command::new("prlimit");
    prlimit
        .args(["--pid", &own])
        .arg(format!("--fsize={bytes}"));
    assert!(prlimit.status().expect("util-linux").success());
}

/// What the worker did with the full disk.
#[derive(Default)]
struct Done {
    present: BTreeSet<u64>,
    gone: BTreeSet<u64>,
    refused: u32,
    next: u64,
}

impl Done {
    /// Logs in until that is refused, and says which was.
    async fn until_refused(&mut self, store: &SqliteStore, kind: StoreErrorKind) -> u64 {
        loop {
            let number = self.next;
            self.next += 1;
            match login(store, number).await {
                Ok(()) => self.present.insert(number),
                Err(refused) => {
                    assert_eq!(refused, kind);
                    self.refused += 1;
                    return number;
                }
            };
        }
    }

    /// Reads go on, and renewals count; for the newest so many sessions.
    async fn check(&self, store: &SqliteStore, now: Timestamp, newest: usize) {
        for number in self.present.iter().rev().take(newest) {
            assert!(
                is_there(store, *number, now).await,
                "{number} cannot be read"
            );
        }
        for number in self.gone.iter().rev().take(newest) {
            assert!(!is_there(store, *number, now).await, "{number} came back");
        }
        let Some(number) = self.present.first() else {
            return;
        };
        let found = well(store.load(&key(*number), Renewal::IfSeenBy(now), now).await);
        assert!(
            matches!(found, Lookup::Current { renewed: true, loaded } if loaded.seen_at == now)
        );
    }

    /// A log-out is done or refused; never half of it.
    async fn log_out(&mut self, store: &SqliteStore, kind: StoreErrorKind, now: Timestamp) {
        let Some(number) = self.present.pop_last() else {
            return;
        };
        match store.delete(&key(number), now).await {
            Ok(was_there) => {
                assert!(was_there);
                self.gone.insert(number);
            }
            Err(error) => {
                assert_eq!(error.kind(), kind);
                self.present.insert(number);
                self.refused += 1;
            }
        }
    }
}

/// Fills the disk, uses the store, makes room and uses it again, so many times.
pub(super) fn part(file: &Path, cycles: u64) {
    let folder = file.parent().expect("a folder");
    let small = folder.join("small");
    let disk = if small.exists() {
        Disk::Small {
            ballast: folder.join("ballast"),
        }
    } else {
        Disk::Limited {
            log: file.with_extension("db-wal"),
        }
    };
    say("begun");
    let done = runtime().block_on(cycles_of(&disk, file, cycles));
    say(&format!(
        "{} {} {}",
        done.present.len(),
        done.gone.len(),
        done.refused
    ));
}

async fn cycles_of(disk: &Disk, file: &Path, cycles: u64) -> Done {
    let store = patient(file).open().expect("there is room");
    let mut done = Done::default();
    for cycle in 1..=cycles {
        let now = START.after(Duration::from_secs(cycle));
        done.next += 50;
        for number in done.next - 50..done.next {
            assert_eq!(login(&store, number).await, Ok(()), "there is room");
            done.present.insert(number);
        }
        // What the file has already needs no more room: the log can begin anew.
        let is_copied = cycle % 2 == 0;
        if is_copied {
            let copy = "PRAGMA wal_checkpoint(PASSIVE)";
            assert_eq!(number(file, copy), 0, "nobody was in the way");
        }
        disk.fill();
        let gone = done.gone.len();
        for _ in 0..3 {
            done.log_out(&store, disk.kind(), now).await;
        }
        let all_went = done.gone.len() == gone + 3;
        assert!(all_went || !is_copied, "log-outs on a full disk");
        let refused = done.until_refused(&store, disk.kind()).await;
        done.check(&store, now, NEWEST).await;
        assert!(!is_there(&store, refused, now).await, "it was refused");
        done.log_out(&store, disk.kind(), now).await;
        match patient(file).open() {
            Ok(other) => done.check(&other, now, NEWEST).await,
            Err(error) => assert!(
                matches!(
                    error.kind(),
                    OpenErrorKind::Full | OpenErrorKind::Unavailable
                ),
                "{error:?}"
            ),
        }
        done.check(&store, now, NEWEST).await;
        disk.free();
        assert_eq!(login(&store, refused).await, Ok(()), "there is room again");
        done.present.insert(refused);
        done.check(&store, now, NEWEST).await;
        assert_eq!(integrity(file), "ok");
    }
    drop(store);
    let (store, end) = (
        patient(file).open(),
        START.after(Duration::from_secs(cycles)),
    );
    done.check(&store.expect("there is room"), end, usize::MAX)
        .await;
    done
}

/// Runs the worker; `None` if it could not be begun in this way.
fn run(program: &[&str], file: &Path, cycles: u32) -> Option<String> {
    let mut worker = Worker::under(program, "e11", file, cycles.into())?;
    worker.next().filter(|said| said == "begun")?;
    let (status, said) = worker.end();
    assert!(status.success(), "the worker failed: {program:?}");
    said.into_iter().next()
}

fn on_a_small_disk(cycles: u32) -> Option<String> {
    const MOUNT: &str =
        "mount -t tmpfs -o size=16m tmpfs \"$0\" && : > \"$0/small\" && exec \"$@\"";
    let place = Place::on_disk();
    let folder = place.folder().to_str().expect("text");
    // As root, or as root of a name space of users.
    [
        &["unshare", "--mount"][..],
        &["unshare", "--map-root-user", "--mount"],
    ]
    .into_iter()
    .find_map(|unshare| {
        let program = [unshare, &["sh", "-c", MOUNT, folder]].concat();
        run(&program, &place.file(), cycles)
    })
}

fn with_limited_files(cycles: u32) -> Option<String> {
    let place = Place::in_memory();
    let program = ["sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""];
    run(&program, &place.file(), cycles)
}

#[test]
fn e11_a_full_disk_refuses_writes_alone_and_room_heals() {
    let cycles = times(4, 60);
    let limited = with_limited_files(cycles).expect("a shell");
    let small = on_a_small_disk(cycles);
    let told = |said: &str| {
        let numbers: Vec<_> = said.split(' ').collect();
        format!(
            "{} logins kept, {} log-outs, {} writes refused",
            numbers[0], numbers[1], numbers[2]
        )
    };
    let small = small.as_deref().map_or_else(
        || "tmpfs could not be mounted here, so ENOSPC was not tried".to_owned(),
        |said| format!("tmpfs of 16 MiB (kind Full): {}", told(said)),
    );
    Measured {
        number: 11,
        what: "SQLite: disk full, then room again",
        target: "typed error; reads go on; works again without restart; integrity ok",
        found: format!(
            "{cycles} times each: {small}; RLIMIT_FSIZE (EFBIG, kind Unavailable): {}; reads and \
             renewals went on, integrity ok after each",
            told(&limited),
        ),
    }
    .note();
}
