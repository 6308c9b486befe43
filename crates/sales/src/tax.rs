//! 消費税: rounded once per rate per check (インボイス制度), by the store's rounding rule.

use crate::money::{Amounts, Overflow, Yen};
use serde::{Deserialize, Serialize};

/// 内税 (prices include tax) or 外税 (tax is added).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaxMode {
    /// 内税
    Included,
    /// 外税
    Added,
}

/// 切捨, 四捨五入, 切上.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// 切捨
    Down,
    /// 四捨五入
    HalfUp,
    /// 切上
    Up,
}

/// What a line is to the tax law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaxKind {
    /// 標準
    Standard,
    /// 軽減
    Reduced,
    /// 非課税
    Exempt,
    /// 不課税
    OutOfScope,
}

/// 税区分 at the rate that held when the sale was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaxClass {
    /// 標準, 軽減, 非課税, 不課税
    pub kind: TaxKind,
    /// The rate in whole percent; 0 for 非課税 and 不課税.
    pub percent: u8,
}

impl TaxClass {
    /// 標準10%
    pub const STANDARD: Self = Self { kind: TaxKind::Standard, percent: 10 };
    /// 軽減8%
    pub const REDUCED: Self = Self { kind: TaxKind::Reduced, percent: 8 };
    /// 非課税
    pub const EXEMPT: Self = Self { kind: TaxKind::Exempt, percent: 0 };
    /// 不課税
    pub const OUT_OF_SCOPE: Self = Self { kind: TaxKind::OutOfScope, percent: 0 };

    /// Splits `base`, the sum of one rate's line amounts on one check, into net, tax and total.
    /// 外税: tax = round(base × r / 100). 内税: tax = round(base × r / (100 + r)).
    pub fn split(self, base: Yen, mode: TaxMode, rounding: Rounding) -> Result<Amounts, Overflow> {
        let rate = i128::from(self.percent);
        let divisor = if mode == TaxMode::Added { 100 } else { 100 + rate };
        let tax = Yen(i64::try_from(round(i128::from(base.0) * rate, divisor, rounding)).map_err(|_| Overflow)?);
        Ok(match mode {
            TaxMode::Added => Amounts { net: base, tax, total: base.plus(tax)? },
            TaxMode::Included => Amounts { net: base.minus(tax)?, tax, total: base },
        })
    }
}

/// Higher rates first: the order in which equal remainders are served and rates are listed.
impl Ord for TaxClass {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.percent.cmp(&self.percent).then(self.kind.cmp(&other.kind))
    }
}

impl PartialOrd for TaxClass {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// `numerator / divisor` for a numerator of zero or more. A reversal never comes here: it mirrors its original.
fn round(numerator: i128, divisor: i128, rounding: Rounding) -> i128 {
    let floor = numerator.div_euclid(divisor);
    let rest = numerator.rem_euclid(divisor);
    let up = match rounding {
        Rounding::Down => false,
        Rounding::HalfUp => rest * 2 >= divisor,
        Rounding::Up => rest > 0,
    };
    floor + i128::from(up)
}
