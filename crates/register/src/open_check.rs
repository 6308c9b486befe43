//! Bills that are not paid yet, on the disk: every tap is one commit, so that a power cut loses none. A tap carries a
//! key; the same key again changes nothing, so a double tap or a lost answer never doubles.

use crate::{books, journal};
use crate::{
    deed::{self, Deed},
    error::TillError,
    journal::{Journal, as_int, content, count, instant, json, parsed},
    menu::Menu,
    order::{Event, Order},
    pay::{self, Bill, Head},
    session,
    till::{Desk, Till},
};
use db::{Row, Tx, args};
use jiff::{Timestamp, civil::Date};
use sales::{Check, CheckId, PricingError, Quote, Yen};
use std::collections::BTreeMap;

/// The keys remembered of a bill.
const TAPS_MAX: usize = 64;
/// The most bills open at once.
const OPEN_MAX: u32 = 300;

/// A bill that is not paid yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCheck {
    /// Also of the check that it becomes.
    pub id: CheckId,
    /// Counts its changes; 0: not on the disk yet.
    pub version: u64,
    /// When it was begun.
    pub opened_at: Timestamp,
    /// Who changed it last.
    pub staff: String,
    /// What is on it.
    pub order: Order,
    taps: Vec<String>,
}

/// One tap: whose, and its key.
#[derive(Clone, Debug)]
pub struct Tap {
    /// 担当者コード
    pub staff: String,
    /// Made where the finger is. The same key is the same tap.
    pub key: String,
}

/// What a payment came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paid {
    /// The bill is paid.
    Whole(Box<Check>),
    /// Some of it is.
    Part(Box<OpenCheck>),
}

const LIST: &str = "SELECT check_id, version, opened_at, staff, content, taps FROM open_check
    ORDER BY opened_at, check_id LIMIT $1";
const ONE: &str = "SELECT check_id, version, opened_at, staff, content, taps FROM open_check WHERE check_id = $1";
const KEEP: &str = "INSERT INTO open_check (check_id, version, opened_at, changed_at, staff, content, taps)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (check_id) DO UPDATE SET version = excluded.version, changed_at = excluded.changed_at,
    staff = excluded.staff, content = excluded.content, taps = excluded.taps";

impl Till {
    /// The bills that are not paid yet, oldest first.
    pub async fn open_checks(&self) -> Result<Vec<OpenCheck>, TillError> {
        self.db
            .read(async |tx: &mut Tx| -> Result<_, TillError> {
                tx.fetch_all(LIST, args![OPEN_MAX]).await?.iter().map(OpenCheck::read).collect()
            })
            .await
    }

    /// One of them.
    pub async fn open_check(&self, id: CheckId) -> Result<Option<OpenCheck>, TillError> {
        self.db.read(async move |tx: &mut Tx| -> Result<_, TillError> { find(tx, id).await }).await
    }

    /// What a tap makes of a bill; one that isn't there yet begins with it. An order that `sales` would not price
    /// stays as it was.
    pub async fn tap(&self, id: CheckId, event: Event, tap: Tap, now: Timestamp) -> Result<OpenCheck, TillError> {
        let desk = self.desk(now)?;
        self.db
            .write(async move |tx: &mut Tx| -> Result<OpenCheck, TillError> {
                Journal::take(tx).await?;
                let open = begun(tx, &desk, id, &tap).await?;
                if open.taps.contains(&tap.key) {
                    return Ok(open);
                }
                let order = open.order.clone().after(event)?;
                priceable(tx, &desk, &order).await?;
                keep(tx, &desk, OpenCheck { order, ..open }, tap).await
            })
            .await
    }

    /// Moves items to a bill of their own. Answers what stays and what went.
    pub async fn split_check(
        &self,
        id: CheckId,
        part: CheckId,
        takes: BTreeMap<u32, i64>,
        tap: Tap,
        now: Timestamp,
    ) -> Result<(OpenCheck, OpenCheck), TillError> {
        let desk = self.desk(now)?;
        self.db
            .write(async move |tx: &mut Tx| -> Result<_, TillError> {
                Journal::take(tx).await?;
                let open = find(tx, id).await?.ok_or(TillError::NotOrdered(id))?;
                if let Some(part) = find(tx, part).await? {
                    return Ok((open, part));
                }
                let (stays, goes) = open.order.clone().split(&takes)?;
                for order in [&stays, &goes] {
                    priceable(tx, &desk, order).await?;
                }
                let new = OpenCheck { id: part, version: 0, order: goes, taps: Vec::new(), ..open.clone() };
                let new = keep(tx, &desk, new, tap.clone()).await?;
                Ok((keep(tx, &desk, OpenCheck { order: stays, ..open }, tap).await?, new))
            })
            .await
    }

    /// Takes an unpaid bill away, and writes down who did.
    pub async fn drop_check(&self, id: CheckId, mut deed: Deed, now: Timestamp) -> Result<(), TillError> {
        let (at, deed_id) = (self.desk(now)?.now, (self.random)());
        self.db
            .write(async move |tx: &mut Tx| -> Result<(), TillError> {
                Journal::take(tx).await?;
                let Some(open) = find(tx, id).await? else { return Ok(()) };
                if !open.order.tenders.is_empty() {
                    return Err(crate::order::OrderError::Tendered.into());
                }
                deed.detail = json(&open.order);
                forget(tx, id).await?;
                deed::keep(tx, deed_id, at, &deed).await
            })
            .await
    }

