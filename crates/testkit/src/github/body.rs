//! Bodies of answers, the misbehaving ones among them.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

static SPACES: [u8; 64 * 1024] = [b' '; 64 * 1024];

/// Streams the body of an answer.
pub(super) enum Body {
    /// Sends `head` of `total` announced bytes, then fails.
    Cut {
        head: Option<Bytes>,
        total: u64,
        flushed: bool,
    },
    /// Sends white space first.
    Padded {
        spaces: u64,
        then: Option<Bytes>,
        declared: bool,
    },
    Whole(Option<Bytes>),
}

/// Makes the server close the connection in the middle of a body.
#[derive(Debug, thiserror::Error)]
#[error("the body was cut off")]
pub(super) struct CutOff;

impl Body {
    pub(super) fn cut(whole: Bytes) -> Self {
        let total = length(&whole);
        Self::Cut {
            head: Some(whole.slice(..whole.len() / 2)),
            total,
            flushed: false,
        }
    }

    pub(super) fn padded(bytes: u64, whole: Bytes, declared: bool) -> Self {
        let spaces = bytes.saturating_sub(length(&whole));
        Self::Padded {
            spaces,
            then: Some(whole),
            declared,
        }
    }

    pub(super) fn whole(whole: Bytes) -> Self {
        Self::Whole(Some(whole).filter(|whole| !whole.is_empty()))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = CutOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        match self.get_mut() {
            Self::Cut { head, flushed, .. } => match head.take() {
                Some(head) => data(head),
                None if *flushed => Poll::Ready(Some(Err(CutOff))),
                None => {
                    // What was sent leaves the buffer only when the body is not ready.
                    *flushed = true;
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
            },
            Self::Padded {
                spaces: 0, then, ..
            }
            | Self::Whole(then) => match then.take() {
                Some(rest) => data(rest),
                None => Poll::Ready(None),
            },
            Self::Padded { spaces, .. } => data(some_spaces(spaces)),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(
            self,
            Self::Padded {
                spaces: 0,
                then: None,
                ..
            } | Self::Whole(None)
        )
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Cut { total, .. } => SizeHint::with_exact(*total),
            Self::Padded {
                declared: false, ..
            } => SizeHint::default(),
            Self::Padded { spaces, then, .. } => {
                SizeHint::with_exact(spaces.saturating_add(then.as_ref().map_or(0, length)))
            }
            Self::Whole(whole) => SizeHint::with_exact(whole.as_ref().map_or(0, length)),
        }
    }
}

fn data(bytes: Bytes) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
    Poll::Ready(Some(Ok(Frame::data(bytes))))
}

fn some_spaces(left: &mut u64) -> Bytes {
    let count = usize::try_from(*left)
        .unwrap_or(usize::MAX)
        .min(SPACES.len());
    let chunk = Bytes::from_static(&SPACES).slice(..count);
    *left = left.saturating_sub(length(&chunk));
    chunk
}

fn length(bytes: &Bytes) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
