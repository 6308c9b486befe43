//! A check as a row: what lists show beside its content, which is kept as the till wrote it.

use protocol::hash::Sha256;
use sales::{Check, CheckId, SettlementId};
use serde::Serialize;

use super::{CheckConflict, Place};
use crate::PosError;
use crate::stored::unreadable;

/// A check as a row.
#[derive(Clone, Debug, Serialize)]
pub struct CheckRow {
    pub(super) id: CheckId,
    pub(super) settlement: SettlementId,
    date: jiff::civil::Date,
    paid_at: i64,
    hour: i64,
    slip: u32,
    guests: i64,
    net: i64,
    tax: i64,
    total: i64,
    staff: String,
    medium: Option<String>,
    reverses: Option<CheckId>,
    ordinal: i64,
    seq: i64,
    pub(super) sha: Sha256,
    content: String,
}

impl CheckRow {
    /// The row of a check of this settlement, written at this place.
    pub fn new(settlement: SettlementId, place: Place, check: &Check) -> Result<Self, PosError> {
        let content = serde_json::to_string(check).map_err(|error| unreadable("check", error))?;
        let sales = check.sales().unwrap_or_default(); // An overflow is told when the settlement is audited.
        Ok(Self {
            id: check.id,
            settlement,
            date: check.business_date,
            paid_at: check.paid_at.as_millisecond(),
            hour: check.hour.into(),
            slip: check.slip,
            guests: check.guests.total().unwrap_or_default(),
            net: sales.net.0,
            tax: sales.tax.0,
            total: check.total.0,
            staff: shown(&check.staff),
            medium: check.ad_medium.as_ref().map(|medium| shown(&medium.name)),
            reverses: check.reverses,
            ordinal: place.ordinal,
            seq: place.seq,
            sha: Sha256::of(content.as_bytes()),
            content,
        })
    }

    /// What is told when its id is held with something else.
    pub(super) fn conflict(&self) -> CheckConflict {
        CheckConflict {
            check_id: self.id,
            slip: self.slip,
            settlement_id: self.settlement,
            content: self.content.clone(),
            content_sha256: self.sha,
        }
    }
}

/// A text for a column that is only looked at: PostgreSQL stores no NUL character. The content keeps it.
fn shown(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}
