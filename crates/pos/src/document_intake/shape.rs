//! A document's shape: JSON of exactly the fields there are. A field nobody knows is refused by its path, because it
//! may carry something that its sender counts on.

use axum::http::StatusCode;
use protocol::document::SettlementDocument;
use serde_json::Value;
use serde_json::error::Category;
use web::ApiError;

use super::{Hinted, Refused, body};
use crate::intake::Written;

/// Reads a document; its facts are written down on the way.
pub fn read(bytes: &[u8]) -> Result<(SettlementDocument, Written), Refused> {
    let document: SettlementDocument = serde_json::from_slice(bytes).map_err(not_readable)?;
    let written = Written::of(&document.settlement);
    if !says_just(bytes, written.facts()) {
        understood(bytes, &document)?;
    }
    Ok((document, written))
}

/// Whether the bytes end with these facts, word for word. Then nothing in them was passed over; what stands before them
/// is the document's own, whose unknown fields don't parse. So are the documents of a till that writes as we do.
fn says_just(bytes: &[u8], facts: &[u8]) -> bool {
    let head = bytes.strip_suffix(b"}").and_then(|rest| rest.strip_suffix(facts));
    head.is_some_and(|head| head.ends_with(b"\"settlement\":"))
}

/// Whether nothing that says anything was passed over.
fn understood(bytes: &[u8], document: &SettlementDocument) -> Result<(), Refused> {
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let mut passed_over = false;
    let again: Result<SettlementDocument, _> = serde_ignored::deserialize(&mut parser, |_| passed_over = true);
    again.map_err(not_readable)?;
    if !passed_over {
        return Ok(());
    }
    // Which field it is, and whether it says anything, is looked up for those who sent one.
    let sent: Value = serde_json::from_slice(bytes).map_err(not_readable)?;
    let known = serde_json::to_value(document).unwrap_or_default();
    let Some(path) = unknown(&sent, &known) else { return Ok(()) };
    let message = format!("the field {path} is unknown");
    let body = body("document.unknown_field", message, "A document has exactly the fields of its schema");
    Err(Refused::Document(body.hinted("Leave the field out; see the JSON Schema of SettlementDocument")))
}

/// The path of the first field that was sent and not understood. Absent, null and empty mean the same.
fn unknown(sent: &Value, understood: &Value) -> Option<String> {
    match (sent, understood) {
        (Value::Object(sent), Value::Object(understood)) => sent.iter().find_map(|(name, value)| {
            let nothing = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            match understood.get(name) {
                Some(there) => unknown(value, there).map(|path| format!("{name}.{path}")),
                None if nothing => None,
                None => Some(name.clone()),
            }
        }),
        (Value::Array(sent), Value::Array(understood)) => sent
            .iter()
            .zip(understood)
            .enumerate()
            .find_map(|(at, (sent, there))| unknown(sent, there).map(|path| format!("{at}.{path}"))),
        _ => None,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn not_readable(error: serde_json::Error) -> Refused {
    let code = match error.classify() {
        Category::Data => "document.shape",
        Category::Io | Category::Syntax | Category::Eof => "document.not_json",
    };
    let (line, column) = (error.line(), error.column());
    let error = ApiError::new(StatusCode::BAD_REQUEST, code, format!("line {line}, column {column}: {error}"))
        .rule("The body is one SettlementDocument as JSON: {\"register_id\": …, \"settlement\": {…}}")
        .hint("Compare it with the example payload and the JSON Schema; nothing was stored");
    Refused::Api(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_says_just_its_facts_if_it_ends_with_them_and_nothing_else() {
        let facts = br#"{"a":1}"#;
        assert!(says_just(br#"{"register_id":"r","settlement":{"a":1}}"#, facts));
        for other in [
            br#"{"register_id":"r","settlement": {"a":1}}"#.as_slice(),
            br#"{"register_id":"r","settlement":{"a":1,"x":0}}"#,
            br#"{"settlement":{"a":1},"register_id":"r"}"#,
            br#"{"register_id":"r","settlement":{"a":1}} "#,
            br#"{"register_id":"r","settlement":{"b":{"a":1}}}"#,
            b"}",
        ] {
            assert!(!says_just(other, facts), "{}", String::from_utf8_lossy(other));
        }
    }

    #[test]
    fn the_path_of_an_unknown_field_is_told() {
        let understood = json!({"a": 1, "b": [{"c": 1}, {"c": 2}]});
        assert_eq!(unknown(&json!({"a": 1, "b": [{"c": 1}, {"c": 2, "d": 3}]}), &understood).unwrap(), "b.1.d");
        assert_eq!(unknown(&json!({"a": 1, "x": null, "y": [], "b": [{"c": 1}]}), &understood), None);
        assert_eq!(unknown(&json!({"z": 0}), &understood).unwrap(), "z");
    }
}
