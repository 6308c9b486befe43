//! A company with a bit of everything, and one id of each kind to ask for it by.

use std::collections::BTreeMap;

use axum::routing::post;
use axum::{Json, Router};
use db::{Db, Tx, args};
use jiff::civil::date;
use pos::accounts::Role;
use pos::linkage::start::start;
use pos::provision::{self, NewProduct};
use pos::queue::past::request_past;
use pos::store_link::rules::Typed;
use pos::store_link::save::{Saved, save};
use protocol::partner::LinkageGranted;
use protocol::signature::Secret;
use sales::{Settlement, TaxKind, Yen};
use uuid::Uuid;
use web::testing::routes::{Ids, path};

use super::forms::Fields;
use super::masters::{codes, files};
use crate::house::{House, PASSWORD, Till, day, document, settled};

/// Two settlements of 2026-11-22 and one of before the linkage began.
const TODAY: [u64; 2] = [325, 685];
const BEFORE: u64 = 300;

/// What to do about a parameter that is new.
const NEW: &str = "make one such thing of the first store in `everything` and add its id under its name to `ids`";

/// One id of each kind of the company's first store.
pub struct Everything {
    ids: Ids,
    settlement: Settlement,
    till: Till,
}

/// Stores, tills, people, menu, journal, settlements, findings, a linkage with its events, requests and held days.
pub async fn everything(db: &Db) -> (House, Everything) {
    let house = House::linked_to(db, &grants().await).await;
    let (pos, tenant) = (&house.pos, &house.tenant);
    let role = Role::Store(house.other_store);
    assert!(provision::account(pos, tenant, "neighbour.0012345", "隣の店長", role, PASSWORD).await.unwrap());
    let food = provision::category(pos, tenant, "お食事").await.unwrap();
    let product = NewProduct::new(food, "焼魚定食", Yen(1_280), Yen(430));
    let product = provision::product(pos, tenant, product).await.unwrap();

    start(pos, tenant, "太田", true).await.unwrap();
    link(&house, true).await;
    let (settlement, mut till) = (day(TODAY[0], 6), Till::new(1));
    till.live(&settlement);
    house.journal(&till.batch(..)).await;
    let past = day(BEFORE, 3);
    house.document(&past).await;
    let range = (past.business_date, past.business_date);
    let request = request_past(pos, tenant, "太田", house.store, range).await.unwrap();
    link(&house, false).await;
    house.document(&day(TODAY[1], 3)).await;
    let mut unsure = Till::new(2);
    unsure.write(&settled(&day(12, 2)));
    house.journal(&unsure.batch(..)).await;

    provision::tax_rate(pos, tenant, TaxKind::Standard, date(2027, 4, 1), 12).await.unwrap();
    compared(&house, &settlement).await;
    let codes = codes(&house).await;
    let mut ids = Ids::from(
        [
            ("account_id", one(&house, "SELECT account_id AS id FROM account WHERE login = 'admin.0012345'").await),
            ("attention_id", one(&house, "SELECT attention_id AS id FROM attention ORDER BY attention_id").await),
            ("category_id", food.to_string()),
            ("check_id", settlement.checks[0].id.to_string()),
            ("date", settlement.business_date.to_string()),
            ("event_id", one(&house, "SELECT event_id AS id FROM outbox ORDER BY event_id").await),
            ("product_id", product.to_string()),
            ("register_id", house.register.to_string()),
            ("request_id", request.request_id.to_string()),
            ("settlement_id", settlement.id.to_string()),
            ("store_id", house.store.to_string()),
        ]
        .map(|(name, id)| (name.to_owned(), id)),
    );
    ids.extend(codes);
    ids.extend(files(&house).await);
    (house, Everything { ids, settlement, till })
}

impl Everything {
    /// A route's path, with the company's own ids in place of its parameters.
    pub fn path(&self, pattern: &str) -> String {
        path(pattern, &self.ids, NEW)
    }

