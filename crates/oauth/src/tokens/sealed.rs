//! How tokens are written before they are sealed.

use portcullis_core::{Secret, Timestamp};

use crate::codec::{Reader, put};
use crate::{AccessToken, ProviderTokens, RefreshToken};

const VERSION: u8 = 1;

/// Stands for no time.
const NONE: u64 = u64::MAX;

/// Version, both ends in milliseconds, access token, refresh token or nothing.
pub(super) fn encode(tokens: &ProviderTokens) -> Option<Secret> {
    let refresh = tokens
        .refresh
        .as_ref()
        .map_or("", RefreshToken::expose_secret);
    let access = tokens.access.expose_secret();
    // As long as the result, so that no copy is left by growing.
    let mut bytes = Vec::with_capacity(21 + access.len() + refresh.len());
    bytes.push(VERSION);
    for end in [tokens.expires, tokens.refresh_expires] {
        let millis = end.map_or(NONE, Timestamp::as_millis);
        bytes.extend_from_slice(&millis.to_be_bytes());
    }
    put(&mut bytes, access.as_bytes())?;
    put(&mut bytes, refresh.as_bytes())?;
    Some(bytes.into())
}

pub(super) fn decode(bytes: &[u8]) -> Option<ProviderTokens> {
    let mut reader = Reader::new(bytes);
    if reader.byte()? != VERSION {
        return None;
    }
    let expires = time(reader.number()?);
    let refresh_expires = time(reader.number()?);
    let access = AccessToken::new(reader.text()?)?;
    let refresh = RefreshToken::new(reader.text()?);
    reader.is_at_end().then_some(ProviderTokens {
        access,
        expires,
        refresh,
        refresh_expires,
    })
}

fn time(millis: u64) -> Option<Timestamp> {
    (millis != NONE).then(|| Timestamp::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o45_what_is_written_is_read_and_nothing_else() {
        for refresh in [None, RefreshToken::new("ghr_x")] {
            let tokens = ProviderTokens {
                access: AccessToken::new("ghu_x").unwrap(),
                expires: Some(Timestamp::from_secs(5)),
                refresh_expires: refresh.as_ref().map(|_| Timestamp::from_secs(9)),
                refresh,
            };
            let bytes = encode(&tokens).unwrap();
            let bytes = bytes.expose_secret();
            let back = decode(bytes).unwrap();
            assert_eq!(back.access.expose_secret(), "ghu_x");
            assert_eq!(back.expires, tokens.expires);
            assert_eq!(back.refresh_expires, tokens.refresh_expires);
            assert_eq!(
                back.refresh.map(|token| token.expose_secret().to_owned()),
                tokens.refresh.map(|token| token.expose_secret().to_owned())
            );
            for len in 0..bytes.len() {
                assert!(decode(&bytes[..len]).is_none(), "{len}");
            }
            assert!(decode(&[bytes, b"x"].concat()).is_none());
        }
    }
}
