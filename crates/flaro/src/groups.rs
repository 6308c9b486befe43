//! Areas and brands: how a company groups its stores. Never deleted, only retired, and only when nothing uses them.

use crate::{
    Company, Flaro, FlaroError,
    audit::{self, Change, Stamp},
    tenant::Viewer,
};
use db::{Row, Tx, args};

/// The longest name.
pub(crate) const NAME_CHARACTERS_MAX: usize = 40;

/// エリア or ブランド.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Area,
    Brand,
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub id: String,
    pub name: String,
    pub position: i64,
    pub retired: bool,
    pub stores: i64,
    /// Accounts that see it as a whole (areas only).
    pub accounts: i64,
}

/// What came of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// Another one has this name.
    NameTaken,
    /// So many stores and accounts still use it.
    InUse(i64, i64),
    Gone,
}

struct Statements {
    list: &'static str,
    add: &'static str,
    save: &'static str,
    retire: &'static str,
}

macro_rules! statements {
    ($table:literal, $id:literal, $accounts:literal) => {
        Statements {
            list: concat!(
                "SELECT g.", $id, " AS id, g.name, g.position, g.retired_at,
                   (SELECT COUNT(*) FROM store s WHERE s.company_id = g.company_id AND s.", $id, " = g.", $id,
                ") AS stores, ", $accounts, " AS accounts FROM ", $table,
                " g WHERE g.company_id = $1 ORDER BY CASE WHEN g.retired_at IS NULL THEN 0 ELSE 1 END, g.position, g.name"
            ),
            add: concat!(
                "INSERT INTO ", $table, " (company_id, ", $id, ", name, position) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (company_id, name) DO NOTHING"
            ),
            save: concat!(
                "UPDATE ", $table, " SET name = $3, position = $4 WHERE company_id = $1 AND ", $id, " = $2
                 AND NOT EXISTS (SELECT 1 FROM ", $table, " o WHERE o.company_id = $1 AND o.name = $3 AND o.", $id,
                " <> $2)"
            ),
            retire: concat!("UPDATE ", $table, " SET retired_at = $3 WHERE company_id = $1 AND ", $id, " = $2"),
        }
    };
}

const AREAS: Statements = statements!(
    "area",
    "area_id",
    "(SELECT COUNT(*) FROM account_area a WHERE a.company_id = g.company_id AND a.area_id = g.area_id)"
);
const BRANDS: Statements = statements!("brand", "brand_id", "0");

impl Kind {
    /// As it stands in a path.
    pub fn path(self) -> &'static str {
        match self {
            Self::Area => "/areas",
            Self::Brand => "/brands",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Area => "エリア",
            Self::Brand => "ブランド",
        }
    }

    fn sql(self) -> &'static Statements {
        match self {
            Self::Area => &AREAS,
            Self::Brand => &BRANDS,
        }
    }
}

/// A name as it is kept.
pub(crate) fn name(typed: &str) -> Result<String, String> {
    let plain: String = typed.trim().chars().filter(|c| !c.is_control()).collect();
    match plain.chars().count() {
        0 => Err("名前を入力してください".to_owned()),
        1..=NAME_CHARACTERS_MAX => Ok(plain),
        _ => Err(format!("名前は{NAME_CHARACTERS_MAX}文字以内で入力してください")),
    }
}

/// All of a company, those in use first.
pub(crate) async fn list(tx: &mut Tx, company: &Company, kind: Kind) -> Result<Vec<Group>, FlaroError> {
    let rows = tx.fetch_all(kind.sql().list, args![company.as_str()]).await?;
    rows.iter().map(read).collect()
}

