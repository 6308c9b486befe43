//! Who may sign in to the head office's console, and what they may see.
//!
//! 企業管理者 may do everything, 本部 everything but what only an owner decides, 店舗 sees its own store and nothing
//! else. A [`Viewer`] is the proof that handlers and queries take.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use db::{Db, DbError, Tx, args};
use sales::StoreId;
use web::{Account, Accounts, Failure, SignedIn};

use crate::{Clock, Tenant};

/// 権限
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// 企業管理者
    CompanyAdmin,
    /// 本部
    HeadOffice,
    /// 店舗: one store only.
    Store(StoreId),
}

/// A session's role is none of ours: the account was made by another program.
#[derive(Clone, Debug, thiserror::Error)]
#[error("\"{0}\" is no role: company_admin, head_office or store:{{id}}")]
pub struct NotARole(String);

impl Role {
    /// 権限 in words.
    pub fn label(self) -> &'static str {
        match self {
            Self::CompanyAdmin => "企業管理者",
            Self::HeadOffice => "本部",
            Self::Store(_) => "店舗",
        }
    }

    /// The role's word, as it stands in a form.
    pub fn word(self) -> &'static str {
        self.columns().0
    }

    /// The role's word and its store, as the account's columns hold them.
    pub(crate) fn columns(self) -> (&'static str, Option<String>) {
        match self {
            Self::CompanyAdmin => ("company_admin", None),
            Self::HeadOffice => ("head_office", None),
            Self::Store(store) => ("store", Some(store.to_string())),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.columns() {
            (word, Some(store)) => write!(f, "{word}:{store}"),
            (word, None) => f.write_str(word),
        }
    }
}

impl FromStr for Role {
    type Err = NotARole;
    fn from_str(text: &str) -> Result<Self, NotARole> {
        match text.split_once(':') {
            None if text == "company_admin" => Ok(Self::CompanyAdmin),
            None if text == "head_office" => Ok(Self::HeadOffice),
            Some(("store", id)) => id.parse().map(Self::Store).map_err(|_| NotARole(text.to_owned())),
            _ => Err(NotARole(text.to_owned())),
        }
    }
}

/// Somebody who is signed in here, with what they may see.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The person.
    pub who: SignedIn,
    /// Their company.
    pub tenant: Tenant,
    /// Their role.
    pub role: Role,
}

impl Viewer {
    /// The one store they see; none: all of the company's.
    pub fn store(&self) -> Option<StoreId> {
        match self.role {
            Role::Store(store) => Some(store),
            Role::CompanyAdmin | Role::HeadOffice => None,
        }
    }

    /// The same as text, for a query that narrows by it.
    pub fn store_text(&self) -> Option<String> {
        self.store().map(|store| store.to_string())
    }

    /// Refuses whoever sees one store only.
    pub fn must_be_head_office(&self) -> Result<(), Failure> {
        match self.role {
            Role::CompanyAdmin | Role::HeadOffice => Ok(()),
            Role::Store(_) => Err(refused("本部または企業管理者")),
        }
    }

    /// Refuses everybody but 企業管理者.
    pub fn must_be_admin(&self) -> Result<(), Failure> {
        match self.role {
            Role::CompanyAdmin => Ok(()),
            Role::HeadOffice | Role::Store(_) => Err(refused("企業管理者")),
        }
    }

    /// How the 変更履歴 names them.
    pub fn name(&self) -> &str {
        self.who.name()
    }
}

fn refused(whose: &str) -> Failure {
    Failure::new(StatusCode::FORBIDDEN)
        .says(format!("この操作ができるのは{whose}だけです。必要なときは依頼してください。"))
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        use axum::response::IntoResponse;
        let who = <SignedIn as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let role = who.role().parse().map_err(|error: NotARole| Failure::internal(error).into_response())?;
        Ok(Self { tenant: Tenant::of(&who), role, who })
    }
}

/// The accounts of all companies, for the log-in.
pub struct AccountBook {
    db: Db,
    clock: Clock,
}

impl AccountBook {
    /// Over this database.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }

    async fn look_up(&self, login: String) -> Result<Option<Account>, DbError> {
        let found = self.db.read(async move |tx: &mut Tx| tx.fetch_optional(BY_LOGIN, args![login]).await).await?;
        let Some(row) = found else { return Ok(None) };
        let role = stored_role(&row)?;
        Ok(Some(Account {
            id: row.text("account_id")?,
            tenant: row.text("company_id")?,
            name: row.text("name")?,
            role,
            password_hash: row.text("password_hash")?,
        }))
    }
}

/// An account's columns `role` and `store_id` as the session keeps them.
pub(crate) fn stored_role(row: &db::Row) -> Result<String, DbError> {
    Ok(match row.opt_text("store_id")? {
        Some(store) => format!("{}:{store}", row.text("role")?),
        None => row.text("role")?,
    })
}

const BY_LOGIN: &str = "SELECT company_id, account_id, name, role, store_id, password_hash
                        FROM account WHERE login = $1 AND disabled_at IS NULL";
// Refuses when the account was disabled or got another password while this one was being checked.
const ENTERED: &str = "UPDATE account SET last_login_at = $4
                       WHERE company_id = $1 AND account_id = $2 AND password_hash = $3 AND disabled_at IS NULL";

impl Accounts for AccountBook {
    async fn find(&self, login: &str) -> Result<Option<Account>, Box<dyn Error + Send + Sync>> {
        Ok(self.look_up(login.to_lowercase()).await?)
    }

    async fn entered(&self, account: &Account) -> Result<bool, Box<dyn Error + Send + Sync>> {
        let Account { tenant, id, password_hash, .. } = account.clone();
        let now = (self.clock)().as_millisecond();
        let unit = async move |tx: &mut Tx| tx.execute(ENTERED, args![tenant, id, password_hash, now]).await;
        Ok(self.db.write(unit).await? > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_written_and_read_back() {
        let store = Role::Store(StoreId("018f0000-0000-7000-8000-000000000001".parse().unwrap()));
        for role in [Role::CompanyAdmin, Role::HeadOffice, store] {
            assert_eq!(role.to_string().parse::<Role>().unwrap(), role);
        }
        for wild in ["", "admin", "store", "store:", "store:x", "head_office:1"] {
            assert!(wild.parse::<Role>().is_err(), "{wild}");
        }
    }
}
