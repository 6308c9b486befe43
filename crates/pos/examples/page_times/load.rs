//! A chain in a database: stores, and for each of their days a settlement, its event and its comparison.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, header};
use db::{Sql, Tx, args};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use pos::provision::{self, NewStore};
use pos::{Pos, PosError, Tenant};
use tower::ServiceExt;

use crate::Failed;

/// The last day that is settled.
const LAST: Date = date(2026, 11, 21);

const HOW_MANY: &str = "SELECT COUNT(*) AS n, MIN(store_id) AS store FROM store WHERE company_id = $1";
const LINKAGE: &str = "
    INSERT INTO linkage (company_id, generation, state, linkage_id, webhook_url, endpoint, secret, requested_at)
    VALUES ($1, 1, 'linked', '00000000-0000-4000-8000-000000000001', 'http://127.0.0.1:9/', 'http://127.0.0.1:9',
            'whsec_bench', 0)";
const LINK: &str = "
    INSERT INTO store_link (company_id, generation, store_id, flaro_store_code, start_date, end_date, enabled,
                            updated_by, updated_at)
    VALUES ($1, 1, $2, $3, '2020-01-01', '2099-12-31', 1, 'bench', 0)";
// `$1` company, `$2` store, `$3` till, `$4` the beginning of the ids, `$5` the days as `{n, date}`.
macro_rules! of_days {
    ($before:literal, $select:literal) => {
        Sql {
            sqlite: concat!(
                $before,
                " WITH d AS (SELECT value ->> 'n' AS n, value ->> 'date' AS date FROM json_each($5)) SELECT ",
                $select,
                " FROM d"
            ),
            postgres: concat!(
                $before,
                " WITH d AS (SELECT CAST(value ->> 'n' AS BIGINT) AS n, value ->> 'date' AS date
                             FROM jsonb_array_elements(CAST($5 AS JSONB))) SELECT ",
                $select,
                " FROM d"
            ),
        }
    };
}
const SETTLEMENTS: Sql = of_days!(
    "INSERT INTO settlement (company_id, settlement_id, store_id, register_id, business_date, z_number, revision, state,
                             checks, guests, voids, net, tax, total, over_short, facts_sha256, control, closed_at,
                             received_at)",
    "$1, $4 || substr(CAST(1000000000000 + n AS TEXT), 2), $2, $3, date, n + 1, 1, 'closed', 80, 160, 0, 200000 + n,
     20000, 220000 + n, 0, '', '{}', n * 86400000, n * 86400000"
);
// One in a thousand needs a person, one in five hundred has no receipt.
const EVENTS: Sql = of_days!(
    "INSERT INTO outbox (company_id, event_id, generation, store_id, register_id, settlement_id, revision, business_date,
                         sequence, event_type, state, due_at, body_bytes, body_sha256, facts_sha256, control, queued_at,
                         delivered_at, receipt)",
    "$1, $4 || substr(CAST(1000000000000 + n AS TEXT), 2), 1, $2, $3,
     $4 || substr(CAST(1000000000000 + n AS TEXT), 2), 1, date, n + 1, 'settlement.closed',
     CASE WHEN n % 1000 = 7 THEN 'attention' ELSE 'delivered' END, NULL, 9000, '', '', '{}', n * 86400000,
     CASE WHEN n % 1000 = 7 THEN NULL ELSE n * 86400000 + 900 END,
     CASE WHEN n % 500 = 9 OR n % 1000 = 7 THEN NULL ELSE '{\"of\":\"the bench\"}' END"
);
const FRAMES: &str = "
    INSERT INTO event_frame (company_id, event_id, frame)
    SELECT company_id, event_id, $3 FROM outbox WHERE company_id = $1 AND store_id = $2";
const COMPARISONS: Sql = of_days!(
    "INSERT INTO reconciliation (company_id, store_id, business_date, state, checked_at)",
    "$1, $2, date, CASE WHEN n % 1000 = 3 AND $3 <> $4 THEN 'differs' ELSE 'matched' END, n * 86400000"
);
const CHECKS: Sql = of_days!(
    "INSERT INTO sale_check (company_id, check_id, store_id, register_id, settlement_id, business_date, paid_at, hour,
                             slip, guests, net, tax, total, staff, epoch_ordinal, seq, content_sha256, content)",
    "$1, $4 || substr(CAST(2000000000000 + n AS TEXT), 2), $2, $3,
     $4 || substr(CAST(1000000000000 + n AS TEXT), 2), date, n * 86400000, 12, n + 1, 2, 2000, 200, 2200, '1', 1, n,
     '', '{}'"
);

