//! Every scheme.

use portcullis_webhook::schemes;

use crate::keys::pairs;
use crate::support::{BODY, Folder, URL};

#[test]
fn schemes_are_listed_one_a_line() {
    let said = Folder::new().run("webhook schemes");
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    assert!(said.out.lines().count() >= 110);
    assert_eq!(said.out.lines().count(), schemes::all().count());
    for (line, scheme) in said.out.lines().zip(schemes::all()) {
        let [name, title, kind, from] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        assert_eq!((name, title), (scheme.name(), scheme.title()));
        match kind {
            "official" | "second-hand" => assert!(!from.is_empty(), "{line}"),
            _ => assert_eq!((kind, from), ("own", ""), "{line}"),
        }
    }
    let github = said.out.lines().find(|line| line.starts_with("github\t"));
    assert!(github.unwrap().starts_with("github\tGitHub\tofficial\t"));
}

/// Whoever has read enough closes the pipe, and that is no fault.
#[test]
fn a_list_that_nobody_reads_to_its_end_is_no_failure() {
    let folder = Folder::new();
    let mut command = folder.command();
    command
        .args(["webhook", "schemes"])
        .stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn w47_what_is_signed_is_verified_and_nothing_else() {
    let folder = Folder::new();
    for scheme in schemes::all() {
        let name = scheme.name();
        let rest = format!("--url {URL}");
        let pair = pairs(&scheme).into_iter().find(|pair| {
            folder.write("secret", format!("{}\n", pair.signing));
            folder.write("body", BODY);
            folder.sign(name, &rest).status == 0
        });
        let pair = pair.unwrap_or_else(|| panic!("{name} cannot be signed"));
        folder.write("secret", format!("{}\n", pair.verifying));
        folder.verify(name, &rest).is(0, "verified\n");
        let mut other = BODY.to_vec();
        other[3] ^= 1;
        folder.write("body", other);
        folder
            .verify(name, &rest)
            .is(1, "refused: no signature fits\n");
    }
}
