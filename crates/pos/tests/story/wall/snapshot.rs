//! Every row of every table, to see that nothing has changed. The tables come from the migrations.

use std::collections::BTreeMap;

use db::{Db, DbError, Tx, args};

/// Written by merely looking at pages.
const SESSIONS: &str = "web_session";

/// Table by table, the rows as text.
pub struct Snapshot(BTreeMap<String, Vec<String>>);

/// The whole database but sessions and the rows of one company (none: with all of them).
pub async fn snapshot(db: &Db, without_company: &str) -> Snapshot {
    let mut tables = BTreeMap::new();
    for table in tables_of_the_place() {
        let sql: &'static str = Box::leak(format!("SELECT * FROM {table}").into_boxed_str());
        let rows = db.read(async move |tx: &mut Tx| -> Result<_, DbError> { tx.fetch_all(sql, args![]).await });
        let rows = rows.await.unwrap();
        let kept = rows.iter().filter(|row| row.text("company_id").ok().is_none_or(|id| id != without_company));
        let mut rows: Vec<String> = kept.map(|row| format!("{row:?}")).collect();
        rows.sort_unstable();
        tables.insert(table, rows);
    }
    Snapshot(tables)
}

fn tables_of_the_place() -> Vec<String> {
    let migrations = pos::schema::migrations();
    let made = migrations.iter().flat_map(|migration| migration.sqlite.split("CREATE TABLE ").skip(1));
    let names = made.map(|rest| rest.split([' ', '(', '\n']).next().unwrap().to_owned());
    let tables: Vec<String> = names.filter(|name| name != SESSIONS).collect();
    assert!(tables.len() > 20 && tables.iter().any(|table| table == "account"), "{tables:?}");
    tables
}

impl Snapshot {
    /// Whether nothing differs.
    pub fn is(&self, now: &Self) -> bool {
        self.0 == now.0
    }

    /// Fails with the rows that differ.
    pub fn assert_is(&self, now: &Self, after: &str) {
        for (table, rows) in &self.0 {
            let (then, now) = (rows, &now.0[table]);
            let gone: Vec<_> = then.iter().filter(|row| now.binary_search(row).is_err()).collect();
            let new: Vec<_> = now.iter().filter(|row| then.binary_search(row).is_err()).collect();
            assert!(gone.is_empty() && new.is_empty(), "{after} changed {table}\nfrom {gone:#?}\nto {new:#?}");
        }
    }
}
