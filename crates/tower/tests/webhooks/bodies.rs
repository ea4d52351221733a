//! What becomes of bodies.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use portcullis_tower::webhook::{Reason, Refused};
use portcullis_webhook::{VerifyErrorKind, schemes};

use crate::support::{BODY, Ending, Frames, layer, request, send, signed};

/// The very bytes and trailers that came, not copies of them.
#[tokio::test]
async fn w10_the_handler_gets_the_bytes_that_came_and_the_trailers() {
    let body: Vec<u8> = (0..100_000_u32).map(|byte| byte.to_le_bytes()[0]).collect();
    let headers = signed(schemes::GITHUB, "", &body);
    let pieces: Vec<Bytes> = body.chunks(7_000).map(Bytes::copy_from_slice).collect();
    let mut frames = Frames::of(pieces.clone());
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", HeaderValue::from_static("1"));
    frames.frames.push_back(Err(trailers.clone()));
    let answer = send(&layer(schemes::GITHUB), request(&headers, frames)).await;
    let seen = answer.seen.unwrap();
    assert_eq!(seen.body, body);
    assert_eq!(seen.trailers.as_ref(), Some(&trailers));
}

#[tokio::test]
async fn w10_pieces_are_handed_on_without_a_copy() {
    use http_body::Body as _;
    use portcullis_tower::webhook::VerifiedBody;
    use std::pin::Pin;
    use std::task::{Context, Waker};
    use tower::{Layer, ServiceExt};

    let headers = signed(schemes::GITHUB, "", BODY);
    let piece = Bytes::copy_from_slice(BODY);
    let inner = tower::service_fn(async |request: http::Request<VerifiedBody>| {
        let mut body = request.into_body();
        assert_eq!(body.size_hint().exact(), u64::try_from(BODY.len()).ok());
        let context = &mut Context::from_waker(Waker::noop());
        let frame = Pin::new(&mut body).poll_frame(context);
        let std::task::Poll::Ready(Some(Ok(frame))) = frame else {
            panic!("a frame")
        };
        assert!(body.is_end_stream());
        let place = frame.into_data().unwrap().as_ptr().addr();
        Ok::<_, std::convert::Infallible>(http::Response::new(place.to_string()))
    });
    let service = layer(schemes::GITHUB).layer(inner);
    let request = request(&headers, Frames::of([piece.clone()]));
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(response.into_body(), piece.as_ptr().addr().to_string());
}

#[tokio::test]
async fn w33_a_compressed_body_is_verified_as_it_came() {
    // gzip of "a", of which the bytes are signed and nothing is inflated.
    let gzip =
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x04\x00\x43\xbe\xb7\xe8\x01\x00\x00\x00";
    let mut headers = signed(schemes::GITHUB, "", gzip);
    headers.insert("content-encoding", HeaderValue::from_static("gzip"));
    let answer = send(
        &layer(schemes::GITHUB),
        request(&headers, Frames::of([&gzip[..]])),
    )
    .await;
    assert_eq!(answer.seen.unwrap().body, gzip.as_slice());
}

#[tokio::test]
async fn w30_an_announced_length_beyond_the_limit_is_refused_unread() {
    let mut headers = signed(schemes::SLACK, "", BODY);
    headers.insert("content-length", HeaderValue::from_static("1048577"));
    let frames = Frames::of([BODY]);
    let polls = frames.clone();
    let answer = send(&layer(schemes::SLACK), request(&headers, frames)).await;
    assert_eq!((answer.status(), polls.polls()), (413, 0));
    assert_eq!(answer.response.headers()["connection"], "close");
}

/// However long a body is, and whatever it announces: what is read of it ends with the limit.
#[tokio::test]
async fn w30_a_body_without_an_end_is_read_up_to_the_limit() {
    for announced in [
        None,
        Some("10"),
        Some("-1"),
        Some("99999999999999999999999"),
    ] {
        let mut headers = signed(schemes::SLACK, "", BODY);
        if let Some(announced) = announced {
            headers.insert("content-length", HeaderValue::from_static(announced));
        }
        let frames = Frames::of([vec![b'x'; 65_536]]).ending(Ending::Repeats);
        let polls = frames.clone();
        let answer = send(&layer(schemes::SLACK), request(&headers, frames)).await;
        assert_eq!(answer.status(), 413);
        assert_eq!(polls.polls(), 17, "1 MiB and one piece");
        let reason = Reason::Verify(VerifyErrorKind::TooLarge);
        assert_eq!(
            answer.refused().map(|refused| refused.reason()),
            Some(reason)
        );
    }
}

