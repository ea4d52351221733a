//! What `verify` says.

use std::io::Write as _;
use std::process::Stdio;

use portcullis_webhook::schemes;

use crate::support::{BODY, Folder, SECRET, URL};

const AT: &str = "--timestamp 1700000000";
const NOW: &str = "--now 1700000000";

#[test]
fn a_known_delivery_is_signed_as_its_provider_does() {
    let folder = Folder::new();
    folder.write("secret", "It's a Secret to Everybody\n");
    folder.write("body", "Hello, World!");
    let hex = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let line = format!("x-hub-signature-256: sha256={hex}\n");
    folder.sign("github", "").is(0, &line);
}

#[test]
fn the_body_comes_from_standard_input_if_there_is_no_file() {
    let folder = Folder::new();
    folder.sign("github", "");
    for (body, status) in [(BODY, 0), (&BODY[1..], 1)] {
        let mut command = folder.command();
        let args = "webhook verify --scheme github --secret-file secret --headers-file headers";
        command.args(args.split(' ')).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(body).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(status));
    }
}

#[test]
fn the_time_is_now_unless_another_one_is_given() {
    let folder = Folder::new();
    folder.sign("stripe", "");
    folder.verify("stripe", "").is(0, "verified\n");
    let old = "refused: the delivery is too old\n";
    folder.sign("stripe", AT);
    folder.verify("stripe", "").is(1, old);
    folder
        .verify("stripe", "--now 1700000300")
        .is(0, "verified\n");
    folder.verify("stripe", "--now 1700000301").is(1, old);
    let early = "refused: the delivery is from the future\n";
    folder.verify("stripe", "--now 1699999699").is(1, early);
}

#[test]
fn an_id_is_random_unless_one_is_given() {
    let folder = Folder::new();
    folder.write("secret", "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=\n");
    let first = folder.sign("standard-webhooks", AT).out;
    let second = folder.sign("standard-webhooks", AT).out;
    assert_ne!(first, second);
    let given = folder
        .sign("standard-webhooks", &format!("{AT} --id msg_1"))
        .out;
    assert!(given.contains("webhook-id: msg_1\n"), "{given}");
    assert!(given.contains("webhook-timestamp: 1700000000\n"), "{given}");
    folder.verify("standard-webhooks", NOW).is(0, "verified\n");
}

#[test]
fn url_and_method_are_signed_where_the_scheme_does() {
    let folder = Folder::new();
    let delivery = format!("--url {URL} --method PUT");
    folder.sign("hubspot-v3", &format!("{AT} {delivery}"));
    folder
        .verify("hubspot-v3", &format!("{NOW} {delivery}"))
        .is(0, "verified\n");
    let refused = "refused: no signature fits\n";
    let by_post = format!("{NOW} --url {URL}");
    folder.verify("hubspot-v3", &by_post).is(1, refused);
    let other = delivery.replace("x=1", "x=2");
    folder
        .verify("hubspot-v3", &format!("{NOW} {other}"))
        .is(1, refused);
}

#[test]
fn w06_any_secret_of_the_file_is_good() {
    let folder = Folder::new();
    folder.sign("github", "");
    let both = format!("the secret that comes next\r\n\n{SECRET}\r\n");
    folder.write("secret", both);
    folder.verify("github", "").is(0, "verified\n");
    folder.write("secret", "the secret that comes next\n");
    folder
        .verify("github", "")
        .is(1, "refused: no signature fits\n");
}

#[test]
fn headers_are_read_as_they_are_sent() {
    let folder = Folder::new();
    let signed = folder.sign("github", "").out;
    let signature = signed.split(": ").nth(1).unwrap().trim();
    let sent = format!("Host: a\r\n\r\nX-Hub-Signature-256:\t{signature} \r\n");
    folder.write("headers", sent);
    folder.verify("github", "").is(0, "verified\n");
    folder.write("headers", format!("{signed}{signed}"));
    let malformed = "refused: a header of the signature cannot be read\n";
    folder.verify("github", "").is(1, malformed);
    folder.write("headers", "");
    let missing = "refused: a header of the signature is missing\n";
    folder.verify("github", "").is(1, missing);
}

#[test]
fn w30_a_body_that_is_too_long_is_refused() {
    let folder = Folder::new();
    let most = usize::try_from(schemes::ASANA.body_limit()).unwrap();
    folder.write("body", vec![b' '; most]);
    assert_eq!(folder.sign("asana", "").status, 0);
    folder.verify("asana", "").is(0, "verified\n");
    folder.write("body", vec![b' '; most + 1]);
    folder
        .verify("asana", "")
        .is(1, "refused: the body is too long\n");
    let said = folder.sign("asana", "");
    assert_eq!((said.status, said.out.as_str()), (2, ""));
}

#[test]
fn w49_an_explanation_is_given_when_it_is_asked_for() {
    let folder = Folder::new();
    folder.sign("github", "");
    folder.write("body", [BODY, b"\n"].concat());
    let refused = "refused: no signature fits\n";
    folder.verify("github", "").is(1, refused);
    let likely = "likely: the signature fits the body without the newline at its end\n";
    folder
        .verify("github", "--explain")
        .is(1, &format!("{refused}{likely}"));
    folder.write("body", BODY);
    folder.verify("github", "--explain").is(0, "verified\n");
}

#[test]
fn w49_white_space_around_a_secret_is_told() {
    let folder = Folder::new();
    folder.sign("github", "");
    folder.write("secret", format!("{SECRET} \n"));
    let said = folder.verify("github", "--explain");
    let likely = "likely: the signature fits secret 1 read as Utf8 without white space at its ends";
    said.is(1, &format!("refused: no signature fits\n{likely}\n"));
}

/// A secret that the scheme cannot read is no verdict, and still something to explain.
#[test]
fn w49_a_secret_of_another_format_is_told() {
    let folder = Folder::new();
    folder.write("secret", "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=\n");
    folder.sign("standard-webhooks", AT);
    folder.write("secret", "\"whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=\"\n");
    let said = folder.verify("standard-webhooks", &format!("{NOW} --explain"));
    assert_eq!(said.status, 2);
    let likely = "likely: the signature fits secret 1 read as Whsec without quotation marks\n";
    assert_eq!(said.out, likely);
    let error = "error: secret 1 cannot be used: the secret is not written as the scheme has it\n";
    assert_eq!(said.err, error);
}
