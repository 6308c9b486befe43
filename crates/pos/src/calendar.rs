//! Every day of a month per store: 送信済み, 待ち, 未精算 and so on, from what is stored. A page of stores is read in a
//! fixed number of questions, however many stores or days it shows.

pub mod word;

use std::collections::HashMap;

use db::{Args, Row, Sql, Tx, args};
use jiff::ToSpan;
use jiff::civil::Date;
use sales::{DayRule, StoreId};

use crate::stored::{Stored, unreadable};
use crate::{Pos, PosError, Tenant, linkage};
use word::{Events, Facts, Frame, Word, word};

/// A month of one store.
#[derive(Clone, Debug)]
pub struct StoreMonth {
    /// 店舗
    pub store_id: StoreId,
    /// 店舗名
    pub store: String,
    /// The business date that runs there.
    pub today: Date,
    /// From the first to the last.
    pub days: Vec<Day>,
}

/// A day of it.
#[derive(Clone, Copy, Debug)]
pub struct Day {
    /// 営業日
    pub date: Date,
    /// What it comes to.
    pub word: Word,
    /// What it comes from.
    pub facts: Facts,
}

const HOW_MANY: &str = "SELECT COUNT(*) AS n FROM store WHERE company_id = $1";
const STORES: &str = "SELECT store_id, name, zone, cut_over FROM store WHERE company_id = $1
                      ORDER BY position, store_id LIMIT $2 OFFSET $3";
const STORE: &str = "SELECT store_id, name, zone, cut_over FROM store WHERE company_id = $1 AND store_id = $2";

/// `$1` company, `$2` and `$3` the month, `$4` the stores as a JSON array; `$5` where a question has one more.
macro_rules! of_stores {
    ($before:expr, $column:literal, $after:expr) => {
        Sql {
            sqlite: concat!($before, $column, " IN (SELECT value FROM json_each($4))", $after),
            postgres: concat!(
                $before,
                $column,
                " = ANY(ARRAY(SELECT jsonb_array_elements_text(CAST($4 AS JSONB))))",
                $after
            ),
        }
    };
}

macro_rules! counted {
    ($word:literal) => {
        concat!(
            "CAST(COUNT(DISTINCT CASE WHEN e.standing = '",
            $word,
            "' THEN e.settlement_id END) AS BIGINT) AS ",
            $word
        )
    };
}

