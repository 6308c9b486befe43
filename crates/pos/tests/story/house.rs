//! A company with two stores, their tills and people, and hands to speak to it with.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use db::{Db, Tx, args};
use jiff::Timestamp;
use jiff::civil::date;
use pos::accounts::Role;
use pos::masters::SettingKind;
use pos::{Pos, PosError, Settings, Tenant, provision, server, tokens};
use protocol::control::SettlementControl;
use protocol::journal::{Body as Entry, CheckEntry, EpochState, Opened, Settled};
use sales::{CompanyCode, PaymentKind, RegisterId, Settlement, StoreId, Yen};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tower::ServiceExt;
use uuid::Uuid;

pub const PASSWORD: &str = "みなとの朝は早い二〇二六";

/// A company, migrated and provisioned.
pub struct House {
    pub pos: Arc<Pos>,
    pub app: Router,
    pub tenant: Tenant,
    pub store: StoreId,
    pub other_store: StoreId,
    pub register: RegisterId,
    pub other_register: RegisterId,
    pub token: String,
    pub other_token: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap_or(""))
    }
}

/// A head office whose FLARO is at this address.
async fn place(db: Db, partner_url: &str) -> Arc<Pos> {
    db.migrate(&pos::schema::migrations()).await.unwrap();
    let now: Timestamp = "2026-11-22T13:44:00Z".parse().unwrap();
    let (ids, secrets) = (AtomicU64::new(1), AtomicU64::new(1));
    let settings =
        Settings { allow_private_networks: true, ..Settings::new("http://pos.example", partner_url, "credential") };
    let id = move || Uuid::from_u128((0x7 << 76) | u128::from(ids.fetch_add(1, Ordering::SeqCst)));
    let bytes = move || {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&secrets.fetch_add(1, Ordering::SeqCst).to_be_bytes());
        bytes
    };
    Arc::new(Pos::new(db, settings, Arc::new(move || now), Arc::new(id), Arc::new(bytes)))
}

/// A company of two stores with a till each; accounts `admin`, `head` and `shop` (which sees the first store).
pub async fn company(pos: &Arc<Pos>, code: &str) -> (Tenant, [(StoreId, RegisterId, String); 2]) {
    let code: CompanyCode = code.parse().unwrap();
    let tenant = provision::company(pos, &code, "株式会社みなと食堂").await.unwrap();
    provision::usual_tax_rates(pos, &tenant).await.unwrap();
    let cash = provision::payment_method(pos, &tenant, PaymentKind::Cash, "現金").await.unwrap();
    let mut stores = Vec::new();
    for name in ["みなと食堂 本店", "みなと食堂 駅前店"] {
        let store = provision::store(pos, &tenant, provision::NewStore::new(name)).await.unwrap();
        let register = provision::register(pos, &tenant, store, "レジ1", date(2026, 1, 1)).await.unwrap();
        provision::store_settings(pos, &tenant, store, SettingKind::Payment, std::slice::from_ref(&cash))
            .await
            .unwrap();
        let token = tokens::issue(pos, &tenant, register, "太田").await.unwrap();
        stores.push((store, register, token));
    }
    let role = [("admin", Role::CompanyAdmin), ("head", Role::HeadOffice), ("shop", Role::Store(stores[0].0))];
    for (login, role) in role {
        let login = format!("{login}.{code}");
        assert!(provision::account(pos, &tenant, &login, "太田さん", role, PASSWORD).await.unwrap());
    }
    (tenant, stores.try_into().unwrap())
}

impl House {
    pub async fn new(db: &Db) -> Self {
        Self::linked_to(db, "http://flaro.example").await
    }

    /// With a FLARO at this address.
    pub async fn linked_to(db: &Db, flaro: &str) -> Self {
        let pos = place(db.clone(), flaro).await;
        let (tenant, [(store, register, token), (other_store, other_register, other_token)]) =
            company(&pos, "0012345").await;
        let app = server::router(pos.clone());
        Self { pos, app, tenant, store, other_store, register, other_register, token, other_token }
    }

