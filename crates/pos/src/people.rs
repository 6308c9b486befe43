//! 担当者と権限: a company's accounts, as 企業管理者 looks after them. Never deleted, only disabled.
//!
//! Every change is made in one transaction with its entry in 変更履歴 and, where it takes something away, with the end
//! of the person's sessions. A password is set by the person alone, through a [`link`] that opens once.

pub mod change;
pub mod link;
pub mod login;
pub mod own;

use db::{Row, Tx, args};
use jiff::Timestamp;
use sales::StoreId;
use uuid::Uuid;

use crate::accounts::{Role, stored_role};
use crate::stored::{Stored, unreadable};
use crate::{Pos, PosError, Tenant};

/// More accounts than any chain has.
const PEOPLE_MAX: i64 = 5_000;

/// How an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// 有効
    Active,
    /// 招待中: has no password yet.
    Invited,
    /// 停止中
    Disabled,
}

impl State {
    /// In words.
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

/// An account.
#[derive(Clone, Debug)]
pub struct Person {
    /// Which.
    pub id: Uuid,
    /// ログインID, a mail address.
    pub login: String,
    /// 名前
    pub name: String,
    /// 権限
    pub role: Role,
    /// The name of the role's store.
    pub store: Option<String>,
    /// How it stands.
    pub state: State,
    /// Has ever set a password.
    pub has_password: bool,
    /// Made at.
    pub created_at: Timestamp,
    /// 最後のログイン
    pub last_login_at: Option<Timestamp>,
    /// Until when a one-time link opens that nobody has used yet.
    pub link_until: Option<Timestamp>,
}

impl Person {
    /// 権限 in words, with the store.
    pub fn role_words(&self) -> String {
        role_words(self.role, self.store.as_deref())
    }
}

/// 権限 in words, with the store.
pub fn role_words(role: Role, store: Option<&str>) -> String {
    store.map_or_else(|| role.label().to_owned(), |store| format!("{}（{store}）", role.label()))
}

macro_rules! people {
    () => {
        "SELECT a.account_id, a.login, a.name, a.role, a.store_id, s.name AS store, a.disabled_at, a.created_at,
                a.last_login_at, CASE WHEN a.password_hash = '' THEN 0 ELSE 1 END AS has_password,
                (SELECT MAX(l.expires_at) FROM account_link l WHERE l.company_id = a.company_id
                 AND l.account_id = a.account_id AND l.ended_at IS NULL AND l.expires_at > $2) AS link_until
         FROM account a LEFT JOIN store s ON s.company_id = a.company_id AND s.store_id = a.store_id
         WHERE a.company_id = $1"
    };
}

const ALL: &str = concat!(people!(), " ORDER BY a.name, a.account_id LIMIT $3");
const ONE: &str = concat!(people!(), " AND a.account_id = $3");
const STORE: &str = "SELECT name FROM store WHERE company_id = $1 AND store_id = $2";

/// Everybody, by name.
pub async fn list(pos: &Pos, tenant: &Tenant) -> Result<Vec<Person>, PosError> {
    let (tenant, now) = (tenant.clone(), pos.now().as_millisecond());
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Vec<Person>, PosError> {
            tx.fetch_all(ALL, args![tenant.as_str(), now, PEOPLE_MAX]).await?.iter().map(person).collect()
        })
        .await
}

/// One of them.
pub async fn one(pos: &Pos, tenant: &Tenant, id: Uuid) -> Result<Option<Person>, PosError> {
    let (tenant, now) = (tenant.clone(), pos.now());
    pos.db.read(async move |tx: &mut Tx| find(tx, &tenant, id, now).await).await
}

/// The same inside a transaction.
pub(crate) async fn find(tx: &mut Tx, tenant: &Tenant, id: Uuid, now: Timestamp) -> Result<Option<Person>, PosError> {
    let row = tx.fetch_optional(ONE, args![tenant.as_str(), now.as_millisecond(), id.to_string()]).await?;
    row.as_ref().map(person).transpose()
}

/// The name of a role's store, which must be the company's.
pub(crate) async fn store_of(tx: &mut Tx, tenant: &Tenant, role: Role) -> Result<Option<String>, PosError> {
    let Role::Store(StoreId(id)) = role else { return Ok(None) };
    let row = tx.fetch_optional(STORE, args![tenant.as_str(), id.to_string()]).await?;
    Ok(Some(row.ok_or(PosError::NotFound("store"))?.text("name")?))
}

fn person(row: &Row) -> Result<Person, PosError> {
    let has_password = row.flag("has_password")?;
    let state = match (row.opt_int("disabled_at")?, has_password) {
        (Some(_), _) => State::Disabled,
        (None, true) => State::Active,
        (None, false) => State::Invited,
    };
    Ok(Person {
        id: row.parse("account_id")?,
        login: row.text("login")?,
        name: row.text("name")?,
        role: stored_role(row)?.parse().map_err(|error| unreadable("account.role", error))?,
        store: row.opt_text("store")?,
        state,
        has_password,
        created_at: row.at("created_at")?,
        last_login_at: row.opt_at("last_login_at")?,
        link_until: row.opt_at("link_until")?,
    })
}
