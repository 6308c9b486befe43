//! A closed settlement is immutable; a correction is the next revision of the whole, naming who and why. What
//! is corrected comes as finished checks and is held to every invariant before it is filed.

use crate::{books, drawer::drawer, error::TillError, journal::Journal, session, settle, till::Till};
use db::Tx;
use jiff::Timestamp;
use protocol::{
    control::SettlementControl,
    journal::{Body, WholeSettlement},
};
use sales::{Check, CountedCash, Settlement, SettlementId, Yen, audit_settlement};

/// What a revision changes. What is `None` or [`Checks::Keep`] stays as it was.
#[derive(Clone, Debug, Default)]
pub struct Correction {
    /// The bills.
    pub checks: Checks,
    /// 現金在高: a drawer that closed 未計数, say, counted the morning after.
    pub counted: Option<CountedCash>,
    /// 銀行預入
    pub bank_deposit: Option<Yen>,
}

/// What a revision does to the bills of a settlement. A bill's content never changes under its id: a wrong one is
/// reversed and entered anew, or taken out.
#[derive(Clone, Debug, Default)]
pub enum Checks {
    /// They stay.
    #[default]
    Keep,
    /// These come behind them.
    Add(Vec<Check>),
    /// These are all there are, in this order.
    Replace(Vec<Check>),
}

impl Till {
    /// Corrects a closed settlement: the whole of it at its next revision.
    pub async fn revise_settlement(
        &self,
        id: SettlementId,
        correction: Correction,
        by: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<Settlement, TillError> {
        let (by, reason) = named(by, reason)?;
        let now = self.desk(now)?.now;
        self.operate(async move |tx: &mut Tx, journal: &mut Journal| -> Result<Settlement, TillError> {
            let before = closed(tx, id).await?;
            let revised = corrected(&before, correction, now, by, reason)?;
            keep_new_checks(tx, &revised).await?;
            settle::file(tx, &revised, None, SettlementControl::of(&revised)?).await?;
            let entry = WholeSettlement { settlement: revised };
            journal.append(tx, now, &Body::SettlementRevised(entry.clone())).await?;
            Ok(entry.settlement)
        })
        .await
    }
}

/// Who and why, or a refusal: a revision is written down for good.
pub(crate) fn named(by: &str, reason: &str) -> Result<(String, String), TillError> {
    match (by.trim(), reason.trim()) {
        ("", _) => Err(TillError::Unnamed("who revises a settlement")),
        (_, "") => Err(TillError::Unnamed("why a settlement is revised")),
        (by, reason) => Ok((by.to_owned(), reason.to_owned())),
    }
}

async fn closed(tx: &mut Tx, id: SettlementId) -> Result<Settlement, TillError> {
    if session::by_id(tx, id).await?.open {
        return Err(TillError::NotSettled(id));
    }
    books::standing(tx, id).await?.ok_or(TillError::NotSettled(id))
}

fn corrected(
    before: &Settlement,
    correction: Correction,
    now: Timestamp,
    by: String,
    reason: String,
) -> Result<Settlement, TillError> {
    let Settlement { cash, checks, revision, .. } = before.clone();
    let checks = match correction.checks {
        Checks::Keep => checks,
        Checks::Add(more) => checks.into_iter().chain(more).collect(),
        Checks::Replace(all) => all,
    };
    let counted = correction.counted.or(cash.counted);
    let deposit = correction.bank_deposit.unwrap_or(cash.bank_deposit);
    let revised = Settlement {
        cash: drawer(cash.opening_float, cash.movements, &checks, counted, deposit)?,
        checks,
        closed_at: now,
        reason: Some(reason),
        revision: revision + 1,
        revised_by: Some(by),
        supersedes: Some(revision),
        ..before.clone()
    };
    match audit_settlement(&revised) {
        violations if violations.is_empty() => Ok(revised),
        violations => Err(TillError::Broken(violations)),
    }
}

/// Keeps the bills this revision brings, so that they can be found and voided like any other.
async fn keep_new_checks(tx: &mut Tx, revised: &Settlement) -> Result<(), TillError> {
    for check in &revised.checks {
        match books::kept_check(tx, check.id).await? {
            Some((home, kept)) if home == revised.id && kept == *check => {}
            Some(_) => return Err(TillError::CheckConflict(check.id)),
            None => keep_new(tx, revised, check).await?,
        }
    }
    Ok(())
}

async fn keep_new(tx: &mut Tx, revised: &Settlement, check: &Check) -> Result<(), TillError> {
    if let Some(original) = check.reverses
        && let Some(reversal) = books::reversal_of(tx, original).await?
    {
        return Err(TillError::AlreadyVoided { check: original, reversal });
    }
    books::keep_check(tx, revised.id, revised.revision, check).await
}
