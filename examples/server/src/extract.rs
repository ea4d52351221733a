//! Bodies, queries and times as the contracts have them.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use portcullis_core::{Refusal, RefusalKind, Timestamp};
use portcullis_tower::Rejection;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use time::macros::format_description;

/// A JSON body: what is no JSON is 400, JSON of the wrong shape 422, too much of it 413.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        match axum::Json::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(json_refusal(&rejection).into()),
        }
    }
}

fn json_refusal(rejection: &JsonRejection) -> Refusal {
    match rejection {
        JsonRejection::JsonDataError(_) => Refusal::new(RefusalKind::Unprocessable)
            .with_message("The JSON does not have the expected shape."),
        JsonRejection::BytesRejection(error) if error.status() == 413 => {
            Refusal::new(RefusalKind::TooLarge)
        }
        _ => Refusal::new(RefusalKind::InvalidRequest)
            .with_message("The body is not valid JSON of the type application/json."),
    }
}

/// A query string: what cannot be read is 400.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let query = axum::extract::Query::from_request_parts(parts, state).await;
        let refusal = |_: QueryRejection| {
            Refusal::new(RefusalKind::InvalidRequest).with_message("The query cannot be read.")
        };
        Ok(query
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(refusal)?)
    }
}

/// The one part of a path that its route leaves open, as `{id}`: what cannot be read is the id of nothing, 404.
pub(crate) struct Id(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        let not_found = |_: PathRejection| Rejection::new(RefusalKind::NotFound);
        path.map(|axum::extract::Path(id)| Self(id))
            .map_err(not_found)
    }
}

/// A name that a person gives, without the space around it: 1 to 100 characters, else 422.
pub(crate) fn name(text: &str) -> Result<&str, Refusal> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        let refusal = Refusal::new(RefusalKind::Unprocessable);
        return Err(refusal.with_message("The name must have 1 to 100 characters."));
    }
    Ok(name)
}

/// A time as ISO 8601 in UTC with milliseconds.
pub(crate) fn iso_8601(at: Timestamp) -> String {
    let format =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    let nanos = i128::from(at.as_millis()) * 1_000_000;
    let time = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok();
    // Years beyond 9999 cannot be written; nothing of ours lives that long.
    time.and_then(|time| time.format(format).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds() {
        assert_eq!(
            iso_8601(Timestamp::from_millis(1_700_000_000_007)),
            "2023-11-14T22:13:20.007Z"
        );
        assert_eq!(iso_8601(Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
    }
}
