//! Saved views: a question under a name, one's own or shared with the company. What a view shows is always inside the
//! 閲覧範囲 of whoever opens it.

use crate::{
    FlaroError,
    audit::{self, Change, Stamp},
    tenant::Scope,
};
use db::{DbError, Row, Tx, args};

/// The most views one person keeps.
pub(crate) const VIEWS_MAX: i64 = 200;

/// A saved question.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub id: String,
    pub name: String,
    /// The query of its URL.
    pub query: String,
    pub shared: bool,
    /// Whether it is the asker's own.
    pub own: bool,
    pub by: String,
}

const LIST: &str = "SELECT v.view_id, v.name, v.query, v.shared, v.account_id, a.name AS by_name FROM bi_view v
    JOIN account a ON a.company_id = v.company_id AND a.account_id = v.account_id
    WHERE v.company_id = $1 AND (v.account_id = $2 OR v.shared = 1) ORDER BY v.name, v.view_id";
const COUNT: &str = "SELECT COUNT(*) AS n FROM bi_view WHERE company_id = $1 AND account_id = $2";
const SAVE: &str = "INSERT INTO bi_view (company_id, view_id, account_id, name, query, shared, saved_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const ONE: &str = "SELECT name FROM bi_view WHERE company_id = $1 AND account_id = $2 AND view_id = $3";
const DELETE: &str = "DELETE FROM bi_view WHERE company_id = $1 AND account_id = $2 AND view_id = $3";

/// One's own views, and those that are shared.
pub(crate) async fn list(tx: &mut Tx, scope: &Scope) -> Result<Vec<View>, FlaroError> {
    let rows = tx.fetch_all(LIST, args![scope.company.as_str(), &scope.account_id]).await?;
    let view = |row: &Row| -> Result<View, FlaroError> {
        Ok(View {
            id: row.text("view_id")?,
            name: row.text("name")?,
            query: row.text("query")?,
            shared: row.flag("shared")?,
            own: row.text("account_id")? == scope.account_id,
            by: row.text("by_name")?,
        })
    };
    rows.iter().map(view).collect()
}

/// Saves a view; no when there are too many.
pub(crate) async fn save(
    tx: &mut Tx,
    scope: &Scope,
    who: &str,
    (name, query, shared): (&str, &str, bool),
    stamp: Stamp,
) -> Result<bool, DbError> {
    let company = scope.company.as_str();
    tx.lock(&format!("views/{company}/{}", scope.account_id)).await?;
    if tx.fetch_one(COUNT, args![company, &scope.account_id]).await?.int("n")? >= VIEWS_MAX {
        return Ok(false);
    }
    let saved = args![company, stamp.id.to_string(), &scope.account_id, name, query, shared, stamp.at];
    tx.execute(SAVE, saved).await?;
    let after = if shared { "保存（社内で共有）" } else { "保存" };
    let change = Change { who, what: "BIの集計を保存", target: name, before: None, after: Some(after) };
    audit::note(tx, &scope.company, stamp, change).await?;
    Ok(true)
}

/// Deletes one of one's own views; no when there is none.
pub(crate) async fn delete(tx: &mut Tx, scope: &Scope, who: &str, view: &str, stamp: Stamp) -> Result<bool, DbError> {
    let of = || args![scope.company.as_str(), &scope.account_id, view];
    let Some(row) = tx.fetch_optional(ONE, of()).await? else { return Ok(false) };
    tx.execute(DELETE, of()).await?;
    let name = row.text("name")?;
    let change = Change {
        who, what: "BIの集計を削除", target: &name, before: Some("保存済み"), after: Some("削除")
    };
    audit::note(tx, &scope.company, stamp, change).await?;
    Ok(true)
}
