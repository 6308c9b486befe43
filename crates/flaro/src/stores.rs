//! The stores as the POS keeps them here: names, codes, windows, tills in service, 休業日. What days to expect
//! follows from this table, and which FLARO store a POS store is; a corrected code moves the store's days, audited.

use crate::{
    Company, FlaroError,
    audit::{self, Change, Stamp},
    partner::Refused,
    storable,
};
use db::{DbError, Row, Sql, Tx, args};
use jiff::{Timestamp, civil::Date};
use protocol::partner::{LinkedRegister, LinkedStore, StoreTable};
use sales::{DayRule, FlaroStoreCode, StoreId};
use serde_json::{Value, json};
use std::collections::HashMap;

/// One store.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pub id: StoreId,
    pub name: String,
    pub flaro_store_code: Option<FlaroStoreCode>,
    pub start: Option<Date>,
    pub end: Option<Date>,
    pub enabled: bool,
    /// Whether it stands in the store table; events of others are kept and marked.
    pub listed: bool,
    pub rule: DayRule,
    pub registers: Vec<LinkedRegister>,
    pub closed_days: Vec<Date>,
    /// 自社コード, as this back office gave it.
    pub own_code: Option<FlaroStoreCode>,
    pub area_id: Option<String>,
    pub brand_id: Option<String>,
}

/// What of a store is to be expected on a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected<'a> {
    /// A settlement of each of these tills.
    Registers(Vec<&'a LinkedRegister>),
    /// Nothing: 休業日.
    Closed,
    /// Nothing: outside the store's dates, switched off, or not in the store table.
    Outside,
}

impl Store {
    /// 自社コード; where none was given here, the code that USENレジ has.
    pub fn code(&self) -> Option<&FlaroStoreCode> {
        self.own_code.as_ref().or(self.flaro_store_code.as_ref())
    }

    /// Which tills owe a settlement for `date`.
    pub fn expected(&self, date: Date) -> Expected<'_> {
        let inside = self.start.is_some_and(|start| start <= date) && self.end.is_none_or(|end| date <= end);
        if !self.listed || !self.enabled || !inside {
            return Expected::Outside;
        }
        if self.closed_days.contains(&date) {
            return Expected::Closed;
        }
        let in_service = |till: &&LinkedRegister| till.from <= date && till.until.is_none_or(|until| date <= until);
        Expected::Registers(self.registers.iter().filter(in_service).collect())
    }

    /// The business date that is under way there.
    pub fn today(&self, now: Timestamp) -> Date {
        self.rule.business_date(now)
    }

    /// The name of a till, where the store table has it.
    pub fn register_name(&self, id: &str) -> Option<&str> {
        self.registers.iter().find(|till| till.id.to_string() == id).map(|till| till.name.as_str())
    }

    /// One store out of a row with [`columns!`].
    pub fn read(row: &Row) -> Result<Self, FlaroError> {
        let date = |name: &str| row.opt_text(name)?.as_deref().map(storable::date).transpose();
        let code = |column: &str| -> Result<Option<FlaroStoreCode>, FlaroError> {
            row.opt_text(column)?.as_deref().map(|code| storable::parsed("a store code", code)).transpose()
        };
        let rule = DayRule::new(&row.text("zone")?, &row.text("cut_over")?);
        Ok(Self {
            id: storable::parsed("a store id", &row.text("store_id")?)?,
            name: row.text("store_name")?,
            flaro_store_code: code("flaro_store_code")?,
            own_code: code("own_code")?,
            area_id: row.opt_text("area_id")?,
            brand_id: row.opt_text("brand_id")?,
            start: date("start_date")?,
            end: date("end_date")?,
            enabled: row.flag("enabled")?,
            listed: row.flag("listed")?,
            rule: rule.map_err(|why| FlaroError::stored("a store's day rule", why))?,
            registers: parse("a store's tills", &row.text("registers")?)?,
            closed_days: parse("a store's 休業日", &row.text("closed_days")?)?,
        })
    }
}

fn parse<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, FlaroError> {
    serde_json::from_str(text).map_err(|why| FlaroError::stored(what, why))
}

