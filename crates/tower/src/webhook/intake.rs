//! Takes a delivery in: head, body, verdict, memory.

use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http_body::{Body, Frame};
use portcullis_core::{Mark, Timestamp};
use portcullis_webhook::{Check, Head, Receipt, Verifier, VerifyErrorKind};

use super::layer::{Memory, Settings};
use super::{Reason, Refused, Replays, VerifiedBody};

/// How long a delivery without a signed timestamp is remembered.
const WITHOUT_TIME: Duration = Duration::from_secs(3 * 24 * 3_600);

/// A copy is still accepted at the last instant of its lifetime, and a mark holds no longer than to
/// its end: it must end after that instant.
const BEYOND: Duration = Duration::from_millis(1);

/// A delivery that was verified.
pub(super) type Taken = (Receipt, VerifiedBody);

/// Whether a delivery goes to the handler.
pub(super) enum Fate {
    Handle,
    /// It was here before, and its sender is to believe that all is well.
    Acknowledge,
}

impl Settings {
    /// The head, with the URL that the provider knows.
    fn with_head<T>(&self, parts: &Parts, look: impl FnOnce(Head<'_>) -> T) -> T {
        let Some(origin) = &self.url else {
            return look(Head::of(parts));
        };
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let url = format!("{origin}{path}");
        look(Head::of(parts).with_url(&url))
    }

    /// Judges by the head alone.
    pub(super) fn begin(&self, verifier: &Verifier, parts: &Parts) -> Result<Check, Refused> {
        if content_length(parts).is_some_and(|length| length > verifier.body_limit()) {
            return Err(VerifyErrorKind::TooLarge.into());
        }
        let now = self.clock.now();
        self.with_head(parts, |head| verifier.begin(head, now))
            .map_err(Refused::from)
    }

    /// Reads the body and gives the verdict.
    pub(super) async fn finish<B>(
        &self,
        mut check: Check,
        parts: &Parts,
        body: B,
    ) -> Result<Taken, Refused>
    where
        B: Body<Data = Bytes>,
    {
        let mut kept = VerifiedBody::default();
        let mut body = pin!(body);
        let mut late = pin!(self.late());
        while let Some(frame) = next(body.as_mut(), late.as_mut()).await? {
            match frame.into_data() {
                Ok(piece) => {
                    check.update(&piece)?;
                    kept.add_piece(piece);
                }
                Err(frame) => frame.into_trailers().map_or((), |it| kept.add_trailers(it)),
            }
        }
        let receipt = self.with_head(parts, |head| check.finish(head))?;
        Ok((receipt, kept))
    }

    /// Remembers a delivery, and says what becomes of it. Its age is what it is at the end of its
    /// body: with the end held back, a copy could come when the mark is gone.
    pub(super) async fn remember(&self, receipt: &Receipt) -> Result<Fate, Refused> {
        let now = self.clock.now();
        receipt.check_age(now)?;
        match &self.memory {
            Some(memory) if is_known(memory, receipt, now).await? => match memory.replays {
                Replays::Acknowledge => Ok(Fate::Acknowledge),
                Replays::Refuse => Err(VerifyErrorKind::Replayed.into()),
            },
            _ => Ok(Fate::Handle),
        }
    }

    async fn late(&self) {
        match &self.deadline {
            Some(deadline) => deadline().await,
            None => pending().await,
        }
    }
}

/// Whether the delivery was here before; from now on it was.
async fn is_known(memory: &Memory, receipt: &Receipt, now: Timestamp) -> Result<bool, Refused> {
    let acceptable = receipt.lifetime().map(|life| life.saturating_add(BEYOND));
    let until = now.after(acceptable.unwrap_or(WITHOUT_TIME));
    let digest = receipt.digest(&memory.endpoint);
    let mark = memory.marks.dyn_mark(&digest, until, now).await;
    let mark = mark.map_err(|_| Refused::from(VerifyErrorKind::Store))?;
    Ok(mark == Mark::Seen)
}

/// The length that the sender announces; what it is worth shows the body.
fn content_length(parts: &Parts) -> Option<u64> {
    parts
        .headers
        .get(CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// The next frame, unless it is too late for one. A frame of nothing is none: of these there can be
/// any number, all at once.
async fn next<B: Body<Data = Bytes>>(
    mut body: Pin<&mut B>,
    mut late: Pin<&mut impl Future<Output = ()>>,
) -> Result<Option<Frame<Bytes>>, Refused> {
    poll_fn(|cx| {
        match body.as_mut().poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) if frame.data_ref().is_some_and(Bytes::is_empty) => {
                cx.waker().wake_by_ref();
            }
            Poll::Ready(frame) => {
                let frame = frame.transpose().map_err(|_| Refused::new(Reason::Body));
                return Poll::Ready(frame);
            }
            Poll::Pending => {}
        }
        late.as_mut()
            .poll(cx)
            .map(|()| Err(Refused::new(Reason::Timeout)))
    })
    .await
}
