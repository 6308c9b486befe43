//! 会計情報: one bill as it was paid, with every figure it was paid by, and its mirror, the 赤伝票.
//! Fields are public because a check that arrives is a claim; `audit_check` says whether it holds.

mod line;
mod payment;

pub use line::{Discount, Line, LineKind, ProductRef, Service};
pub use payment::{MethodRef, Payment, PaymentKind};

use crate::{
    codes::ImportCode,
    day::BusinessHour,
    ids::CheckId,
    money::{Amounts, Overflow, Yen},
    tax::{Rounding, TaxClass, TaxMode},
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// One bill. A void is a check of its own that `reverses` another, with every figure negated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Check {
    /// 広告媒体; none is フリー.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ad_medium: Option<AdMedium>,
    /// 営業日, decided once, at payment.
    pub business_date: Date,
    /// Discounts on the whole check, in the order they were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Discount>,
    /// 人数. On a split check only one of the parts carries the guests.
    pub guests: Guests,
    /// 時間帯 of payment; a reversal before 精算 takes its original's.
    pub hour: BusinessHour,
    /// Made by the till.
    pub id: CheckId,
    /// In slip order; numbered from 1.
    pub lines: Vec<Line>,
    /// When the table sat down.
    pub opened_at: Timestamp,
    /// When it was paid.
    pub paid_at: Timestamp,
    /// In entry order.
    pub payments: Vec<Payment>,
    /// Sales per tax rate, highest rate first; the day's tax is the sum of these.
    pub rates: Vec<RateAmounts>,
    /// The check this one reverses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverses: Option<CheckId>,
    /// 端数処理 of the store at that time.
    pub rounding: Rounding,
    /// 客層, where the till asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// 伝票番号: for people.
    pub slip: u32,
    /// 担当者コード
    pub staff: String,
    /// 卓
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// 内税 or 外税
    pub tax_mode: TaxMode,
    /// What was paid: sales with tax and non-sales.
    pub total: Yen,
}

/// 人数 by 客層. Negative on a reversal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Guests {
    /// 女
    pub female: i64,
    /// 男
    pub male: i64,
    /// 不明
    pub unknown: i64,
}

/// 広告媒体: where the guest came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdMedium {
    /// 取込コード
    pub code: ImportCode,
    /// 広告媒体名称
    pub name: String,
}

/// The sales of one tax rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RateAmounts {
    /// 税抜
    pub net: Yen,
    /// 消費税, rounded once
    pub tax: Yen,
    /// 税区分
    pub tax_class: TaxClass,
    /// 税込
    pub total: Yen,
}

impl Guests {
    /// 人数合計
    pub fn total(self) -> Result<i64, Overflow> {
        self.female.checked_add(self.male).and_then(|n| n.checked_add(self.unknown)).ok_or(Overflow)
    }

    fn negated(self) -> Result<Self, Overflow> {
        let neg = |n: i64| n.checked_neg().ok_or(Overflow);
        Ok(Self { female: neg(self.female)?, male: neg(self.male)?, unknown: neg(self.unknown)? })
    }
}

impl RateAmounts {
    /// Net, tax and total.
    pub fn amounts(&self) -> Amounts {
        Amounts { net: self.net, tax: self.tax, total: self.total }
    }

    pub(crate) fn new(tax_class: TaxClass, amounts: Amounts) -> Self {
        Self { net: amounts.net, tax: amounts.tax, tax_class, total: amounts.total }
    }
}

impl Check {
    /// 1 for a sale, −1 for a reversal: how it counts wherever checks are counted.
    pub fn count(&self) -> i64 {
        if self.reverses.is_some() { -1 } else { 1 }
    }

    /// The lines that are turnover.
    pub fn sale_lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.kind == LineKind::Sale)
    }

    /// Net, tax and total of its sales, all rates together.
    pub fn sales(&self) -> Result<Amounts, Overflow> {
        self.rates.iter().try_fold(Amounts::default(), |sum, rate| sum.plus(rate.amounts()))
    }

    /// The same check with every figure negated, whatever it reverses. Its own inverse.
    pub fn mirrored(&self) -> Result<Self, Overflow> {
        Ok(Self {
            discounts: line::negated(&self.discounts)?,
            guests: self.guests.negated()?,
            lines: self.lines.iter().map(Line::negated).collect::<Result<_, _>>()?,
            payments: self.payments.iter().map(Payment::negated).collect::<Result<_, _>>()?,
            rates: self
                .rates
                .iter()
                .map(|rate| Ok(RateAmounts::new(rate.tax_class, rate.amounts().negated()?)))
                .collect::<Result<_, Overflow>>()?,
            total: self.total.negated()?,
            ..self.clone()
        })
    }

    /// The 赤伝票 of this check: a new check that mirrors it row by row, counts and guests negative.
    ///
    /// Before 精算 (`when` is none) it takes the original's hour, so that every dataset nets to zero.
    /// After 精算 it belongs to the open session: `when` is the date and hour at which the money went out.
    pub fn reversal(
        &self,
        id: CheckId,
        slip: u32,
        at: Timestamp,
        when: Option<(Date, BusinessHour)>,
    ) -> Result<Self, Overflow> {
        let (business_date, hour) = when.unwrap_or((self.business_date, self.hour));
        Ok(Self { business_date, hour, id, slip, paid_at: at, reverses: Some(self.id), ..self.mirrored()? })
    }
}
