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

/// The body that is printed is the one to send.
#[test]
fn w47_a_signature_that_stands_in_the_body_is_printed_with_it() {
    let folder = Folder::new();
    folder.write("secret", "a secret that is long enough\n");
    folder.write("body", r#"{"event-data":{"event":"opened"}}"#);
    let said = folder
        .run("webhook sign --scheme mailgun --secret-file secret --body-file body --id token-1");
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    let signed = said.out.strip_prefix('\n').unwrap();
    assert!(signed.contains(r#""event":"opened""#), "{signed}");
    folder.write("headers", "");
    let verify = "webhook verify --scheme mailgun --secret-file secret --headers-file headers \
                  --body-file body";
    folder.write("body", signed);
    folder.run(verify).is(0, "verified\n");
    folder.write("body", signed.replace("token-1", "token-2"));
    folder.run(verify).is(1, "refused: no signature fits\n");
}

#[test]
fn w47_what_is_signed_is_verified_and_nothing_else() {
    let folder = Folder::new();
    for scheme in schemes::all().filter(|scheme| !scheme.signs_into_body()) {
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
        // Some of the providers sign the URL or its query, and nothing of the body.
        let is_bodiless = ["jira-connect", "mercado-pago", "monday"].contains(&name);
        let other = if is_bodiless { "&data.id=2" } else { "" };
        folder
            .verify(name, &format!("{rest}{other}"))
            .is(1, "refused: no signature fits\n");
    }
}
