//! The mapping master: what each of the POS's codes is called, and which FLARO側の科目 it belongs to. It only labels:
//! no figure is ever computed from it, so a code mapped late re-labels its history without changing a yen.

pub(crate) mod subjects;

use crate::{Company, FlaroError, bulk::upsert_rows, storable};
use db::{DbError, Row, Sql, Tx, args};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// 支払種別, 値引き別情報 or 広告媒体.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum What {
    Payment,
    Discount,
    Media,
}

/// A code of the master.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mapped {
    pub code: String,
    pub what: What,
    /// 支払種目 (`1`) or 値引区分 (`割引`); empty for media.
    pub kind: String,
    pub name: String,
    pub subject_id: Option<String>,
}

/// A code that came with sales.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub code: String,
    pub name: String,
    pub from: Date,
    pub to: Date,
}

impl What {
    pub const ALL: [Self; 3] = [Self::Payment, Self::Discount, Self::Media];

    /// As it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Discount => "discount",
            Self::Media => "media",
        }
    }

    /// As the POS calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Payment => "支払種別",
            Self::Discount => "値引き別情報",
            Self::Media => "広告媒体",
        }
    }

    /// Out of a path or a column.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.name() == name)
    }
}

/// 支払種目 or 値引区分 in words.
pub(crate) fn kind_label(what: What, kind: &str) -> String {
    let numbered = sales::PaymentKind::ALL.into_iter().find(|known| known.number().to_string() == kind);
    match (what, numbered) {
        (What::Payment, Some(known)) => format!("{kind} {}", crate::mapping::subjects::of_kind(known)),
        _ => kind.to_owned(),
    }
}

const ALL: &str = "SELECT code, what, kind, name, subject_id FROM mapping WHERE company_id = $1 AND what = $2
    ORDER BY code";
const PUT: Sql = upsert_rows!(
    "mapping", keys: "code" "TEXT";
    values: "what" "TEXT", "kind" "TEXT", "name" "TEXT", "subject_id" "TEXT", "changed_at" "BIGINT"
);
const SEEN: &str = "SELECT code, name, seen_from, seen_to FROM code_seen WHERE company_id = $1 AND what = $2
    ORDER BY code";
const UNMAPPED: &str = "SELECT s.what, COUNT(*) AS n FROM code_seen s
    LEFT JOIN mapping m ON m.company_id = s.company_id AND m.code = s.code AND m.what = s.what
    WHERE s.company_id = $1 AND m.subject_id IS NULL GROUP BY s.what";
const LABELS: &str = "SELECT m.code, s.name FROM mapping m
    JOIN subject s ON s.company_id = m.company_id AND s.subject_id = m.subject_id WHERE m.company_id = $1";
const HOLDERS: &str = "SELECT code, what, kind, name, subject_id FROM mapping WHERE company_id = $1";

/// The master of one kind.
pub(crate) async fn all(tx: &mut Tx, company: &Company, what: What) -> Result<Vec<Mapped>, FlaroError> {
    let rows = tx.fetch_all(ALL, args![company.as_str(), what.name()]).await?;
    rows.iter().map(mapped).collect()
}

/// The whole master, by code: a code is unique over all kinds.
pub(crate) async fn by_code(tx: &mut Tx, company: &Company) -> Result<HashMap<String, Mapped>, FlaroError> {
    let rows = tx.fetch_all(HOLDERS, args![company.as_str()]).await?;
    rows.iter().map(|row| mapped(row).map(|mapped| (mapped.code.clone(), mapped))).collect()
}

/// Codes that ever came with a sale.
pub(crate) async fn seen(tx: &mut Tx, company: &Company, what: What) -> Result<Vec<Seen>, FlaroError> {
    let rows = tx.fetch_all(SEEN, args![company.as_str(), what.name()]).await?;
    rows.iter().map(read_seen).collect()
}

/// How many codes of each kind sales came with that have no 科目; a kind that lacks none is not in it.
pub(crate) async fn unmapped(tx: &mut Tx, company: &Company) -> Result<BTreeMap<What, i64>, FlaroError> {
    let rows = tx.fetch_all(UNMAPPED, args![company.as_str()]).await?;
    rows.iter().map(|row| Ok((what(row)?, row.int("n")?))).collect()
}

/// What each mapped code is called here: 取込コード to 科目.
pub(crate) async fn labels(tx: &mut Tx, company: &Company) -> Result<HashMap<String, String>, FlaroError> {
    let rows = tx.fetch_all(LABELS, args![company.as_str()]).await?;
    rows.iter().map(|row| Ok((row.text("code")?, row.text("name")?))).collect()
}

/// Writes codes of the master.
pub(crate) async fn put(tx: &mut Tx, company: &Company, rows: &[Mapped], at: i64) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    let row = |row: &Mapped| {
        json!({
            "code": row.code, "what": row.what.name(), "kind": row.kind, "name": row.name,
            "subject_id": row.subject_id, "changed_at": at,
        })
    };
    let rows: Vec<Value> = rows.iter().map(row).collect();
    tx.execute(PUT, args![company.as_str(), Value::from(rows).to_string()]).await.map(drop)
}

fn what(row: &Row) -> Result<What, FlaroError> {
    let name = row.text("what")?;
    What::of(&name).ok_or_else(|| FlaroError::stored("a kind of mapping", name))
}

fn mapped(row: &Row) -> Result<Mapped, FlaroError> {
    Ok(Mapped {
        what: what(row)?,
        code: row.text("code")?,
        kind: row.text("kind")?,
        name: row.text("name")?,
        subject_id: row.opt_text("subject_id")?,
    })
}

fn read_seen(row: &Row) -> Result<Seen, FlaroError> {
    Ok(Seen {
        code: row.text("code")?,
        name: row.text("name")?,
        from: storable::date(&row.text("seen_from")?)?,
        to: storable::date(&row.text("seen_to")?)?,
    })
}
