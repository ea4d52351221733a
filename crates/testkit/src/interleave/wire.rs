//! What happens to bytes on their way.

use std::time::Duration;

/// What a [`Proxy`](super::Proxy) does to connections; by default nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wire {
    /// To what the client sends.
    pub to_server: Line,
    /// To what the server sends.
    pub to_client: Line,
}

/// What happens to the bytes of one direction; by default nothing.
///
/// Places are counted on each connection from when the proxy was last told, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    pub(super) delay: Duration,
    pub(super) cut_at: Option<u64>,
    pub(super) corrupt_at: Option<u64>,
    pub(super) held: bool,
}

impl Line {
    /// A line that does nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Passes each piece on this much later.
    #[must_use]
    pub const fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Ends the connection, both ways, in place of the byte at this place.
    #[must_use]
    pub const fn with_cut_at(mut self, place: u64) -> Self {
        self.cut_at = Some(place);
        self
    }

    /// Turns over every bit of the byte at this place.
    #[must_use]
    pub const fn with_corrupt_at(mut self, place: u64) -> Self {
        self.corrupt_at = Some(place);
        self
    }

    /// Passes nothing on until the proxy is told otherwise.
    #[must_use]
    pub const fn with_hold(mut self) -> Self {
        self.held = true;
        self
    }

    /// Does to the bytes what is to be done to them; `false` if the connection ends after what is
    /// left of them. `place` is that of the first.
    pub(super) fn alter(&self, bytes: &mut Vec<u8>, place: u64) -> bool {
        let index = |at: Option<u64>| {
            let offset = at?.saturating_sub(place);
            at.filter(|at| *at >= place)?;
            usize::try_from(offset).ok().filter(|i| *i < bytes.len())
        };
        let is_cut = self.cut_at.is_some_and(|at| at < place);
        let (cut, corrupt) = (index(self.cut_at), index(self.corrupt_at));
        if let Some(byte) = corrupt.and_then(|index| bytes.get_mut(index)) {
            *byte = !*byte;
        }
        if let Some(length) = cut {
            bytes.truncate(length);
        }
        cut.is_none() && !is_cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn altered(line: Line, place: u64) -> (Vec<u8>, bool) {
        let mut bytes = vec![0, 1, 2, 3];
        let goes_on = line.alter(&mut bytes, place);
        (bytes, goes_on)
    }

    #[test]
    fn bytes_are_cut_and_corrupted_where_they_should_be() {
        assert_eq!(altered(Line::new(), 0), (vec![0, 1, 2, 3], true));
        let corrupt = Line::new().with_corrupt_at(12);
        assert_eq!(altered(corrupt, 8), (vec![0, 1, 2, 3], true));
        assert_eq!(altered(corrupt, 10), (vec![0, 1, 253, 3], true));
        assert_eq!(altered(corrupt, 13), (vec![0, 1, 2, 3], true));
        let cut = Line::new().with_cut_at(12);
        assert_eq!(altered(cut, 8), (vec![0, 1, 2, 3], true));
        assert_eq!(altered(cut, 10), (vec![0, 1], false));
        assert_eq!(altered(cut, 12), (vec![], false));
    }
}
