//! What a process did to a folder, from what `strace` wrote of it.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::disk::Op;

/// Bytes as `\x00\x01`, paths of descriptors, and all calls that change a file.
pub(super) const STRACE: [&str; 10] = [
    "strace",
    "-f",
    "-y",
    "-xx",
    "-s",
    "9000",
    "-e",
    "trace=openat,open,creat,write,pwrite64,pwritev,fsync,fdatasync,ftruncate,fallocate,unlink,\
     unlinkat,rename",
    "-e",
    "signal=none",
];

/// Reads a trace.
#[derive(Default)]
struct Reader {
    folder: Vec<u8>,
    /// Which file has which name now, and how many there were.
    files: BTreeMap<String, usize>,
    count: usize,
    ops: Vec<Op>,
}

/// The ops in a trace of a process on this folder.
pub(super) fn ops(trace: &Path, folder: &Path) -> Vec<Op> {
    let mut reader = Reader {
        folder: folder.as_os_str().as_encoded_bytes().to_vec(),
        ..Reader::default()
    };
    let mut begun: HashMap<String, String> = HashMap::new();
    for line in BufReader::new(File::open(trace).expect("a trace")).lines() {
        let line = line.expect("text");
        let (process, call) = line.split_once(' ').expect("a process and a call");
        let call = call.trim_start();
        if let Some(begin) = call.strip_suffix(" <unfinished ...>") {
            // What is told is told at the latest when the call begins; all else is done at its end.
            if begin.starts_with("write(") {
                reader.call(begin);
            } else {
                begun.insert(process.to_owned(), begin.to_owned());
            }
        } else if let Some((_, rest)) = call.split_once(" resumed>") {
            if let Some(begin) = begun.remove(process) {
                reader.call(&format!("{begin}{rest}"));
            }
        } else {
            reader.call(call);
        }
    }
    reader.ops
}

impl Reader {
    fn call(&mut self, call: &str) {
        let Some((name, arguments)) = call.split_once('(') else {
            return;
        };
        let result = arguments
            .rsplit_once(") ")
            .map_or("", |(_, result)| result.trim_start());
        if result.starts_with("= -1") {
            return;
        }
        match name {
            "write" if arguments.starts_with("1<") => self.told(&quoted(arguments, 0)),
            "openat" if arguments.contains("O_CREAT") => {
                let name = self.name(&quoted(arguments, 0));
                self.create(name);
            }
            "unlink" => {
                if let Some(name) = self.name(&quoted(arguments, 0)) {
                    self.files.remove(&name);
                    self.ops.push(Op::Unlink(name));
                }
            }
            "pwrite64" | "ftruncate" | "fsync" | "fdatasync" => self.file(name, arguments),
            // Nothing else may change the folder's files, or the simulation would be wrong.
            _ => {
                let path = descriptor(arguments);
                assert!(
                    name == "openat" || self.name(&path).is_none(),
                    "a call that is not simulated: {name}"
                );
            }
        }
    }

    fn told(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let said = text.strip_prefix("= ").map(str::trim_end);
        self.ops.extend(said.map(|said| Op::Told(said.to_owned())));
    }

    fn create(&mut self, name: Option<String>) {
        let Some(name) = name.filter(|name| !self.files.contains_key(name)) else {
            return;
        };
        self.files.insert(name.clone(), self.count);
        self.ops.push(Op::Create(self.count, name));
        self.count += 1;
    }

    /// A call on a descriptor.
    fn file(&mut self, call: &str, arguments: &str) {
        let path = descriptor(arguments);
        if path == self.folder {
            self.ops.push(Op::SyncFolder);
            return;
        }
        let Some(file) = self.name(&path).and_then(|name| self.files.get(&name)) else {
            return;
        };
        let last = arguments.rsplit_once(") ").expect("a result").0;
        let last = last.rsplit(", ").next().and_then(|last| last.parse().ok());
        self.ops.push(match call {
            "pwrite64" => Op::Write(*file, last.expect("a place"), quoted(arguments, 0)),
            "ftruncate" => Op::Cut(*file, last.expect("a length")),
            _ => Op::Sync(*file),
        });
    }

    /// The name of a file in the folder that outlives a power cut: the log's index does not.
    fn name(&self, path: &[u8]) -> Option<String> {
        let name = path
            .strip_prefix(self.folder.as_slice())?
            .strip_prefix(b"/")?;
        let name = String::from_utf8(name.to_vec()).ok()?;
        (!name.ends_with("-shm")).then_some(name)
    }
}

/// The path of the descriptor that the arguments begin with.
fn descriptor(arguments: &str) -> Vec<u8> {
    let path = arguments
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    path.map_or_else(Vec::new, |(path, _)| bytes(path))
}

/// The n-th text in quotes.
fn quoted(arguments: &str, n: usize) -> Vec<u8> {
    bytes(arguments.split('"').nth(2 * n + 1).unwrap_or(""))
}

/// The bytes of `\x00\x01`.
fn bytes(text: &str) -> Vec<u8> {
    let digit = |digit: u8| match digit {
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit - b'0',
    };
    let pairs = text.as_bytes().chunks_exact(4);
    pairs.map(|it| digit(it[2]) * 16 + digit(it[3])).collect()
}
