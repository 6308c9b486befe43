//! A POS for tests: it knows the contract and nothing of the place it sends to.

use super::house::{Answer, CREDENTIAL, House};
use axum::{body::Body, http::Request};
use jiff::{Timestamp, civil::Date};
use protocol::{
    control::{ControlledSettlement, SettlementControl},
    event::{Envelope, Event, EventRegister, EventStore, Frame},
    partner::{LinkageGranted, LinkedRegister, LinkedStore, StoreTable},
    signature::{self, Secret},
};
use sales::{RegisterId, Settlement, StoreId};
use serde_json::json;
use std::{
    cell::Cell,
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};
use uuid::Uuid;

/// One company's linkage, as its POS holds it.
pub struct Pos {
    pub code: String,
    pub linkage: Uuid,
    pub path: String,
    pub secret: Secret,
    credential: &'static str,
    events: Cell<u128>,
    sequences: Cell<u64>,
}

pub fn store_id(n: u128) -> StoreId {
    StoreId(Uuid::from_u128(0x5700_0000 + n))
}

pub fn register_id(store: u128, n: u128) -> RegisterId {
    RegisterId(Uuid::from_u128(0x7e60_0000 + store * 100 + n))
}

/// A store with its tills, linked the whole year.
pub fn store(n: u128, tills: u128) -> LinkedStore {
    let date = |text: &str| text.parse::<Date>().unwrap();
    let till = |till: u128| LinkedRegister {
        id: register_id(n, till),
        name: format!("レジ{till}"),
        from: date("2026-01-01"),
        until: None,
    };
    LinkedStore {
        id: store_id(n),
        name: format!("店{n}"),
        flaro_store_code: Some(format!("{n:05}").parse().unwrap()),
        start: Some(date("2026-01-01")),
        end: Some(date("2026-12-31")),
        enabled: true,
        zone: "Asia/Tokyo".into(),
        cut_over: "05:00".into(),
        registers: (1..=tills).map(till).collect(),
        closed_days: vec![],
    }
}

impl Pos {
    /// Starts a linkage and sends the first store table.
    pub async fn link(house: &House, code: &str, generation: i64, stores: Vec<LinkedStore>) -> Self {
        let pos = Self::start(house, CREDENTIAL, code, generation).await;
        let answer = pos.put_stores(house, 1, stores).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        pos
    }

    /// Starts a linkage as the partner that has this credential, and no more.
    pub async fn start(house: &House, credential: &'static str, code: &str, generation: i64) -> Self {
        let body = json!({"company_code": code, "company_name": "みなと食堂", "generation": generation});
        let granted: LinkageGranted = house.partner_as(credential, "POST", "/partner/v1/linkages", body).await.json();
        Self {
            code: code.to_owned(),
            linkage: granted.linkage_id,
            path: granted.webhook_url.strip_prefix("https://flaro.example").unwrap().to_owned(),
            secret: granted.signing_secret.parse().unwrap(),
            credential,
            // Event ids differ from run to run of the process only in tests of more than one company.
            events: Cell::new(unique()),
            sequences: Cell::new(0),
        }
    }

    pub async fn put_stores(&self, house: &House, version: i64, stores: Vec<LinkedStore>) -> Answer {
        let table = serde_json::to_value(StoreTable { version, stores }).unwrap();
        house.partner_as(self.credential, "PUT", &format!("/partner/v1/linkages/{}/stores", self.linkage), table).await
    }

    /// The event of a settlement's revision of a till.
    pub fn event(&self, store: u128, till: u128, facts: &Settlement) -> Event {
        self.events.set(self.events.get() + 1);
        self.sequences.set(self.sequences.get() + 1);
        let envelope = Envelope {
            event_id: Uuid::from_u128(self.events.get()),
            sequence: self.sequences.get(),
            company_code: self.code.parse().unwrap(),
            flaro_store_code: None,
            store: EventStore { id: store_id(store), name: format!("店{store}") },
            register: EventRegister { id: register_id(store, till), name: format!("レジ{till}") },
            own_product_codes: false,
            own_category_codes: false,
        };
        Event::new(envelope, facts.clone(), &BTreeMap::new()).unwrap()
    }

    /// Sends an event, compressed, signed now.
    pub async fn send(&self, house: &House, event: &Event) -> Answer {
        let frame = Frame::pack(&event.to_bytes()).unwrap();
        house.call(self.request(house.now(), event.event_id, frame.zstd, Some("zstd"))).await
    }

    /// Sends whatever bytes, signed now.
    pub async fn send_bytes(&self, house: &House, bytes: Vec<u8>, encoding: Option<&str>) -> Answer {
        house.call(self.request(house.now(), Uuid::nil(), bytes, encoding)).await
    }

    pub fn request(&self, at: Timestamp, id: Uuid, bytes: Vec<u8>, encoding: Option<&str>) -> Request<Body> {
        let signed = signature::sign(std::slice::from_ref(&self.secret), &id.to_string(), at, &bytes);
        let mut request = Request::builder()
            .method("POST")
            .uri(&self.path)
            .header("webhook-id", id.to_string())
            .header("webhook-timestamp", at.as_second())
            .header("webhook-signature", signed);
        if let Some(encoding) = encoding {
            request = request.header("content-encoding", encoding);
        }
        request.body(Body::from(bytes)).unwrap()
    }

    /// Sends a settlement's revision as it should be sent.
    pub async fn settle(&self, house: &House, store: u128, till: u128, facts: &Settlement) -> Answer {
        let event = self.event(store, till, facts);
        self.send(house, &event).await
    }

    pub async fn control_totals(&self, house: &House, from: &str, to: &str) -> protocol::control::ControlTotals {
        let path = format!("/partner/v1/linkages/{}/control-totals?from={from}&to={to}", self.linkage);
        let answer = house.partner_as(self.credential, "GET", &path, serde_json::Value::Null).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }
}

/// What the sender holds a settlement's control to be.
pub fn controlled(facts: &Settlement) -> ControlledSettlement {
    let control = SettlementControl::of(facts).unwrap();
    ControlledSettlement { settlement_id: facts.id, revision: facts.revision, control }
}

/// A day of a till: a seeded one, moved to the date the tests live on.
pub fn facts(seed: u64) -> Settlement {
    on("2026-11-21", simulator::settlement(seed, 12))
}

/// The same facts counted for another business date.
pub fn on(date: &str, facts: Settlement) -> Settlement {
    let business_date: Date = date.parse().unwrap();
    let checks = facts.checks.into_iter().map(|check| sales::Check { business_date, ..check }).collect();
    Settlement { business_date, checks, ..facts }
}

#[expect(clippy::disallowed_methods, reason = "ids of tests only have to differ")]
fn unique() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() << 20
}
