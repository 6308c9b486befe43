//! 照合, as people look at it: the days that differ first, each down to the settlement.

use db::{Row, Tx, args};
use jiff::Timestamp;
use jiff::civil::Date;
use protocol::reconcile::Found;
use serde::{Deserialize, Serialize};

use crate::stored::Stored;
use crate::{Pos, PosError, Tenant};

/// How a day compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// 照合済
    Matched,
    /// 未照合
    Unchecked,
    /// 差異あり
    Differs,
}

/// A store's day.
#[derive(Clone, Debug)]
pub struct Day {
    /// 営業日
    pub business_date: Date,
    /// 店舗名
    pub store: String,
    /// How it compares.
    pub word: Word,
    /// When it was compared last.
    pub checked_at: Option<Timestamp>,
    /// What differs.
    pub differences: Vec<Found>,
}

const COUNT: &str = "SELECT COUNT(*) AS n FROM reconciliation WHERE company_id = $1 AND ($2 = '' OR state = $2)";
const LIST: &str = "
    SELECT r.business_date, s.name, r.state, r.checked_at, r.differences FROM reconciliation r
    JOIN store s ON s.company_id = r.company_id AND s.store_id = r.store_id
    WHERE r.company_id = $1 AND ($2 = '' OR r.state = $2)
    ORDER BY CASE r.state WHEN 'differs' THEN 0 ELSE 1 END, r.business_date DESC, s.position LIMIT $3 OFFSET $4";

/// The days with this word (empty: all), and how many there are.
pub async fn list(
    pos: &Pos,
    tenant: &Tenant,
    word: &str,
    part: impl FnOnce(u64) -> (u64, u64) + Send + 'static,
) -> Result<(u64, Vec<Day>), PosError> {
    let (tenant, word) = (tenant.clone(), word.to_owned());
    pos.db
        .read(async move |tx: &mut Tx| -> Result<(u64, Vec<Day>), PosError> {
            let count = tx.fetch_one(COUNT, args![tenant.as_str(), &word]).await?.int("n")?.unsigned_abs();
            let (limit, offset) = part(count);
            let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
            let rows = tx.fetch_all(LIST, args![tenant.as_str(), word, whole(limit), whole(offset)]).await?;
            Ok((count, rows.iter().map(read).collect::<Result<_, _>>()?))
        })
        .await
}

fn read(row: &Row) -> Result<Day, PosError> {
    Ok(Day {
        business_date: row.parse("business_date")?,
        store: row.text("name")?,
        word: row.word("state")?,
        checked_at: row.opt_at("checked_at")?,
        differences: row.opt_text("differences")?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
    })
}