/// The columns that [`Store::read`] asks for, of a table aliased `t`.
macro_rules! columns {
    () => {
        "t.store_id, t.name AS store_name, t.flaro_store_code, t.start_date, t.end_date, t.enabled, t.listed, \
         t.zone, t.cut_over, t.registers, t.closed_days, t.own_code, t.area_id, t.brand_id"
    };
}
pub(crate) use columns;

pub(crate) mod brought;
pub(crate) mod details;

const CODES: &str = "SELECT store_id, flaro_store_code FROM store WHERE company_id = $1 AND partner = $2";
const UNLIST: &str = "UPDATE store SET listed = 0 WHERE company_id = $1 AND partner = $2";
const UPSERT: Sql = Sql {
    sqlite: "INSERT INTO store (company_id, partner, listed, store_id, position, name, flaro_store_code, start_date,
          end_date, enabled, zone, cut_over, registers, closed_days)
        SELECT $1, $2, 1, value ->> 'id', value ->> 'position', value ->> 'name', value ->> 'code', value ->> 'start',
          value ->> 'end', value ->> 'enabled', value ->> 'zone', value ->> 'cut_over', value ->> 'registers',
          value ->> 'closed_days'
        FROM json_each($3) WHERE true
        ON CONFLICT (company_id, store_id) DO UPDATE SET listed = 1, position = excluded.position, name = excluded.name,
          flaro_store_code = excluded.flaro_store_code, start_date = excluded.start_date, end_date = excluded.end_date,
          enabled = excluded.enabled, zone = excluded.zone, cut_over = excluded.cut_over,
          registers = excluded.registers, closed_days = excluded.closed_days
          WHERE store.partner = excluded.partner",
    postgres: "INSERT INTO store (company_id, partner, listed, store_id, position, name, flaro_store_code, start_date,
          end_date, enabled, zone, cut_over, registers, closed_days)
        SELECT $1, $2, 1, r.id, r.position, r.name, r.code, r.start, r.\"end\", r.enabled, r.zone, r.cut_over,
          r.registers, r.closed_days
        FROM jsonb_to_recordset(CAST($3 AS JSONB)) AS r (id TEXT, position BIGINT, name TEXT, code TEXT, start TEXT,
          \"end\" TEXT, enabled BIGINT, zone TEXT, cut_over TEXT, registers TEXT, closed_days TEXT)
        ON CONFLICT (company_id, store_id) DO UPDATE SET listed = 1, position = excluded.position, name = excluded.name,
          flaro_store_code = excluded.flaro_store_code, start_date = excluded.start_date, end_date = excluded.end_date,
          enabled = excluded.enabled, zone = excluded.zone, cut_over = excluded.cut_over,
          registers = excluded.registers, closed_days = excluded.closed_days
          WHERE store.partner = excluded.partner",
};
const STORES_RESOLVED: &str = "UPDATE finding SET resolved_at = $3
    WHERE company_id = $1 AND resolved_at IS NULL AND kind = 'unknown_store'
      AND store_id IN (SELECT store_id FROM store WHERE company_id = $1 AND partner = $2 AND listed = 1)";
const REGISTERS_RESOLVED: Sql = Sql {
    sqlite: "UPDATE finding SET resolved_at = $3
        WHERE company_id = $1 AND resolved_at IS NULL AND kind = 'unknown_register'
          AND store_id IN (SELECT store_id FROM store WHERE company_id = $1 AND partner = $2)
          AND register_id IN (SELECT value FROM json_each($4))",
    postgres: "UPDATE finding SET resolved_at = $3
        WHERE company_id = $1 AND resolved_at IS NULL AND kind = 'unknown_register'
          AND store_id IN (SELECT store_id FROM store WHERE company_id = $1 AND partner = $2)
          AND register_id IN (SELECT jsonb_array_elements_text(CAST($4 AS JSONB)))",
};

