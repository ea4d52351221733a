//! What cannot be signed is not sent.

use std::error::Error;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body, Frame};
use portcullis_core::Random;
use portcullis_tower::SignLayer;
use portcullis_tower::webhook::sign::{SignedBody, SignedError, Unsigned};
use portcullis_webhook::schemes;
use tower::{Layer, ServiceExt, service_fn};

use crate::support::{Frames, Sent, layer, piece, request};

/// Why this request is not sent; that it is not is made sure of.
async fn why<B>(layer: &SignLayer, request: Request<B>) -> Unsigned
where
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let sent = Sent::default();
    let outcome = layer.layer(sent.client()).oneshot(request).await;
    assert!(sent.all().is_empty());
    match outcome {
        Err(SignedError::Unsigned(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn post(body: Frames) -> Request<Frames> {
    Request::post("/in").body(body).unwrap()
}

#[tokio::test]
async fn a_body_over_the_limit_is_not_sent_and_one_at_the_limit_is() {
    let limited = layer(schemes::GITHUB).with_body_limit(6);
    let announced = why(&limited, request(b"1234567")).await;
    assert!(matches!(announced, Unsigned::TooLarge));
    let frames = || Frames::of([piece(b"123"), piece(b"4567"), Err("it was asked again")]);
    assert!(matches!(
        why(&limited, post(frames())).await,
        Unsigned::TooLarge
    ));
    let sent = Sent::default();
    let service = limited.layer(sent.client());
    service.oneshot(request(b"123456")).await.unwrap();
    assert_eq!(sent.one().1, "123456");
}

#[tokio::test]
async fn without_a_limit_of_its_own_a_body_may_have_a_mebibyte() {
    let long: &'static [u8] = vec![b'x'; (1 << 20) + 1].leak();
    let over = why(&layer(schemes::GITHUB), request(long)).await;
    assert!(matches!(over, Unsigned::TooLarge));
    let sent = Sent::default();
    let service = layer(schemes::GITHUB).layer(sent.client());
    service.oneshot(request(&long[1..])).await.unwrap();
    assert_eq!(sent.one().1.len(), 1 << 20);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_sent() {
    let frames = Frames::of([piece(b"{"), Err("the disk is gone")]);
    let why = why(&layer(schemes::GITHUB), post(frames)).await;
    assert_eq!(why.source().unwrap().to_string(), "the disk is gone");
    assert!(matches!(why, Unsigned::Body(_)));
}

#[tokio::test]
async fn trailers_are_neither_signed_nor_dropped() {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", HeaderValue::from_static("1"));
    let frames = Frames::of([piece(b"{}"), Ok(Frame::trailers(trailers))]);
    let why = why(&layer(schemes::GITHUB), post(frames)).await;
    assert!(matches!(why, Unsigned::Trailers));
}

#[tokio::test]
async fn without_random_bits_there_is_no_id_and_nothing_is_sent() {
    let layer = layer(schemes::STANDARD_WEBHOOKS).with_random(Random::failing());
    assert!(matches!(
        why(&layer, request(b"{}")).await,
        Unsigned::Random(_)
    ));
}

/// A scheme that signs the URL needs one that says where to.
#[tokio::test]
async fn w37_a_url_without_an_authority_is_not_signed() {
    for scheme in [schemes::SQUARE, schemes::TRELLO, schemes::HUBSPOT_V3] {
        let layer = layer(scheme);
        let path = post(Frames::of([piece(b"{}")]));
        assert!(matches!(why(&layer, path).await, Unsigned::Sign(_)));
    }
}

/// A header that is signed must be there, and once.
#[tokio::test]
async fn a_signed_header_that_is_missing_or_there_twice_is_not_signed() {
    let layer = layer(schemes::SINCH);
    for values in [&[][..], &["nonce-1", "nonce-2"]] {
        let mut request = request(b"{}");
        for value in values {
            let name = "x-sinch-webhook-signature-nonce";
            let value = HeaderValue::from_static(value);
            request.headers_mut().append(name, value);
        }
        assert!(matches!(why(&layer, request).await, Unsigned::Sign(_)));
    }
}

#[tokio::test]
async fn the_error_of_the_client_is_handed_on() {
    let failing = service_fn(async |_: Request<SignedBody>| {
        Err::<Response<()>, _>(std::io::Error::from(std::io::ErrorKind::ConnectionRefused))
    });
    let outcome = layer(schemes::GITHUB)
        .layer(failing)
        .oneshot(request(b"{}"));
    let error = outcome.await.unwrap_err();
    assert_eq!(error.to_string(), "connection refused");
    assert!(matches!(error, SignedError::Inner(_)));
}
