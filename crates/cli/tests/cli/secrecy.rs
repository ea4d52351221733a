//! What must not be seen.

use portcullis_webhook::schemes;

use crate::keys::pairs;
use crate::support::{BODY, Folder, Said, URL};

fn shows(said: &Said, what: &str) -> bool {
    said.out.contains(what) || said.err.contains(what)
}

/// The last part of each value: what stands after a prefix, a key or a tag.
fn signatures(headers: &str) -> Vec<&str> {
    let values = headers.lines().filter_map(|line| line.split_once(": "));
    let parts = values.flat_map(|(_, value)| value.split([',', ';', ' ', ':', '"', '.']));
    let parts = parts.map(|part| part.trim_end_matches('='));
    let ends = parts.map(|part| part.rsplit('=').next().unwrap());
    ends.filter(|end| end.len() >= 27).collect()
}

#[test]
fn w04_neither_secrets_nor_signatures_are_printed() {
    let folder = Folder::new();
    let rest = format!("--url {URL}");
    for scheme in schemes::all().filter(|scheme| !scheme.signs_into_body()) {
        let name = scheme.name();
        let signed = pairs(&scheme).into_iter().find_map(|pair| {
            folder.write("secret", format!("{}\n", pair.signing));
            folder.write("body", [BODY, b" "].concat());
            let right = folder.sign(name, &format!("{rest} --id msg_1")).out;
            folder.write("body", BODY);
            let said = folder.sign(name, &format!("{rest} --id msg_1"));
            (said.status == 0).then_some((pair, said, right))
        });
        let (pair, signing, right) = signed.unwrap();
        // PEM has lines, of which none may be seen.
        let secret = |text: &str| text.lines().nth(1).unwrap_or(text).to_owned();
        let (private, public) = (secret(&pair.signing), secret(&pair.verifying));
        assert!(!shows(&signing, &private), "{name}");
        folder.write("secret", format!("{}\n", pair.verifying));
        folder.write("body", [BODY, b" "].concat());
        for explain in ["", "--explain"] {
            // Some sign the URL or its query, and nothing of the body.
            let said = folder.verify(name, &format!("{rest}&data.id=2 {explain}"));
            assert_eq!(said.status, 1, "{name}");
            assert!(!shows(&said, &public), "{name}");
            let all = [signatures(&right), signatures(&signing.out)].concat();
            assert!(all.len() >= 2, "{name}: {right}");
            assert!(
                !all.iter().any(|signature| shows(&said, signature)),
                "{name}"
            );
        }
    }
}

#[test]
fn w04_a_secret_that_cannot_be_used_is_not_printed() {
    let folder = Folder::new();
    folder.write("headers", "");
    for scheme in ["finch", "authorize-net", "standard-webhooks", "wise"] {
        let secret = "0123456789%%%%%%%%%%no format of any kind";
        folder.write("secret", secret);
        for said in [folder.sign(scheme, ""), folder.verify(scheme, "--explain")] {
            assert_eq!(said.status, 2, "{scheme}");
            assert!(
                !shows(&said, "0123456789") && !shows(&said, "no format"),
                "{said:?}"
            );
        }
    }
}
