//! 精算: the facts of one close of one till. Immutable once closed; a correction is the next revision of the
//! whole, and the highest revision wins, whatever order they arrive in.

use crate::{
    check::{Check, PaymentKind},
    ids::{MovementId, SettlementId},
    money::{Overflow, Yen},
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// The facts of one settlement at one revision: what `facts_sha256` is over and the eight datasets follow from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Settlement {
    /// 営業日
    pub business_date: Date,
    /// The drawer.
    pub cash: Cash,
    /// All checks of the session in the order they were paid, reversals among them. Empty when cancelled.
    pub checks: Vec<Check>,
    /// 精算時刻
    pub closed_at: Timestamp,
    /// Kept through all revisions.
    pub id: SettlementId,
    /// レジ開設時刻
    pub opened_at: Timestamp,
    /// Why it was revised or cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who revised or cancelled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revised_by: Option<String>,
    /// From 1.
    pub revision: u32,
    /// Closed, or cancelled (精算取消).
    pub state: SettlementState,
    /// The revision this one takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<u32>,
    /// Z番号: for people; kept through all revisions.
    pub z_number: u32,
}

/// Whether the settlement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SettlementState {
    /// 精算済
    Closed,
    /// 精算取消: this revision is empty and the session is open again.
    Cancelled,
}

/// The drawer from opening to close. 過不足 = counted − expected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cash {
    /// 銀行預入
    pub bank_deposit: Yen,
    /// 繰越: what stays in the drawer.
    pub carry_over: Yen,
    /// Absent: 未計数.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<CountedCash>,
    /// Float + Σ (cash tendered − change) + 入金 − 出金.
    pub expected: Yen,
    /// 入金 and 出金 in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub movements: Vec<CashMovement>,
    /// 釣銭準備金
    pub opening_float: Yen,
    /// 過不足; absent when 未計数.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_short: Option<Yen>,
}

/// 現金在高, by 金種 or as one sum.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CountedCash {
    /// Empty when counted as one sum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denominations: Vec<Denomination>,
    /// The sum.
    pub total: Yen,
}

/// One 金種.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Denomination {
    /// How many.
    pub count: i64,
    /// 10000, 5000, 2000, 1000, 500, 100, 50, 10, 5, 1
    pub face: Yen,
}

/// 入金 or 出金.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CashMovement {
    /// Zero or more.
    pub amount: Yen,
    /// When.
    pub at: Timestamp,
    /// Made by the till.
    pub id: MovementId,
    /// In or out.
    pub kind: MovementKind,
    /// Why.
    pub reason: String,
    /// 担当者コード
    pub staff: String,
}

/// In or out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MovementKind {
    /// 入金
    In,
    /// 出金
    Out,
}

impl Cash {
    /// A drawer as it must read: expected cash from the checks and movements, 過不足 from the count.
    pub fn close(
        opening_float: Yen,
        movements: Vec<CashMovement>,
        checks: &[Check],
        counted: Option<CountedCash>,
        bank_deposit: Yen,
    ) -> Result<Self, Overflow> {
        let expected = expected_cash(opening_float, &movements, checks)?;
        let over_short = counted.as_ref().map(|counted| counted.total.minus(expected)).transpose()?;
        let in_drawer = counted.as_ref().map_or(expected, |counted| counted.total);
        let carry_over = in_drawer.minus(bank_deposit)?;
        Ok(Self { bank_deposit, carry_over, counted, expected, movements, opening_float, over_short })
    }
}

/// Float + Σ (cash tendered − change) over all checks, reversals negative, + 入金 − 出金.
pub(crate) fn expected_cash(opening: Yen, movements: &[CashMovement], checks: &[Check]) -> Result<Yen, Overflow> {
    let mut expected = opening;
    for payment in checks.iter().flat_map(|check| &check.payments).filter(|p| p.method.kind == PaymentKind::Cash) {
        expected = expected.plus(payment.tendered)?.minus(payment.change)?;
    }
    for movement in movements {
        expected = match movement.kind {
            MovementKind::In => expected.plus(movement.amount)?,
            MovementKind::Out => expected.minus(movement.amount)?,
        };
    }
    Ok(expected)
}

impl Settlement {
    /// 精算取消: the next revision, which empties this one. The checks stay in the session that opens again.
    #[must_use]
    pub fn cancelled(&self, at: Timestamp, by: &str, reason: &str) -> Self {
        Self {
            cash: Cash::default(),
            checks: Vec::new(),
            closed_at: at,
            reason: Some(reason.to_owned()),
            revision: self.revision + 1,
            revised_by: Some(by.to_owned()),
            state: SettlementState::Cancelled,
            supersedes: Some(self.revision),
            ..self.clone()
        }
    }

    /// A correction: the next revision of the whole, with other checks; the drawer's expectation follows.
    pub fn corrected(&self, checks: Vec<Check>, at: Timestamp, by: &str, reason: &str) -> Result<Self, Overflow> {
        let cash = Cash::close(
            self.cash.opening_float,
            self.cash.movements.clone(),
            &checks,
            self.cash.counted.clone(),
            self.cash.bank_deposit,
        )?;
        Ok(Self {
            cash,
            checks,
            closed_at: at,
            reason: Some(reason.to_owned()),
            revision: self.revision + 1,
            revised_by: Some(by.to_owned()),
            supersedes: Some(self.revision),
            ..self.clone()
        })
    }

    /// The revision that stands: the highest, whatever order they came in.
    pub fn standing<'a>(revisions: impl IntoIterator<Item = &'a Self>) -> Option<&'a Self> {
        revisions.into_iter().max_by_key(|settlement| settlement.revision)
    }
}
