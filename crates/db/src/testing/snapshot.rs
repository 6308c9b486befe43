//! Every row of every table, to see that something has changed nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Db, DbError, Migration, Row, Sql, Tx, args};

/// What the engine itself says is there, but for what it keeps for itself.
const TABLES: Sql = Sql {
    sqlite: r"SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'",
    postgres: "SELECT CAST(tablename AS TEXT) AS name FROM pg_tables WHERE schemaname = current_schema()",
};

/// Table by table, the rows as sorted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<String, Vec<String>>);

impl Snapshot {
    /// Of every table that the migrations make, and of their history: the rows that are to be `kept`.
    ///
    /// # Panics
    /// Where the database has a table that no migration makes: a change there would go unseen.
    pub async fn of(db: &Db, migrations: &[Migration], kept: impl Fn(&Row) -> bool) -> Self {
        let made = tables(migrations);
        let wanted = made.clone();
        let unit = async move |tx: &mut Tx| -> Result<_, DbError> {
            let (there, mut tables) = (tx.fetch_all(TABLES, args![]).await?, Vec::new());
            for table in wanted {
                let all: &'static str = format!("SELECT * FROM {table}").leak();
                tables.push((table, tx.fetch_all(all, args![]).await?));
            }
            Ok((there, tables))
        };
        let (there, tables) = db.read(unit).await.expect("every table can be read");
        let there: BTreeSet<_> = there.iter().map(|row| row.text("name").expect("a table has a name")).collect();
        assert_eq!(there, made, "the tables that are there, and those that the migrations make");
        let lines = |rows: Vec<Row>| {
            let mut lines: Vec<_> = rows.iter().filter(|row| kept(row)).map(|row| format!("{row:?}")).collect();
            lines.sort_unstable();
            lines
        };
        Self(tables.into_iter().map(|(table, rows)| (table, lines(rows))).collect())
    }

    /// All but a table, which may change.
    ///
    /// # Panics
    /// Where there is no such table.
    #[must_use]
    pub fn without(mut self, table: &str) -> Self {
        assert!(self.0.remove(table).is_some(), "there is no table {table}");
        self
    }

    /// The rows of a table.
    pub fn rows(&self, table: &str) -> &[String] {
        &self.0[table]
    }

    /// Whether nothing differs.
    pub fn is(&self, now: &Self) -> bool {
        self == now
    }

    /// Fails with the rows that differ.
    pub fn assert_is(&self, now: &Self, after: &str) {
        assert!(self.0.keys().eq(now.0.keys()), "{after}: these are not snapshots of the same tables");
        for (table, then) in &self.0 {
            assert!(
                *then == now.0[table],
                "{after} changed {table}\nfrom {gone:#?}\nto {new:#?}",
                gone = self.missing_in(now, table),
                new = now.missing_in(self, table)
            );
        }
    }

    /// Fails with the rows that are no longer as they were; there may be more.
    pub fn assert_stands(&self, now: &Self, after: &str) {
        for table in self.0.keys() {
            let gone = self.missing_in(now, table);
            assert!(gone.is_empty(), "{after} changed {table}: {gone:#?}");
        }
    }

    fn missing_in(&self, other: &Self, table: &str) -> Vec<&String> {
        self.0[table].iter().filter(|row| other.0[table].binary_search(row).is_err()).collect()
    }
}

fn tables(migrations: &[Migration]) -> BTreeSet<String> {
    let made = migrations.iter().flat_map(|migration| migration.sqlite.split("CREATE TABLE ").skip(1));
    let names = made.filter_map(|rest| rest.split([' ', '(', '\n']).next());
    names.chain(["schema_version"]).map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use futures::FutureExt;

    use super::Snapshot;
    use crate::testing::each_engine;
    use crate::{Db, Migration, Row, Tx, args};

    const SHELVES: &str = "CREATE TABLE jars (label TEXT PRIMARY KEY, shelf TEXT NOT NULL);
        CREATE TABLE lids(grams BIGINT NOT NULL)";
    const PLUM: &str = "INSERT INTO jars (label, shelf) VALUES ('plum', 'top')";
    const LID: &str = "INSERT INTO lids (grams) VALUES (7)";

    async fn shelves(db: &Db) -> [Migration; 1] {
        let migrations = [Migration::both("shelf", 1, "jars and lids", SHELVES)];
        db.migrate(&migrations).await.expect("the shelves are made");
        migrations
    }

    async fn run(db: &Db, sql: &'static str) {
        db.write(async move |tx: &mut Tx| tx.execute(sql, args![]).await).await.expect("it is done");
    }

    #[tokio::test]
    async fn whatever_changes_is_seen_in_the_rows_that_are_kept() {
        each_engine(async |db| {
            let migrations = shelves(&db).await;
            let on_top = |row: &Row| row.text("shelf").is_ok_and(|shelf| shelf == "top");
            let all = async || Snapshot::of(&db, &migrations, |_| true).await;
            let below = async || Snapshot::of(&db, &migrations, |row| !on_top(row)).await;
            run(&db, LID).await;
            let (before, before_below) = (all().await, below().await);
            assert!(before.rows("lids").len() == 1 && before.rows("schema_version").len() == 1);
            before.assert_is(&all().await, "nothing");

            run(&db, PLUM).await;
            let after = all().await;
            assert!(!before.is(&after) && before.clone().without("jars").is(&after.clone().without("jars")));
            before_below.assert_is(&below().await, "a jar on top");
            before.assert_stands(&after, "one more");
            let text = text_of(|| before.assert_is(&after, "one more"));
            assert!(text.starts_with("one more changed jars\nfrom []\nto [") && text.contains("plum"), "{text}");
            let text = text_of(|| after.assert_stands(&before, "one less"));
            assert!(text.starts_with("one less changed jars: [") && text.contains("plum"), "{text}");

            // The same row twice is not the same as once.
            run(&db, LID).await;
            assert!(!after.is(&all().await));
            let twice = all().await;
            assert!(text_of(|| after.assert_is(&twice, "a twin")).starts_with("a twin changed lids"));
        })
        .await;
    }

    #[tokio::test]
    async fn a_table_that_no_migration_makes_does_not_stay_unseen() {
        each_engine(async |db| {
            let migrations = shelves(&db).await;
            run(&db, "CREATE TABLE hidden (one BIGINT)").await;
            let taken = AssertUnwindSafe(Snapshot::of(&db, &migrations, |_| true)).catch_unwind().await;
            assert!(taken.is_err());
        })
        .await;
    }

    /// What it fails with.
    fn text_of(fails: impl FnOnce()) -> String {
        let why = catch_unwind(AssertUnwindSafe(fails)).expect_err("it fails");
        *why.downcast::<String>().expect("it says why")
    }
}
