use std::collections::BTreeMap;
use std::fmt;

/// The values of a session: keys with a JSON text each, in one block of bytes.
///
/// # Layout
///
/// Entries in ascending order of their keys, nothing between or after them:
///
/// | bytes | meaning |
/// | --- | --- |
/// | 1 | length of the key, 1 to 255 |
/// | 4 | length of the value, big endian |
/// | n | the key, UTF-8 |
/// | m | the value, JSON (RFC 8259) |
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Data(Box<[u8]>);

/// The bytes are not session data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the layout of session data")]
#[non_exhaustive]
pub struct DataError;

impl Data {
    /// Takes data that was stored.
    ///
    /// # Errors
    ///
    /// [`DataError`] if the bytes do not have the layout. The values are not looked into.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DataError> {
        let mut rest = bytes;
        let mut last: &[u8] = &[];
        while !rest.is_empty() {
            let (key, _, after) = split_entry(rest).ok_or(DataError)?;
            if key <= last || std::str::from_utf8(key).is_err() {
                return Err(DataError);
            }
            (last, rest) = (key, after);
        }
        Ok(Self(Box::from(bytes)))
    }

    /// The bytes, as a store keeps them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// How many bytes it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The JSON text under a key.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&[u8]> {
        self.entries()
            .find(|(k, _)| *k == key.as_bytes())
            .map(|(_, value)| value)
    }

    fn entries(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || {
            let (key, value, after) = split_entry(rest)?;
            rest = after;
            Some((key, value))
        })
    }

    /// The data with a patch applied.
    pub(crate) fn patched(&self, patch: &Patch) -> Self {
        let mut all: BTreeMap<&[u8], &[u8]> = self.entries().collect();
        for (key, value) in &patch.0 {
            match value {
                Some(value) => all.insert(key.as_bytes(), value),
                None => all.remove(key.as_bytes()),
            };
        }
        Self::from_sorted(all)
    }

    /// The data with only those keys that `keep` names.
    pub(crate) fn only(&self, keep: &[&'static str]) -> Self {
        let kept = |(key, _): &(&[u8], &[u8])| keep.iter().any(|k| k.as_bytes() == *key);
        Self::from_sorted(self.entries().filter(kept).collect())
    }

    fn from_sorted(entries: BTreeMap<&[u8], &[u8]>) -> Self {
        let size = entries
            .iter()
            .map(|(key, value)| 5 + key.len() + value.len())
            .sum();
        let mut bytes = Vec::with_capacity(size);
        for (key, value) in entries {
            // Keys and values came through `Patch::set` or `from_bytes`, which bound both lengths.
            let (Ok(k), Ok(v)) = (u8::try_from(key.len()), u32::try_from(value.len())) else {
                continue;
            };
            bytes.push(k);
            bytes.extend_from_slice(&v.to_be_bytes());
            bytes.extend_from_slice(key);
            bytes.extend_from_slice(value);
        }
        Self(bytes.into_boxed_slice())
    }
}

/// Splits the first entry off: key, value and what follows.
fn split_entry(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (key_len, rest) = bytes.split_first()?;
    let (value_len, rest) = rest.split_first_chunk::<4>()?;
    let (key, rest) = rest.split_at_checked(usize::from(*key_len))?;
    let value_len = usize::try_from(u32::from_be_bytes(*value_len)).ok()?;
    let (value, rest) = rest.split_at_checked(value_len)?;
    if key.is_empty() {
        None
    } else {
        Some((key, value, rest))
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values may be personal; keys are the program's own.
        let keys = self.entries().map(|(key, _)| String::from_utf8_lossy(key));
        f.debug_set().entries(keys).finish()
    }
}

/// Changes to single keys: `None` removes.
#[derive(Clone, Default)]
pub(crate) struct Patch(BTreeMap<&'static str, Option<Box<[u8]>>>);

impl Patch {
    pub(crate) fn set(&mut self, key: &'static str, value: Option<Box<[u8]>>) {
        self.0.insert(key, value);
    }

    /// What the patch says of a key: nothing, removed, or a value.
    pub(crate) fn value(&self, key: &str) -> Option<Option<&[u8]>> {
        self.0.get(key).map(Option::as_deref)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes out what was written; what was set anew meanwhile stays.
    pub(crate) fn settle(&mut self, written: &Self) {
        self.0
            .retain(|key, value| written.0.get(key) != Some(value));
    }

    /// Whether a key that the patch sets differs between two states of the data.
    pub(crate) fn collides(&self, loaded: &Data, current: &Data) -> bool {
        self.0
            .keys()
            .any(|key| loaded.value(key) != current.value(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(changes: &[(&'static str, Option<&str>)]) -> Patch {
        let mut patch = Patch::default();
        for (key, value) in changes {
            patch.set(key, value.map(|v| Box::from(v.as_bytes())));
        }
        patch
    }

    #[test]
    fn a_patch_sets_replaces_and_removes() {
        let data = Data::default().patched(&patch(&[("b", Some("1")), ("a", Some("2"))]));
        let data = data.patched(&patch(&[("b", None), ("c", Some("3")), ("a", Some("4"))]));
        assert_eq!(
            (data.value("a"), data.value("b"), data.value("c")),
            (Some(&b"4"[..]), None, Some(&b"3"[..]))
        );
        assert_eq!(Data::from_bytes(data.as_bytes()), Ok(data));
    }

    #[test]
    fn keys_not_named_are_left_behind() {
        let data = Data::default().patched(&patch(&[("cart", Some("[]")), ("step", Some("1"))]));
        let kept = data.only(&["cart"]);
        assert_eq!(
            (kept.value("cart"), kept.value("step")),
            (Some(&b"[]"[..]), None)
        );
    }

    #[test]
    fn every_truncation_and_disorder_is_refused() {
        let data = Data::default().patched(&patch(&[("a", Some("1")), ("bb", Some("22"))]));
        let whole = data.as_bytes();
        let first = 5 + 1 + 1;
        for len in (1..whole.len()).filter(|len| *len != first) {
            assert_eq!(Data::from_bytes(&whole[..len]), Err(DataError), "{len}");
        }
        let swapped = [&whole[first..], &whole[..first]].concat();
        assert_eq!(Data::from_bytes(&swapped), Err(DataError));
        assert_eq!(Data::from_bytes(&[0, 0, 0, 0, 0]), Err(DataError));
    }
}
