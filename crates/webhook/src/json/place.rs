//! Values at their places (RFC 6901).

use serde_json::{Map, Value};

/// The text of a value; empty if it is null or missing, none if it has no one text.
pub(super) fn text(item: &Value, place: &str) -> Option<String> {
    match item.pointer(place) {
        None | Some(Value::Null) => Some(String::new()),
        Some(Value::Bool(value)) => Some(value.to_string()),
        Some(Value::String(value)) => Some(value.clone()),
        // A fraction or an exponent can be written in several ways.
        Some(Value::Number(number)) if !number.is_f64() => Some(number.to_string()),
        Some(Value::Array(_) | Value::Number(_) | Value::Object(_)) => None,
    }
}

/// Puts a string at a place, and makes the objects on the way that are missing.
pub(super) fn put(item: &mut Value, place: &str, text: &str) -> Option<()> {
    let mut at = item;
    for name in place.strip_prefix('/')?.split('/') {
        let members = at.as_object_mut()?;
        let empty = Value::Object(Map::new());
        at = members.entry(name).or_insert(empty);
    }
    *at = text.into();
    Some(())
}
