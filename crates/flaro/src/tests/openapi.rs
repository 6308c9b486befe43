//! FLARO's APIs as they are published in `docs/contract/openapi/flaro.json`, held against the types and against what is
//! served. To write it anew: `UPDATE_CONTRACT=1 cargo test -p flaro openapi`.

use super::house::House;
use crate::{api, partner, server};
use schemars::schema_for;
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::Path};
use web::testing::openapi::{Document, Operation};

const PARTNER: &str = "partner";
const READER: &str = "reader";
const OF_CONTRACT: [&str; 7] =
    ["Event", "EventReceipt", "LinkageRequest", "LinkageGranted", "StoreTable", "ControlTotals", "Refusal"];

fn partners(method: &'static str, path: &'static str, id: &str, summary: &str) -> Operation {
    let operation = Operation::new(method, path, id, summary).with(PARTNER).refuses(&[
        (401, "partner_unknown"),
        (404, "company_unknown or linkage_unknown"),
        (503, "unavailable: try again later"),
    ]);
    let uuid = json!({"type": "string", "format": "uuid"});
    if path.contains("{id}") { operation.parameter("path", "id", true, &uuid) } else { operation }
}

fn handshake(document: Document) -> Document {
    let date = json!({"type": "string", "format": "date"});
    let unreadable = [(400, "body_unreadable: no JSON"), (413, "payload_too_large")];
    document
        .operation(
            partners("POST", "/partner/v1/linkages", "startLinkage", "A linkage of a company, by generation")
                .takes("LinkageRequest")
                .answers(201, "A new linkage; the address and the secret are told here only", "LinkageGranted")
                .answers(200, "The same as before, until it is confirmed", "LinkageGranted")
                .refuses(&unreadable)
                .refuses(&[
                    (409, "linkage_confirmed or generation_superseded"),
                    (410, "linkage_ended"),
                    (422, "body_unreadable or generation_range"),
                ]),
        )
        .operation(
            partners("DELETE", "/partner/v1/linkages/{id}", "endLinkage", "Ends the channel; what came stays").answers(
                204,
                "It has ended",
                "",
            ),
        )
        .operation(
            partners("PUT", "/partner/v1/linkages/{id}/stores", "putStores", "The whole store table, replaced")
                .takes("StoreTable")
                .answers(200, "Which version stands now", "Replaced")
                .refuses(&unreadable)
                .refuses(&[
                    (410, "linkage_ended"),
                    (422, "body_unreadable, store_day_rule, store_twice, store_code_twice or store_of_another_partner"),
                ]),
        )
        .operation(
            partners(
                "POST",
                "/partner/v1/linkages/{id}/secrets",
                "rotateSecret",
                "A new signing secret, with an overlap",
            )
            .answers(200, "The new secret, and until when the one before it is good", "SecretRotated")
            .refuses(&[(410, "linkage_ended")]),
        )
        .operation(
            partners("GET", "/partner/v1/linkages/{id}/control-totals", "getControlTotals", "What is held, day by day")
                .parameter("query", "from", true, &date)
                .parameter("query", "to", true, &date)
                .answers(200, "Sums by store and business date", "ControlTotals")
                .refuses(&[(400, "bad_request: the query can't be read"), (422, "range")]),
        )
}

fn webhook(document: Document) -> Document {
    let (text, second) = (json!({"type": "string", "minLength": 1}), json!({"type": "string", "pattern": "^[0-9]+$"}));
    let encoding = json!({"type": "string", "enum": ["zstd", "identity"]});
    document.operation(
        Operation::new("POST", "/webhook/{token}", "receiveEvent", "One event, signed as Standard Webhooks prescribe")
            .parameter("header", "webhook-id", true, &text)
            .parameter("header", "webhook-timestamp", true, &second)
            .parameter("header", "webhook-signature", true, &text)
            .parameter("header", "content-encoding", false, &encoding)
            .takes("Event")
            .answers(200, "It is durable", "EventReceipt")
            .refuses(&[
                (400, "event_unreadable or body_not_zstd"),
                (401, "signature_missing, signature_timestamp or signature_mismatch"),
                (404, "webhook_unknown"),
                (409, "revision_conflict"),
                (410, "linkage_ended"),
                (413, "body_too_large or event_too_large"),
                (415, "encoding_unknown"),
                (422, "company_differs or store_of_another_partner"),
                (425, "clock_skew: send it again"),
                (503, "unavailable: try again later"),
            ]),
    )
}