/// Replaces a partner's whole table, or refuses it for a store that is another's: then the caller's transaction must
/// not commit. Days marked because a store or a till was unknown are freed of that mark.
pub(crate) async fn replace(
    tx: &mut Tx,
    company: &Company,
    partner: &str,
    table: &StoreTable,
    stamp: Stamp,
) -> Result<(), Refused> {
    let before = tx.fetch_all(CODES, args![company.as_str(), partner]).await?;
    tx.execute(UNLIST, args![company.as_str(), partner]).await?;
    let rows: Vec<Value> = (0_i64..).zip(&table.stores).map(|(position, store)| row(position, store)).collect();
    tx.execute(UPSERT, args![company.as_str(), partner, Value::from(rows).to_string()]).await?;
    if let Some(refusal) = brought::anothers(tx, company, partner, table).await? {
        return Err(refusal.into());
    }
    audit_codes(tx, company, partner, &before, table, stamp).await?;
    tx.execute(STORES_RESOLVED, args![company.as_str(), partner, stamp.at]).await?;
    let tills = table.stores.iter().flat_map(|store| &store.registers).map(|till| till.id.to_string());
    let tills = Value::from(tills.collect::<Vec<_>>()).to_string();
    tx.execute(REGISTERS_RESOLVED, args![company.as_str(), partner, stamp.at, tills]).await?;
    Ok(())
}

fn row(position: i64, store: &LinkedStore) -> Value {
    let named = |till: &LinkedRegister| LinkedRegister { name: storable::text(&till.name), ..till.clone() };
    let registers: Vec<_> = store.registers.iter().map(named).collect();
    json!({
        "id": store.id, "position": position, "name": storable::text(&store.name), "code": store.flaro_store_code,
        "start": store.start, "end": store.end, "enabled": i64::from(store.enabled),
        "zone": store.zone, "cut_over": store.cut_over,
        "registers": json!(registers).to_string(), "closed_days": json!(store.closed_days).to_string(),
    })
}

/// A store that was there and has another code now: its days are another FLARO store's from here on.
async fn audit_codes(
    tx: &mut Tx,
    company: &Company,
    partner: &str,
    before: &[Row],
    table: &StoreTable,
    stamp: Stamp,
) -> Result<(), DbError> {
    let mut codes = HashMap::new();
    for row in before {
        codes.insert(row.text("store_id")?, row.opt_text("flaro_store_code")?);
    }
    for store in &table.stores {
        let (id, now) = (store.id.to_string(), store.flaro_store_code.as_ref().map(ToString::to_string));
        let Some(was) = codes.remove(&id).filter(|was| *was != now) else { continue };
        let who = format!("partner {partner}");
        let change =
            Change { who: &who, what: "store.code", target: &id, before: was.as_deref(), after: now.as_deref() };
        audit::note(tx, company, stamp.of(&id), change).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use uuid::Uuid;

    fn store() -> Store {
        let till = |n: u128, from: Date, until: Option<Date>| LinkedRegister {
            id: sales::RegisterId(Uuid::from_u128(n)),
            name: format!("レジ{n}"),
            from,
            until,
        };
        Store {
            id: StoreId(Uuid::from_u128(9)),
            name: "本店".into(),
            flaro_store_code: None,
            own_code: None,
            area_id: None,
            brand_id: None,
            start: Some(date(2026, 11, 1)),
            end: Some(date(2026, 11, 30)),
            enabled: true,
            listed: true,
            rule: DayRule::new("Asia/Tokyo", "05:00").unwrap(),
            registers: vec![till(1, date(2026, 10, 1), None), till(2, date(2026, 11, 10), Some(date(2026, 11, 20)))],
            closed_days: vec![date(2026, 11, 11)],
        }
    }

    #[test]
    fn only_tills_in_service_inside_the_dates_owe_a_settlement() {
        let tills = |day: Date| match store().expected(day) {
            Expected::Registers(tills) => Some(tills.len()),
            Expected::Closed | Expected::Outside => None,
        };
        assert_eq!(tills(date(2026, 11, 1)), Some(1));
        assert_eq!(tills(date(2026, 11, 20)), Some(2));
        assert_eq!(tills(date(2026, 11, 21)), Some(1));
        assert_eq!(tills(date(2026, 10, 31)), None);
        assert_eq!(tills(date(2026, 12, 1)), None);
        assert_eq!(store().expected(date(2026, 11, 11)), Expected::Closed);
        assert_eq!(Store { enabled: false, ..store() }.expected(date(2026, 11, 1)), Expected::Outside);
    }
}