/// Fills a database that has no stores yet; gives one store.
pub async fn chain(pos: &Pos, tenant: &Tenant, stores: i64, days: i64) -> Result<String, PosError> {
    let company = tenant.as_str().to_owned();
    let there = pos.db.read(async move |tx: &mut Tx| tx.fetch_one(HOW_MANY, args![company]).await).await?;
    if there.int("n")? > 0 {
        return Ok(there.text("store")?);
    }
    let company = tenant.as_str().to_owned();
    pos.db.write(async move |tx: &mut Tx| tx.execute(LINKAGE, args![company]).await).await?;
    let json = |n: i64| serde_json::json!({"n": n, "date": LAST.saturating_sub((days - 1 - n).days()).to_string()});
    let dates = serde_json::Value::from((0..days).map(json).collect::<Vec<_>>()).to_string();
    let mut one = String::new();
    for n in 0..stores {
        one = store(pos, tenant, n, &dates).await?;
    }
    Ok(one)
}

async fn store(pos: &Pos, tenant: &Tenant, n: i64, dates: &str) -> Result<String, PosError> {
    let store = provision::store(pos, tenant, NewStore::new(format!("{:04}号店", n + 1))).await?;
    let register = provision::register(pos, tenant, store, "レジ1", date(2020, 1, 1)).await?;
    let (company, id, till) = (tenant.as_str().to_owned(), store.to_string(), register.to_string());
    let (begins, dates, given) = (format!("00000000-0000-4000-8{n:03}-"), dates.to_owned(), id.clone());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            tx.execute(LINK, args![&company, &id, (n + 1).to_string()]).await?;
            for sql in [SETTLEMENTS, EVENTS, COMPARISONS, CHECKS] {
                tx.execute(sql, args![&company, &id, &till, &begins, &dates]).await?;
            }
            tx.execute(FRAMES, args![&company, &id, vec![0_u8; 8]]).await?;
            Ok(())
        })
        .await?;
    Ok(given)
}

const KNOWN: &str = "
    SELECT s.settlement_id, s.register_id, s.business_date,
           (SELECT MIN(k.check_id) FROM sale_check k WHERE k.company_id = $1 AND k.settlement_id = $2) AS check_id,
           (SELECT MIN(o.event_id) FROM outbox o WHERE o.company_id = $1 AND o.settlement_id = $2) AS event_id,
           (SELECT MIN(p.product_id) FROM product p WHERE p.company_id = $1) AS product_id,
           (SELECT MIN(c.category_id) FROM category c WHERE c.company_id = $1) AS category_id,
           (SELECT MIN(a.account_id) FROM account a WHERE a.company_id = $1) AS account_id
    FROM settlement s WHERE s.company_id = $1 AND s.settlement_id = $2";

/// What can stand in a path, by the name it has there. The settlement is a real one: it comes in as a till sends it.
pub async fn known(pos: &Arc<Pos>, tenant: &Tenant, store: &str) -> Result<Vec<(&'static str, String)>, Failed> {
    let settlement = settled(pos, tenant, store).await?;
    let company = tenant.as_str().to_owned();
    let row = pos.db.read(async move |tx: &mut Tx| tx.fetch_one(KNOWN, args![company, settlement]).await).await?;
    let mut known = vec![("store_id", store.to_owned()), ("date", row.text("business_date")?)];
    for name in ["settlement_id", "event_id", "register_id", "check_id", "product_id", "category_id", "account_id"] {
        if let Some(id) = row.opt_text(name)? {
            known.push((name, id));
        }
    }
    Ok(known)
}

/// A settlement of a restaurant's day through the door for tills; gives its id.
async fn settled(pos: &Arc<Pos>, tenant: &Tenant, store: &str) -> Result<String, Failed> {
    let name = format!("レジ{}", (pos.random)().simple());
    let register = provision::register(pos, tenant, store.parse()?, &name, date(2020, 1, 1)).await?;
    let token = pos::tokens::issue(pos, tenant, register, "bench").await?;
    // One of its own each time, as many as there are in a day of a busy restaurant.
    let settlement = simulator::settlement((pos.random)().as_u64_pair().0, 300);
    let body = serde_json::json!({"register_id": register, "settlement": settlement}).to_string();
    let request = Request::post("/api/v1/settlements")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json");
    let answer = pos::server::router(pos.clone()).oneshot(request.body(Body::from(body))?).await?;
    if !answer.status().is_success() {
        return Err(format!("the settlement was refused: {}", answer.status()).into());
    }
    Ok(settlement.id.to_string())
}
