//! Settlements, asked for by people: lists that are narrowed, sorted and paged, and one settlement with all there is
//! to it. Everything here takes its tenant, and a store where the viewer sees only one.

pub mod detail;
mod link;

use db::{Args, Row, Tx, Value};
use jiff::civil::Date;
use sales::{SettlementId, SettlementState};
use web::{ListQuery, download, table};

use crate::stored::Stored;
use crate::{Pos, PosError, Tenant};

pub use link::Link;

pub use detail::{Detail, Revision, Sent, detail, facts};

/// How a list is narrowed. Empty means everything.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One store, by its id.
    pub store: Option<String>,
    /// The first business date.
    pub from: Option<Date>,
    /// The last business date.
    pub to: Option<Date>,
    /// Only those a person has to look at.
    pub attention: bool,
}

/// What a list is sorted by, and whether the largest comes first.
pub type Sorting = Option<(&'static str, bool)>;

/// Rows on a page of a list.
pub const PER_PAGE: u64 = 50;

/// Which rows of a list.
#[derive(Clone, Debug)]
pub enum Window {
    /// Those of the page that is asked for.
    Page(ListQuery),
    /// All of them, and one more where a file would be too large.
    File,
}

/// The columns a list of settlements is sorted by.
pub const SORTED_BY: [&str; 4] = ["date", "checks", "total", "over_short"];

/// A settlement in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Which.
    pub id: SettlementId,
    /// 営業日
    pub business_date: Date,
    /// 店舗
    pub store: String,
    /// レジ
    pub register: String,
    /// Z番号
    pub z_number: i64,
    /// The one that stands.
    pub revision: i64,
    /// Closed or cancelled.
    pub state: SettlementState,
    /// 会計数
    pub checks: i64,
    /// 客数
    pub guests: i64,
    /// 税抜
    pub net: i64,
    /// 消費税
    pub tax: i64,
    /// 税込
    pub total: i64,
    /// 過不足; none: 未計数
    pub over_short: Option<i64>,
    /// 連携の状態
    pub link: Link,
    /// How many findings are open.
    pub findings: i64,
}

/// Sums over everything a filter finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// 件数
    pub count: i64,
    /// There are more than were summed up.
    pub more: bool,
    /// 会計数
    pub checks: i64,
    /// 客数
    pub guests: i64,
    /// 税抜
    pub net: i64,
    /// 消費税
    pub tax: i64,
    /// 税込
    pub total: i64,
    /// 過不足
    pub over_short: i64,
}

/// What a list shows of a page of settlements; `$now` says the time. What stands beside them is looked up for that page
/// only.
macro_rules! shown {
    ($now:literal) => {
        concat!(
            " SELECT s.settlement_id, s.business_date, s.z_number, s.revision, s.state, s.checks, s.guests, s.net, s.tax,
                     s.total, s.over_short, st.name AS store, r.name AS register,
                     CASE WHEN h.enabled = 0 AND h.start_date <= s.business_date AND h.end_date >= s.business_date
                          THEN 1 ELSE 0 END AS held,
                     CASE WHEN o.event_id IS NULL THEN NULL ELSE ",
            crate::outbox::standing::standing!($now),
            " END AS standing,
                     (SELECT COUNT(*) FROM attention a WHERE a.company_id = s.company_id
                      AND a.settlement_id = s.settlement_id AND a.resolved_at IS NULL) AS findings
              FROM page p
              JOIN settlement s ON s.company_id = p.company_id AND s.settlement_id = p.settlement_id
              JOIN store st ON st.company_id = s.company_id AND st.store_id = s.store_id
              JOIN register r ON r.company_id = s.company_id AND r.register_id = s.register_id
              LEFT JOIN outbox o ON o.company_id = s.company_id AND o.settlement_id = s.settlement_id
                   AND o.revision = s.revision
                   AND o.generation = (SELECT MAX(g.generation) FROM outbox g WHERE g.company_id = s.company_id
                                       AND g.settlement_id = s.settlement_id AND g.revision = s.revision) ",
            crate::outbox::standing::lane_of_event!(),
            " LEFT JOIN store_link h ON h.company_id = s.company_id AND h.store_id = s.store_id
                   AND h.generation = (SELECT n.generation FROM linkage n WHERE n.company_id = s.company_id
                                       AND n.state = 'linked')"
        )
    };
}

