//! 連携状況 as a list: events newest first, in pages, narrowed by store, word and period. Every question is answered from
//! an index, and what a page counts is bounded: a company may have millions of events.

use db::{Args, Row, Sql, Tx, Value};
use jiff::Timestamp;
use jiff::civil::Date;
use protocol::partner::EventReceipt;
use sales::StoreId;
use uuid::Uuid;
use web::{download, table};

use super::State;
use super::standing::{Standing, lane_of_event, standing};
use crate::stored::{Stored, word_of};
use crate::{Pos, PosError, Tenant};

/// So many are counted and can be paged through; beyond it a person narrows.
pub const COUNTED_MAX: u64 = 10_000;

/// Which events.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of one store.
    pub store: Option<String>,
    /// Under one word.
    pub standing: Option<Standing>,
    /// 受領証なし: delivered without a receipt. Then `standing` does not count.
    pub no_receipt: bool,
    /// From this business date on.
    pub from: Option<Date>,
    /// Until this one.
    pub to: Option<Date>,
}

/// An event in the list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Which.
    pub event_id: Uuid,
    /// The linkage it goes through.
    pub generation: i64,
    /// 営業日
    pub business_date: Date,
    /// 店舗
    pub store_id: StoreId,
    /// 店舗名
    pub store: String,
    /// レジ名
    pub register: String,
    /// Of the settlement.
    pub settlement_id: String,
    /// Z番号
    pub z_number: i64,
    /// 改訂
    pub revision: i64,
    /// `settlement.closed` …
    pub event_type: String,
    /// As it is stored.
    pub state: State,
    /// Where it stands.
    pub standing: Standing,
    /// Attempts since it was queued or sent again.
    pub attempts: i64,
    /// When it goes next.
    pub due_at: Option<Timestamp>,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// When FLARO had it.
    pub delivered_at: Option<Timestamp>,
    /// What came back last.
    pub last_answer: Option<String>,
    /// 受領証
    pub receipt: Option<EventReceipt>,
}

/// What a [`Listed`] is read from; `$now` says the time.
macro_rules! listed {
    ($now:literal) => {
        concat!(
            "o.event_id, o.generation, o.business_date, o.store_id, s.name AS store, COALESCE(r.name, '') AS register,
             o.settlement_id, COALESCE(z.z_number, 0) AS z_number, o.revision, o.event_type, o.state, o.attempts,
             o.due_at, o.queued_at, o.delivered_at, o.last_answer, o.receipt, ",
            crate::outbox::standing::standing!($now),
            " AS standing"
        )
    };
}

/// What stands beside an event `o`.
macro_rules! beside {
    () => {
        concat!(
            crate::outbox::standing::lane_of_event!(),
            " JOIN store s ON s.company_id = o.company_id AND s.store_id = o.store_id
              LEFT JOIN register r ON r.company_id = o.company_id AND r.register_id = o.register_id
              LEFT JOIN settlement z ON z.company_id = o.company_id AND z.settlement_id = o.settlement_id"
        )
    };
}

pub(crate) use {beside, listed};

// `$1` company, `$2` now, `$3` and `$4` the period, `$5` the word, `$6` and `$7` which part; then what narrows. Which
// index SQLite takes is said, not guessed: it keeps no statistics, and the wrong one reads every event there is.
macro_rules! found {
    ($select:literal, $index:literal, $narrowed:literal) => {
        concat!(
            "SELECT ",
            $select,
            " FROM outbox o",
            $index,
            " WHERE o.company_id = $1 AND o.business_date >= $3 AND o.business_date <= $4",
            $narrowed,
            // Every question takes the same arguments; these two stand still where no word is asked for.
            " AND $2 >= 0 AND $5 = ''"
        )
    };
    ($select:literal, $index:literal, $narrowed:literal, word) => {
        concat!(
            "SELECT ",
            $select,
            " FROM outbox o",
            $index,
            " ",
            lane_of_event!(),
            " WHERE o.company_id = $1 AND o.business_date >= $3 AND o.business_date <= $4",
            $narrowed,
            " AND ($5 = '' OR ",
            standing!("$2"),
            " = $5)"
        )
    };
}

macro_rules! count {
    ($($found:tt)+) => {
        concat!("SELECT COUNT(*) AS n FROM (", found!("1 AS one", $($found)+), " LIMIT $6 OFFSET $7) AS counted")
    };
}

macro_rules! page {
    ($($found:tt)+) => {
        concat!(
            "WITH page AS (",
            found!("o.company_id, o.event_id", $($found)+),
            " ORDER BY o.business_date DESC, o.queued_at DESC, o.event_id DESC LIMIT $6 OFFSET $7) SELECT ",
            listed!("$2"),
            " FROM page p JOIN outbox o ON o.company_id = p.company_id AND o.event_id = p.event_id ",
            beside!(),
            " ORDER BY o.business_date DESC, o.queued_at DESC, o.event_id DESC"
        )
    };
}