    /// 会計 of an open bill, or of a part of it. Once all is covered it becomes a check, in the same commit.
    pub async fn pay_open(&self, id: CheckId, event: Event, tap: Tap, now: Timestamp) -> Result<Paid, TillError> {
        let desk = self.desk(now)?;
        self.operate(async move |tx: &mut Tx, journal: &mut Journal| -> Result<Paid, TillError> {
            if let Some((_, check)) = books::kept_check(tx, id).await? {
                return Ok(Paid::Whole(Box::new(check)));
            }
            let open = find(tx, id).await?.ok_or(TillError::NotOrdered(id))?;
            if open.taps.contains(&tap.key) {
                return Ok(Paid::Part(Box::new(open)));
            }
            let order = open.order.clone().after(event)?;
            let open = keep(tx, &desk, OpenCheck { order, ..open }, tap.clone()).await?;
            settle_up(tx, journal, &desk, open, tap.staff).await
        })
        .await
    }

    /// What an order comes to on a business date.
    pub fn quote(&self, order: &Order, date: Date) -> Result<Quote, TillError> {
        let house = self.house().ok_or(TillError::NoMasters)?;
        Ok(sales::quote(&order.draft(&Menu::new(&house.masters, date)))?)
    }

    /// The 営業日 that a payment would count for now.
    pub async fn selling_date(&self, now: Timestamp) -> Result<Date, TillError> {
        let desk = self.desk(now)?;
        self.db.read(async move |tx: &mut Tx| -> Result<_, TillError> { session::date_of_now(tx, &desk).await }).await
    }
}

/// Makes the check of it, if everything is paid.
async fn settle_up(
    tx: &mut Tx,
    journal: &mut Journal,
    desk: &Desk,
    open: OpenCheck,
    staff: String,
) -> Result<Paid, TillError> {
    let date = session::date_of_now(tx, desk).await?;
    let draft = open.order.draft(&Menu::new(&desk.house.masters, date));
    let (_, due) = sales::quote(&draft)?.tendered(&open.order.tenders)?;
    if due > Yen::ZERO || open.order.tenders.is_empty() {
        return Ok(Paid::Part(Box::new(open)));
    }
    let seat = open.order.seat.clone();
    let head = Head {
        id: Some(open.id),
        opened_at: open.opened_at,
        table: seat.table,
        guests: seat.guests,
        segment: seat.segment,
        staff,
        ad_medium: seat.medium,
    };
    let bill = Bill { id: open.id, draft, payments: open.order.tenders, head };
    let check = pay::take_payment(tx, journal, desk, &bill).await?;
    forget(tx, open.id).await?;
    Ok(Paid::Whole(Box::new(check)))
}

/// The bill as it stands; a new one where there is none. A paid one takes no taps.
async fn begun(tx: &mut Tx, desk: &Desk, id: CheckId, tap: &Tap) -> Result<OpenCheck, TillError> {
    if let Some(open) = find(tx, id).await? {
        return Ok(open);
    }
    if books::kept_check(tx, id).await?.is_some() {
        return Err(TillError::PaidAlready(id));
    }
    let open = tx.fetch_one("SELECT COUNT(*) AS n FROM open_check", args![]).await?;
    if count(&open, "n")? >= u64::from(OPEN_MAX) {
        return Err(TillError::TooManyOpen(OPEN_MAX));
    }
    let order = Order::default();
    Ok(OpenCheck { id, version: 0, opened_at: desk.now, staff: tap.staff.clone(), order, taps: Vec::new() })
}

/// Nothing that can't be priced is ever kept. An empty order can't either, and is fine.
async fn priceable(tx: &mut Tx, desk: &Desk, order: &Order) -> Result<(), TillError> {
    let date = session::date_of_now(tx, desk).await?;
    match sales::quote(&order.draft(&Menu::new(&desk.house.masters, date))) {
        Ok(_) | Err(PricingError::Empty) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn keep(tx: &mut Tx, desk: &Desk, mut open: OpenCheck, tap: Tap) -> Result<OpenCheck, TillError> {
    open.version += 1;
    open.staff = tap.staff;
    open.taps.push(tap.key);
    let spare = open.taps.len().saturating_sub(TAPS_MAX);
    open.taps.drain(..spare);
    let (opened, changed) = (open.opened_at.as_millisecond(), desk.now.as_millisecond());
    let (order, taps) = (json(&open.order), json(&open.taps));
    tx.execute(KEEP, args![open.id.to_string(), as_int(open.version), opened, changed, &open.staff, order, taps])
        .await?;
    Ok(open)
}

async fn forget(tx: &mut Tx, id: CheckId) -> Result<(), TillError> {
    tx.execute("DELETE FROM open_check WHERE check_id = $1", args![id.to_string()]).await?;
    Ok(())
}

async fn find(tx: &mut Tx, id: CheckId) -> Result<Option<OpenCheck>, TillError> {
    tx.fetch_optional(ONE, args![id.to_string()]).await?.map(|row| OpenCheck::read(&row)).transpose()
}

impl OpenCheck {
    /// One that nobody has tapped on yet.
    pub fn blank(id: CheckId, now: Timestamp) -> Self {
        let opened_at = journal::to_millisecond(now);
        Self { id, version: 0, opened_at, staff: String::new(), order: Order::default(), taps: Vec::new() }
    }

    fn read(row: &Row) -> Result<Self, TillError> {
        Ok(Self {
            id: parsed(row, "check_id")?,
            version: count(row, "version")?,
            opened_at: instant(row, "opened_at")?,
            staff: row.text("staff")?,
            order: content(row, "content")?,
            taps: content(row, "taps")?,
        })
    }
}