/// Adds one; answers nothing when the name is taken.
pub(crate) async fn add(flaro: &Flaro, viewer: &Viewer, kind: Kind, name: String) -> Result<bool, FlaroError> {
    let (stamp, id, viewer) = (Stamp::new(flaro), (flaro.random)().to_string(), viewer.clone());
    let unit = async move |tx: &mut Tx| -> Result<bool, FlaroError> {
        let company = &viewer.scope.company;
        let position = list(tx, company, kind).await?.iter().map(|group| group.position).max().unwrap_or(0) + 1;
        if tx.execute(kind.sql().add, args![company.as_str(), id, &name, position]).await? == 0 {
            return Ok(false);
        }
        let what = format!("{}を追加", kind.label());
        let change = Change { who: viewer.who.name(), what: &what, target: &name, before: None, after: Some(&name) };
        audit::note(tx, company, stamp, change).await?;
        Ok(true)
    };
    flaro.db.write(unit).await
}

/// Another name or place in the order.
pub(crate) async fn save(
    flaro: &Flaro,
    viewer: &Viewer,
    kind: Kind,
    id: &str,
    to: (String, i64),
) -> Result<Outcome, FlaroError> {
    let (stamp, id, viewer) = (Stamp::new(flaro), id.to_owned(), viewer.clone());
    let unit = async move |tx: &mut Tx| -> Result<Outcome, FlaroError> {
        let (company, (name, position)) = (&viewer.scope.company, to);
        let Some(was) = one(tx, company, kind, &id).await? else { return Ok(Outcome::Gone) };
        if (&was.name, was.position) == (&name, position) {
            return Ok(Outcome::Done);
        }
        if tx.execute(kind.sql().save, args![company.as_str(), &id, &name, position]).await? == 0 {
            return Ok(Outcome::NameTaken);
        }
        let words = |name: &str, position: i64| format!("{name}（並び順 {position}）");
        let (before, after) = (words(&was.name, was.position), words(&name, position));
        let what = format!("{}を変更", kind.label());
        let change = Change {
            who: viewer.who.name(),
            what: &what,
            target: &was.name,
            before: Some(&before),
            after: Some(&after),
        };
        audit::note(tx, company, stamp, change).await?;
        Ok(Outcome::Done)
    };
    flaro.db.write(unit).await
}

/// Takes one out of use, or back into it.
pub(crate) async fn retire(
    flaro: &Flaro,
    viewer: &Viewer,
    kind: Kind,
    id: &str,
    retired: bool,
) -> Result<Outcome, FlaroError> {
    let (stamp, id, viewer) = (Stamp::new(flaro), id.to_owned(), viewer.clone());
    let unit = async move |tx: &mut Tx| -> Result<Outcome, FlaroError> {
        let company = &viewer.scope.company;
        let Some(was) = one(tx, company, kind, &id).await? else { return Ok(Outcome::Gone) };
        if retired && (was.stores > 0 || was.accounts > 0) {
            return Ok(Outcome::InUse(was.stores, was.accounts));
        }
        tx.execute(kind.sql().retire, args![company.as_str(), &id, retired.then_some(stamp.at)]).await?;
        let word = |retired: bool| Some(if retired { "使用終了" } else { "使用中" });
        let what = format!("{}を{}", kind.label(), if retired { "使用終了" } else { "再開" });
        let change = Change {
            who: viewer.who.name(),
            what: &what,
            target: &was.name,
            before: word(was.retired),
            after: word(retired),
        };
        audit::note(tx, company, stamp, change).await?;
        Ok(Outcome::Done)
    };
    flaro.db.write(unit).await
}

/// One of a company's.
pub(crate) async fn one(tx: &mut Tx, company: &Company, kind: Kind, id: &str) -> Result<Option<Group>, FlaroError> {
    Ok(list(tx, company, kind).await?.into_iter().find(|group| group.id == id))
}

fn read(row: &Row) -> Result<Group, FlaroError> {
    Ok(Group {
        id: row.text("id")?,
        name: row.text("name")?,
        position: row.int("position")?,
        retired: row.opt_int("retired_at")?.is_some(),
        stores: row.int("stores")?,
        accounts: row.int("accounts")?,
    })
}
