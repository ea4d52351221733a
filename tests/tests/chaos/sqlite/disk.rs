//! A simulated disk that loses what was not synced.
//!
//! 1. What was written before the last `fsync` of its file is there after a power cut.
//! 2. Of later writes any may be there, in sectors of 512 bytes: none, all, or some.
//! 3. Names are there from the `fsync` of the folder on; later changes of names may be there up to
//!    some point, in their order.

use std::collections::BTreeMap;

use super::place::Dice;

const SECTOR: usize = 512;

/// What a process did to a folder, in order.
#[derive(Clone, Debug)]
pub(super) enum Op {
    /// A file, by the number of it, got a name.
    Create(usize, String),
    /// A file got another length.
    Cut(usize, usize),
    /// A name was taken away.
    Unlink(String),
    /// Everything in the file is to be kept.
    Sync(usize),
    /// Every name is to be kept.
    SyncFolder,
    /// The process told the world of something.
    Told(String),
    /// Bytes, from a place on.
    Write(usize, usize, Vec<u8>),
}

/// Which of the writes that were not synced are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    All,
    Nothing,
    Some,
}

/// The disk, and what it may still forget.
#[derive(Default)]
pub(super) struct Disk<'a> {
    names: BTreeMap<String, usize>,
    new_names: Vec<&'a Op>,
    files: BTreeMap<usize, Vec<u8>>,
    new_bytes: BTreeMap<usize, Vec<&'a Op>>,
}

impl<'a> Disk<'a> {
    pub(super) fn take(&mut self, op: &'a Op) {
        match op {
            Op::Told(_) => {}
            Op::Create(..) | Op::Unlink(_) => self.new_names.push(op),
            Op::SyncFolder => {
                let news = std::mem::take(&mut self.new_names);
                news.into_iter().for_each(|op| name(&mut self.names, op));
            }
            Op::Cut(file, _) | Op::Write(file, ..) => {
                self.new_bytes.entry(*file).or_default().push(op);
            }
            Op::Sync(file) => {
                let bytes = self.files.entry(*file).or_default();
                let news = self.new_bytes.remove(file).unwrap_or_default();
                news.into_iter().for_each(|op| write(bytes, op, |_| true));
            }
        }
    }

    /// Whether there are writes to the file of this name that were not synced.
    pub(super) fn is_waiting(&self, wanted: &str) -> bool {
        let mut names = self.names.clone();
        self.new_names.iter().for_each(|op| name(&mut names, op));
        names
            .get(wanted)
            .is_some_and(|file| self.new_bytes.contains_key(file))
    }

    /// The files after a power cut.
    pub(super) fn cut(&self, keep: Keep, dice: &mut Dice) -> BTreeMap<String, Vec<u8>> {
        let mut names = self.names.clone();
        let known = match keep {
            Keep::All => self.new_names.len(),
            Keep::Nothing => 0,
            Keep::Some => dice.index(self.new_names.len() + 1),
        };
        self.new_names[..known]
            .iter()
            .for_each(|op| name(&mut names, op));
        names
            .into_iter()
            .map(|(name, file)| (name, self.content(file, keep, dice)))
            .collect()
    }

    fn content(&self, file: usize, keep: Keep, dice: &mut Dice) -> Vec<u8> {
        let mut bytes = self.files.get(&file).cloned().unwrap_or_default();
        for op in self.new_bytes.get(&file).into_iter().flatten() {
            // A write is there, is not there, or is there in some of its sectors.
            match (keep, dice.below(3)) {
                (Keep::All, _) | (Keep::Some, 0) => write(&mut bytes, op, |_| true),
                (Keep::Some, 1) => write(&mut bytes, op, |_| dice.flip()),
                _ => {}
            }
        }
        bytes
    }
}

fn name(names: &mut BTreeMap<String, usize>, op: &Op) {
    match op {
        Op::Create(file, name) => drop(names.insert(name.clone(), *file)),
        Op::Unlink(name) => drop(names.remove(name)),
        _ => {}
    }
}

/// Does to the bytes what the op says, in those of its sectors that are kept.
fn write(bytes: &mut Vec<u8>, op: &Op, mut keeps: impl FnMut(usize) -> bool) {
    match op {
        Op::Cut(_, len) if keeps(0) => bytes.resize(*len, 0),
        Op::Write(_, at, new) => {
            let mut from = 0;
            while from < new.len() {
                let place = at + from;
                let to = new.len().min(from + SECTOR - place % SECTOR);
                if keeps(place / SECTOR) {
                    bytes.resize(bytes.len().max(at + to), 0);
                    bytes[place..at + to].copy_from_slice(&new[from..to]);
                }
                from = to;
            }
        }
        _ => {}
    }
}

#[test]
fn e13_a_simulated_power_cut_takes_what_was_not_synced_alone() {
    let written = |at: usize, byte: u8| Op::Write(0, at, vec![byte; 1_024]);
    let ops = [
        Op::Create(0, "a".to_owned()),
        written(0, 1),
        Op::Sync(0),
        Op::SyncFolder,
        written(1_024, 2),
        Op::Create(1, "b".to_owned()),
    ];
    let mut disk = Disk::default();
    ops.iter().for_each(|op| disk.take(op));
    assert!(disk.is_waiting("a") && !disk.is_waiting("b"));
    let mut dice = Dice::new(1);
    let least = disk.cut(Keep::Nothing, &mut dice);
    assert_eq!(least, BTreeMap::from([("a".to_owned(), vec![1; 1_024])]));
    let most = disk.cut(Keep::All, &mut dice);
    assert_eq!(most["a"], [[1; 1_024], [2; 1_024]].concat());
    assert!(most["b"].is_empty());
    let torn = (0..100).map(|_| disk.cut(Keep::Some, &mut dice)["a"].clone());
    let torn: Vec<_> = torn.collect();
    assert!(torn.iter().all(|bytes| bytes[..1_024] == [1; 1_024]));
    assert!(
        torn.iter().any(|bytes| bytes.len() == 1_024 + SECTOR),
        "torn by sectors"
    );
    assert!(
        torn.iter()
            .any(|bytes| bytes[1_024..].starts_with(&[0; SECTOR])),
        "the later half"
    );
}
