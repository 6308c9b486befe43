//! A server's database before and after a copy is read into it: the copy goes into an empty one only, and where it can't
//! be gone on with the database is empty again.

use crate::{Db, DbError, Sql, Tx, args};

const TABLES: Sql = Sql {
    sqlite: "SELECT COUNT(*) AS tables FROM sqlite_schema WHERE type = 'table'",
    postgres: "SELECT COUNT(*) AS tables FROM information_schema.tables
               WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')",
};
const DROP: &str = "
    DO $$ DECLARE own RECORD; BEGIN
      FOR own IN SELECT table_schema, table_name FROM information_schema.tables
        WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
      LOOP
        EXECUTE format('DROP TABLE %I.%I CASCADE', own.table_schema, own.table_name);
      END LOOP;
    END $$";

/// Whether the database holds no table at all, whoever made it.
pub async fn is_empty(db: &Db) -> Result<bool, DbError> {
    let row = db.read(async |tx: &mut Tx| -> Result<_, DbError> { tx.fetch_one(TABLES, args![]).await }).await?;
    Ok(row.int("tables")? == 0)
}

/// Drops every table of a PostgreSQL database that [`is_empty`] before something was read into it. (An SQLite database
/// is a file, and goes as one.)
pub async fn emptied(db: &Db) -> Result<(), DbError> {
    db.write(async |tx: &mut Tx| -> Result<(), DbError> { tx.execute(DROP, args![]).await.map(drop) }).await
}
