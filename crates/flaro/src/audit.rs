//! 変更履歴: who changed what when, from what to what. Written in the transaction of the change, kept for ever.

use crate::{Company, Flaro, FlaroError, storable};
use db::{DbError, Row, Sql, Tx, args};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

/// When something was changed, and the entry's id. Made before the transaction, so that a unit run again writes the
/// same entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    pub at: i64,
    pub id: Uuid,
}

impl Stamp {
    /// Now.
    pub fn new(flaro: &Flaro) -> Self {
        Self { at: flaro.now().as_millisecond(), id: (flaro.random)() }
    }

    /// The stamp of one of several entries of a change.
    pub fn of(self, name: &str) -> Self {
        Self { id: Uuid::new_v5(&self.id, name.as_bytes()), ..self }
    }
}

/// One change in words for people: `what` was done (`予算を登録`) to which `target` (`本店 2026/11`).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Change<'a> {
    pub who: &'a str,
    pub what: &'a str,
    pub target: &'a str,
    pub before: Option<&'a str>,
    pub after: Option<&'a str>,
}

const INSERT: &str = "INSERT INTO audit (company_id, audit_id, at, who, what, target, value_before, value_after)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Notes a change.
pub(crate) async fn note(tx: &mut Tx, company: &Company, stamp: Stamp, change: Change<'_>) -> Result<(), DbError> {
    let Change { who, what, target, before, after } = change;
    let id = stamp.id.to_string();
    tx.execute(INSERT, args![company.as_str(), id, stamp.at, who, what, target, before, after]).await.map(drop)
}

const INSERT_ALL: Sql = Sql {
    sqlite: "INSERT INTO audit (company_id, audit_id, at, who, what, target, value_before, value_after)
        SELECT $1, value ->> 'id', $2, value ->> 'who', value ->> 'what', value ->> 'target', value ->> 'before',
          value ->> 'after' FROM json_each($3)",
    postgres: "INSERT INTO audit (company_id, audit_id, at, who, what, target, value_before, value_after)
        SELECT $1, value ->> 'id', $2, value ->> 'who', value ->> 'what', value ->> 'target', value ->> 'before',
          value ->> 'after' FROM jsonb_array_elements(CAST($3 AS JSONB)) AS rows (value)",
};

/// Notes many changes at once.
pub(crate) async fn note_all(
    tx: &mut Tx,
    company: &Company,
    stamp: Stamp,
    changes: &[Change<'_>],
) -> Result<(), DbError> {
    let row = |(nth, change): (usize, &Change<'_>)| {
        let Change { who, what, target, before, after } = change;
        let id = stamp.of(&nth.to_string()).id;
        json!({"id": id, "who": who, "what": what, "target": target, "before": before, "after": after})
    };
    let rows: Vec<Value> = changes.iter().enumerate().map(row).collect();
    tx.execute(INSERT_ALL, args![company.as_str(), stamp.at, Value::from(rows).to_string()]).await.map(drop)
}

/// An entry as it is read.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub at: Timestamp,
    pub who: String,
    pub what: String,
    pub target: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// Which entries a list shows; what is empty narrows nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// From this instant up to that one, which is not in it, in epoch milliseconds.
    pub from: Option<i64>,
    pub until: Option<i64>,
    /// Who, exactly.
    pub who: String,
    /// What was done, exactly.
    pub what: String,
    /// A part of anything else.
    pub word: String,
}

macro_rules! narrowed {
    () => {
        " FROM audit WHERE company_id = $1 AND at >= $2 AND at < $3 AND ($4 = '' OR who = $4) AND ($5 = '' OR what = $5)
          AND ($6 = '' OR target LIKE '%' || $6 || '%' ESCAPE '\\' OR value_before LIKE '%' || $6 || '%' ESCAPE '\\'
               OR value_after LIKE '%' || $6 || '%' ESCAPE '\\' OR what LIKE '%' || $6 || '%' ESCAPE '\\')"
    };
}

const COUNT: &str = concat!("SELECT COUNT(*) AS n", narrowed!());
const LIST: &str = concat!(
    "SELECT at, who, what, target, value_before, value_after",
    narrowed!(),
    " ORDER BY at DESC, audit_id DESC LIMIT $7 OFFSET $8"
);
const PEOPLE: &str = "SELECT DISTINCT who AS word FROM audit WHERE company_id = $1 ORDER BY who LIMIT 1000";
const KINDS: &str = "SELECT DISTINCT what AS word FROM audit WHERE company_id = $1 ORDER BY what LIMIT 1000";

/// A part of the changes, newest first: so many from the `offset`th on.
pub(crate) async fn list(
    tx: &mut Tx,
    company: &Company,
    filter: &Filter,
    limit: i64,
    offset: i64,
) -> Result<Vec<Entry>, FlaroError> {
    let word = like(&filter.word);
    let (from, until) = (filter.from.unwrap_or(i64::MIN), filter.until.unwrap_or(i64::MAX));
    let asked = args![company.as_str(), from, until, &filter.who, &filter.what, word, limit, offset];
    let rows = tx.fetch_all(LIST, asked).await?;
    let entry = |row: &Row| -> Result<Entry, FlaroError> {
        Ok(Entry {
            at: storable::instant(row.int("at")?)?,
            who: row.text("who")?,
            what: row.text("what")?,
            target: row.text("target")?,
            before: row.opt_text("value_before")?,
            after: row.opt_text("value_after")?,
        })
    };
    rows.iter().map(entry).collect()
}

/// How many there are.
pub(crate) async fn count(tx: &mut Tx, company: &Company, filter: &Filter) -> Result<u64, FlaroError> {
    let (from, until) = (filter.from.unwrap_or(i64::MIN), filter.until.unwrap_or(i64::MAX));
    let asked = args![company.as_str(), from, until, &filter.who, &filter.what, like(&filter.word)];
    Ok(tx.fetch_one(COUNT, asked).await?.int("n")?.unsigned_abs())
}

/// Everybody who changed something, and everything that was done: to choose from.
pub(crate) async fn choices(tx: &mut Tx, company: &Company) -> Result<[Vec<String>; 2], FlaroError> {
    let mut choices = [Vec::new(), Vec::new()];
    for (sql, words) in [PEOPLE, KINDS].into_iter().zip(&mut choices) {
        for row in tx.fetch_all(sql, args![company.as_str()]).await? {
            words.push(row.text("word")?);
        }
    }
    Ok(choices)
}

/// A word in which nothing stands for anything else.
pub(crate) fn like(word: &str) -> String {
    word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
