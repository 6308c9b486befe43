//! 担当者と権限: a company's accounts, as whoever has the right looks after them. Never deleted, only disabled.
//!
//! Every change is made in one transaction with its entry in 変更履歴 and, where it takes something away, with the end
//! of the person's sessions. A password is set by the person alone, through a [`link`] that opens once.

pub(crate) mod change;
pub(crate) mod link;
pub(crate) mod own;

use crate::{
    Company, Flaro, FlaroError, Role,
    rights::{self, Right},
    storable,
};
use db::{Row, Tx, args};
use jiff::Timestamp;
use sales::StoreId;
use std::collections::{BTreeMap, HashMap};

/// More accounts than any chain has.
const PEOPLE_MAX: i64 = 5_000;

/// How an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// 有効
    Active,
    /// 招待中: has no password yet.
    Invited,
    /// 停止中
    Disabled,
}

/// 閲覧範囲
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Range {
    /// 全店舗
    All,
    /// Whole areas, whatever stores they have.
    Areas(Vec<String>),
    /// These stores.
    Stores(Vec<StoreId>),
}

/// What an account may do and see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub name: String,
    pub role: Role,
    pub range: Range,
    /// 機能権限; none is what the role usually may.
    pub rights: Option<Vec<Right>>,
}

/// An account.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub id: String,
    pub login: String,
    pub grant: Grant,
    pub state: State,
    /// Has ever set a password.
    pub has_password: bool,
    pub created_at: Timestamp,
    pub last_login_at: Option<Timestamp>,
    /// Until when a one-time link opens that nobody has used yet.
    pub link_until: Option<Timestamp>,
}

/// The names of stores and areas, for words about a range.
pub(crate) type Names = BTreeMap<String, String>;

impl State {
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "有効",
            Self::Invited => "招待中",
            Self::Disabled => "停止中",
        }
    }

    /// As it stands in a URL.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Invited => "invited",
            Self::Disabled => "disabled",
        }
    }
}

impl Grant {
    /// 閲覧範囲 in words.
    pub fn range_words(&self, names: &Names) -> String {
        let named = |ids: Vec<String>| {
            let words: Vec<&str> = ids.iter().filter_map(|id| names.get(id)).map(String::as_str).collect();
            match words.len() {
                0 => "なし".to_owned(),
                1..=3 => words.join("・"),
                count => format!("{}・{} ほか{}件", words[0], words[1], count - 2),
            }
        };
        match &self.range {
            Range::All => "全店舗".to_owned(),
            Range::Areas(ids) => format!("エリア：{}", named(ids.clone())),
            Range::Stores(ids) => format!("店舗：{}", named(ids.iter().map(ToString::to_string).collect())),
        }
    }

    /// All of it in words, for 変更履歴.
    pub fn words(&self, names: &Names) -> String {
        let labels = |rights: &[Right]| rights.iter().map(|right| right.label()).collect::<Vec<_>>().join("・");
        let rights = match &self.rights {
            None => "標準".to_owned(),
            Some(none) if none.is_empty() => "閲覧のみ".to_owned(),
            Some(some) => labels(some),
        };
        format!("{}、{}、閲覧範囲 {}、機能権限 {rights}", self.name, self.role.label(), self.range_words(names))
    }

    /// What they may do, whatever says so.
    pub fn may(&self) -> Vec<Right> {
        match &self.rights {
            Some(own) if self.role != Role::Administrator => own.clone(),
            _ => rights::usual(self.role),
        }
    }
}

macro_rules! people {
    () => {
        "SELECT a.account_id, a.login, a.name, a.role, a.all_stores, a.permissions, a.disabled_at, a.created_at,
                a.last_login_at, CASE WHEN a.password_hash = '' THEN 0 ELSE 1 END AS has_password,
                (SELECT MAX(l.expires_at) FROM account_link l WHERE l.company_id = a.company_id
                 AND l.account_id = a.account_id AND l.ended_at IS NULL AND l.expires_at > $2) AS link_until
         FROM account a WHERE a.company_id = $1"
    };
}

