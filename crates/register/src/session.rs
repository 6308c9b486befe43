//! レジ開設: a session has exactly one business date, decided when it opens. After the cut-over the next
//! payment closes it (未計数) and opens today's, unless a manager extended it.

use crate::{
    error::TillError,
    journal::{Journal, count, instant, number, parsed},
    settle::{self, Closing},
    till::{Desk, Till},
};
use db::{Row, Tx, args};
use jiff::{Timestamp, ToSpan, civil::Date};
use protocol::journal::{Body, Opened};
use sales::{SettlementId, Yen};

/// What a session is opened with.
#[derive(Clone, Debug)]
pub struct Opening {
    /// 釣銭準備金
    pub opening_float: Yen,
    /// 担当者コード
    pub staff: String,
    /// None: by the store's 日付切替時刻. A date: for imports.
    pub business_date: Option<Date>,
}

/// レジ開設, from opening to 精算; its settlement has the same id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Made by the till; kept through all revisions of the settlement.
    pub id: SettlementId,
    /// Counts the sessions of this till from 1.
    pub ordinal: u64,
    /// 営業日 of everything in it.
    pub business_date: Date,
    /// When it opened.
    pub opened_at: Timestamp,
    /// 釣銭準備金
    pub opening_float: Yen,
    /// 担当者コード
    pub staff: String,
    /// The masters it opened with.
    pub masters_version: i64,
    /// A manager keeps it open through this business date.
    pub extended_to: Option<Date>,
    /// Whether it is open (again).
    pub open: bool,
    /// Z番号, once it has one.
    pub z_number: Option<u32>,
    /// The highest revision of its settlement; 0 before the first close.
    pub revision: u32,
}

const OPEN: &str = "SELECT settlement_id, ordinal, business_date, opened_at, opening_float, staff, masters_version,
    extended_to, is_open, z_number, revision FROM till_session WHERE is_open = 1 ORDER BY ordinal";
const BY_ID: &str = "SELECT settlement_id, ordinal, business_date, opened_at, opening_float, staff, masters_version,
    extended_to, is_open, z_number, revision FROM till_session WHERE settlement_id = $1";
const INSERT: &str = "INSERT INTO till_session (settlement_id, ordinal, business_date, opened_at, opening_float, staff,
    masters_version, is_open, revision)
    SELECT $1, COALESCE(MAX(ordinal), 0) + 1, $2, $3, $4, $5, $6, 1, 0 FROM till_session";

impl Till {
    /// レジ開設. Refused while another session is open.
    pub async fn open_session(&self, opening: Opening, now: Timestamp) -> Result<Session, TillError> {
        let desk = self.desk(now)?;
        if opening.opening_float < Yen::ZERO {
            return Err(TillError::Negative { what: "the opening float", amount: opening.opening_float });
        }
        self.operate(async move |tx: &mut Tx, journal: &mut Journal| -> Result<Session, TillError> {
            if let Some(Session { business_date, .. }) = all_open(tx).await?.pop() {
                return Err(TillError::SessionOpen { business_date });
            }
            open(tx, journal, &desk, opening).await
        })
        .await
    }

    /// Keeps the open session through the next cut-over: payments go on counting for its date. Managers only.
    pub async fn extend_session(&self, by: &str, now: Timestamp) -> Result<Session, TillError> {
        let desk = self.desk(now)?;
        let by = by.to_owned();
        self.db
            .write(async move |tx: &mut Tx| -> Result<Session, TillError> {
                Journal::take(tx).await?;
                desk.house.manager(&by, "keeping a session open past the cut-over")?;
                let session = current(tx).await?;
                let next_day = session.business_date.saturating_add(1.day());
                let to = desk.house.rule.business_date(desk.now).max(next_day);
                let sql = "UPDATE till_session SET extended_to = $1, extended_by = $2 WHERE settlement_id = $3";
                tx.execute(sql, args![to.to_string(), by, session.id.to_string()]).await?;
                Ok(Session { extended_to: Some(to), ..session })
            })
            .await
    }

    /// The session that payments go to.
    pub async fn session(&self) -> Result<Option<Session>, TillError> {
        Ok(self.open_sessions().await?.pop())
    }

    /// Whether the session's day is over: the next payment would close it uncounted and open today's.
    pub fn is_over(&self, session: &Session, now: Timestamp) -> Result<bool, TillError> {
        Ok(self.desk(now)?.is_over(session))
    }