/// So many are summed up; beyond it the sums need a narrower question.
pub const SUMMED_MAX: i64 = 50_000;
/// So many are sorted by any column; beyond it a list is by business date.
pub const SORTED_MAX: i64 = 5_000;

/// What every list narrows by: `$1`, and further by `$2` and `$3`, the period, and `$4`, the store.
macro_rules! narrowed {
    ($further:literal) => {
        concat!("s.company_id = $1 AND ", $further)
    };
}

/// The sums of what is found, up to a bound, and one page of it: sorted by any column, or by date straight from an index.
macro_rules! questions {
    ($further:literal) => {
        Questions {
            sums: concat!(
                "SELECT COUNT(*) AS n, CAST(COALESCE(SUM(checks), 0) AS BIGINT) AS checks,
                        CAST(COALESCE(SUM(guests), 0) AS BIGINT) AS guests,
                        CAST(COALESCE(SUM(net), 0) AS BIGINT) AS net, CAST(COALESCE(SUM(tax), 0) AS BIGINT) AS tax,
                        CAST(COALESCE(SUM(total), 0) AS BIGINT) AS total,
                        CAST(COALESCE(SUM(over_short), 0) AS BIGINT) AS over_short
                 FROM (SELECT s.checks, s.guests, s.net, s.tax, s.total, s.over_short FROM settlement s WHERE ",
                narrowed!($further),
                " LIMIT $5) AS found"
            ),
            sorted: concat!(
                "WITH page AS (
                     SELECT s.company_id, s.settlement_id,
                            $6 * CASE $5 WHEN 'checks' THEN s.checks WHEN 'total' THEN s.total
                                         WHEN 'over_short' THEN COALESCE(s.over_short, 0) ELSE 0 END AS rank,
                            CASE WHEN $5 = 'date' AND $6 = 1 THEN s.business_date ELSE '' END AS oldest
                     FROM settlement s JOIN store st ON st.company_id = s.company_id AND st.store_id = s.store_id
                     WHERE ",
                narrowed!($further),
                " ORDER BY rank, oldest, s.business_date DESC, st.position, s.register_id, s.z_number DESC
                  LIMIT $7 OFFSET $8)",
                shown!("$9"),
                " ORDER BY p.rank, p.oldest, s.business_date DESC, st.position, s.register_id, s.z_number DESC"
            ),
            by_date: concat!(
                "WITH page AS (SELECT s.company_id, s.settlement_id FROM settlement s WHERE ",
                narrowed!($further),
                " ORDER BY s.business_date DESC, s.store_id DESC LIMIT $5 OFFSET $6)",
                shown!("$7"),
                " ORDER BY s.business_date DESC, s.store_id DESC, s.z_number DESC"
            ),
        }
    };
}

struct Questions {
    sums: &'static str,
    sorted: &'static str,
    by_date: &'static str,
}

const ALL: Questions = questions!("s.business_date >= $2 AND s.business_date <= $3 AND $4 = ''");
const OF_STORE: Questions = questions!("s.business_date >= $2 AND s.business_date <= $3 AND s.store_id = $4");
// What needs a person is little: it leads, and neither days nor stores do.
const ATTENTION: Questions = questions!(
    "s.business_date || '' >= $2 AND s.business_date || '' <= $3 AND $4 = '' AND s.settlement_id IN (
        SELECT a.settlement_id FROM attention a WHERE a.company_id = $1 AND a.resolved_at IS NULL
        UNION SELECT o.settlement_id FROM outbox o WHERE o.company_id = $1 AND o.state = 'attention')"
);
const ATTENTION_OF_STORE: Questions = questions!(
    "s.business_date || '' >= $2 AND s.business_date || '' <= $3 AND s.store_id || '' = $4 AND s.settlement_id IN (
        SELECT a.settlement_id FROM attention a WHERE a.company_id = $1 AND a.resolved_at IS NULL
        UNION SELECT o.settlement_id FROM outbox o WHERE o.company_id = $1 AND o.state = 'attention')"
);