// One event stands for a settlement: the one of its newest generation.
const SETTLED: Sql = of_stores!(
    concat!(
        "SELECT e.store_id, e.business_date, COUNT(DISTINCT e.settlement_id) AS settlements,
                COUNT(DISTINCT e.register_id) AS tills, ",
        counted!("delivered"),
        ", ",
        counted!("waiting"),
        ", ",
        counted!("sending"),
        ", ",
        counted!("retrying"),
        ", ",
        counted!("stopped"),
        ", ",
        counted!("attention"),
        ", ",
        counted!("discarded"),
        ", ",
        counted!("ended"),
        ", COUNT(DISTINCT CASE WHEN e.standing = 'delivered' AND e.no_receipt = 1 THEN e.settlement_id END) AS no_receipt
         FROM (SELECT s.store_id, s.business_date, s.settlement_id, s.register_id,
                      CASE WHEN o.receipt IS NULL THEN 1 ELSE 0 END AS no_receipt,
                      CASE WHEN o.event_id IS NULL THEN '' ELSE ",
        crate::outbox::standing::standing!("$5"),
        " END AS standing
               FROM settlement s
               LEFT JOIN outbox o ON o.company_id = s.company_id AND o.settlement_id = s.settlement_id
                    AND o.revision = s.revision AND o.state <> 'superseded'
                    AND NOT EXISTS (SELECT 1 FROM outbox n WHERE n.company_id = o.company_id
                                    AND n.settlement_id = o.settlement_id AND n.revision = o.revision
                                    AND n.generation > o.generation AND n.state <> 'superseded') ",
        crate::outbox::standing::lane_of_event!(),
        " WHERE s.company_id = $1 AND s.business_date >= $2 AND s.business_date <= $3 AND "
    ),
    "s.store_id",
    ") e GROUP BY e.store_id, e.business_date"
);
const OPEN: Sql = of_stores!(
    "SELECT store_id, business_date, COUNT(*) AS n FROM till_session
     WHERE company_id = $1 AND settled_revision IS NULL AND business_date >= $2 AND business_date <= $3 AND ",
    "store_id",
    " GROUP BY store_id, business_date"
);
const TILLS: Sql = of_stores!(
    "SELECT store_id, service_from, service_until FROM register
     WHERE company_id = $1 AND service_from <= $3 AND (service_until IS NULL OR service_until >= $2) AND ",
    "store_id",
    ""
);
const DIFFERS: Sql = of_stores!(
    "SELECT store_id, business_date FROM reconciliation
     WHERE company_id = $1 AND state = 'differs' AND business_date >= $2 AND business_date <= $3 AND ",
    "store_id",
    ""
);
const CLOSED: Sql = of_stores!(
    "SELECT store_id, business_date FROM store_closure
     WHERE company_id = $1 AND business_date >= $2 AND business_date <= $3 AND ",
    "store_id",
    ""
);
const DISCARDED: Sql = of_stores!(
    "SELECT store_id, business_date FROM discarded_day
     WHERE company_id = $1 AND generation = $5 AND business_date >= $2 AND business_date <= $3 AND ",
    "store_id",
    ""
);
const PAST: Sql = of_stores!(
    "SELECT store_id, from_date, to_date FROM queue_request
     WHERE company_id = $1 AND generation = $5 AND kind = 'past' AND from_date <= $3 AND to_date >= $2 AND ",
    "store_id",
    ""
);
const LINKS: Sql = of_stores!(
    "SELECT store_id, start_date, end_date, enabled FROM store_link
     WHERE company_id = $1 AND generation = $5 AND $2 <= $3 AND ",
    "store_id",
    ""
);

/// A month of one store; none: there is no such store.
pub async fn of_store(pos: &Pos, tenant: &Tenant, store: StoreId, month: Date) -> Result<Option<StoreMonth>, PosError> {
    let (tenant, shared) = (tenant.clone(), pos.clone());
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Option<StoreMonth>, PosError> {
            let rows = tx.fetch_all(STORE, args![tenant.as_str(), store.to_string()]).await?;
            Ok(months(tx, &shared, &tenant, &rows, month).await?.into_iter().next())
        })
        .await
}

/// A month of every store of a page, and how many stores there are.
pub async fn of_stores(
    pos: &Pos,
    tenant: &Tenant,
    month: Date,
    page: impl FnOnce(u64) -> (u64, u64) + Send + 'static,
) -> Result<(u64, Vec<StoreMonth>), PosError> {
    let (tenant, shared) = (tenant.clone(), pos.clone());
    pos.db
        .read(async move |tx: &mut Tx| -> Result<(u64, Vec<StoreMonth>), PosError> {
            let stores = tx.fetch_one(HOW_MANY, args![tenant.as_str()]).await?.int("n")?.unsigned_abs();
            let (limit, offset) = page(stores);
            let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
            let rows = tx.fetch_all(STORES, args![tenant.as_str(), whole(limit), whole(offset)]).await?;
            Ok((stores, months(tx, &shared, &tenant, &rows, month).await?))
        })
        .await
}

/// What is stored of some stores' month.
#[derive(Default)]
struct Book {
    facts: HashMap<(StoreId, Date), Facts>,
    tills: Vec<(StoreId, Date, Option<Date>)>,
    past: Vec<(StoreId, Date, Date)>,
    links: HashMap<StoreId, (Option<(Date, Date)>, bool)>,
}

async fn months(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    stores: &[Row],
    month: Date,
) -> Result<Vec<StoreMonth>, PosError> {
    let ids = stores.iter().map(|row| row.parse("store_id")).collect::<Result<Vec<StoreId>, _>>()?;
    let book = Book::read(tx, pos, tenant, &ids, month).await?;
    let shown = |row: &Row| -> Result<StoreMonth, PosError> {
        let rule = DayRule::new(&row.text("zone")?, &row.text("cut_over")?)
            .map_err(|error| unreadable("store.zone", error))?;
        let (store_id, today) = (row.parse("store_id")?, rule.business_date(pos.now()));
        Ok(StoreMonth { store_id, store: row.text("name")?, today, days: book.days(store_id, today, month) })
    };
    stores.iter().map(shown).collect()
}

