//! What the command is not told.

use crate::support::{Folder, SECRET};

#[track_caller]
fn is_usage(folder: &Folder, line: &str, why: &str) {
    let said = folder.run(line);
    assert_eq!((said.status, said.out.as_str()), (2, ""), "{line}");
    assert!(said.err.contains(why), "{line}: {}", said.err);
    assert!(!said.err.contains(SECRET), "{line}: {}", said.err);
}

const SIGN: &str = "webhook sign --scheme github --secret-file secret --body-file body";
const VERIFY: &str =
    "webhook verify --scheme github --secret-file secret --body-file body --headers-file headers";

#[test]
fn what_clap_cannot_read_is_usage() {
    let folder = Folder::new();
    folder.write("headers", "");
    for (line, why) in [
        ("", "Usage"),
        ("webhook", "Usage"),
        ("webhook post", "unrecognized subcommand"),
        ("webhook sign", "--secret-file"),
        (
            "webhook verify --scheme github --secret-file secret",
            "--headers-file",
        ),
        (&format!("{SIGN} --explain"), "--explain"),
        (&format!("{SIGN} --timestamp -1"), "-1"),
        (&format!("{SIGN} --timestamp 1.5"), "1.5"),
        (&format!("{SIGN} --method a/b"), "a/b"),
        (&format!("{VERIFY} --now yesterday"), "yesterday"),
    ] {
        is_usage(&folder, line, why);
    }
}

#[test]
fn what_cannot_be_used_is_usage() {
    let folder = Folder::new();
    folder.write("headers", "x-one: 1\nno header\n");
    folder.write("empty", "\n \r\n");
    folder.write("short", "0123456789abcde\n");
    folder.write("binary", b"\xff\xfe0123456789abcdef");
    for (line, why) in [
        (SIGN.replace("github", "gitbub"), "no scheme of this name"),
        (SIGN.replace("github", "square"), "--url is missing"),
        (VERIFY.replace("github", "square"), "--url is missing"),
        (SIGN.replace("github", "finch"), "secret 1 cannot be used"),
        (
            SIGN.replace("--secret-file secret", "--secret-file none"),
            "none cannot be read",
        ),
        (
            SIGN.replace("--secret-file secret", "--secret-file empty"),
            "no secret",
        ),
        (
            SIGN.replace("--secret-file secret", "--secret-file short"),
            "fewer than 16 bytes",
        ),
        (
            SIGN.replace("--secret-file secret", "--secret-file binary"),
            "not UTF-8",
        ),
        (
            SIGN.replace("--body-file body", "--body-file none"),
            "none cannot be read",
        ),
        (
            format!(
                "{} --timestamp {}",
                SIGN.replace("github", "slack"),
                u64::MAX
            ),
            "signed",
        ),
        (
            VERIFY.replace("headers-file headers", "headers-file none"),
            "none cannot be read",
        ),
        (VERIFY.to_owned(), "line 2 of the headers"),
    ] {
        is_usage(&folder, &line, why);
    }
}

#[test]
fn help_is_no_failure() {
    let folder = Folder::new();
    for line in [
        "--help",
        "webhook --help",
        "webhook verify --help",
        "--version",
    ] {
        let said = folder.run(line);
        assert_eq!((said.status, said.err.as_str()), (0, ""), "{line}");
        assert!(said.out.contains("portcullis"), "{line}");
    }
}
