//! Whether a value fits a schema: as much of JSON Schema as the published contracts use. A keyword that it does not
//! know is a problem too, so that nothing is left unchecked.

use serde_json::{Map, Value};

/// Keywords that say nothing about what fits.
const SILENT: [&str; 7] = ["$schema", "$defs", "title", "description", "default", "format", "deprecated"];

/// Everything in `value` that does not fit `schema`, each with its path.
pub fn problems(root: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let Value::Object(keywords) = schema else {
        return if schema == &Value::Bool(true) { vec![] } else { vec![format!("{path}: nothing fits")] };
    };
    let mut found = Vec::new();
    for (keyword, rule) in keywords.iter().filter(|(keyword, _)| !SILENT.contains(&keyword.as_str())) {
        found.extend(one(root, keywords, keyword, rule, value).into_iter().map(|problem| match problem {
            Problem::Here(text) => format!("{path}: {text}"),
            Problem::Below(key, schema, value) => problems(root, &schema, &value, &format!("{path}/{key}")).join("; "),
        }));
    }
    found.retain(|problem| !problem.is_empty());
    found
}

enum Problem {
    Here(String),
    Below(String, Value, Value),
}

fn one(root: &Value, all: &Map<String, Value>, keyword: &str, rule: &Value, value: &Value) -> Vec<Problem> {
    let unless =
        |fits: bool| if fits { vec![] } else { vec![Problem::Here(format!("{keyword} {rule} but is {value}"))] };
    let fits = |schema: &Value| problems(root, schema, value, "").is_empty();
    let list = rule.as_array().map(Vec::as_slice).unwrap_or_default();
    match keyword {
        "$ref" => {
            let to = root.pointer(rule.as_str().unwrap().trim_start_matches('#')).expect("a reference leads somewhere");
            vec![Problem::Below(String::new(), to.clone(), value.clone())]
        }
        "type" => unless(rule.as_str().map_or(list.iter().any(|t| is(value, t.as_str().unwrap())), |t| is(value, t))),
        "enum" => unless(list.contains(value)),
        "const" => unless(rule == value),
        "oneOf" => unless(list.iter().filter(|schema| fits(schema)).count() == 1),
        "anyOf" => unless(list.iter().any(fits)),
        "allOf" => unless(list.iter().all(fits)),
        "minimum" => unless(value.as_i64() >= rule.as_i64()),
        "maximum" => unless(value.as_i64().unwrap_or(0) <= rule.as_i64().unwrap()),
        "minLength" | "maxLength" => vec![],
        "pattern" => unless(value.as_str().is_none_or(|text| matches_pattern(rule.as_str().unwrap(), text))),
        "required" => unless(list.iter().all(|key| value.get(key.as_str().unwrap()).is_some())),
        "items" => below(value.as_array().into_iter().flatten().enumerate().map(|(i, v)| (i.to_string(), v)), rule),
        "properties" => rule
            .as_object()
            .unwrap()
            .iter()
            .filter_map(|(key, schema)| {
                value.get(key).map(|value| Problem::Below(key.clone(), schema.clone(), value.clone()))
            })
            .collect(),
        "additionalProperties" => {
            let known = |key: &String| all.get("properties").and_then(|p| p.get(key)).is_some();
            let more = value.as_object().into_iter().flatten().filter(|(key, _)| !known(key));
            below(more.map(|(key, value)| (key.clone(), value)), rule)
        }
        unknown => vec![Problem::Here(format!("the test does not know the keyword {unknown}"))],
    }
}

fn below<'a>(values: impl Iterator<Item = (String, &'a Value)>, schema: &Value) -> Vec<Problem> {
    values.map(|(key, value)| Problem::Below(key, schema.clone(), value.clone())).collect()
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}

/// The few patterns there are: anchored digits, hexadecimal digits or non-spaces, so many of them.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let inner = pattern.strip_prefix('^').and_then(|p| p.strip_suffix('$')).expect("patterns are anchored");
    let (prefix, inner) = inner.strip_prefix('T').map_or(("", inner), |rest| ("T", rest));
    let Some(text) = text.strip_prefix(prefix) else { return false };
    let (class, counts) = inner.strip_suffix('}').and_then(|p| p.rsplit_once('{')).expect("a class and a count");
    let (least, most) = counts.split_once(',').unwrap_or((counts, counts));
    let count = text.chars().count();
    let fits = |c: char| match class {
        "[0-9]" => c.is_ascii_digit(),
        "[0-9a-f]" => c.is_ascii_digit() || ('a'..='f').contains(&c),
        "\\S" => !c.is_whitespace(),
        _ => false,
    };
    (least.parse().unwrap()..=most.parse().unwrap()).contains(&count) && text.chars().all(fits)
}
