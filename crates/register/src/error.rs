//! Why the till did not do as asked. Each error names the thing, the rule and the way out; nothing was stored.

use jiff::civil::Date;
use sales::{CheckId, DayRuleError, Overflow, PricingError, RegisterId, SettlementId, Violation, Yen};

/// Why the till did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum TillError {
    /// The disk.
    #[error(transparent)]
    Db(#[from] db::DbError),
    /// The order breaks a rule of pricing.
    #[error(transparent)]
    Pricing(#[from] PricingError),
    /// The order can't change so.
    #[error(transparent)]
    Order(#[from] crate::order::OrderError),
    /// No such open bill.
    #[error("check {0} is not open at this till: it was taken away, or never begun")]
    NotOrdered(CheckId),
    /// It is paid.
    #[error("check {0} is paid already: void it and enter it again to change it")]
    PaidAlready(CheckId),
    /// Too many bills.
    #[error("{0} bills are open: pay or drop some before opening another")]
    TooManyOpen(u32),
    /// A figure left its range.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// The masters' time zone or cut-over can't be read.
    #[error("the masters were not taken: {0}")]
    DayRule(#[from] DayRuleError),
    /// The disk belongs to another till.
    #[error("this disk is the till {found}'s, not {asked}'s: give each till a database of its own")]
    OtherTill {
        /// Whose it is.
        found: RegisterId,
        /// Who asked.
        asked: RegisterId,
    },
    /// Masters of another till.
    #[error("these masters are for the till {found}; this is {asked}")]
    OtherMasters {
        /// Whose they are.
        found: RegisterId,
        /// This till.
        asked: RegisterId,
    },
    /// Nothing is known of the store yet.
    #[error("the till has no masters yet: connect it to head office once, then it works offline")]
    NoMasters,
    /// No session is open.
    #[error("no session is open: open the till (レジ開設) first")]
    NoSession,
    /// A session is open already.
    #[error("the session of {business_date} is open: close it (精算) before another is opened")]
    SessionOpen {
        /// Its 営業日
        business_date: Date,
    },
    /// Two sessions are open: one was opened again by 精算取消.
    #[error("the sessions {reopened} (opened again by 精算取消) and {current} are both open: say which one to close")]
    TwoOpen {
        /// The older.
        reopened: SettlementId,
        /// The one that sells.
        current: SettlementId,
    },
    /// Not a manager.
    #[error("{action} needs a manager (店長); \"{staff}\" is none in the masters")]
    NotManager {
        /// What was asked for.
        action: &'static str,
        /// Who asked.
        staff: String,
    },
    /// The id is taken by another bill.
    #[error("check {0} exists with another content: a new bill needs a new id; a change is a 赤伝票 and a new bill")]
    CheckConflict(CheckId),
    /// No such bill.
    #[error("check {0} is not this till's; it can be voided where it was paid")]
    CheckUnknown(CheckId),
    /// A revision took it out.
    #[error("check {0} was taken out of its settlement by a revision; there is nothing to void")]
    CheckWithdrawn(CheckId),
    /// A 赤伝票 can't be voided.
    #[error("check {0} is a 赤伝票 itself: enter a new bill instead")]
    IsReversal(CheckId),
    /// Voided before.
    #[error("check {check} is voided already, by {reversal}")]
    AlreadyVoided {
        /// The original.
        check: CheckId,
        /// Its 赤伝票
        reversal: CheckId,
    },
    /// A negative amount where none can be.
    #[error("{what} must be 0 or more, not {amount}")]
    Negative {
        /// What.
        what: &'static str,
        /// How much.
        amount: Yen,
    },
    /// The 金種 don't add up.
    #[error("the counted coins and notes come to {sum}, the stated total is {total}: count again")]
    Counted {
        /// Σ 金種
        sum: Yen,
        /// What was stated.
        total: Yen,
    },
    /// More to the bank than there is.
    #[error("a bank deposit of {deposit} is more than the {in_drawer} in the drawer")]
    Deposit {
        /// 銀行預入
        deposit: Yen,
        /// What there is.
        in_drawer: Yen,
    },
    /// No such session or settlement.
    #[error("settlement {0} is not this till's")]
    SettlementUnknown(SettlementId),
    /// It is not closed.
    #[error("settlement {0} is open: bills are entered and voided in its session, and 精算 closes it")]
    NotSettled(SettlementId),
    /// The session is closed.
    #[error("the session {0} is closed: cancel its settlement (精算取消) or correct it by revision")]
    NotOpen(SettlementId),
    /// A later session has closed.
    #[error("settlement {0} can't be opened again: a later session of this till has closed; correct it by revision")]
    LaterClosed(SettlementId),
    /// It was corrected by revision.
    #[error("settlement {0} was corrected by revision and can't be opened again; correct it by another revision")]
    Revised(SettlementId),
    /// Nobody or nothing named.
    #[error("{0} must be named: it is written down for good")]
    Unnamed(&'static str),
    /// The corrected settlement breaks invariants.
    #[error("the corrected settlement does not hold: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Broken(Vec<Violation>),
    /// No numbers left.
    #[error("the till has no {0} left: it counts to 4294967295")]
    Numbers(&'static str),
    /// What is on the disk can't be what was written.
    #[error("the till's disk is damaged at {place}: {detail}; stop selling on it and call for service")]
    Damaged {
        /// Where.
        place: String,
        /// What is wrong.
        detail: String,
    },
}

impl TillError {
    pub(crate) fn damaged(place: impl Into<String>, detail: &dyn std::fmt::Display) -> Self {
        Self::Damaged { place: place.into(), detail: detail.to_string() }
    }
}
