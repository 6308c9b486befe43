//! A place's API written down as OpenAPI 3.1, out of the JSON Schemas of its types and one line for each operation.
//!
//! A test holds the document against its file, and its paths against those that are served, so that neither can drift.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

/// Something that can be asked for.
#[derive(Clone, Debug)]
pub struct Operation {
    method: &'static str,
    path: &'static str,
    body: Value,
}

impl Operation {
    /// `GET`, `POST`, … of a path as it is registered. Parameters in braces are text unless said otherwise.
    pub fn new(method: &'static str, path: &'static str, id: &str, summary: &str) -> Self {
        let parameters: Vec<Value> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
            .collect();
        let body = json!({"operationId": id, "summary": summary, "parameters": parameters, "responses": {}});
        Self { method, path, body }
    }

    /// Which credential is shown.
    #[must_use]
    pub fn with(mut self, scheme: &str) -> Self {
        self.body["security"] = json!([{scheme: []}]);
        self
    }

    /// What a parameter is: one of the path, or else of the query or a header.
    #[must_use]
    pub fn parameter(mut self, place: &str, name: &str, required: bool, schema: &Value) -> Self {
        let parameter = json!({"name": name, "in": place, "required": required, "schema": schema});
        if let Some(parameters) = self.body["parameters"].as_array_mut() {
            parameters.retain(|known| known["name"] != name);
            parameters.push(parameter);
        }
        self
    }

    /// The JSON it takes.
    #[must_use]
    pub fn takes(mut self, schema: &str) -> Self {
        self.body["requestBody"] =
            json!({"required": true, "content": {"application/json": {"schema": named(schema)}}});
        self
    }

    /// An answer; an empty name is an answer without a body.
    #[must_use]
    pub fn answers(mut self, status: u16, what: &str, schema: &str) -> Self {
        let mut answer = json!({"description": what});
        if !schema.is_empty() {
            answer["content"] = json!({"application/json": {"schema": named(schema)}});
        }
        self.body["responses"][status.to_string()] = answer;
        self
    }

    /// The same answer as a file, for whoever asks for one.
    #[must_use]
    pub fn or_csv(mut self, status: u16) -> Self {
        self.body["responses"][status.to_string()]["content"]["text/csv"] = json!({"schema": {"type": "string"}});
        self
    }

    /// Refusals, each with the code of its status.
    #[must_use]
    pub fn refuses(self, refusals: &[(u16, &str)]) -> Self {
        refusals.iter().fold(self, |operation, (status, what)| operation.answers(*status, what, "Refusal"))
    }
}

fn named(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

/// A document in the making.
#[derive(Clone, Debug)]
pub struct Document {
    info: Value,
    schemas: BTreeMap<String, Value>,
    schemes: Map<String, Value>,
    paths: BTreeMap<String, Map<String, Value>>,
}

impl Document {
    /// What the API is called and what it is for.
    pub fn new(title: &str, description: &str) -> Self {
        let info = json!({"title": title, "version": "1", "description": description});
        Self { info, schemas: BTreeMap::new(), schemes: Map::new(), paths: BTreeMap::new() }
    }

    /// A credential.
    #[must_use]
    pub fn scheme(mut self, name: &str, scheme: Value) -> Self {
        self.schemes.insert(name.to_owned(), scheme);
        self
    }

    /// A type's schema under its title, and those it refers to under their names.
    #[must_use]
    pub fn schema(mut self, schema: &Value) -> Self {
        let mut schema = schema.clone();
        let parts = schema.as_object_mut().map(|fields| {
            fields.remove("$schema");
            fields.remove("$defs")
        });
        let title = schema["title"].as_str().unwrap_or_default().to_owned();
        let parts = parts.flatten().and_then(|parts| parts.as_object().cloned()).unwrap_or_default();
        for (name, mut schema) in parts.into_iter().chain([(title, schema)]) {
            refer(&mut schema);
            let known = self.schemas.insert(name.clone(), schema.clone());
            assert!(known.is_none_or(|known| same(&known, &schema)), "two schemas are called {name}");
        }
        self
    }

    /// An operation.
    #[must_use]
    pub fn operation(mut self, operation: Operation) -> Self {
        let Operation { method, path, body } = operation;
        let twice = self.paths.entry(path.to_owned()).or_default().insert(method.to_lowercase(), body);
        assert!(twice.is_none(), "{method} {path} twice");
        self
    }

    /// Method and path of every operation.
    pub fn operations(&self) -> impl Iterator<Item = (String, &str)> {
        self.paths.iter().flat_map(|(path, methods)| methods.keys().map(move |m| (m.to_uppercase(), path.as_str())))
    }

    /// The document.
    pub fn text(&self) -> String {
        let document = json!({
            "openapi": "3.1.0",
            "info": self.info,
            "paths": self.paths,
            "components": {"schemas": self.schemas, "securitySchemes": self.schemes},
        });
        serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
    }

    /// Holds the document against its file, or writes it where `UPDATE_CONTRACT` asks for that.
    pub fn hold(&self, file: &Path, package: &str) {
        let text = self.text();
        if std::env::var_os("UPDATE_CONTRACT").is_some() {
            std::fs::create_dir_all(file.parent().unwrap_or(file)).expect("the folder can be made");
            std::fs::write(file, &text).expect("the document can be written");
        }
        let held = std::fs::read_to_string(file).unwrap_or_default();
        assert!(
            held == text,
            "{} is not what is served. If the API was meant to change: UPDATE_CONTRACT=1 cargo test -p {package}",
            file.display()
        );
    }
}

/// A type that is a document of its own has a title there and none where it is a part.
fn same(one: &Value, other: &Value) -> bool {
    let plain = |value: &Value| {
        let mut value = value.clone();
        if let Some(fields) = value.as_object_mut() {
            fields.remove("title");
        }
        value
    };
    plain(one) == plain(other)
}

/// Definitions move from the schema to the document.
fn refer(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(to)) = fields.get_mut("$ref") {
                *to = to.replace("#/$defs/", "#/components/schemas/");
            }
            fields.values_mut().for_each(refer);
        }
        Value::Array(items) => items.iter_mut().for_each(refer),
        _ => {}
    }
}
