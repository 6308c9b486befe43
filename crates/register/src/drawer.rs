//! The drawer at 精算: what was counted and what goes to the bank must be possible; 過不足 and 繰越 follow.

use crate::error::TillError;
use sales::{Cash, CashMovement, Check, CountedCash, Yen};

/// A drawer as it must read, where what was counted and deposited can be so.
pub(crate) fn drawer(
    opening_float: Yen,
    movements: Vec<CashMovement>,
    checks: &[Check],
    counted: Option<CountedCash>,
    bank_deposit: Yen,
) -> Result<Cash, TillError> {
    if bank_deposit < Yen::ZERO {
        return Err(TillError::Negative { what: "a bank deposit", amount: bank_deposit });
    }
    if let Some(counted) = &counted {
        countable(counted)?;
    }
    let cash = Cash::close(opening_float, movements, checks, counted, bank_deposit)?;
    if bank_deposit > Yen::ZERO && cash.carry_over < Yen::ZERO {
        return Err(TillError::Deposit { deposit: bank_deposit, in_drawer: cash.carry_over.plus(bank_deposit)? });
    }
    Ok(cash)
}

fn countable(counted: &CountedCash) -> Result<(), TillError> {
    if counted.total < Yen::ZERO {
        return Err(TillError::Negative { what: "counted cash", amount: counted.total });
    }
    if let Some(negative) = counted.denominations.iter().find(|d| d.count < 0) {
        return Err(TillError::Negative { what: "a count of coins or notes", amount: Yen(negative.count) });
    }
    let sum = counted.denominations.iter().try_fold(Yen::ZERO, |sum, d| sum.plus(d.face.times(d.count)?))?;
    if counted.denominations.is_empty() || sum == counted.total {
        Ok(())
    } else {
        Err(TillError::Counted { sum, total: counted.total })
    }
}