impl Book {
    async fn read(tx: &mut Tx, pos: &Pos, tenant: &Tenant, stores: &[StoreId], month: Date) -> Result<Self, PosError> {
        let ids = serde_json::to_string(stores).map_err(|error| unreadable("ids", error))?;
        let (first, last) = (month.first_of_month().to_string(), month.last_of_month().to_string());
        let four = || -> Args { args![tenant.as_str(), &first, &last, &ids] };
        let five = |more: i64| -> Args { args![tenant.as_str(), &first, &last, &ids, more] };
        let mut book = Self::default();
        for row in tx.fetch_all(SETTLED, five(pos.now().as_millisecond())).await? {
            book.settled(&row)?;
        }
        for row in tx.fetch_all(OPEN, four()).await? {
            book.of(&row)?.open = row.int("n")?;
        }
        for row in tx.fetch_all(DIFFERS, four()).await? {
            book.of(&row)?.differs = true;
        }
        for row in tx.fetch_all(CLOSED, four()).await? {
            book.of(&row)?.closed = true;
        }
        for row in tx.fetch_all(TILLS, four()).await? {
            book.tills.push((row.parse("store_id")?, row.parse("service_from")?, row.opt_parse("service_until")?));
        }
        if let Some(linkage) = linkage::linked(tx, tenant).await? {
            book.linked(tx, five(linkage.generation), five(linkage.generation), five(linkage.generation)).await?;
        }
        Ok(book)
    }

    async fn linked(&mut self, tx: &mut Tx, discarded: Args, past: Args, links: Args) -> Result<(), PosError> {
        for row in tx.fetch_all(DISCARDED, discarded).await? {
            self.of(&row)?.discarded = true;
        }
        for row in tx.fetch_all(PAST, past).await? {
            self.past.push((row.parse("store_id")?, row.parse("from_date")?, row.parse("to_date")?));
        }
        for row in tx.fetch_all(LINKS, links).await? {
            let window = row.opt_parse("start_date")?.zip(row.opt_parse("end_date")?);
            self.links.insert(row.parse("store_id")?, (window, row.flag("enabled")?));
        }
        Ok(())
    }

    fn of(&mut self, row: &Row) -> Result<&mut Facts, PosError> {
        Ok(self.facts.entry((row.parse("store_id")?, row.parse("business_date")?)).or_default())
    }

    fn settled(&mut self, row: &Row) -> Result<(), PosError> {
        let facts = self.of(row)?;
        (facts.settlements, facts.settled_tills) = (row.int("settlements")?, row.int("tills")?);
        facts.events = Events {
            delivered: row.int("delivered")?,
            no_receipt: row.int("no_receipt")?,
            waiting: row.int("waiting")?,
            sending: row.int("sending")?,
            retrying: row.int("retrying")?,
            stopped: row.int("stopped")?,
            attention: row.int("attention")?,
            discarded: row.int("discarded")?,
            ended: row.int("ended")?,
        };
        Ok(())
    }

    fn days(&self, store: StoreId, today: Date, month: Date) -> Vec<Day> {
        let (window, enabled) = self.links.get(&store).copied().unwrap_or_default();
        let frame = Frame { window, enabled, today };
        let day = |date: Date| {
            let mut facts = self.facts.get(&(store, date)).copied().unwrap_or_default();
            let serves = |&&(of, from, until): &&(StoreId, Date, Option<Date>)| {
                of == store && from <= date && until.is_none_or(|until| date <= until)
            };
            facts.tills = i64::try_from(self.tills.iter().filter(serves).count()).unwrap_or(i64::MAX);
            facts.past = self.past.iter().any(|(of, from, to)| *of == store && (*from..=*to).contains(&date));
            Day { date, word: word(date, &facts, &frame), facts }
        };
        month.first_of_month().series(1.day()).take_while(|date| date.month() == month.month()).map(day).collect()
    }
}