/// How many, up to a bound; and one page, found before what stands beside it is looked up.
macro_rules! questions {
    ($index:literal, $($narrowed:tt)+) => {
        Questions {
            count: Sql { sqlite: count!($index, $($narrowed)+), postgres: count!("", $($narrowed)+) },
            page: Sql { sqlite: page!($index, $($narrowed)+), postgres: page!("", $($narrowed)+) },
        }
    };
}

struct Questions {
    count: Sql,
    page: Sql,
}

const ALL: Questions = questions!(" INDEXED BY outbox_newest", "");
const OF_STORE: Questions = questions!(" INDEXED BY outbox_newest_of_store", " AND o.store_id = $8");
const IN_STATE: Questions = questions!(" INDEXED BY outbox_newest_in_state", " AND o.state = $8", word);
const OF_STORE_IN_STATE: Questions =
    questions!(" INDEXED BY outbox_newest_of_store", " AND o.store_id = $8 AND o.state = $9", word);
const NO_RECEIPT: Questions =
    questions!(" INDEXED BY outbox_no_receipt", " AND o.state = 'delivered' AND o.receipt IS NULL");
const OF_STORE_NO_RECEIPT: Questions = questions!(
    " INDEXED BY outbox_newest_of_store",
    " AND o.store_id = $8 AND o.state = 'delivered' AND o.receipt IS NULL"
);

impl Filter {
    fn questions(&self) -> &'static Questions {
        match (&self.store, self.no_receipt, self.standing) {
            (None, true, _) => &NO_RECEIPT,
            (Some(_), true, _) => &OF_STORE_NO_RECEIPT,
            (None, false, None) => &ALL,
            (Some(_), false, None) => &OF_STORE,
            (None, false, Some(_)) => &IN_STATE,
            (Some(_), false, Some(_)) => &OF_STORE_IN_STATE,
        }
    }

    fn args(&self, tenant: &Tenant, now: Timestamp, limit: i64, offset: i64) -> Args {
        let from = self.from.map_or("0000-00-00".to_owned(), |date| date.to_string());
        let to = self.to.map_or("9999-99-99".to_owned(), |date| date.to_string());
        let standing = self.standing.filter(|_| !self.no_receipt);
        // A word that is the whole state needs no second look at every event.
        let word = standing.filter(|word| word.state() == State::Waiting).map(word_of).unwrap_or_default();
        let mut args: Vec<Value> = vec![tenant.as_str().into(), now.as_millisecond().into(), from.into(), to.into()];
        args.extend([word.into(), limit.into(), offset.into()]);
        args.extend(self.store.as_ref().map(Value::from));
        args.extend(standing.map(|word| Value::from(word_of(word.state()))));
        args.into()
    }
}

/// How many events match, and the page that is asked for; without a page, all of them (for a file).
pub async fn list(
    pos: &Pos,
    tenant: &Tenant,
    filter: &Filter,
    page: impl FnOnce(u64) -> Option<(u64, u64)> + Send + 'static,
) -> Result<(table::Total, Vec<Listed>), PosError> {
    let (tenant, filter, now) = (tenant.clone(), filter.clone(), pos.now());
    pos.db
        .read(async move |tx: &mut Tx| -> Result<(table::Total, Vec<Listed>), PosError> {
            let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
            let questions = filter.questions();
            let args = filter.args(&tenant, now, whole(COUNTED_MAX + 1), 0);
            let total = table::Total::counted(tx.fetch_one(questions.count, args).await?.int("n")?, COUNTED_MAX);
            let (limit, offset) = page(total.rows).unwrap_or((download::ROWS_MAX as u64 + 1, 0));
            let rows = tx.fetch_all(questions.page, filter.args(&tenant, now, whole(limit), whole(offset))).await?;
            Ok((total, rows.iter().map(read).collect::<Result<_, _>>()?))
        })
        .await
}

/// An event as [`listed!`] asks for it.
pub(super) fn read(row: &Row) -> Result<Listed, PosError> {
    Ok(Listed {
        event_id: row.parse("event_id")?,
        generation: row.int("generation")?,
        business_date: row.parse("business_date")?,
        store_id: row.parse("store_id")?,
        store: row.text("store")?,
        register: row.text("register")?,
        settlement_id: row.text("settlement_id")?,
        z_number: row.int("z_number")?,
        revision: row.int("revision")?,
        event_type: row.text("event_type")?,
        state: row.word("state")?,
        standing: row.word("standing")?,
        attempts: row.int("attempts")?,
        due_at: row.opt_at("due_at")?,
        queued_at: row.at("queued_at")?,
        delivered_at: row.opt_at("delivered_at")?,
        last_answer: row.opt_text("last_answer")?,
        receipt: row.opt_text("receipt")?.and_then(|text| serde_json::from_str(&text).ok()),
    })
}
