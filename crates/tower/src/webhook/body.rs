use std::borrow::Cow;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};

/// Pieces with fewer bytes are crumbs.
const CRUMB: usize = 1_024;

/// How much of them goes into one piece.
const SWEPT: usize = 65_536;

/// The body of a delivery that was verified: the pieces as they came, and the trailers.
///
/// The layer alone fills one:
///
/// ```compile_fail,E0451
/// # use bytes::Bytes;
/// # use portcullis_tower::webhook::VerifiedBody;
/// # fn unchecked(pieces: std::collections::VecDeque<Bytes>) -> VerifiedBody {
/// VerifiedBody { pieces, ..VerifiedBody::default() } // nobody has verified it
/// # }
/// ```
#[derive(Debug, Default)]
pub struct VerifiedBody {
    pieces: VecDeque<Bytes>,
    /// Whether the last piece is a copy of several.
    is_swept: bool,
    trailers: Option<HeaderMap>,
}

impl VerifiedBody {
    /// Keeps a piece as it is, but for crumbs: each that is kept takes more than it holds, and keeps
    /// all that was read with it. One after another they are copied together.
    pub(super) fn add_piece(&mut self, piece: Bytes) {
        let last = self.pieces.back_mut().filter(|last| {
            let is_open = self.is_swept || last.len() < CRUMB;
            is_open && piece.len() < CRUMB && last.len() + piece.len() <= SWEPT
        });
        if let Some(last) = last {
            let before = mem::take(last);
            let mut swept = match self.is_swept {
                true => BytesMut::from(before),
                false => BytesMut::from(&*before),
            };
            swept.extend_from_slice(&piece);
            (*last, self.is_swept) = (swept.freeze(), true);
        } else if !piece.is_empty() {
            self.pieces.push_back(piece);
            self.is_swept = false;
        }
    }

    pub(super) fn add_trailers(&mut self, trailers: HeaderMap) {
        self.trailers.get_or_insert_default().extend(trailers);
    }

    /// All of it in one piece, if it has at most this many bytes; one piece is not copied.
    pub(super) fn whole(&self, limit: usize) -> Option<Cow<'_, [u8]>> {
        if self.len() > u64::try_from(limit).unwrap_or(u64::MAX) {
            return None;
        }
        let mut pieces = self.pieces.iter();
        Some(match (pieces.next(), pieces.next()) {
            (None, _) => Cow::Borrowed(&[]),
            (Some(piece), None) => Cow::Borrowed(piece),
            _ => Cow::Owned(self.pieces.iter().flatten().copied().collect()),
        })
    }

    fn len(&self) -> u64 {
        let lens = self
            .pieces
            .iter()
            .map(|piece| u64::try_from(piece.len()).unwrap_or(u64::MAX));
        lens.fold(0, u64::saturating_add)
    }
}

impl Body for VerifiedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.pieces.pop_front().map(Frame::data);
        let frame = piece.or_else(|| self.trailers.take().map(Frame::trailers));
        Poll::Ready(frame.map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.len())
    }
}
