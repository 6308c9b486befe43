//! FLARO側の科目: a small master of the company's own, one list for payments, one for discounts, one for media.

use super::What;
use crate::{
    Company, Flaro, FlaroError,
    audit::{self, Change, Stamp},
    tenant::Viewer,
};
use db::{DbError, Row, Tx, args};
use sales::PaymentKind;

/// The longest name.
pub(crate) const NAME_CHARACTERS_MAX: usize = 40;

/// A 科目.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub id: String,
    pub what: What,
    pub name: String,
    pub position: i64,
    pub retired: bool,
    /// How many codes are assigned to it.
    pub codes: i64,
}

/// What came of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    NameTaken,
    /// So many codes are still assigned to it.
    InUse(i64),
    Gone,
}

const LIST: &str = "SELECT s.subject_id, s.what, s.name, s.position, s.retired_at,
      (SELECT COUNT(*) FROM mapping m WHERE m.company_id = s.company_id AND m.subject_id = s.subject_id) AS codes
    FROM subject s WHERE s.company_id = $1
    ORDER BY CASE WHEN s.retired_at IS NULL THEN 0 ELSE 1 END, s.position, s.name";
const ADD: &str = "INSERT INTO subject (company_id, subject_id, what, name, position) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (company_id, what, name) DO NOTHING";
const SAVE: &str = "UPDATE subject SET name = $3 WHERE company_id = $1 AND subject_id = $2
    AND NOT EXISTS (SELECT 1 FROM subject o WHERE o.company_id = $1 AND o.what = $4 AND o.name = $3
      AND o.subject_id <> $2)";
const RETIRE: &str = "UPDATE subject SET retired_at = $3 WHERE company_id = $1 AND subject_id = $2";

/// What a company begins with, in its order.
pub(crate) const USUAL: [(What, &[&str]); 3] = [
    (What::Payment, &["現金", "クレジット", "電子マネー", "商品券", "ポイント", "売掛", "QR", "その他"]),
    (What::Discount, &["値引", "割引", "クーポン"]),
    (What::Media, &["グルメサイト", "チラシ", "SNS", "その他の媒体"]),
];

/// The usual 科目 of a 支払種目: what a new code is suggested.
pub(crate) fn of_kind(kind: PaymentKind) -> &'static str {
    match kind.number() {
        0 => "現金",
        1 => "クレジット",
        2 => "電子マネー",
        3 => "商品券",
        4 => "ポイント",
        5 => "売掛",
        _ => "その他",
    }
}

/// All of a company, those in use first.
pub(crate) async fn list(tx: &mut Tx, company: &Company) -> Result<Vec<Subject>, FlaroError> {
    let rows = tx.fetch_all(LIST, args![company.as_str()]).await?;
    rows.iter().map(read).collect()
}

/// Adds one; answers whether the name was free.
pub(crate) async fn add(flaro: &Flaro, viewer: &Viewer, what: What, name: String) -> Result<bool, FlaroError> {
    let (stamp, id, viewer) = (Stamp::new(flaro), (flaro.random)().to_string(), viewer.clone());
    let unit = async move |tx: &mut Tx| -> Result<bool, FlaroError> {
        let company = &viewer.scope.company;
        let all = list(tx, company).await?;
        let position = all.iter().filter(|s| s.what == what).map(|s| s.position).max().unwrap_or(0) + 1;
        if tx.execute(ADD, args![company.as_str(), id, what.name(), &name, position]).await? == 0 {
            return Ok(false);
        }
        note(tx, &viewer, stamp, "科目を追加", &target(what, &name), None, Some(&name)).await?;
        Ok(true)
    };
    flaro.db.write(unit).await
}

/// Adds what is missing of the usual ones; answers how many.
pub(crate) async fn usual(
    tx: &mut Tx,
    company: &Company,
    fresh_id: &(dyn Fn() -> uuid::Uuid + Send + Sync),
) -> Result<u64, DbError> {
    let mut added = 0;
    for (what, names) in USUAL {
        for (position, name) in (1_i64..).zip(names) {
            let row = args![company.as_str(), fresh_id().to_string(), what.name(), *name, position];
            added += tx.execute(ADD, row).await?;
        }
    }
    Ok(added)
}

/// Another name.
pub(crate) async fn rename(flaro: &Flaro, viewer: &Viewer, id: &str, name: String) -> Result<Outcome, FlaroError> {
    let (stamp, id, viewer) = (Stamp::new(flaro), id.to_owned(), viewer.clone());
    let unit = async move |tx: &mut Tx| -> Result<Outcome, FlaroError> {
        let company = &viewer.scope.company;
        let Some(was) = one(tx, company, &id).await? else { return Ok(Outcome::Gone) };
        if was.name == name {
            return Ok(Outcome::Done);
        }
        if tx.execute(SAVE, args![company.as_str(), &id, &name, was.what.name()]).await? == 0 {
            return Ok(Outcome::NameTaken);
        }
        let target = target(was.what, &was.name);
        note(tx, &viewer, stamp, "科目の名前を変更", &target, Some(&was.name), Some(&name)).await?;
        Ok(Outcome::Done)
    };
    flaro.db.write(unit).await
}

/// Takes one out of use, or back.
pub(crate) async fn retire(flaro: &Flaro, viewer: &Viewer, id: &str, retired: bool) -> Result<Outcome, FlaroError> {
    let (stamp, id, viewer) = (Stamp::new(flaro), id.to_owned(), viewer.clone());
    let unit = async move |tx: &mut Tx| -> Result<Outcome, FlaroError> {
        let company = &viewer.scope.company;
        let Some(was) = one(tx, company, &id).await? else { return Ok(Outcome::Gone) };
        if retired && was.codes > 0 {
            return Ok(Outcome::InUse(was.codes));
        }
        tx.execute(RETIRE, args![company.as_str(), &id, retired.then_some(stamp.at)]).await?;
        let word = |retired: bool| if retired { "使用終了" } else { "使用中" };
        let (before, after) = (word(was.retired), word(retired));
        let target = target(was.what, &was.name);
        note(tx, &viewer, stamp, "科目の状態を変更", &target, Some(before), Some(after)).await?;
        Ok(Outcome::Done)
    };
    flaro.db.write(unit).await
}

pub(crate) async fn one(tx: &mut Tx, company: &Company, id: &str) -> Result<Option<Subject>, FlaroError> {
    Ok(list(tx, company).await?.into_iter().find(|subject| subject.id == id))
}

fn target(what: What, name: &str) -> String {
    format!("{} {name}", what.label())
}

async fn note(
    tx: &mut Tx,
    viewer: &Viewer,
    stamp: Stamp,
    what: &str,
    target: &str,
    before: Option<&str>,
    after: Option<&str>,
) -> Result<(), DbError> {
    let change = Change { who: viewer.who.name(), what, target, before, after };
    audit::note(tx, &viewer.scope.company, stamp, change).await
}

fn read(row: &Row) -> Result<Subject, FlaroError> {
    let what = row.text("what")?;
    Ok(Subject {
        id: row.text("subject_id")?,
        what: What::of(&what).ok_or_else(|| FlaroError::stored("a kind of subject", what))?,
        name: row.text("name")?,
        position: row.int("position")?,
        retired: row.opt_int("retired_at")?.is_some(),
        codes: row.int("codes")?,
    })
}
