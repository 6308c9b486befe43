//! To whom what is stored belongs, and how much of it a person may see.
//!
//! A [`Company`] is proof: it is made from a session, from a row that a credential found, or by provisioning, and
//! every query takes it. A [`Scope`] (閲覧範囲) is read from the account on every request, so what an administrator
//! takes away is gone at once.

use crate::{Flaro, rights::Right};
use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use db::{DbError, Row, Tx, args};
use std::sync::Arc;
use web::{Failure, SignedIn};

/// A company (企業), the tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Company(String);

impl Company {
    /// Its id, for a query.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The company of a row that was found by a credential or by a queue of our own.
    pub(crate) fn of(row: &Row) -> Result<Self, DbError> {
        row.text("company_id").map(Self)
    }
}

impl From<&SignedIn> for Company {
    fn from(who: &SignedIn) -> Self {
        Self(who.tenant().as_str().to_owned())
    }
}

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// 企業管理者
    Administrator,
    /// 本部
    Headquarters,
    /// 店長
    Manager,
}

impl Role {
    /// As it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Headquarters => "headquarters",
            Self::Manager => "manager",
        }
    }

    /// As people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Administrator => "企業管理者",
            Self::Headquarters => "本部",
            Self::Manager => "店長",
        }
    }

    /// Highest first.
    pub const ALL: [Self; 3] = [Self::Administrator, Self::Headquarters, Self::Manager];

    pub(crate) fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// 閲覧範囲: all stores of the company, or the areas and stores an account was given. Goes into queries as `$1`, `$2`,
/// `$3`.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub company: Company,
    pub all_stores: bool,
    pub account_id: String,
}

/// The condition on a table with `company_id` and `store_id` that keeps a query inside a [`Scope`].
macro_rules! in_scope {
    ($table:literal) => {
        concat!(
            $table,
            ".company_id = $1 AND ($2 = 1 OR ",
            $table,
            ".store_id IN (SELECT a.store_id FROM account_store a WHERE a.company_id = $1 AND a.account_id = $3
               UNION ALL SELECT s.store_id FROM account_area r
                 JOIN store s ON s.company_id = r.company_id AND s.area_id = r.area_id
                 WHERE r.company_id = $1 AND r.account_id = $3))"
        )
    };
}
pub(crate) use in_scope;

/// Arguments that begin with a scope.
macro_rules! scoped {
    ($scope:expr $(, $value:expr)* $(,)?) => {
        db::args![$scope.company.as_str(), $scope.all_stores, &$scope.account_id $(, $value)*]
    };
}
pub(crate) use scoped;

/// Who looks at a page.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    pub who: SignedIn,
    pub role: Role,
    /// 機能権限
    pub rights: Vec<Right>,
    pub scope: Scope,
    /// One of the operator's own people, who see everybody's inquiries.
    pub support: bool,
    pub company_name: String,
    pub zone: jiff::tz::TimeZone,
}

const ACCOUNT: &str = "SELECT a.role, a.all_stores, a.permissions, a.support, c.name, c.zone FROM account a
    JOIN company c ON c.company_id = a.company_id
    WHERE a.company_id = $1 AND a.account_id = $2 AND a.disabled_at IS NULL";

impl Viewer {
    async fn load(flaro: &Flaro, who: SignedIn) -> Result<Self, Failure> {
        let company = Company::from(&who);
        let account_id = who.user_id().to_owned();
        let asked = args![company.as_str(), &account_id];
        let found = flaro.db.read(async move |tx: &mut Tx| tx.fetch_optional(ACCOUNT, asked).await).await?;
        let row = found.ok_or_else(Failure::forbidden)?;
        let role = Role::read(&row.text("role")?).ok_or_else(Failure::forbidden)?;
        let zone = jiff::tz::TimeZone::get(&row.text("zone")?).unwrap_or(jiff::tz::TimeZone::UTC);
        let scope = Scope { company, all_stores: row.flag("all_stores")?, account_id };
        let mut rights = Right::of(role, row.opt_text("permissions")?.as_deref())?;
        // Whoever sees some stores only would learn of the others by it, or give away what they don't have.
        rights.retain(|right| scope.all_stores || !right.is_company_wide());
        Ok(Self { who, role, rights, scope, support: row.flag("support")?, company_name: row.text("name")?, zone })
    }

    /// Whether they may use a function.
    pub fn may(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }

    /// Only those who may use a function.
    pub fn must(&self, right: Right) -> Result<(), Failure> {
        if self.may(right) { Ok(()) } else { Err(Failure::forbidden()) }
    }
}

impl FromRequestParts<Arc<Flaro>> for Viewer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, flaro: &Arc<Flaro>) -> Result<Self, Response> {
        let who = <SignedIn as FromRequestParts<Arc<Flaro>>>::from_request_parts(parts, flaro).await?;
        Self::load(flaro, who).await.map_err(IntoResponse::into_response)
    }
}
