//! What is delivered.

use super::peer::Bodies;

/// What a peer is asked to take.
pub(crate) fn bodies(takes: Bodies) -> Vec<Vec<u8>> {
    let json = r#"{"event":"invoice.paid","id":"in_1","amount":420000,"paid":true}"#;
    assert_eq!(json.len(), 64);
    let long = format!("[{}0]", "1234567,".repeat(12_800));
    let texts: [&[u8]; 5] = [
        json.as_bytes(),
        b"{\r\n  \"a\": 1\r\n}\r\n",
        "{\"an\":\"Müller, 東京, 🦀\"}".as_bytes(),
        b"\xef\xbb\xbf{\"bom\":true}",
        long.as_bytes(),
    ];
    let texts = texts.map(<[u8]>::to_vec).to_vec();
    match takes {
        Bodies::Bytes => {
            let binary = b"\xff\xfe\x00{\"no\":\"text\"}\x80\xc3".to_vec();
            [texts, vec![Vec::new(), binary]].concat()
        }
        Bodies::Forms => forms(),
        Bodies::SomeText => texts,
        Bodies::Text => [texts, vec![Vec::new()]].concat(),
    }
}

/// The same as forms, and fields that are there twice, have no value, or want to be sorted.
fn forms() -> Vec<Vec<u8>> {
    let long = format!("Body={}&From=%2B14158675310", "a%20b+".repeat(17_000));
    let forms = [
        "",
        "CallSid=CA1&From=%2B14158675310&To=%2B15017122661&Digits=12345678",
        "b=2&B=1&a=%0D%0A&Empty=&a1=x",
        "Body=M%C3%BCller%2C+%E6%9D%B1%E4%BA%AC%2C+%F0%9F%A6%80",
        "Body=%EF%BB%BFbom",
        "MediaUrl=two&MediaUrl=one&MediaUrl=two&Body=x",
        &long,
    ];
    forms.map(|form| form.as_bytes().to_vec()).to_vec()
}
