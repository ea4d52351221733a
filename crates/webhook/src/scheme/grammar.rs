/// How signatures stand in their header.
///
/// Unknown keys, tags and versions are passed over; so is an entry that cannot be decoded, as long
/// as another one can. At most 16 entries and 4096 bytes are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Grammar<'a> {
    /// `a1b2…,c3d4…`: one signature after the other, a comma between them.
    Commas,
    /// `t=1,v1=a1b2… t=1,v1=c3d4…`: keys and values, a space between the groups of one secret each. The
    /// time must be the same in all of them.
    Groups {
        /// The key of the timestamp.
        time: &'a str,
        /// The key of a signature.
        signature: &'a str,
    },
    /// `t=1,v1=a1b2…`: keys and values, a character between the pairs.
    Pairs {
        /// What is between two pairs.
        separator: char,
        /// Whether spaces and tabs may follow the separator.
        has_space: bool,
        /// The key of the timestamp; empty if it is not in here.
        time: &'a str,
        /// The key of a signature. It may be there more than once.
        signature: &'a str,
    },
    /// `1,a1b2…,c3d4…`: the timestamp, then signatures.
    Positional,
    /// `v1,a1b2… v1,c3d4…`: a tag, a comma and a signature, a space between the entries.
    Tagged(&'a str),
    /// The whole value is one signature, after a prefix that must be there if it is not empty.
    Whole(&'a str),
}