const ALL: &str = concat!(people!(), " ORDER BY a.name, a.account_id LIMIT $3");
const ONE: &str = concat!(people!(), " AND a.account_id = $3");
const STORES: &str = "SELECT account_id, store_id AS id FROM account_store WHERE company_id = $1";
const AREAS: &str = "SELECT account_id, area_id AS id FROM account_area WHERE company_id = $1";
const NAMES: &str = "SELECT store_id AS id, name FROM store WHERE company_id = $1
    UNION ALL SELECT area_id AS id, name FROM area WHERE company_id = $1";

/// Everybody by name, and what stores and areas are called.
pub(crate) async fn list(flaro: &Flaro, company: &Company) -> Result<(Vec<Person>, Names), FlaroError> {
    let (company, now) = (company.clone(), flaro.now().as_millisecond());
    let unit = async move |tx: &mut Tx| -> Result<(Vec<Person>, Names), FlaroError> {
        let rows = tx.fetch_all(ALL, args![company.as_str(), now, PEOPLE_MAX]).await?;
        let ranges = Ranges::of(tx, &company).await?;
        let people = rows.iter().map(|row| person(row, &ranges)).collect::<Result<_, _>>()?;
        Ok((people, names(tx, &company).await?))
    };
    flaro.db.read(unit).await
}

/// One of them.
pub(crate) async fn find(
    tx: &mut Tx,
    company: &Company,
    id: &str,
    now: Timestamp,
) -> Result<Option<Person>, FlaroError> {
    let asked = args![company.as_str(), now.as_millisecond(), id];
    let Some(row) = tx.fetch_optional(ONE, asked).await? else { return Ok(None) };
    let ranges = Ranges::of(tx, company).await?;
    person(&row, &ranges).map(Some)
}

/// What stores and areas are called.
pub(crate) async fn names(tx: &mut Tx, company: &Company) -> Result<Names, FlaroError> {
    let rows = tx.fetch_all(NAMES, args![company.as_str()]).await?;
    rows.iter().map(|row| Ok((row.text("id")?, row.text("name")?))).collect()
}

/// Which stores and areas each account was given.
struct Ranges {
    stores: HashMap<String, Vec<StoreId>>,
    areas: HashMap<String, Vec<String>>,
}

impl Ranges {
    async fn of(tx: &mut Tx, company: &Company) -> Result<Self, FlaroError> {
        let mut ranges = Self { stores: HashMap::new(), areas: HashMap::new() };
        for row in tx.fetch_all(STORES, args![company.as_str()]).await? {
            let store = storable::parsed("a store id", &row.text("id")?)?;
            ranges.stores.entry(row.text("account_id")?).or_default().push(store);
        }
        for row in tx.fetch_all(AREAS, args![company.as_str()]).await? {
            ranges.areas.entry(row.text("account_id")?).or_default().push(row.text("id")?);
        }
        Ok(ranges)
    }

    fn range(&self, id: &str, all: bool) -> Range {
        match (all, self.areas.get(id)) {
            (true, _) => Range::All,
            (false, Some(areas)) => Range::Areas(areas.clone()),
            (false, None) => Range::Stores(self.stores.get(id).cloned().unwrap_or_default()),
        }
    }
}

fn person(row: &Row, ranges: &Ranges) -> Result<Person, FlaroError> {
    let (id, role) = (row.text("account_id")?, row.text("role")?);
    let role = Role::read(&role).ok_or_else(|| FlaroError::stored("a role", role))?;
    let has_password = row.flag("has_password")?;
    let state = match (row.opt_int("disabled_at")?, has_password) {
        (Some(_), _) => State::Disabled,
        (None, true) => State::Active,
        (None, false) => State::Invited,
    };
    let own = row.opt_text("permissions")?;
    let rights = own.map(|own| Right::listed(&own)).transpose()?;
    let instant = |column: &str| -> Result<Option<Timestamp>, FlaroError> {
        row.opt_int(column)?.map(storable::instant).transpose()
    };
    Ok(Person {
        login: row.text("login")?,
        grant: Grant { name: row.text("name")?, role, range: ranges.range(&id, row.flag("all_stores")?), rights },
        state,
        has_password,
        created_at: storable::instant(row.int("created_at")?)?,
        last_login_at: instant("last_login_at")?,
        link_until: instant("link_until")?,
        id,
    })
}
