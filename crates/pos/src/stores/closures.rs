//! 休業日: the business dates on which a store is closed, so that nobody waits for its 精算. A weekly closing day is
//! written out as its dates.

use std::collections::BTreeSet;

use db::{Sql, Tx, args};
use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};
use sales::StoreId;
use web::format;

use crate::stored::Stored;
use crate::{Pos, PosError, Tenant, audit, codes, linkage};

/// The longest period that is filled at once: a year and the rest of this one.
pub const PERIOD_DAYS_MAX: i32 = 731;

const OF_STORE: &str = "SELECT business_date FROM store_closure
                        WHERE company_id = $1 AND store_id = $2 ORDER BY business_date LIMIT 5000";
const STORE: &str = "SELECT name FROM store WHERE company_id = $1 AND store_id = $2";
const ADD: Sql = Sql {
    sqlite: "INSERT INTO store_closure (company_id, store_id, business_date)
             SELECT $1, $2, value FROM json_each($3) WHERE true
             ON CONFLICT (company_id, store_id, business_date) DO NOTHING",
    postgres: "INSERT INTO store_closure (company_id, store_id, business_date)
               SELECT $1, $2, value FROM jsonb_array_elements_text(CAST($3 AS JSONB))
               ON CONFLICT (company_id, store_id, business_date) DO NOTHING",
};
const REMOVE: Sql = Sql {
    sqlite: "DELETE FROM store_closure WHERE company_id = $1 AND store_id = $2
             AND business_date IN (SELECT value FROM json_each($3))",
    postgres: "DELETE FROM store_closure WHERE company_id = $1 AND store_id = $2
               AND business_date IN (SELECT jsonb_array_elements_text(CAST($3 AS JSONB)))",
};

/// Every day of the period that falls on one of the weekdays; without weekdays, every day.
pub fn days(from: Date, to: Date, on: &[Weekday]) -> Vec<Date> {
    let all = from.series(Span::new().days(1)).take_while(|day| *day <= to);
    all.take(PERIOD_DAYS_MAX as usize).filter(|day| on.is_empty() || on.contains(&day.weekday())).collect()
}

/// May this period be filled? The message starts with what to do.
pub fn period(from: Date, to: Date) -> Result<(), String> {
    if to < from {
        return Err("終わりの日は始まりの日以後を入力してください".to_owned());
    }
    if from.saturating_add(PERIOD_DAYS_MAX.days()) <= to {
        return Err("期間は2年以内にしてください".to_owned());
    }
    Ok(())
}

/// A store's closed days, the earliest first.
pub async fn of(pos: &Pos, tenant: &Tenant, store: StoreId) -> Result<Vec<Date>, PosError> {
    let tenant = tenant.clone();
    pos.db.read(async move |tx: &mut Tx| held(tx, &tenant, store).await).await
}

/// Closes the store on these dates, or (`closed` false) opens it. Says on how many that was a change.
pub async fn set(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    store: StoreId,
    dates: Vec<Date>,
    closed: bool,
) -> Result<usize, PosError> {
    let (shared, tenant, who) = (pos.clone(), tenant.clone(), who.to_owned());
    let changed = pos
        .db
        .write(async move |tx: &mut Tx| -> Result<usize, PosError> {
            codes::lock(tx, &tenant).await?;
            let row = tx.fetch_optional(STORE, args![tenant.as_str(), store.to_string()]).await?;
            let name = row.ok_or(PosError::NotFound("store"))?.text("name")?;
            let present: BTreeSet<Date> = held(tx, &tenant, store).await?.into_iter().collect();
            let changed: BTreeSet<Date> = dates.into_iter().filter(|date| present.contains(date) != closed).collect();
            if changed.is_empty() {
                return Ok(0);
            }
            let list = serde_json::json!(changed).to_string();
            let sql = if closed { ADD } else { REMOVE };
            tx.execute(sql, args![tenant.as_str(), store.to_string(), list]).await?;
            let words = told(&changed);
            let (what, before, after) = if closed {
                ("休業日を追加", None, Some(words))
            } else {
                ("休業日を削除", Some(words), None)
            };
            audit::note(tx, &shared, &tenant, &who, what, &name, before.as_deref(), after.as_deref()).await?;
            linkage::stores_changed(tx, &tenant).await?;
            Ok(changed.len())
        })
        .await?;
    // FLARO hears of it at once.
    pos.wake.notify_one();
    Ok(changed)
}

async fn held(tx: &mut Tx, tenant: &Tenant, store: StoreId) -> Result<Vec<Date>, PosError> {
    let rows = tx.fetch_all(OF_STORE, args![tenant.as_str(), store.to_string()]).await?;
    rows.iter().map(|row| row.parse("business_date")).collect()
}

fn told(dates: &BTreeSet<Date>) -> String {
    dates.iter().map(|date| format::date(*date)).collect::<Vec<_>>().join("、")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_weekly_closing_day_is_written_out() {
        let mondays = days(date(2026, 11, 1), date(2026, 11, 30), &[Weekday::Monday]);
        assert_eq!(mondays.first().copied(), Some(date(2026, 11, 2)));
        assert_eq!((mondays.len(), mondays.last().copied()), (5, Some(date(2026, 11, 30))));
        assert_eq!(days(date(2026, 12, 31), date(2027, 1, 3), &[]).len(), 4);
    }

    #[test]
    fn a_period_has_an_end_and_a_bound() {
        assert!(period(date(2026, 11, 2), date(2026, 11, 1)).unwrap_err().contains("以後"));
        assert!(period(date(2026, 1, 1), date(2028, 1, 2)).unwrap_err().contains("2年"));
        assert_eq!(period(date(2026, 1, 1), date(2028, 1, 1)), Ok(()));
        assert_eq!(days(date(2026, 1, 1), date(2028, 1, 1), &[]).len(), 731);
    }
}