    /// All open sessions, oldest first: two where a settlement was cancelled while the next session was open.
    pub async fn open_sessions(&self) -> Result<Vec<Session>, TillError> {
        self.db.read(async |tx: &mut Tx| -> Result<_, TillError> { all_open(tx).await }).await
    }
}

pub(crate) async fn all_open(tx: &mut Tx) -> Result<Vec<Session>, TillError> {
    tx.fetch_all(OPEN, args![]).await?.iter().map(Session::read).collect()
}

/// The session that payments go to.
pub(crate) async fn current(tx: &mut Tx) -> Result<Session, TillError> {
    all_open(tx).await?.pop().ok_or(TillError::NoSession)
}

pub(crate) async fn by_id(tx: &mut Tx, id: SettlementId) -> Result<Session, TillError> {
    let row = tx.fetch_optional(BY_ID, args![id.to_string()]).await?.ok_or(TillError::SettlementUnknown(id))?;
    Session::read(&row)
}

/// The 営業日 of a payment made now: the open session's, or today's once that is over (or none is open).
pub(crate) async fn date_of_now(tx: &mut Tx, desk: &Desk) -> Result<Date, TillError> {
    let today = desk.house.rule.business_date(desk.now);
    Ok(all_open(tx)
        .await?
        .pop()
        .filter(|session| !desk.is_over(session))
        .map_or(today, |session| session.business_date))
}

impl Desk {
    /// Whether the next payment closes what is open and opens today's.
    pub(crate) fn is_over(&self, session: &Session) -> bool {
        let lasts_to = session.extended_to.map_or(session.business_date, |date| date.max(session.business_date));
        self.roll_over && self.house.rule.business_date(self.now) > lasts_to
    }
}

/// The session that takes money now: past the cut-over, today's, opened here with what the drawer holds.
pub(crate) async fn taking_money(
    tx: &mut Tx,
    journal: &mut Journal,
    desk: &Desk,
    staff: &str,
) -> Result<Session, TillError> {
    let mut open_ones = all_open(tx).await?;
    let session = open_ones.pop().ok_or(TillError::NoSession)?;
    let today = desk.house.rule.business_date(desk.now);
    if !desk.is_over(&session) {
        return Ok(session);
    }
    for reopened in open_ones {
        settle::close(tx, journal, reopened, Closing::uncounted(desk.now)).await?;
    }
    let closed = settle::close(tx, journal, session, Closing::uncounted(desk.now)).await?;
    let opening =
        Opening { opening_float: closed.cash.carry_over, staff: staff.to_owned(), business_date: Some(today) };
    open(tx, journal, desk, opening).await
}

async fn open(tx: &mut Tx, journal: &mut Journal, desk: &Desk, opening: Opening) -> Result<Session, TillError> {
    let Opening { opening_float, staff, business_date } = opening;
    let opened = Opened {
        settlement_id: SettlementId((desk.random)()),
        business_date: business_date.unwrap_or_else(|| desk.house.rule.business_date(desk.now)),
        opened_at: desk.now,
        opening_float,
        staff,
        masters_version: desk.house.masters.version,
    };
    let (id, date, at) = (opened.settlement_id, opened.business_date.to_string(), opened.opened_at.as_millisecond());
    tx.execute(INSERT, args![id.to_string(), date, at, opened.opening_float.0, &opened.staff, opened.masters_version])
        .await?;
    journal.append(tx, desk.now, &Body::Opened(opened)).await?;
    by_id(tx, id).await
}

impl Session {
    fn read(row: &Row) -> Result<Self, TillError> {
        let damaged = |error: jiff::Error| TillError::damaged("till_session.extended_to", &error);
        Ok(Self {
            id: parsed(row, "settlement_id")?,
            ordinal: count(row, "ordinal")?,
            business_date: parsed(row, "business_date")?,
            opened_at: instant(row, "opened_at")?,
            opening_float: Yen(row.int("opening_float")?),
            staff: row.text("staff")?,
            masters_version: row.int("masters_version")?,
            extended_to: row.opt_text("extended_to")?.map(|text| text.parse().map_err(damaged)).transpose()?,
            open: row.flag("is_open")?,
            z_number: row.opt_int("z_number")?.map(|_| number(row, "z_number")).transpose()?,
            revision: number(row, "revision")?,
        })
    }
}
