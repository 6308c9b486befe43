//! To which company everything belongs. A [`Tenant`] comes from a sign-in, a register's token, a company that
//! was just provisioned, or a row that says whose it is; never from a string that somebody sent.

use std::fmt;

use db::{DbError, Row};
use web::SignedIn;

/// A company's id, proven.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenant(String);

impl Tenant {
    /// The company of whoever is signed in.
    pub fn of(who: &SignedIn) -> Self {
        Self(who.tenant().as_str().to_owned())
    }

    /// The company a stored row belongs to, by its column `company_id`: for work that serves all companies.
    pub(crate) fn of_row(row: &Row) -> Result<Self, DbError> {
        row.text("company_id").map(Self)
    }

    /// A company that provisioning has just made or found.
    pub(crate) fn provisioned(company_id: String) -> Self {
        Self(company_id)
    }

    /// The id, for a query.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
