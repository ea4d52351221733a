//! The project's own files, in a stable order.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::process::root;

/// Folders that hold nothing of the project's own, besides those whose names begin with a dot.
const FOREIGN: [&str; 4] = ["artifacts", "node_modules", "outbox", "target"];

/// A file and its text.
pub(crate) struct Source {
    /// Relative to the workspace, with `/` between the parts.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Reads every file below `folders` whose extension is one of `extensions`, sorted by path.
pub(crate) fn sources(folders: &[&str], extensions: &[&str]) -> Result<Vec<Source>, Failure> {
    let mut paths = Vec::new();
    for folder in folders {
        collect(&root().join(folder), extensions, &mut paths)?;
    }
    let mut found = paths
        .iter()
        .map(|path| read(path))
        .collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Reads one file.
pub(crate) fn read(path: &Path) -> Result<Source, Failure> {
    let text = fs::read_to_string(path).map_err(Failure::file(path))?;
    Ok(Source {
        path: relative(path),
        text,
    })
}

/// The folders directly inside `folder`; none if there is no such folder.
pub(crate) fn folders_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = entries(folder)?;
    found.retain(|path| path.is_dir() && !is_foreign(path));
    found.sort();
    Ok(found)
}

/// The files directly inside `folder` with this extension, sorted.
pub(crate) fn files_in(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut found = entries(folder)?;
    found.retain(|path| path.is_file() && has_any(path, &[extension]));
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for inner in folders_in(folder)? {
        collect(&inner, extensions, found)?;
    }
    let files = if folder.is_dir() {
        entries(folder)?
    } else {
        Vec::new()
    };
    found.extend(
        files
            .into_iter()
            .filter(|path| path.is_file() && has_any(path, extensions)),
    );
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let list = fs::read_dir(folder).map_err(Failure::file(folder))?;
    list.map(|entry| {
        entry
            .map(|entry| entry.path())
            .map_err(Failure::file(folder))
    })
    .collect()
}

fn has_any(path: &Path, extensions: &[&str]) -> bool {
    path.extension()
        .is_some_and(|extension| extensions.iter().any(|one| extension == *one))
}

fn is_foreign(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || FOREIGN.contains(&&*name)
}

fn relative(path: &Path) -> String {
    let inner = path.strip_prefix(root()).unwrap_or(path);
    let parts: Vec<_> = inner.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}
