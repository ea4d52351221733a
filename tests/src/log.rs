use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::subscriber::{DefaultGuard, set_default};
use tracing_subscriber::fmt::MakeWriter;

/// What this thread logs, at the finest level, from [`Log::start`] on.
pub struct Log {
    kept: Kept,
    _subscriber: DefaultGuard,
    /// With one subscriber alone, `tracing` would ask a test in another thread, which has none,
    /// whether lines are wanted.
    _other: tracing::Dispatch,
}

impl Log {
    /// Begins to keep what is logged.
    #[must_use]
    pub fn start() -> Self {
        let other = tracing::Dispatch::new(tracing_subscriber::registry());
        let kept = Kept::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(kept.clone())
            .finish();
        Self {
            kept,
            _subscriber: set_default(subscriber),
            _other: other,
        }
    }

    /// Ends it, and gives what was logged.
    #[must_use]
    pub fn end(self) -> String {
        let kept = self.kept.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept).into_owned()
    }
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
