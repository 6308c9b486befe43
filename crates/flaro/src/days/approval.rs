//! 承認: somebody with the right looked at a day and says it is so. What was approved is kept by its digest and by the
//! revisions it was made of; what comes later is received all the same and shown beside it until it is approved, too.

use super::one;
use crate::{
    FlaroError,
    audit::{self, Change, Stamp},
    storable,
    stores::Store,
    tenant::{Scope, in_scope, scoped},
};
use db::{Row, Sql, Tx, args};
use jiff::{Timestamp, civil::Date};
use sales::StoreId;
use web::format;

/// What was approved of a day.
#[derive(Clone, Debug)]
pub(crate) struct Approval {
    pub digest: String,
    pub checks: i64,
    pub guests: i64,
    pub net: i64,
    pub tax: i64,
    pub at: Timestamp,
    pub by: String,
    /// Settlements and their revisions; none are known of approvals older than this list.
    pub revisions: Vec<(String, i64)>,
}

/// What became of an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// It stands.
    Stands,
    /// The day isn't what was looked at any more; nothing was changed.
    Changed,
    /// There is nothing to approve (or to take back).
    Nothing,
}

const APPROVED: &str = concat!(
    "SELECT a.digest, a.checks, a.guests, a.net, a.tax, a.approved_at, a.approved_by, a.revisions FROM approval a WHERE ",
    in_scope!("a"),
    " AND a.store_id = $4 AND a.business_date = $5"
);
const HEADS: &str = "SELECT settlement_id, revision FROM settlement
    WHERE company_id = $1 AND store_id = $2 AND business_date = $3 ORDER BY settlement_id";
const APPROVE: &str = "INSERT INTO approval
    (company_id, store_id, business_date, digest, checks, guests, net, tax, approved_at, approved_by, revisions)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (company_id, store_id, business_date) DO UPDATE SET digest = excluded.digest,
      checks = excluded.checks, guests = excluded.guests, net = excluded.net, tax = excluded.tax,
      approved_at = excluded.approved_at, approved_by = excluded.approved_by, revisions = excluded.revisions";
const WITHDRAW: &str = "DELETE FROM approval WHERE company_id = $1 AND store_id = $2 AND business_date = $3";
const FRAMES: Sql = Sql {
    sqlite: concat!(
        "SELECT r.frame FROM settlement_revision r JOIN json_each($5) j
           ON r.settlement_id = j.value ->> 0 AND r.revision = j.value ->> 1 WHERE ",
        in_scope!("r"),
        " AND r.store_id = $4"
    ),
    postgres: concat!(
        "SELECT r.frame FROM settlement_revision r JOIN jsonb_array_elements(CAST($5 AS JSONB)) AS j (value)
           ON r.settlement_id = j.value ->> 0 AND r.revision = CAST(j.value ->> 1 AS BIGINT) WHERE ",
        in_scope!("r"),
        " AND r.store_id = $4"
    ),
};

/// The approval of a day, if there is one.
pub(crate) async fn approved(
    tx: &mut Tx,
    scope: &Scope,
    store: StoreId,
    date: Date,
) -> Result<Option<Approval>, FlaroError> {
    let row = tx.fetch_optional(APPROVED, scoped!(scope, store.to_string(), date.to_string())).await?;
    row.as_ref().map(Approval::read).transpose()
}

/// The stored events of what was approved.
pub(crate) async fn frames(
    tx: &mut Tx,
    scope: &Scope,
    store: StoreId,
    approval: &Approval,
) -> Result<Vec<Vec<u8>>, FlaroError> {
    let revisions = serde_json::json!(approval.revisions).to_string();
    let rows = tx.fetch_all(FRAMES, scoped!(scope, store.to_string(), revisions)).await?;
    Ok(rows.iter().map(|row| row.bytes("frame")).collect::<Result<_, _>>()?)
}

/// Approves a day as it was looked at (`digest`).
pub(crate) async fn approve(
    tx: &mut Tx,
    scope: &Scope,
    who: &str,
    (store, date): (&Store, Date),
    digest: &str,
    stamp: Stamp,
) -> Result<Done, FlaroError> {
    let (company, id, day) = (scope.company.as_str(), store.id.to_string(), date.to_string());
    tx.lock(&format!("store/{company}/{id}")).await?;
    let Some(seen) = one(tx, scope, store.id, date).await?.filter(|seen| !seen.registers.is_empty()) else {
        return Ok(Done::Nothing);
    };
    if seen.digest != digest {
        return Ok(Done::Changed);
    }
    let before = approved(tx, scope, store.id, date).await?;
    if before.as_ref().is_some_and(|before| before.digest == digest) {
        return Ok(Done::Stands);
    }
    let heads = tx.fetch_all(HEADS, args![company, &id, &day]).await?;
    let head =
        |row: &Row| -> Result<(String, i64), FlaroError> { Ok((row.text("settlement_id")?, row.int("revision")?)) };
    let revisions = heads.iter().map(head).collect::<Result<Vec<_>, _>>()?;
    let revisions = serde_json::json!(revisions).to_string();
    let (checks, guests, net, tax) = (seen.checks, seen.guests, seen.net, seen.tax);
    let made = args![company, id, day, digest, checks, guests, net, tax, stamp.at, who, revisions];
    tx.execute(APPROVE, made).await?;
    let target = target(store, date);
    let (before, after) = (before.as_ref().map(Approval::words), words(net, guests));
    let change =
        Change { who, what: "営業日を承認", target: &target, before: before.as_deref(), after: Some(&after) };
    audit::note(tx, &scope.company, stamp, change).await?;
    Ok(Done::Stands)
}

/// Takes an approval back.
pub(crate) async fn withdraw(
    tx: &mut Tx,
    scope: &Scope,
    who: &str,
    (store, date): (&Store, Date),
    stamp: Stamp,
) -> Result<Done, FlaroError> {
    let (company, id, day) = (scope.company.as_str(), store.id.to_string(), date.to_string());
    tx.lock(&format!("store/{company}/{id}")).await?;
    let Some(before) = approved(tx, scope, store.id, date).await? else { return Ok(Done::Nothing) };
    tx.execute(WITHDRAW, args![company, id, day]).await?;
    let (target, before) = (target(store, date), before.words());
    let change =
        Change {
            who, what: "営業日の承認を取消", target: &target, before: Some(&before), after: Some("承認なし")
        };
    audit::note(tx, &scope.company, stamp, change).await?;
    Ok(Done::Stands)
}

/// What a log calls a day.
fn target(store: &Store, date: Date) -> String {
    format!("{} {}", store.name, format::date(date))
}

fn words(net: i64, guests: i64) -> String {
    format!("売上（税抜） {}・客数 {}名", format::yen(net), format::thousands(guests))
}

impl Approval {
    fn read(row: &Row) -> Result<Self, FlaroError> {
        let revisions = row.text("revisions")?;
        Ok(Self {
            digest: row.text("digest")?,
            checks: row.int("checks")?,
            guests: row.int("guests")?,
            net: row.int("net")?,
            tax: row.int("tax")?,
            at: storable::instant(row.int("approved_at")?)?,
            by: row.text("approved_by")?,
            revisions: serde_json::from_str(&revisions).map_err(|why| FlaroError::stored("what was approved", why))?,
        })
    }

    fn words(&self) -> String {
        words(self.net, self.guests)
    }
}
