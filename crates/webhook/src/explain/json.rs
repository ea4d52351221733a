//! JSON that was read and written again.
//!
//! It is taken apart into tokens and not into values, so that numbers stay as they are written and
//! keys in their order. What an object with sorted keys looks like is asked of `serde_json`.

use std::borrow::Cow;

use serde_json::Value;

use super::kinds::{JsonEscapes, JsonForm, JsonLayout};

const LAYOUTS: [JsonLayout; 4] = [
    JsonLayout::Compact,
    JsonLayout::Spaced,
    JsonLayout::TwoSpaces,
    JsonLayout::FourSpaces,
];

const ESCAPES: [JsonEscapes; 4] = [
    JsonEscapes::AsReceived,
    JsonEscapes::Required,
    JsonEscapes::NonAscii,
    JsonEscapes::NonAsciiAndSlash,
];

/// The same JSON in every form; nothing if the body is none.
pub(super) fn forms(body: &[u8]) -> impl Iterator<Item = (JsonForm, Vec<u8>)> {
    let sources = sources(body).unwrap_or_default().into_iter();
    sources.flat_map(|(is_sorted, source)| {
        ESCAPES.into_iter().flat_map(move |escapes| {
            let source = source.clone();
            LAYOUTS.into_iter().map(move |layout| {
                let form = JsonForm {
                    layout,
                    escapes,
                    is_sorted,
                };
                (form, write(&source, form))
            })
        })
    })
}

/// The body as it came and, as compact JSON, with its keys sorted.
fn sources(body: &[u8]) -> Option<Vec<(bool, Vec<u8>)>> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    value.sort_all_objects();
    Some(vec![
        (false, body.to_vec()),
        (true, serde_json::to_vec(&value).ok()?),
    ])
}

fn write(json: &[u8], form: JsonForm) -> Vec<u8> {
    let mut to = Writer {
        bytes: Vec::with_capacity(json.len()),
        layout: form.layout,
        depth: 0,
    };
    let (mut rest, mut is_empty) = (json.trim_ascii(), false);
    while let Some((token, after)) = next(rest) {
        let closes = matches!(token, b"]" | b"}");
        if is_empty && !closes {
            to.line();
        }
        match token {
            b"[" | b"{" => to.open(token),
            b"]" | b"}" => to.close(token, is_empty),
            b"," => to.comma(),
            b":" => to.colon(),
            _ => to.bytes.extend_from_slice(&escaped(token, form.escapes)),
        }
        is_empty = matches!(token, b"[" | b"{");
        rest = after;
    }
    to.bytes
}

/// The next token, and what follows it and the white space behind it.
fn next(json: &[u8]) -> Option<(&[u8], &[u8])> {
    let len = match json.first()? {
        b'[' | b']' | b'{' | b'}' | b',' | b':' => 1,
        b'"' => string_len(json),
        _ => {
            let is_end = |byte: &u8| b",:]} \t\r\n".contains(byte);
            json.iter().position(is_end).unwrap_or(json.len()).max(1)
        }
    };
    let (token, rest) = json.split_at_checked(len)?;
    Some((token, rest.trim_ascii_start()))
}

fn string_len(json: &[u8]) -> usize {
    let mut is_escaped = false;
    let end = json.iter().skip(1).position(|byte| {
        let is_end = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_end
    });
    end.map_or(json.len(), |end| end + 2)
}

/// A string with its characters escaped in this way; other tokens stay as they are.
fn escaped(token: &[u8], escapes: JsonEscapes) -> Cow<'_, [u8]> {
    let is_string = token.first() == Some(&b'"') && escapes != JsonEscapes::AsReceived;
    let text = is_string
        .then(|| serde_json::from_slice::<String>(token).ok())
        .flatten();
    let Some(text) = text.and_then(|text| serde_json::to_string(&text).ok()) else {
        return Cow::Borrowed(token);
    };
    if escapes == JsonEscapes::Required {
        return Cow::Owned(text.into_bytes());
    }
    let mut ascii = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '/' if escapes == JsonEscapes::NonAsciiAndSlash => ascii.push_str("\\/"),
            character if character.is_ascii() => ascii.push(character),
            character => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    ascii.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    Cow::Owned(ascii.into_bytes())
}

