//! 商品カテゴリ: every category that was ever sold, and whether it is food, drink or something else. F of the reports
//! is told by it; what nobody decided is 未分類 and says so.

use crate::{Company, FlaroError, storable};
use db::{DbError, Row, Tx, args};
use jiff::civil::Date;

/// フード, ドリンク or その他.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Food,
    Drink,
    Other,
}

/// A category.
#[derive(Clone, Debug)]
pub(crate) struct Category {
    pub id: String,
    pub name: String,
    pub kind: Option<Kind>,
    pub seen_from: Date,
    pub seen_to: Date,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Food, Self::Drink, Self::Other];

    /// As it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Food => "food",
            Self::Drink => "drink",
            Self::Other => "other",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Food => "フード",
            Self::Drink => "ドリンク",
            Self::Other => "その他",
        }
    }

    /// Out of a form or a column.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// For people, 未分類 included.
pub(crate) fn label(kind: Option<Kind>) -> &'static str {
    kind.map_or("未分類", Kind::label)
}

const LIST: &str =
    "SELECT category_id, name, kind, seen_from, seen_to FROM category WHERE company_id = $1 ORDER BY name, category_id";
const SET: &str = "UPDATE category SET kind = $3 WHERE company_id = $1 AND category_id = $2";
/// All of a company.
pub(crate) async fn list(tx: &mut Tx, company: &Company) -> Result<Vec<Category>, FlaroError> {
    let rows = tx.fetch_all(LIST, args![company.as_str()]).await?;
    rows.iter().map(read).collect()
}

/// Decides some of them.
pub(crate) async fn set(tx: &mut Tx, company: &Company, kinds: &[(String, Option<Kind>)]) -> Result<(), DbError> {
    for (id, kind) in kinds {
        tx.execute(SET, args![company.as_str(), id, kind.map(Kind::name)]).await?;
    }
    Ok(())
}

fn read(row: &Row) -> Result<Category, FlaroError> {
    Ok(Category {
        id: row.text("category_id")?,
        name: row.text("name")?,
        kind: row.opt_text("kind")?.as_deref().and_then(Kind::of),
        seen_from: storable::date(&row.text("seen_from")?)?,
        seen_to: storable::date(&row.text("seen_to")?)?,
    })
}
