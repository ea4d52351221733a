use std::future::poll_fn;
use std::pin::pin;

use bytes::{Buf, Bytes, BytesMut};
use http_body::Body;

use super::Unsigned;

/// Reads a body of at most this many bytes.
pub(super) async fn collect<B>(body: B, limit: u64) -> Result<Bytes, Unsigned>
where
    B: Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
{
    if body.size_hint().lower() > limit {
        return Err(Unsigned::TooLarge);
    }
    let mut body = pin!(body);
    let (mut whole, mut left) = (Bytes::new(), limit);
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let frame = frame.map_err(|error| Unsigned::Body(error.into()))?;
        let mut piece = frame.into_data().map_err(|_| Unsigned::Trailers)?;
        let len = u64::try_from(piece.remaining()).unwrap_or(u64::MAX);
        left = left.checked_sub(len).ok_or(Unsigned::TooLarge)?;
        whole = joined(whole, piece.copy_to_bytes(piece.remaining()));
    }
    Ok(whole)
}

/// Many small pieces would take more room than there are bytes in them.
fn joined(whole: Bytes, piece: Bytes) -> Bytes {
    if whole.is_empty() {
        return piece;
    }
    let whole = whole.try_into_mut();
    let mut whole = whole.unwrap_or_else(|shared| BytesMut::from(&*shared));
    whole.extend_from_slice(&piece);
    whole.freeze()
}