struct Writer {
    bytes: Vec<u8>,
    layout: JsonLayout,
    depth: usize,
}

impl Writer {
    fn open(&mut self, token: &[u8]) {
        self.bytes.extend_from_slice(token);
        self.depth += 1;
    }

    fn close(&mut self, token: &[u8], is_empty: bool) {
        self.depth = self.depth.saturating_sub(1);
        if !is_empty {
            self.line();
        }
        self.bytes.extend_from_slice(token);
    }

    fn comma(&mut self) {
        self.bytes.push(b',');
        match self.layout {
            JsonLayout::Spaced => self.bytes.push(b' '),
            _ => self.line(),
        }
    }

    fn colon(&mut self) {
        self.bytes.push(b':');
        if self.layout != JsonLayout::Compact {
            self.bytes.push(b' ');
        }
    }

    /// Begins a line, if values have lines of their own.
    fn line(&mut self) {
        let indent = match self.layout {
            JsonLayout::Compact | JsonLayout::Spaced => return,
            JsonLayout::FourSpaces => 4,
            JsonLayout::TwoSpaces => 2,
        };
        let len = self.bytes.len() + 1 + indent * self.depth;
        self.bytes.push(b'\n');
        self.bytes.resize(len, b' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#" {"b" : [1.50, {}, [] ], "a":"\u00e9/\"\\", "c":{"x":null}} "#;

    fn form(layout: JsonLayout, escapes: JsonEscapes, is_sorted: bool) -> String {
        let form = JsonForm {
            layout,
            escapes,
            is_sorted,
        };
        let mut all = forms(BODY);
        String::from_utf8(all.find(|(other, _)| *other == form).unwrap().1).unwrap()
    }

    #[test]
    fn w49_json_is_written_in_other_layouts() {
        let of = |layout| form(layout, JsonEscapes::AsReceived, false);
        let compact = r#"{"b":[1.50,{},[]],"a":"\u00e9/\"\\","c":{"x":null}}"#;
        let spaced = r#"{"b": [1.50, {}, []], "a": "\u00e9/\"\\", "c": {"x": null}}"#;
        let two = "{\n  \"b\": [\n    1.50,\n    {},\n    []\n  ],\n  \"a\": \"\\u00e9/\\\"\\\\\",\n  \
                   \"c\": {\n    \"x\": null\n  }\n}";
        assert_eq!(of(JsonLayout::Compact), compact);
        assert_eq!(of(JsonLayout::Spaced), spaced);
        assert_eq!(of(JsonLayout::TwoSpaces), two);
        assert_eq!(of(JsonLayout::FourSpaces), two.replace("  ", "    "));
    }

    #[test]
    fn w49_json_is_written_with_other_escapes() {
        let of = |escapes| form(JsonLayout::Compact, escapes, false);
        assert!(of(JsonEscapes::Required).contains("\"a\":\"é/\\\"\\\\\""));
        assert!(of(JsonEscapes::NonAscii).contains("\"a\":\"\\u00e9/\\\"\\\\\""));
        assert!(of(JsonEscapes::NonAsciiAndSlash).contains("\"a\":\"\\u00e9\\/\\\"\\\\\""));
    }

    #[test]
    fn w49_json_is_written_with_sorted_keys() {
        let sorted = form(JsonLayout::Compact, JsonEscapes::Required, true);
        assert_eq!(
            sorted,
            "{\"a\":\"é/\\\"\\\\\",\"b\":[1.5,{},[]],\"c\":{\"x\":null}}"
        );
    }

    #[test]
    fn what_is_no_json_has_no_form() {
        for body in ["", "{", "a=b", "\u{feff}{}", "{} {}", "\"\\"] {
            assert_eq!(forms(body.as_bytes()).count(), 0, "{body}");
        }
    }
}
