//! A document's shape: JSON of exactly the fields there are. A field nobody knows is refused by its path, because it
//! may carry something that its sender counts on.

use axum::http::StatusCode;
use protocol::document::SettlementDocument;
use serde_json::Value;
use serde_json::error::Category;
use web::ApiError;

use super::{Hinted, Refused, body};

/// Reads a document.
pub fn read(bytes: &[u8]) -> Result<SettlementDocument, Refused> {
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let mut passed_over = false;
    let document = serde_ignored::deserialize(&mut parser, |_| passed_over = true);
    let document = document.and_then(|document| parser.end().map(|()| document));
    let document = document.map_err(|error| Refused::Api(not_readable(&error)))?;
    if !passed_over {
        return Ok(document);
    }
    // Which field it is, and whether it says anything, is looked up for those who sent one.
    let sent: Value = serde_json::from_slice(bytes).map_err(|error| Refused::Api(not_readable(&error)))?;
    let understood = serde_json::to_value(&document).unwrap_or_default();
    let Some(path) = unknown(&sent, &understood) else { return Ok(document) };
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

fn not_readable(error: &serde_json::Error) -> ApiError {
    let code = match error.classify() {
        Category::Data => "document.shape",
        Category::Io | Category::Syntax | Category::Eof => "document.not_json",
    };
    let (line, column) = (error.line(), error.column());
    ApiError::new(StatusCode::BAD_REQUEST, code, format!("line {line}, column {column}: {error}"))
        .rule("The body is one SettlementDocument as JSON: {\"register_id\": …, \"settlement\": {…}}")
        .hint("Compare it with the example payload and the JSON Schema; nothing was stored")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_path_of_an_unknown_field_is_told() {
        let understood = json!({"a": 1, "b": [{"c": 1}, {"c": 2}]});
        assert_eq!(unknown(&json!({"a": 1, "b": [{"c": 1}, {"c": 2, "d": 3}]}), &understood).unwrap(), "b.1.d");
        assert_eq!(unknown(&json!({"a": 1, "x": null, "y": [], "b": [{"c": 1}]}), &understood), None);
        assert_eq!(unknown(&json!({"z": 0}), &understood).unwrap(), "z");
    }
}
