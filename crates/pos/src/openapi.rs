//! The tills' API as it is published in `docs/contract/openapi/pos.json`, held against the types and against what is
//! served. To write it anew: `UPDATE_CONTRACT=1 cargo test -p pos openapi`.

use std::collections::BTreeSet;
use std::path::Path;

use protocol::progress::RegisterProgress;
use schemars::schema_for;
use serde_json::json;
use web::testing::openapi::{Document, Operation};

use crate::delivery::story::World;
use crate::queue::api::{PastLinkage, PastLinkageState};

const TILL: &str = "till";
const PERSON: &str = "company_admin";

fn register(method: &'static str, path: &'static str, id: &str, summary: &str) -> Operation {
    let uuid = json!({"type": "string", "format": "uuid"});
    let refusals = [(401, "token.unknown"), (403, "register.other"), (503, "unavailable: try again later")];
    Operation::new(method, path, id, summary)
        .with(TILL)
        .parameter("path", "register_id", true, &uuid)
        .refuses(&refusals)
}

fn tills(document: Document) -> Document {
    let since = json!({"type": "integer", "format": "int64", "minimum": 0});
    document
        .operation(
            register("POST", "/api/v1/registers/{register_id}/journal", "sendJournal", "A batch of journal entries")
                .takes("JournalBatch")
                .answers(200, "Everything in it is durable, with a receipt", "JournalAnswer")
                .answers(409, "A gap or a fork; the receipt says where to go on", "JournalAnswer")
                .refuses(&[
                    (400, "batch.not_json, batch.entry, batch.epochs, batch.chain or batch.empty"),
                    (413, "payload_too_large"),
                ]),
        )
        .operation(
            register("GET", "/api/v1/registers/{register_id}/masters", "getMasters", "What the till works with")
                .parameter("query", "since", false, &since)
                .answers(200, "The masters, newer than `since`", "Masters")
                .answers(304, "Nothing is newer", "")
                .refuses(&[(400, "since.not_a_version")]),
        )
        .operation(
            register(
                "GET",
                "/api/v1/registers/{register_id}/progress",
                "getProgress",
                "How far what it closed has come",
            )
            .answers(200, "The till's own figures", "RegisterProgress"),
        )
        .operation(
            Operation::new(
                "POST",
                "/api/v1/settlements",
                "sendSettlement",
                "One whole settlement, for a POS without a journal",
            )
            .with(TILL)
            .takes("SettlementDocument")
            .answers(200, "It is durable", "SettlementReceipt")
            .refuses(&[
                (400, "document.not_json or document.shape"),
                (401, "token.unknown"),
                (403, "register.other"),
                (409, "settlement.conflict or settlement.other_register"),
                (413, "payload_too_large"),
                (422, "document.unknown_field, settlement.… or invariant.…, with the figures that disagree"),
                (503, "unavailable: try again later"),
            ]),
        )
}

fn people(document: Document) -> Document {
    let uuid = json!({"type": "string", "format": "uuid"});
    let refusals = [
        (401, "unauthorized"),
        (403, "forbidden: only a company_admin may"),
        (429, "too_many_requests: guessing is slowed down"),
        (503, "unavailable: try again later"),
    ];
    document
        .operation(
            Operation::new(
                "POST",
                "/api/v1/past-linkages",
                "askForPast",
                "Queues the days of a store before 連携開始日",
            )
            .with(PERSON)
            .takes("PastLinkage")
            .answers(202, "How much is to be queued", "PastLinkageState")
            .refuses(&refusals)
            .refuses(&[
                (400, "past_linkage.unreadable"),
                (404, "not_found"),
                (413, "payload_too_large"),
                (422, "past_linkage.unreadable or past_linkage.rule"),
            ]),
        )
        .operation(
            Operation::new("GET", "/api/v1/past-linkages/{request_id}", "lookAtPast", "How far a request has come")
                .with(PERSON)
                .parameter("path", "request_id", true, &uuid)
                .answers(200, "How far it has come", "PastLinkageState")
                .refuses(&refusals)
                .refuses(&[(404, "not_found")]),
        )
}

fn document() -> Document {
    let document = Document::new(
        "shime: the tills' API of the head office",
        "What a till, or another POS, sends and asks for. See docs/connecting.md.",
    )
    .scheme(TILL, json!({"type": "http", "scheme": "bearer", "description": "shime_till_…: the token of one register"}))
    .scheme(
        PERSON,
        json!({"type": "http", "scheme": "basic", "description": "ログインID and password of a 企業管理者"}),
    );
    let of_contract =
        ["JournalBatch", "JournalAnswer", "Masters", "SettlementDocument", "SettlementReceipt", "Refusal"];
    let schemas = protocol::schema::schemas().into_iter().map(|(_, schema)| schema);
    let own = [schema_for!(RegisterProgress), schema_for!(PastLinkage), schema_for!(PastLinkageState)];
    let used = schemas.filter(|schema| of_contract.iter().any(|name| schema.as_value()["title"] == *name)).chain(own);
    people(tills(used.fold(document, |document, schema| document.schema(schema.as_value()))))
}

#[test]
fn the_document_is_that_of_the_types() {
    document().hold(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/contract/openapi/pos.json"), "pos");
}

#[tokio::test]
async fn every_path_that_programs_call_is_in_it_and_no_other() {
    db::testing::each_engine(async |db| {
        let world = World::new(db, 0).await;
        let routes = crate::server::routes(world.pos.clone());
        let served: BTreeSet<&str> = routes.paths().filter(|path| web::failure::for_programs(path)).collect();
        let document = document();
        let written: BTreeSet<&str> = document.operations().map(|(_, path)| path).collect();
        assert_eq!(written, served);
    })
    .await;
}
