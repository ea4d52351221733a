//! Running a rule: alone, from several threads at once, in part, and in an order of our choice.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;

use tokio::runtime::{Builder, Handle};

/// Runs a rule on a store that `make` gives, on a tokio runtime with two threads.
///
/// # Panics
///
/// If the store breaks the rule.
pub fn run<S>(make: impl AsyncFnOnce() -> S, rule: impl AsyncFnOnce(&S)) {
    run_guarded(async move || (make().await, ()), rule);
}

/// Runs a rule on a store that `make` gives together with what must outlive it.
///
/// # Panics
///
/// If the store breaks the rule.
pub fn run_guarded<S, G>(make: impl AsyncFnOnce() -> (S, G), rule: impl AsyncFnOnce(&S)) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = runtime.expect("the operating system gives two threads");
    let guard = runtime.block_on(async {
        let (store, guard) = make().await;
        rule(&store).await;
        guard
    });
    drop(runtime);
    drop(guard);
}

/// Says whether a store keeps a rule, and if not, in what words the rule complained.
///
/// For tests of tests: a store that is broken on purpose must not get `Ok`.
///
/// # Errors
///
/// The message of the panic with which the rule ended.
pub fn verdict<S>(make: impl AsyncFnOnce() -> S, rule: impl AsyncFnOnce(&S)) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| run(make, rule))).map_err(|panic| message(&*panic))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref().cloned())
        .unwrap_or_default()
}

/// A future of which several kinds can be in one list.
pub(super) type Task<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Runs each task on a thread of its own; all start at the same moment.
pub(super) fn together<T, F>(tasks: impl IntoIterator<Item = F>) -> Vec<T>
where
    T: Send,
    F: Future<Output = T> + Send,
{
    let tasks: Vec<F> = tasks.into_iter().collect();
    let (runtime, missing) = (Handle::current(), AtomicUsize::new(tasks.len()));
    let start = |task: F| {
        missing.fetch_sub(1, Ordering::SeqCst);
        while missing.load(Ordering::SeqCst) > 0 {
            thread::yield_now();
        }
        runtime.block_on(task)
    };
    thread::scope(|scope| {
        let threads: Vec<_> = tasks
            .into_iter()
            .map(|task| scope.spawn(|| start(task)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}

/// Polls a future at most so many times and drops it; gives its output if it came to an end.
pub(super) async fn polled<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Polls `first` at most so many times, then lets `second` pass it, then ends `first`.
///
/// `first` gets a turn while `second` waits, because `second` may wait for what `first` holds.
/// Says also whether `first` was still on its way when `second` began.
pub(super) async fn overtaken<A, B>(
    first: impl Future<Output = A>,
    times: usize,
    second: impl Future<Output = B>,
) -> (A, B, bool) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let mut early = polled(first.as_mut(), times).await;
    let was_pending = early.is_none();
    let passed = poll_fn(|context| {
        let passed = second.as_mut().poll(context);
        if passed.is_pending()
            && early.is_none()
            && let Poll::Ready(output) = first.as_mut().poll(context)
        {
            early = Some(output);
        }
        passed
    })
    .await;
    let output = match early {
        Some(output) => output,
        None => first.await,
    };
    (output, passed, was_pending)
}
