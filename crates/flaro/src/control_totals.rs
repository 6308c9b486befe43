//! Control totals of what is held here: the highest revisions of everything received, approved or not, over all
//! generations. Summed up by the same function the sender uses.

use crate::{Company, FlaroError, storable};
use db::{DbError, Row, Tx, args};
use jiff::civil::Date;
use protocol::control::{ControlTotals, ControlledSettlement, SettlementControl, day};
use sales::{StoreId, Yen};
use std::collections::BTreeMap;

const OF_RANGE: &str = "SELECT s.store_id, s.business_date, s.settlement_id, s.revision, s.checks, s.guests, s.net,
      s.tax, s.discounts, s.payments, s.facts_sha256
    FROM settlement s JOIN store t ON t.company_id = s.company_id AND t.store_id = s.store_id
    WHERE s.company_id = $1 AND s.business_date BETWEEN $2 AND $3 AND t.partner = $4";

/// The settlements of a range of days, as they stand.
pub(crate) async fn settlements(
    tx: &mut Tx,
    company: &Company,
    partner: &str,
    from: Date,
    to: Date,
) -> Result<Vec<Row>, DbError> {
    tx.fetch_all(OF_RANGE, args![company.as_str(), from.to_string(), to.to_string(), partner]).await
}

/// Sums them up by store and date.
pub(crate) fn days(rows: Vec<Row>) -> Result<ControlTotals, FlaroError> {
    let mut by_day = BTreeMap::<(StoreId, Date), Vec<ControlledSettlement>>::new();
    for row in rows {
        let store = storable::parsed("a store id", &row.text("store_id")?)?;
        let date = storable::date(&row.text("business_date")?)?;
        by_day.entry((store, date)).or_default().push(controlled(&row)?);
    }
    let days = by_day.into_iter().map(|((store, date), settlements)| Ok(day(store, date, settlements)?));
    Ok(ControlTotals { days: days.collect::<Result<_, FlaroError>>()? })
}

/// One settlement out of its row.
pub(crate) fn controlled(row: &Row) -> Result<ControlledSettlement, FlaroError> {
    Ok(ControlledSettlement {
        settlement_id: storable::parsed("a settlement id", &row.text("settlement_id")?)?,
        revision: u32::try_from(row.int("revision")?).map_err(|why| FlaroError::stored("a revision", why))?,
        control: SettlementControl {
            checks: row.int("checks")?,
            guests: row.int("guests")?,
            net: Yen(row.int("net")?),
            tax: Yen(row.int("tax")?),
            discounts: Yen(row.int("discounts")?),
            payments: Yen(row.int("payments")?),
            facts_sha256: storable::parsed("a SHA-256", &row.text("facts_sha256")?)?,
        },
    })
}
