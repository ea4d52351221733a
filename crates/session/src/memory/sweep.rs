//! Looking over a table a few buckets at a time.

use std::pin::Pin;
use std::task::{Context, Poll};

use hashbrown::HashTable;

/// Looks at the next `steps` buckets after `cursor` and takes out what is dead, at most `limit`.
pub(crate) fn sweep<T>(
    table: &mut HashTable<T>,
    cursor: &mut usize,
    steps: usize,
    limit: usize,
    dead: impl Fn(&T) -> bool,
) -> Vec<T> {
    let mut removed = Vec::new();
    for _ in 0..steps.min(table.num_buckets()) {
        if removed.len() >= limit {
            break;
        }
        *cursor = if *cursor + 1 < table.num_buckets() {
            *cursor + 1
        } else {
            0
        };
        if table.get_bucket(*cursor).is_some_and(&dead)
            && let Ok(entry) = table.get_bucket_entry(*cursor)
        {
            removed.push(entry.remove().0);
        }
    }
    removed
}

/// Gives memory back once a table is far larger than what it holds.
pub(super) fn shrink<T>(table: &mut HashTable<T>, hasher: impl Fn(&T) -> u64) {
    if table.capacity() > 64 && table.len() < table.capacity() / 4 {
        table.shrink_to(table.len() * 2, hasher);
    }
}

/// Lets other tasks have a turn.
pub(super) fn yield_now() -> impl Future<Output = ()> + Send {
    struct Yield(bool);

    impl Future for Yield {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            if self.0 {
                return Poll::Ready(());
            }
            self.0 = true;
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    }

    Yield(false)
}
