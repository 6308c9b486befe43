//! Every row of every table, to see that nothing has changed. The tables come from the migrations.

use std::collections::BTreeMap;

use db::{Db, DbError, Tx, args};

/// Written by merely looking at pages.
const SESSIONS: &str = "web_session";

/// Table by table, the rows as text.
pub struct Snapshot(BTreeMap<String, Vec<String>>);

/// The whole database but sessions and the rows of one company (none: with all of them).
pub async fn snapshot(db: &Db, without_company: &str) -> Snapshot {
    let unit = async |tx: &mut Tx| -> Result<BTreeMap<String, Vec<db::Row>>, DbError> {
        let mut tables = BTreeMap::new();
        for table in tables_of_the_place() {
            let sql: &'static str = Box::leak(format!("SELECT * FROM {table}").into_boxed_str());
            tables.insert(table, tx.fetch_all(sql, args![]).await?);
        }
        Ok(tables)
    };
    let others = |row: &&db::Row| row.text("company_id").ok().is_none_or(|id| id != without_company);
    let written = |rows: Vec<db::Row>| {
        let mut rows: Vec<String> = rows.iter().filter(others).map(|row| format!("{row:?}")).collect();
        rows.sort_unstable();
        rows
    };
    let tables = db.read(unit).await.unwrap().into_iter();
    Snapshot(tables.map(|(table, rows)| (table, written(rows))).collect())
}

fn tables_of_the_place() -> Vec<String> {
    let migrations = crate::schema::migrations();
    let made = migrations.iter().flat_map(|migration| migration.sqlite.split("CREATE TABLE ").skip(1));
    let names = made.map(|rest| rest.split([' ', '(', '\n']).next().unwrap().to_owned());
    let tables: Vec<String> = names.filter(|name| name != SESSIONS).collect();
    assert!(tables.len() > 40 && tables.iter().any(|table| table == "account"), "{tables:?}");
    tables
}

impl Snapshot {
    /// Whether nothing differs.
    pub fn is(&self, now: &Self) -> bool {
        self.0 == now.0
    }

    /// Fails with the rows that differ.
    pub fn assert_is(&self, now: &Self, after: &str) {
        self.assert_stands(now, after);
        now.assert_stands(self, after);
    }

    /// Fails with the rows that are no longer as they were; there may be more.
    pub fn assert_stands(&self, now: &Self, after: &str) {
        for (table, rows) in &self.0 {
            let gone: Vec<_> = rows.iter().filter(|row| now.0[table].binary_search(row).is_err()).collect();
            assert!(gone.is_empty(), "{after} changed {table}: {gone:#?}");
        }
    }
}