    /// Fields of forms that a page shows only after a question was answered, by where they are sent.
    pub fn asked_later(&self) -> BTreeMap<String, Fields> {
        let (store, before) = (self.ids["store_id"].as_str(), day(BEFORE, 3).business_date);
        let before = web::format::date(before);
        let period = [("store", store), ("from", "2026/11/22"), ("to", "2026/11/22")];
        let past = [("store", store), ("from", &before), ("to", &before)];
        let own = |fields: &[(&str, &str)]| fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        // A file that changes nothing has no button.
        let files = self.ids.keys().filter(|key| key.ends_with("/{import_id}"));
        let files = files.map(|pattern| (self.path(pattern), own(&[("digest", "0")])));
        files
            .chain([
                (self.path("/deliveries/comparison/{store_id}/{date}/again"), own(&[])),
                ("/deliveries/resend".to_owned(), own(&period)),
                ("/settings/linkages/flaro/past".to_owned(), own(&past)),
                ("/settings/linkages/flaro/start".to_owned(), own(&[("inherit", "on")])),
            ])
            .collect()
    }

    /// What a program of the company would send.
    pub fn document(&self, pattern: &str) -> String {
        let before = day(BEFORE, 3).business_date;
        match pattern {
            "/api/v1/registers/{register_id}/journal" => self.till.batch(..),
            "/api/v1/settlements" => document(self.ids["register_id"].parse().unwrap(), &self.settlement),
            "/api/v1/past-linkages" => {
                serde_json::json!({"store_id": self.ids["store_id"], "from": before, "to": before}).to_string()
            }
            _ => panic!("{pattern} is new here: say in `Everything::document` what the company's program sends to it"),
        }
    }

    /// Nothing of the company's first store stands in a page.
    pub fn assert_not_in(&self, page: &str, asked: &str) {
        // Codes are short and the same in many companies; a menu is the company's, not a store's.
        let telling =
            |(what, id): &(&String, &String)| id.len() == 36 && !matches!(what.as_str(), "product_id" | "category_id");
        for (what, id) in self.ids.iter().filter(telling) {
            assert!(!page.contains(id.as_str()), "{asked} shows {what} {id}: {page}");
        }
    }
}

/// The settlement's day has been compared with FLARO.
async fn compared(house: &House, settlement: &Settlement) {
    let sql = "INSERT INTO reconciliation (company_id, store_id, business_date, state, checked_at)
               VALUES ($1, $2, $3, 'matched', 0)
               ON CONFLICT (company_id, store_id, business_date) DO NOTHING";
    let day = args![house.tenant.as_str(), house.store.to_string(), settlement.business_date.to_string()];
    house.pos.db.write(async move |tx: &mut Tx| tx.execute(sql, day).await).await.unwrap();
}

async fn link(house: &House, enabled: bool) {
    let rows = [(house.store, "101"), (house.other_store, "102")].map(|(store_id, code)| {
        let [code, start, end] = [code, "2026/11/22", "2026/12/31"].map(ToOwned::to_owned);
        Typed { store_id, version: None, code, start, end, enabled }
    });
    let saved = save(&house.pos, &house.tenant, "太田", None, rows.into()).await.unwrap();
    assert!(matches!(saved, Saved::Done(2)), "{saved:?}");
}

/// The first of a kind; there must be one.
async fn one(house: &House, sql: &'static str) -> String {
    let row = house.pos.db.read(async move |tx: &mut Tx| tx.fetch_optional(sql, args![]).await).await.unwrap();
    row.unwrap_or_else(|| panic!("nothing: {sql}")).text("id").unwrap()
}

/// A FLARO that grants every linkage and does nothing else.
async fn grants() -> String {
    let granted = async || {
        Json(LinkageGranted {
            linkage_id: Uuid::from_u128(1),
            webhook_url: "http://127.0.0.1:9/hook".to_owned(),
            signing_secret: Secret::from_random([1; 32]).expose().to_owned(),
            zstd: true,
        })
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(
        async move { axum::serve(listener, Router::new().route("/partner/v1/linkages", post(granted))).await },
    );
    address
}
