//! 会計明細, asked for by people: narrowed by store, period and slip, paged, with sums.

use db::{Row, Tx, args};
use jiff::Timestamp;
use jiff::civil::Date;
use sales::{BusinessHour, CheckId, SettlementId};

use crate::settlements::Window;
use crate::stored::{Stored, unreadable};
use crate::{Pos, PosError, Tenant};

/// How the list is narrowed.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One store, by its id.
    pub store: Option<String>,
    /// The first business date.
    pub from: Option<Date>,
    /// The last business date.
    pub to: Option<Date>,
    /// 伝票番号
    pub slip: Option<i64>,
}

/// A check in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Which.
    pub id: CheckId,
    /// Its settlement.
    pub settlement_id: SettlementId,
    /// 営業日
    pub business_date: Date,
    /// 会計時刻
    pub paid_at: Timestamp,
    /// 時間帯
    pub hour: BusinessHour,
    /// IANA time zone of the store.
    pub zone: String,
    /// 店舗
    pub store: String,
    /// レジ
    pub register: String,
    /// 伝票番号
    pub slip: i64,
    /// 人数
    pub guests: i64,
    /// 税抜
    pub net: i64,
    /// 消費税
    pub tax: i64,
    /// What was paid, non-sales included.
    pub total: i64,
    /// 広告媒体
    pub medium: Option<String>,
    /// 担当者コード
    pub staff: String,
    /// 赤伝票
    pub reversal: bool,
    /// A 赤伝票 reverses it.
    pub reversed: bool,
}

/// Sums over everything a filter finds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    /// 件数
    pub count: i64,
    /// 人数
    pub guests: i64,
    /// 税抜
    pub net: i64,
    /// 消費税
    pub tax: i64,
    /// Paid.
    pub total: i64,
}

macro_rules! narrowed {
    () => {
        "c.company_id = $1 AND c.business_date >= $2 AND c.business_date <= $3
         AND c.store_id = COALESCE($4, c.store_id) AND c.slip = COALESCE($5, c.slip) AND c.dropped_in IS NULL"
    };
}

const LATEST: &str = "SELECT MAX(business_date) AS day FROM sale_check
                      WHERE company_id = $1 AND store_id = COALESCE($2, store_id)";
const SUMS: &str = concat!(
    "SELECT COUNT(*) AS n, CAST(COALESCE(SUM(guests), 0) AS BIGINT) AS guests,
            CAST(COALESCE(SUM(net), 0) AS BIGINT) AS net, CAST(COALESCE(SUM(tax), 0) AS BIGINT) AS tax,
            CAST(COALESCE(SUM(total), 0) AS BIGINT) AS total
     FROM sale_check c WHERE ",
    narrowed!()
);
// The page is found first; what it shows beside the checks is looked up for that page only.
const LIST: &str = concat!(
    "WITH page AS (
         SELECT c.company_id, c.check_id FROM sale_check c WHERE ",
    narrowed!(),
    " ORDER BY c.business_date DESC, c.paid_at DESC, c.check_id LIMIT $6 OFFSET $7)
     SELECT c.check_id, c.settlement_id, c.business_date, c.paid_at, c.hour, c.slip, c.guests, c.net, c.tax, c.total,
            c.medium, c.staff, CASE WHEN c.reverses IS NULL THEN 0 ELSE 1 END AS reversal,
            CASE WHEN EXISTS (SELECT 1 FROM sale_check v WHERE v.company_id = c.company_id AND v.reverses = c.check_id
                              AND v.dropped_in IS NULL) THEN 1 ELSE 0 END AS reversed,
            st.name AS store, st.zone, r.name AS register
     FROM page p
     JOIN sale_check c ON c.company_id = p.company_id AND c.check_id = p.check_id
     JOIN store st ON st.company_id = c.company_id AND st.store_id = c.store_id
     JOIN register r ON r.company_id = c.company_id AND r.register_id = c.register_id
     ORDER BY c.business_date DESC, c.paid_at DESC, c.check_id"
);

/// The latest business date with a check.
pub async fn latest(pos: &Pos, tenant: &Tenant, store: Option<String>) -> Result<Option<Date>, PosError> {
    let tenant = tenant.clone();
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Option<Date>, PosError> {
            tx.fetch_one(LATEST, args![tenant.as_str(), store]).await?.opt_parse("day")
        })
        .await
}

/// One page of what a filter finds, with sums over all of it.
pub async fn list(
    pos: &Pos,
    tenant: &Tenant,
    filter: &Filter,
    window: Window,
) -> Result<(Sums, Vec<Listed>), PosError> {
    let (tenant, filter) = (tenant.clone(), filter.clone());
    pos.db
        .read(async move |tx: &mut Tx| -> Result<(Sums, Vec<Listed>), PosError> {
            let from = filter.from.map_or_else(|| "0000-00-00".to_owned(), |date| date.to_string());
            let to = filter.to.map_or_else(|| "9999-99-99".to_owned(), |date| date.to_string());
            let (company, store, slip) = (tenant.as_str(), filter.store, filter.slip);
            let row = tx.fetch_one(SUMS, args![company, &from, &to, store.clone(), slip]).await?;
            let sums = Sums {
                count: row.int("n")?,
                guests: row.int("guests")?,
                net: row.int("net")?,
                tax: row.int("tax")?,
                total: row.int("total")?,
            };
            let (limit, offset) = window.limit_offset(sums.count);
            let rows = tx.fetch_all(LIST, args![company, from, to, store, slip, limit, offset]).await?;
            Ok((sums, rows.iter().map(listed).collect::<Result<_, _>>()?))
        })
        .await
}

fn listed(row: &Row) -> Result<Listed, PosError> {
    Ok(Listed {
        id: row.parse("check_id")?,
        settlement_id: row.parse("settlement_id")?,
        business_date: row.parse("business_date")?,
        paid_at: row.at("paid_at")?,
        hour: row.int("hour")?.try_into().map_err(|error| unreadable("hour", error))?,
        zone: row.text("zone")?,
        store: row.text("store")?,
        register: row.text("register")?,
        slip: row.int("slip")?,
        guests: row.int("guests")?,
        net: row.int("net")?,
        tax: row.int("tax")?,
        total: row.int("total")?,
        medium: row.opt_text("medium")?,
        staff: row.text("staff")?,
        reversal: row.flag("reversal")?,
        reversed: row.flag("reversed")?,
    })
}
