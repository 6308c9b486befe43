//! A table that holds sealed texts: where each is bound to, and sealing all of them anew while everything runs.

use std::fmt::Display;

use crate::{Args, Db, DbError, Keys, Row, Sealed, Sql, Tx, Value, args};

/// So many rows are sealed anew in one transaction: others write in between.
const PAGE: i64 = 50;

/// A table with sealed columns, whose key is a text and a `K`.
#[derive(Debug)]
pub struct SealedTable<K: 'static> {
    /// `place.table`
    pub table: &'static str,
    /// The sealed columns.
    pub columns: &'static [&'static str],
    /// Erases what nobody will read any more: it needs no key, and no lost key stands in the way of the others.
    pub forget: &'static str,
    /// The rows after the key `$1`, `$2` in its order, at most `$3`: the key and the sealed columns.
    pub page: Sql,
    /// Stores the columns as `$3`, `$4`, … in the row `$1`, `$2`; NULL leaves one as it is.
    pub renew: &'static str,
    /// The key of a row.
    pub key: fn(&Row) -> Result<(String, K), DbError>,
}

/// The last row of a full page; none: that was all.
type Last<K> = Option<(String, K)>;

impl<K> SealedTable<K>
where
    K: Clone + Default + Display + Into<Value> + Send + Sync + 'static,
{
    /// Where one of its texts is stored.
    pub fn place(&self, (first, second): (&str, &K), column: &'static str) -> Sealed {
        Sealed { table: self.table, column, row: format!("{first}/{second}") }
    }

    /// Seals with the present key what it did not seal: after it changed, and what a version without keys left behind.
    /// Gives how many rows were sealed anew; fails at the first text that can't be opened, naming its key.
    pub async fn reseal(&'static self, db: &Db, keys: &Keys) -> Result<u64, DbError> {
        db.write(async move |tx: &mut Tx| tx.execute(self.forget, args![]).await).await?;
        let (mut after, mut renewed) = ((String::new(), K::default()), 0);
        loop {
            let (keys, from) = (keys.clone(), after.clone());
            let (of_page, last) = db.write(async move |tx: &mut Tx| self.page(tx, &keys, from).await).await?;
            renewed += of_page;
            match last {
                Some(last) => after = last,
                None => return Ok(renewed),
            }
        }
    }

    async fn page(&self, tx: &mut Tx, keys: &Keys, after: (String, K)) -> Result<(u64, Last<K>), DbError> {
        let from: Vec<Value> = vec![after.0.into(), after.1.into(), PAGE.into()];
        let rows = tx.fetch_all(self.page, Args::from(from)).await?;
        let (mut renewed, mut last) = (0, None);
        for row in &rows {
            let key = (self.key)(row)?;
            let texts = self.renewed(keys, row, &key)?;
            if texts.iter().any(Option::is_some) {
                let mut args: Vec<Value> = vec![Value::from(&key.0), key.1.clone().into()];
                args.extend(texts.into_iter().map(Value::from));
                tx.execute(self.renew, Args::from(args)).await?;
                renewed += 1;
            }
            last = Some(key);
        }
        let full = i64::try_from(rows.len()).is_ok_and(|read| read >= PAGE);
        Ok((renewed, last.filter(|_| full)))
    }

    fn renewed(&self, keys: &Keys, row: &Row, (first, second): &(String, K)) -> Result<Vec<Option<String>>, DbError> {
        let renew = |column: &&'static str| -> Result<Option<String>, DbError> {
            let stored = row.opt_text(column)?;
            stored.map_or(Ok(None), |stored| keys.renewed(&self.place((first, second), column), &stored))
        };
        self.columns.iter().map(renew).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::Migration;

    const JARS: Migration =
        Migration::both("shelf", 1, "jars", "CREATE TABLE jars (shelf TEXT, nr BIGINT, label TEXT, lid TEXT)");
    static JAR: SealedTable<i64> = SealedTable {
        table: "shelf.jars",
        columns: &["label", "lid"],
        forget: "UPDATE jars SET label = NULL, lid = NULL WHERE shelf = 'thrown away'",
        page: Sql {
            sqlite: "SELECT shelf, nr, label, lid FROM jars WHERE (shelf, nr) > ($1, $2) ORDER BY shelf, nr LIMIT $3",
            postgres: "SELECT shelf, nr, label, lid FROM jars WHERE (shelf, nr) > ($1, $2) ORDER BY shelf, nr LIMIT $3
                       FOR UPDATE",
        },
        renew: "UPDATE jars SET label = COALESCE($3, label), lid = COALESCE($4, lid) WHERE shelf = $1 AND nr = $2",
        key: |row| Ok((row.text("shelf")?, row.int("nr")?)),
    };

    fn keys(byte: u8) -> Keys {
        let count = AtomicU64::new(0);
        let random = move || [u8::try_from(count.fetch_add(1, Ordering::SeqCst) % 251).unwrap_or_default(); 32];
        Keys::new(format!("seals {}\n", hex::encode([byte; 32])).parse().expect("a key file"), Arc::new(random))
    }

    #[tokio::test]
    async fn every_page_is_sealed_once_and_what_was_thrown_away_is_forgotten() {
        crate::testing::each_engine(async |db: Db| {
            db.migrate(&[JARS]).await.unwrap();
            let rows = 2 * PAGE + 7;
            let fill = async move |tx: &mut Tx| -> Result<(), DbError> {
                for nr in 0..rows {
                    let shelf = if nr % 2 == 0 { "above" } else { "below" };
                    tx.execute("INSERT INTO jars VALUES ($1, $2, 'plum', NULL)", args![shelf, nr + 1]).await?;
                }
                tx.execute("INSERT INTO jars VALUES ('thrown away', 1, 'sealed:gone:00', 'tin')", args![]).await?;
                Ok(())
            };
            db.write(fill).await.unwrap();
            let keys = keys(1);
            assert_eq!(JAR.reseal(&db, &keys).await.unwrap(), u64::try_from(rows).unwrap());
            assert_eq!(JAR.reseal(&db, &keys).await.unwrap(), 0);
            let all = async |tx: &mut Tx| tx.fetch_all("SELECT shelf, nr, label, lid FROM jars", args![]).await;
            for row in db.read(all).await.unwrap() {
                let (shelf, nr) = (JAR.key)(&row).unwrap();
                let label = row.opt_text("label").unwrap();
                assert_eq!(row.opt_text("lid").unwrap(), None);
                assert_eq!(label.is_none(), shelf == "thrown away");
                if let Some(label) = label {
                    assert_eq!(keys.open(&JAR.place((&shelf, &nr), "label"), &label).unwrap(), "plum");
                }
            }
        })
        .await;
    }
}