/// A reading path; but for the stores all of them are asked for a period.
fn reads(path: &'static str, id: &str, summary: &str, answer: &str) -> Operation {
    let format = json!({"type": "string", "enum": ["json", "csv"]});
    let operation = Operation::new("GET", path, id, summary)
        .with(READER)
        .parameter("query", "format", false, &format)
        .answers(200, "The rows", answer)
        .or_csv(200)
        .refuses(&[
            (400, "bad_request: the query can't be read"),
            (401, "token_unknown"),
            (422, "parameter_invalid"),
            (503, "unavailable: try again later"),
        ]);
    if answer == "Stores" {
        return operation;
    }
    let (date, text) = (json!({"type": "string", "format": "date"}), json!({"type": "string"}));
    let operation = ["from", "to"].iter().fold(operation, |reads, name| reads.parameter("query", name, true, &date));
    ["store", "area", "brand"].iter().fold(operation, |reads, name| reads.parameter("query", name, false, &text))
}

fn figures(document: Document) -> Document {
    let (text, page) = (json!({"type": "string"}), json!({"type": "integer", "minimum": 1, "maximum": 1000}));
    document
        .operation(reads("/api/v1/stores", "listStores", "The stores in sight of the token", "Stores"))
        .operation(reads("/api/v1/days", "listDays", "The figures of each store's business day", "Days"))
        .operation(
            reads("/api/v1/sales", "querySales", "Measures by dimensions, both with commas between", "Sales")
                .parameter("query", "dimensions", false, &text)
                .parameter("query", "measures", true, &text),
        )
        .operation(
            reads("/api/v1/checks", "listChecks", "Checks, newest first, a thousand a page", "Checks")
                .parameter("query", "page", false, &page),
        )
}

/// An answer of rows: the columns that the code has, and what stands beside them.
fn rows(title: &str, columns: &[&str], beside: &Value) -> Value {
    let numbers = [
        "net",
        "tax",
        "total",
        "guests",
        "checks",
        "voids",
        "gross",
        "discounts",
        "cost",
        "media_net",
        "media_total",
        "media_checks",
        "slip",
        "hour",
    ];
    let kind = |column: &str| match column {
        "void" => json!({"type": "boolean"}),
        column if numbers.contains(&column) => json!({"type": ["integer", "null"]}),
        _ => json!({"type": ["string", "null"]}),
    };
    let fields: serde_json::Map<_, _> = columns.iter().map(|column| ((*column).to_owned(), kind(column))).collect();
    let row = match columns {
        [] => json!({"type": "object", "additionalProperties": {"type": ["string", "integer", "null"]}}),
        _ => json!({"type": "object", "properties": fields, "required": columns, "additionalProperties": false}),
    };
    let mut properties = beside.clone();
    properties["rows"] = json!({"type": "array", "items": row});
    let required: Vec<String> = properties.as_object().unwrap().keys().cloned().collect();
    json!({"title": title, "type": "object", "properties": properties, "required": required})
}

fn document() -> Document {
    let days = json!({"type": "array", "items": {"type": "object", "properties": {
        "store_id": {"type": "string"}, "date": {"type": "string", "format": "date"}}, "required": ["store_id", "date"]}});
    let behind =
        json!({"type": "object", "properties": {"waiting": days, "failed": days}, "required": ["waiting", "failed"]});
    let date = json!({"type": "string", "format": "date"});
    let period = json!({"from": date, "to": date, "behind": behind});
    let mut total = period.clone();
    total["total"] = json!({"type": "object", "additionalProperties": {"type": ["integer", "null"]}});
    let paged = json!({"from": date, "to": date, "page": {"type": "integer"}, "more": {"type": "boolean"}});
    let contract = protocol::schema::schemas().into_iter().map(|(_, schema)| schema.as_value().clone());
    let used = contract.filter(|schema| OF_CONTRACT.iter().any(|name| schema["title"] == *name)).chain([
        schema_for!(protocol::partner::SecretRotated).as_value().clone(),
        schema_for!(partner::Replaced).as_value().clone(),
        rows("Stores", &api::STORES, &json!({})),
        rows("Days", &api::DAYS, &period),
        rows("Sales", &[], &total),
        rows("Checks", &api::CHECKS, &paged),
    ]);
    let document = Document::new("shime: the back office's APIs", "How a POS links and delivers, and how others read. See docs/connecting.md and docs/reports-api.md.")
        .scheme(PARTNER, json!({"type": "http", "scheme": "bearer", "description": "The credential that the back office gave a POS vendor"}))
        .scheme(READER, json!({"type": "http", "scheme": "bearer", "description": "shime_flaro_…: a token of somebody's, see docs/reports-api.md"}));
    figures(webhook(handshake(used.fold(document, |document, schema| document.schema(&schema)))))
}

#[test]
fn the_document_is_that_of_the_types() {
    document().hold(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/contract/openapi/flaro.json"), "flaro");
}

#[tokio::test]
async fn every_path_that_programs_call_is_in_it_and_no_other() {
    db::testing::each_engine(async |db| {
        let house = House::new(db).await;
        let routes = server::routes(house.flaro.clone());
        let served: BTreeSet<&str> = routes.paths().filter(|path| web::failure::for_programs(path)).collect();
        let document = document();
        let written: BTreeSet<&str> = document.operations().map(|(_, path)| path).collect();
        assert_eq!(written, served);
    })
    .await;
}