#[tokio::test]
async fn w31_a_body_that_does_not_come_in_time_is_given_up() {
    let headers = signed(schemes::SLACK, "", BODY);
    let layer = layer(schemes::SLACK).with_deadline(|| std::future::ready(()));
    let late = Frames::of([BODY]).ending(Ending::Hangs);
    let answer = send(&layer, request(&headers, late)).await;
    assert_eq!(answer.status(), 408);
    assert_eq!(
        answer.refused().map(|it: Refused| it.reason()),
        Some(Reason::Timeout)
    );
    let answer = send(&layer, request(&headers, Frames::of([BODY]))).await;
    assert_eq!(answer.status(), 200, "what is there is not late");
}

/// Nothing, over and over: others run in between, and the deadline holds.
#[tokio::test]
async fn w31_frames_of_nothing_do_not_count_as_progress() {
    let headers = signed(schemes::SLACK, "", BODY);
    let nothing = || Frames::of([Bytes::new()]).ending(Ending::Repeats);
    let polls = nothing();
    let unlimited = layer(schemes::SLACK);
    let mut waiting = std::pin::pin!(send(&unlimited, request(&headers, polls.clone())));
    for asked in 1..=5 {
        let polled = polled_once(waiting.as_mut());
        assert!(polled.is_pending());
        assert_eq!(polls.polls(), asked);
    }
    let late = layer(schemes::SLACK).with_deadline(|| std::future::ready(()));
    let answer = send(&late, request(&headers, nothing())).await;
    assert_eq!(answer.status(), 408);
    // Between honest frames they are no harm.
    let mixed = [&b""[..], &BODY[..3], b"", b"", &BODY[3..], b""];
    let answer = send(&unlimited, request(&headers, Frames::of(mixed))).await;
    assert_eq!(answer.seen.unwrap().body, BODY);
}

fn polled_once<F: Future>(future: std::pin::Pin<&mut F>) -> std::task::Poll<F::Output> {
    future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let headers = signed(schemes::SLACK, "", BODY);
    let answer = send(
        &layer(schemes::SLACK),
        request(&headers, Frames::of([BODY]).ending(Ending::Breaks)),
    )
    .await;
    assert_eq!(answer.status(), 400);
    assert!(answer.seen.is_none());
}

/// What comes in single bytes is not kept in single bytes: each would take as much as fifty.
#[tokio::test]
async fn w30_crumbs_are_kept_together_and_in_order() {
    use http_body::Body as _;
    use portcullis_tower::webhook::VerifiedBody;
    use std::sync::{Arc, Mutex};
    use tower::{Layer, ServiceExt};

    let sizes = [1, 1, 1, 2_000, 1, 1_023, 1_024, 1_023, 1_023, 1, 70_000, 5];
    let crumbs = std::iter::repeat_n(1, 70_000);
    let mut bytes = (0..=250_u8).cycle();
    let piece = |size| Bytes::from_iter(bytes.by_ref().take(size));
    let pieces: Vec<Bytes> = sizes.into_iter().chain(crumbs).map(piece).collect();
    let body = pieces.concat();
    let kept = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&kept);
    let inner = tower::service_fn(move |request: http::Request<VerifiedBody>| {
        let (mut body, noted) = (request.into_body(), Arc::clone(&noted));
        async move {
            assert_eq!(body.size_hint().exact(), Some(146_103));
            while let Some(frame) = http_body_util::BodyExt::frame(&mut body).await {
                noted
                    .lock()
                    .unwrap()
                    .push(frame.unwrap().into_data().unwrap());
            }
            Ok::<_, std::convert::Infallible>(http::Response::new(String::new()))
        }
    });
    let headers = signed(schemes::GITHUB, "", &body);
    let service = layer(schemes::GITHUB).layer(inner);
    let request = request(&headers, Frames::of(pieces));
    assert_eq!(service.oneshot(request).await.unwrap().status(), 200);
    let kept = kept.lock().unwrap();
    assert_eq!(kept.concat(), body);
    let lengths: Vec<_> = kept.iter().map(Bytes::len).collect();
    assert_eq!(
        lengths,
        [3, 2_000, 1_024, 1_024, 2_047, 70_000, 65_536, 4_469]
    );
}