impl Filter {
    fn questions(&self) -> &'static Questions {
        match (&self.store, self.attention) {
            (None, false) => &ALL,
            (Some(_), false) => &OF_STORE,
            (None, true) => &ATTENTION,
            (Some(_), true) => &ATTENTION_OF_STORE,
        }
    }

    fn args(&self, tenant: &Tenant, more: impl IntoIterator<Item = Value>) -> Args {
        let from = self.from.map_or_else(|| "0000-00-00".to_owned(), |date| date.to_string());
        let to = self.to.map_or_else(|| "9999-99-99".to_owned(), |date| date.to_string());
        let store = self.store.clone().unwrap_or_default();
        let mut args: Vec<Value> = vec![tenant.as_str().into(), from.into(), to.into(), store.into()];
        args.extend(more);
        args.into()
    }
}

/// One page of what a filter finds, with sums over all of it, up to [`SUMMED_MAX`].
pub async fn list(
    pos: &Pos,
    tenant: &Tenant,
    filter: &Filter,
    sorting: Sorting,
    window: Window,
) -> Result<(Sums, Vec<Listed>), PosError> {
    let (tenant, filter) = (tenant.clone(), filter.clone());
    let (column, descending) = sorting.unwrap_or(("date", true));
    let column = column.to_owned(); // A reference held across an await would keep the future from being `Send`.
    let (direction, now) = (if descending { -1_i64 } else { 1 }, pos.now().as_millisecond());
    pos.db
        .read(async move |tx: &mut Tx| -> Result<(Sums, Vec<Listed>), PosError> {
            let questions = filter.questions();
            let found = tx.fetch_one(questions.sums, filter.args(&tenant, [(SUMMED_MAX + 1).into()])).await?;
            let sums = sums(&found)?;
            let (limit, offset) = window.limit_offset(sums.count);
            let rows = if sums.count > SORTED_MAX {
                tx.fetch_all(questions.by_date, filter.args(&tenant, [limit, offset, now].map(Value::from))).await?
            } else {
                let sorted = [column.into(), direction.into(), limit.into(), offset.into(), now.into()];
                tx.fetch_all(questions.sorted, filter.args(&tenant, sorted)).await?
            };
            Ok((sums, rows.iter().map(listed).collect::<Result<_, _>>()?))
        })
        .await
}

impl Window {
    /// `LIMIT` and `OFFSET` of a list of so many rows.
    pub fn limit_offset(&self, total: i64) -> (i64, i64) {
        let bounded = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        match self {
            Self::Page(list) => (bounded(PER_PAGE), bounded(table::offset(list, total.unsigned_abs(), PER_PAGE))),
            Self::File => (bounded(download::ROWS_MAX as u64 + 1), 0),
        }
    }
}

fn sums(row: &Row) -> Result<Sums, PosError> {
    let count = row.int("n")?;
    Ok(Sums {
        count: count.min(SUMMED_MAX),
        more: count > SUMMED_MAX,
        checks: row.int("checks")?,
        guests: row.int("guests")?,
        net: row.int("net")?,
        tax: row.int("tax")?,
        total: row.int("total")?,
        over_short: row.int("over_short")?,
    })
}

fn listed(row: &Row) -> Result<Listed, PosError> {
    Ok(Listed {
        id: row.parse("settlement_id")?,
        business_date: row.parse("business_date")?,
        store: row.text("store")?,
        register: row.text("register")?,
        z_number: row.int("z_number")?,
        revision: row.int("revision")?,
        state: row.word("state")?,
        checks: row.int("checks")?,
        guests: row.int("guests")?,
        net: row.int("net")?,
        tax: row.int("tax")?,
        total: row.int("total")?,
        over_short: row.opt_int("over_short")?,
        link: link::link(row)?,
        findings: row.int("findings")?,
    })
}
