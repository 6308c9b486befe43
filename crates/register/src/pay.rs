//! 会計: a payment becomes a check of the open session, on its business date. The same id with the same content
//! again answers the same check, so a caller that lost the answer may simply ask again.

use crate::{
    books,
    error::TillError,
    journal::{Journal, to_millisecond},
    session,
    till::{Desk, Till},
    void,
};
use db::Tx;
use jiff::{Timestamp, civil::Date};
use protocol::journal::{Body, CheckEntry};
use sales::{
    AdMedium, BusinessHour, Check, CheckHead, CheckId, Draft, Guests, PaymentOrder, PricingError, close_check,
};

/// What a bill is apart from its money.
#[derive(Clone, Debug)]
pub struct Head {
    /// Made by the caller, so that asking again is safe. None: the till makes one.
    pub id: Option<CheckId>,
    /// When the table sat down.
    pub opened_at: Timestamp,
    /// 卓
    pub table: Option<String>,
    /// 人数; on a split check only one of the parts carries them.
    pub guests: Guests,
    /// 客層
    pub segment: Option<String>,
    /// 担当者コード
    pub staff: String,
    /// 広告媒体; none is フリー.
    pub ad_medium: Option<AdMedium>,
}

/// A bill as it is brought to the till.
pub(crate) struct Bill {
    pub id: CheckId,
    pub draft: Draft,
    pub payments: Vec<PaymentOrder>,
    pub head: Head,
}

impl Till {
    /// 会計. Past the cut-over it first closes the old session (未計数) and opens today's, unless a manager
    /// extended it.
    pub async fn pay(
        &self,
        draft: Draft,
        payments: Vec<PaymentOrder>,
        head: Head,
        now: Timestamp,
    ) -> Result<Check, TillError> {
        let desk = self.desk(now)?;
        let bill = self.bill(draft, payments, head);
        self.operate(async move |tx: &mut Tx, journal: &mut Journal| -> Result<Check, TillError> {
            take_payment(tx, journal, &desk, &bill).await
        })
        .await
    }

    /// A partial refund or a wrong payment method: the 赤伝票 of `original` and the bill as it should have been,
    /// as one action. Answers the 赤伝票 and the new check.
    pub async fn reenter(
        &self,
        original: CheckId,
        draft: Draft,
        payments: Vec<PaymentOrder>,
        head: Head,
        now: Timestamp,
    ) -> Result<(Check, Check), TillError> {
        let desk = self.desk(now)?;
        let bill = self.bill(draft, payments, head);
        self.operate(async move |tx: &mut Tx, journal: &mut Journal| -> Result<(Check, Check), TillError> {
            if let Some(both) = reentered(tx, original, &bill).await? {
                return Ok(both);
            }
            let reversal = void::reverse(tx, journal, &desk, original, &bill.head.staff).await?;
            let check = take_payment(tx, journal, &desk, &bill).await?;
            Ok((reversal, check))
        })
        .await
    }

    fn bill(&self, draft: Draft, payments: Vec<PaymentOrder>, head: Head) -> Bill {
        let id = head.id.unwrap_or_else(|| CheckId((self.random)()));
        Bill { id, draft, payments, head }
    }
}

pub(crate) async fn take_payment(
    tx: &mut Tx,
    journal: &mut Journal,
    desk: &Desk,
    bill: &Bill,
) -> Result<Check, TillError> {
    if let Some((_, kept)) = books::kept_check(tx, bill.id).await? {
        return same_again(kept, bill);
    }
    let session = session::taking_money(tx, journal, desk, &bill.head.staff).await?;
    let decided = Decided {
        slip: journal.next_slip()?,
        business_date: session.business_date,
        hour: desk.house.rule.business_hour(desk.now, session.business_date),
        paid_at: desk.now,
    };
    let check = price(bill, decided)?;
    books::keep_check(tx, session.id, 0, &check).await?;
    let entry = CheckEntry { settlement_id: session.id, check };
    journal.append(tx, desk.now, &Body::Check(entry.clone())).await?;
    Ok(entry.check)
}

/// The answer of the same re-entry, where it was made before.
async fn reentered(tx: &mut Tx, original: CheckId, bill: &Bill) -> Result<Option<(Check, Check)>, TillError> {
    let Some((_, kept)) = books::kept_check(tx, bill.id).await? else { return Ok(None) };
    let Some(reversal) = books::reversal_of(tx, original).await? else {
        return Err(TillError::CheckConflict(bill.id));
    };
    let (_, reversal) = books::kept_check(tx, reversal).await?.ok_or(TillError::CheckUnknown(reversal))?;
    Ok(Some((reversal, same_again(kept, bill)?)))
}

/// What the till decides of a check, once, when it is paid.
#[derive(Clone, Copy)]
struct Decided {
    slip: u32,
    business_date: Date,
    hour: BusinessHour,
    paid_at: Timestamp,
}

/// Prices the bill as the till did then: what the till decided is the kept check's, all else must agree.
fn same_again(kept: Check, bill: &Bill) -> Result<Check, TillError> {
    let Check { slip, business_date, hour, paid_at, .. } = kept;
    let again = price(bill, Decided { slip, business_date, hour, paid_at });
    if again.is_ok_and(|again| again == kept) { Ok(kept) } else { Err(TillError::CheckConflict(bill.id)) }
}

fn price(bill: &Bill, decided: Decided) -> Result<Check, PricingError> {
    let Head { opened_at, table, guests, segment, staff, ad_medium, .. } = bill.head.clone();
    let Decided { slip, business_date, hour, paid_at } = decided;
    let opened_at = to_millisecond(opened_at);
    let id = bill.id;
    let head =
        CheckHead { id, slip, business_date, hour, opened_at, paid_at, table, guests, segment, staff, ad_medium };
    close_check(head, &bill.draft, &bill.payments)
}
