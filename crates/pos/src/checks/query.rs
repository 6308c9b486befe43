//! 会計明細, asked for by people: narrowed by store, period and slip, paged, with sums.

use db::{Args, Row, Sql, Tx, args};
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
    /// There are more than were summed up.
    pub more: bool,
    /// 人数
    pub guests: i64,
    /// 税抜
    pub net: i64,
    /// 消費税
    pub tax: i64,
    /// Paid.
    pub total: i64,
}

/// So many are counted and summed up; beyond it the sums need a narrower question.
pub const SUMMED_MAX: i64 = 10_000;

const LATEST: &str = "SELECT MAX(business_date) AS day FROM sale_check WHERE company_id = $1";
const LATEST_OF_STORE: &str =
    "SELECT MAX(business_date) AS day FROM sale_check WHERE company_id = $1 AND store_id = $2";

// `$1` company, `$2` and `$3` the period, `$4` the store, `$5` the slip, `$6` and `$7` which part.
macro_rules! found {
    ($select:literal, $index:literal, $narrowed:literal) => {
        concat!(
            "SELECT ",
            $select,
            " FROM sale_check c",
            $index,
            " WHERE c.company_id = $1 AND c.business_date >= $2 AND c.business_date <= $3 AND c.dropped_in IS NULL",
            $narrowed
        )
    };
}

macro_rules! sums {
    ($index:literal, $narrowed:literal) => {
        concat!(
            "SELECT COUNT(*) AS n, CAST(COALESCE(SUM(guests), 0) AS BIGINT) AS guests,
                    CAST(COALESCE(SUM(net), 0) AS BIGINT) AS net, CAST(COALESCE(SUM(tax), 0) AS BIGINT) AS tax,
                    CAST(COALESCE(SUM(total), 0) AS BIGINT) AS total
             FROM (",
            found!("c.guests, c.net, c.tax, c.total", $index, $narrowed),
            " LIMIT $6 OFFSET $7) AS found"
        )
    };
}

// The page is found first; what it shows beside the checks is looked up for that page only.
macro_rules! page {
    ($index:literal, $narrowed:literal) => {
        concat!(
            "WITH page AS (",
            found!("c.company_id, c.check_id", $index, $narrowed),
            " ORDER BY c.business_date DESC, c.paid_at DESC, c.check_id DESC LIMIT $6 OFFSET $7)
             SELECT c.check_id, c.settlement_id, c.business_date, c.paid_at, c.hour, c.slip, c.guests, c.net, c.tax,
                    c.total, c.medium, c.staff, CASE WHEN c.reverses IS NULL THEN 0 ELSE 1 END AS reversal,
                    CASE WHEN EXISTS (SELECT 1 FROM sale_check v WHERE v.company_id = c.company_id
                                      AND v.reverses = c.check_id AND v.dropped_in IS NULL) THEN 1 ELSE 0 END
                      AS reversed,
                    st.name AS store, st.zone, r.name AS register
             FROM page p
             JOIN sale_check c ON c.company_id = p.company_id AND c.check_id = p.check_id
             JOIN store st ON st.company_id = c.company_id AND st.store_id = c.store_id
             JOIN register r ON r.company_id = c.company_id AND r.register_id = c.register_id
             ORDER BY c.business_date DESC, c.paid_at DESC, c.check_id DESC"
        )
    };
}

// Which index SQLite takes is said, not guessed: it keeps no statistics.
macro_rules! questions {
    ($index:literal, $narrowed:literal) => {
        Questions {
            sums: Sql { sqlite: sums!($index, $narrowed), postgres: sums!("", $narrowed) },
            page: Sql { sqlite: page!($index, $narrowed), postgres: page!("", $narrowed) },
        }
    };
}

struct Questions {
    sums: Sql,
    page: Sql,
}

const ALL: Questions = questions!(" INDEXED BY sale_check_newest", " AND $4 = '' AND $5 < 0");
const OF_STORE: Questions = questions!(" INDEXED BY sale_check_newest_of_store", " AND c.store_id = $4 AND $5 < 0");
const SLIP: Questions = questions!(" INDEXED BY sale_check_by_slip", " AND $4 = '' AND c.slip = $5");
const SLIP_OF_STORE: Questions = questions!(" INDEXED BY sale_check_by_slip", " AND c.store_id = $4 AND c.slip = $5");

impl Filter {
    fn questions(&self) -> &'static Questions {
        match (&self.store, self.slip) {
            (None, None) => &ALL,
            (Some(_), None) => &OF_STORE,
            (None, Some(_)) => &SLIP,
            (Some(_), Some(_)) => &SLIP_OF_STORE,
        }
    }

    fn args(&self, tenant: &Tenant, limit: i64, offset: i64) -> Args {
        let from = self.from.map_or_else(|| "0000-00-00".to_owned(), |date| date.to_string());
        let to = self.to.map_or_else(|| "9999-99-99".to_owned(), |date| date.to_string());
        let store = self.store.clone().unwrap_or_default();
        args![tenant.as_str(), from, to, store, self.slip.unwrap_or(-1), limit, offset]
    }
}

/// The latest business date with a check.
pub async fn latest(pos: &Pos, tenant: &Tenant, store: Option<String>) -> Result<Option<Date>, PosError> {
    let tenant = tenant.clone();
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Option<Date>, PosError> {
            let row = match store {
                Some(store) => tx.fetch_one(LATEST_OF_STORE, args![tenant.as_str(), store]).await?,
                None => tx.fetch_one(LATEST, args![tenant.as_str()]).await?,
            };
            row.opt_parse("day")
        })
        .await
}

/// One page of what a filter finds, with sums over all of it, up to [`SUMMED_MAX`].
pub async fn list(
    pos: &Pos,
    tenant: &Tenant,
    filter: &Filter,
    window: Window,
) -> Result<(Sums, Vec<Listed>), PosError> {
    let (tenant, filter) = (tenant.clone(), filter.clone());
    pos.db
        .read(async move |tx: &mut Tx| -> Result<(Sums, Vec<Listed>), PosError> {
            let questions = filter.questions();
            let row = tx.fetch_one(questions.sums, filter.args(&tenant, SUMMED_MAX + 1, 0)).await?;
            let count = row.int("n")?;
            let sums = Sums {
                count: count.min(SUMMED_MAX),
                more: count > SUMMED_MAX,
                guests: row.int("guests")?,
                net: row.int("net")?,
                tax: row.int("tax")?,
                total: row.int("total")?,
            };
            let (limit, offset) = window.limit_offset(sums.count);
            let rows = tx.fetch_all(questions.page, filter.args(&tenant, limit, offset)).await?;
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