    /// A company that has nothing yet but `head.0012345`.
    pub async fn empty(db: &Db) -> Self {
        let pos = place(db.clone(), "http://flaro.example").await;
        let tenant = provision::company(&pos, &"0012345".parse().unwrap(), "新しい会社").await.unwrap();
        let head = provision::account(&pos, &tenant, "head.0012345", "太田さん", Role::HeadOffice, PASSWORD).await;
        assert!(head.unwrap());
        let (app, [store, other_store]) = (server::router(pos.clone()), [StoreId(Uuid::nil()); 2]);
        let [register, other_register] = [RegisterId(Uuid::nil()); 2];
        let [token, other_token] = [String::new(), String::new()];
        Self { pos, app, tenant, store, other_store, register, other_register, token, other_token }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 64 << 20).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&body).into_owned() }
    }

    pub async fn post_as(&self, token: &str, path: &str, body: impl Into<String>) -> Answer {
        let body = body.into();
        let request = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONTENT_LENGTH, body.len());
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub async fn journal(&self, batch: &str) -> Answer {
        self.post_as(&self.token, &journal_path(self.register), batch).await
    }

    pub async fn document(&self, settlement: &Settlement) -> Answer {
        let answer = self.post_as(&self.token, "/api/v1/settlements", document(self.register, settlement)).await;
        pos::checks::due::work(&self.pos).await.unwrap();
        answer
    }

    /// Signs in and gives the cookie.
    pub async fn log_in(&self, login: &str) -> String {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("login", login), ("password", PASSWORD), ("next", "")])
            .finish();
        let answer = self.form("/login", "", form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
    }

    pub async fn form(&self, path: &str, cookie: &str, form: impl Into<String>) -> Answer {
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.into())).unwrap()).await
    }

    /// Sends a file in the field `file`.
    pub async fn upload(&self, path: &str, cookie: &str, name: &str, bytes: &[u8]) -> Answer {
        let head = format!("--seam\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=seam");
        let body = [head.as_bytes(), bytes, b"\r\n--seam--\r\n"].concat();
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub async fn get(&self, path: &str, cookie: &str) -> Answer {
        let request = Request::builder().method(Method::GET).uri(path).header(header::COOKIE, cookie);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// How many rows a counting query finds.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let read = self.pos.db.read(async move |tx: &mut Tx| -> Result<i64, PosError> {
            Ok(tx.fetch_one(sql, args![]).await?.int("n")?)
        });
        read.await.unwrap()
    }

    /// The sorts of findings that are open, sorted.
    pub async fn findings(&self) -> Vec<String> {
        let read = self.pos.db.read(async |tx: &mut Tx| -> Result<Vec<String>, PosError> {
            let sql = "SELECT kind FROM attention WHERE resolved_at IS NULL ORDER BY kind";
            let rows = tx.fetch_all(sql, args![]).await?;
            rows.iter().map(|row| Ok(row.text("kind")?)).collect()
        });
        read.await.unwrap()
    }
}

pub fn journal_path(register: RegisterId) -> String {
    format!("/api/v1/registers/{register}/journal")
}

pub fn document(register: RegisterId, settlement: &Settlement) -> String {
    serde_json::json!({"register_id": register, "settlement": settlement}).to_string()
}

/// A till that writes a journal.
#[derive(Clone)]
pub struct Till {
    pub epoch: Uuid,
    pub state: EpochState,
    pub written: Vec<Box<RawValue>>,
}

impl Till {
    pub fn new(epoch: u128) -> Self {
        Self { epoch: Uuid::from_u128(epoch), state: EpochState::NEW, written: Vec::new() }
    }

    pub fn write(&mut self, body: &Entry) {
        let (entry, state) = protocol::journal::Entry::follow(self.state, self.epoch, at(), body);
        self.state = state;
        self.written.push(RawValue::from_string(entry.text).unwrap());
    }

    /// Opens, sells and settles all of it.
    pub fn live(&mut self, settlement: &Settlement) {
        self.write(&opened(settlement));
        for check in &settlement.checks {
            self.write(&sold(settlement, check.clone()));
        }
        self.write(&settled(settlement));
    }

    /// Entries from this index on, as a batch.
    pub fn batch(&self, range: impl std::slice::SliceIndex<[Box<RawValue>], Output = [Box<RawValue>]>) -> String {
        batch(&self.written[range])
    }
}

/// Entries to the byte.
pub fn batch(entries: &[Box<RawValue>]) -> String {
    let entries: Vec<&str> = entries.iter().map(|entry| entry.get()).collect();
    format!("{{\"entries\":[{}]}}", entries.join(","))
}

fn at() -> Timestamp {
    "2026-11-22T13:00:00Z".parse().unwrap()
}

pub fn opened(settlement: &Settlement) -> Entry {
    Entry::Opened(Opened {
        settlement_id: settlement.id,
        business_date: settlement.business_date,
        opened_at: settlement.opened_at,
        opening_float: settlement.cash.opening_float,
        staff: "01".to_owned(),
        masters_version: 1,
    })
}

pub fn sold(settlement: &Settlement, check: sales::Check) -> Entry {
    let entry = CheckEntry { settlement_id: settlement.id, check };
    if entry.check.reverses.is_some() { Entry::Void(entry) } else { Entry::Check(entry) }
}

pub fn settled(settlement: &Settlement) -> Entry {
    Entry::Settled(Settled {
        settlement_id: settlement.id,
        z_number: settlement.z_number,
        revision: settlement.revision,
        supersedes: settlement.supersedes,
        reason: settlement.reason.clone(),
        revised_by: settlement.revised_by.clone(),
        business_date: settlement.business_date,
        opened_at: settlement.opened_at,
        closed_at: settlement.closed_at,
        cash: settlement.cash.clone(),
        totals: SettlementControl::of(settlement).unwrap(),
    })
}

/// A settlement of so many checks, whose figures agree.
pub fn day(seed: u64, checks: usize) -> Settlement {
    let settlement = simulator::settlement(seed, checks);
    assert_eq!(sales::audit_settlement(&settlement), vec![]);
    assert!(settlement.cash.opening_float > Yen::ZERO);
    settlement
}
