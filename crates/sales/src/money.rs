//! Whole yen with checked arithmetic, and the one way a yen amount is shared: largest remainder.
//! No float comes near money; an overflow is an error with a name, never a wrapped figure.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount of money in whole yen. Negative in reversals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Yen(pub i64);

/// A sum or product left the range of a signed 64-bit integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an amount is out of range: it does not fit a signed 64-bit integer of yen")]
pub struct Overflow;

impl Yen {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// The sum, or [`Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_add(other.0).map(Self).ok_or(Overflow)
    }

    /// The difference, or [`Overflow`].
    pub fn minus(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_sub(other.0).map(Self).ok_or(Overflow)
    }

    /// The product with a count, or [`Overflow`].
    pub fn times(self, count: i64) -> Result<Self, Overflow> {
        self.0.checked_mul(count).map(Self).ok_or(Overflow)
    }

    /// The same amount with the other sign, as a reversal carries it.
    pub fn negated(self) -> Result<Self, Overflow> {
        self.0.checked_neg().map(Self).ok_or(Overflow)
    }

    /// The sum of many amounts, or [`Overflow`].
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, Overflow> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }
}

impl fmt::Display for Yen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// 税抜, 消費税, 税込. A row that carries money carries all three, and `total = net + tax`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Amounts {
    /// 税抜
    pub net: Yen,
    /// 消費税
    pub tax: Yen,
    /// 税込
    pub total: Yen,
}

impl Amounts {
    /// Sums each of the three.
    pub fn plus(self, other: Self) -> Result<Self, Overflow> {
        Ok(Self {
            net: self.net.plus(other.net)?,
            tax: self.tax.plus(other.tax)?,
            total: self.total.plus(other.total)?,
        })
    }

    /// All three with the other sign.
    pub fn negated(self) -> Result<Self, Overflow> {
        Ok(Self { net: self.net.negated()?, tax: self.tax.negated()?, total: self.total.negated()? })
    }

    /// Whether `total = net + tax`.
    pub fn agree(self) -> bool {
        self.net.plus(self.tax) == Ok(self.total)
    }
}

/// Shares `amount` over `weights` by largest remainder: every share is the exact proportion rounded down
/// or up, the shares sum to `amount`, and of equal remainders the earlier one is served first.
///
/// `amount` and all weights must be zero or more. With no positive weight every share is zero, so the caller
/// must not ask for a positive amount to be shared over nothing; that, or a negative input, is [`Overflow`].
pub fn share(amount: Yen, weights: &[Yen]) -> Result<Vec<Yen>, Overflow> {
    let whole: i128 = weights.iter().map(|w| i128::from(w.0)).sum();
    if amount.0 < 0 || weights.iter().any(|w| w.0 < 0) || (whole == 0 && amount.0 > 0) {
        return Err(Overflow);
    }
    if amount == Yen::ZERO {
        return Ok(vec![Yen::ZERO; weights.len()]);
    }
    let exact = |w: &Yen| i128::from(amount.0) * i128::from(w.0);
    let mut shares: Vec<i128> = weights.iter().map(|w| exact(w) / whole).collect();
    let mut left = i128::from(amount.0) - shares.iter().sum::<i128>();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|&i| std::cmp::Reverse(exact(&weights[i]) % whole)); // stable: ties keep their order
    for i in by_remainder {
        if left == 0 {
            break;
        }
        shares[i] += 1;
        left -= 1;
    }
    shares.into_iter().map(|s| i64::try_from(s).map(Yen).map_err(|_| Overflow)).collect()
}
