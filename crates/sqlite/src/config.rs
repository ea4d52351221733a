use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::Duration;

use crate::{OpenError, OpenErrorKind, SqliteStore};

/// The settings of a [`SqliteStore`].
///
/// | setting | default | range |
/// | --- | --- | --- |
/// | synchronous | [`Synchronous::Full`] | |
/// | readers | one a core, at most 8 | 1 to 256 |
/// | deadline | 500 ms | 1 ms to 60 s |
/// | queue | 1024 writes | 1 to 65,536 |
/// | renewal delay | 500 ms | 0 to 500 ms |
///
/// ```
/// use std::time::Duration;
///
/// use portcullis_sqlite::SqliteConfig;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("sessions.db");
/// let store = SqliteConfig::new(&path).with_deadline(Duration::from_secs(2)).open()?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SqliteConfig {
    pub(crate) path: PathBuf,
    pub(crate) synchronous: Synchronous,
    pub(crate) readers: usize,
    pub(crate) deadline: Duration,
    pub(crate) queue: usize,
    pub(crate) renewal_delay: Duration,
}

/// What an acknowledged write survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Synchronous {
    /// The loss of power: each group of writes is on the disk before it is acknowledged.
    #[default]
    Full,
    /// The end of the process, also a violent one; the loss of power may undo the newest groups,
    /// log-outs among them, and never damages the file.
    Normal,
}

impl SqliteConfig {
    /// Takes the defaults, with the path of a file that need not exist yet.
    ///
    /// The path is a path and nothing else: not a URI, and no name in it means memory.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            synchronous: Synchronous::Full,
            readers: available_parallelism().map_or(1, |cores| cores.get().min(MOST_BY_CORES)),
            deadline: Duration::from_millis(500),
            queue: 1024,
            renewal_delay: LONGEST_DELAY,
        }
    }

    /// Sets what an acknowledged write survives; [`Synchronous::Full`] if not set.
    ///
    /// `Normal` saves a wait for the disk at each group of writes.
    pub const fn with_synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// Sets how many connections read, 1 to 256; one a core, at most 8, if not set.
    ///
    /// So many threads read at once; each connection has a page cache of up to 8 MiB and two open
    /// files.
    pub const fn with_readers(mut self, readers: usize) -> Self {
        self.readers = readers;
        self
    }

    /// Sets how long a write may wait for its turn or a verb for a lock that another process
    /// holds, 1 ms to 60 s; 500 ms if not set.
    ///
    /// The disk's own time for one group of writes comes on top.
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets how many writes may wait, 1 to 65,536; 1024 if not set. One more is refused at once.
    pub const fn with_queue(mut self, queue: usize) -> Self {
        self.queue = queue;
        self
    }

    /// Sets how long a renewed last visit waits for others before it is written, 0 to 500 ms;
    /// 500 ms if not set.
    ///
    /// A crash forgets the visits of this time. Less means more writes to the disk.
    pub const fn with_renewal_delay(mut self, delay: Duration) -> Self {
        self.renewal_delay = delay;
        self
    }

    /// Opens the store, makes the file if there is none, and brings its schema up to date.
    ///
    /// Waits for the disk, and up to the deadline for other processes: call it at start-up.
    ///
    /// # Errors
    ///
    /// [`OpenError`], whose [`kind`](OpenError::kind) says why.
    pub fn open(self) -> Result<SqliteStore, OpenError> {
        let in_range = (1..=256).contains(&self.readers)
            && (1..=65_536).contains(&self.queue)
            && (Duration::from_millis(1)..=Duration::from_secs(60)).contains(&self.deadline)
            && self.renewal_delay <= LONGEST_DELAY;
        if !in_range {
            return Err(OpenError::new(OpenErrorKind::Setting));
        }
        SqliteStore::start(self)
    }
}

/// Half of the second that a crash may cost; the other half is for the commit.
const LONGEST_DELAY: Duration = Duration::from_millis(500);
const MOST_BY_CORES: usize = 8;
