//! How a company's linkage stands at a glance: what went last, what waits, what a person has to look at, 照合.

use db::{Tx, args};
use jiff::{Timestamp, ToSpan};

use super::{Linkage, latest};
use crate::queue::candidates;
use crate::store_link::{StoreLink, list};
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant, queue};
use sales::StoreId;
use std::collections::BTreeMap;

/// 照合 counts the last so many days.
const COMPARED_DAYS: i32 = 30;

/// Everything the linkage's page shows.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The newest generation.
    pub linkage: Linkage,
    /// Its stores.
    pub stores: Vec<StoreLink>,
    /// 保留 per store that is off.
    pub held: BTreeMap<StoreId, i64>,
    /// 最後の送信
    pub last_delivered_at: Option<Timestamp>,
    /// 送信待ち
    pub waiting: i64,
    /// 要対応
    pub attention: i64,
    /// Days that compare, per word.
    pub compared: Compared,
    /// Products without a 自社商品コード, and without 自社商品カテゴリコード.
    pub blank: (i64, i64),
    /// Late requests, the newest first.
    pub requests: Vec<queue::Progress>,
}

/// 照合 of the last 30 days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// 照合済
    pub matched: i64,
    /// 未照合
    pub unchecked: i64,
    /// 差異あり
    pub differs: i64,
}

const COUNTS: &str = "
    SELECT (SELECT COUNT(*) FROM (SELECT 1 AS one FROM outbox WHERE company_id = $1 AND state = 'waiting' LIMIT 10000)
            AS w) AS waiting,
           (SELECT COUNT(*) FROM (SELECT 1 AS one FROM outbox WHERE company_id = $1 AND state = 'attention' LIMIT 10000)
            AS a) AS attention,
           (SELECT MAX(last_delivered_at) FROM store_link WHERE company_id = $1) AS last_delivered_at,
           (SELECT COUNT(*) FROM product WHERE company_id = $1 AND retired_at IS NULL
              AND own_product_code IS NULL) AS no_product,
           (SELECT COUNT(*) FROM product WHERE company_id = $1 AND retired_at IS NULL
              AND (own_parent_category_code IS NULL OR own_child_category_code IS NULL)) AS no_category";
const COMPARED: &str = "
    SELECT (SELECT COUNT(*) FROM reconciliation WHERE company_id = $1 AND state = 'matched' AND business_date >= $2)
             AS matched,
           (SELECT COUNT(*) FROM reconciliation WHERE company_id = $1 AND state = 'differs' AND business_date >= $2)
             AS differs,
           (SELECT COUNT(*) FROM reconciliation WHERE company_id = $1 AND state = 'unchecked' AND business_date >= $2)
             AS unchecked";
const WAITING_OFF: &str = "
    SELECT k.store_id, (SELECT COUNT(*) FROM outbox o WHERE o.company_id = k.company_id AND o.generation = k.generation
                        AND o.store_id = k.store_id AND o.state = 'waiting') AS n
    FROM store_link k WHERE k.company_id = $1 AND k.generation = $2 AND k.enabled = 0";

/// The overview; none before the first 連携開始.
pub async fn overview(pos: &Pos, tenant: &Tenant) -> Result<Option<Overview>, PosError> {
    let (tenant, now) = (tenant.clone(), pos.now());
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Option<Overview>, PosError> {
            let Some(linkage) = latest(tx, &tenant).await? else { return Ok(None) };
            let (company, generation) = (tenant.as_str(), linkage.generation);
            let stores = list(tx, &tenant, generation).await?;
            let counts = tx.fetch_one(COUNTS, args![company]).await?;
            Ok(Some(Overview {
                held: held(tx, &tenant, generation).await?,
                last_delivered_at: counts.opt_at("last_delivered_at")?,
                waiting: counts.int("waiting")?,
                attention: counts.int("attention")?,
                compared: compared(tx, &tenant, now).await?,
                blank: (counts.int("no_product")?, counts.int("no_category")?),
                requests: queue::recent(tx, &tenant, 5).await?,
                linkage,
                stores,
            }))
        })
        .await
}

/// What the store's switch keeps back: held settlements, and events that wait.
async fn held(tx: &mut Tx, tenant: &Tenant, generation: i64) -> Result<BTreeMap<StoreId, i64>, PosError> {
    let mut held = candidates::held(tx, tenant, generation).await?;
    for row in tx.fetch_all(WAITING_OFF, args![tenant.as_str(), generation]).await? {
        *held.entry(row.parse("store_id")?).or_default() += row.int("n")?;
    }
    Ok(held)
}

async fn compared(tx: &mut Tx, tenant: &Tenant, now: Timestamp) -> Result<Compared, PosError> {
    let since = jiff::tz::TimeZone::UTC.to_datetime(now).date().saturating_sub(COMPARED_DAYS.days());
    let row = tx.fetch_one(COMPARED, args![tenant.as_str(), since.to_string()]).await?;
    Ok(Compared { matched: row.int("matched")?, unchecked: row.int("unchecked")?, differs: row.int("differs")? })
}
