use std::fs;

use crate::workspace;

/// Writes a file for people to read, which is no part of the sources: `artifacts/<name>`.
pub fn artifact(name: &str, text: &str) {
    let path = workspace().join("artifacts").join(name);
    let folder = path.parent().expect("a file has a folder");
    fs::create_dir_all(folder).expect("the folder can be made");
    fs::write(path, text).expect("the file can be written");
}
