//! 赤伝票: a void is a new check that reverses the original; both stay. Before 精算 it takes the original's hour,
//! so that every dataset nets to zero; after 精算 it belongs to the open session, on its date and hour.

use crate::{
    books,
    error::TillError,
    journal::Journal,
    session::{self, Session},
    till::{Desk, Till},
};
use db::Tx;
use jiff::{Timestamp, civil::Date};
use protocol::journal::{Body, CheckEntry};
use sales::{BusinessHour, Check, CheckId, SettlementId};

impl Till {
    /// Voids a check of this till. A check can be voided once; the 赤伝票 itself can't.
    pub async fn void(&self, check: CheckId, staff: &str, now: Timestamp) -> Result<Check, TillError> {
        let desk = self.desk(now)?;
        let staff = staff.to_owned();
        self.operate(async move |tx: &mut Tx, journal: &mut Journal| -> Result<Check, TillError> {
            reverse(tx, journal, &desk, check, &staff).await
        })
        .await
    }
}

pub(crate) async fn reverse(
    tx: &mut Tx,
    journal: &mut Journal,
    desk: &Desk,
    id: CheckId,
    staff: &str,
) -> Result<Check, TillError> {
    let (home, original) = voidable(tx, id).await?;
    let (session, when) = where_it_goes(tx, journal, desk, home, staff).await?;
    let reversal = original.reversal(CheckId((desk.random)()), journal.next_slip()?, desk.now, when)?;
    let reversal = Check { staff: staff.to_owned(), ..reversal };
    books::keep_check(tx, session, 0, &reversal).await?;
    let entry = CheckEntry { settlement_id: session, check: reversal };
    journal.append(tx, desk.now, &Body::Void(entry.clone())).await?;
    Ok(entry.check)
}

async fn voidable(tx: &mut Tx, id: CheckId) -> Result<(Session, Check), TillError> {
    let (home, original) = books::kept_check(tx, id).await?.ok_or(TillError::CheckUnknown(id))?;
    if original.reverses.is_some() {
        return Err(TillError::IsReversal(id));
    }
    if let Some(reversal) = books::reversal_of(tx, id).await? {
        return Err(TillError::AlreadyVoided { check: id, reversal });
    }
    let home = session::by_id(tx, home).await?;
    if !home.open {
        let standing = books::standing(tx, home.id).await?.ok_or(TillError::NotSettled(home.id))?;
        if !standing.checks.iter().any(|check| check.id == id) {
            return Err(TillError::CheckWithdrawn(id));
        }
    }
    Ok((home, original))
}

/// The session of the 赤伝票; after 精算 also the date and hour at which the money goes out.
async fn where_it_goes(
    tx: &mut Tx,
    journal: &mut Journal,
    desk: &Desk,
    home: Session,
    staff: &str,
) -> Result<(SettlementId, Option<(Date, BusinessHour)>), TillError> {
    if home.open {
        return Ok((home.id, None));
    }
    let session = session::taking_money(tx, journal, desk, staff).await?;
    let hour = desk.house.rule.business_hour(desk.now, session.business_date);
    Ok((session.id, Some((session.business_date, hour))))
}
