//! What can go wrong in the back office as a whole; pages and APIs have their own words for what they refuse.

use db::DbError;

/// Why the place could not be opened, provisioned or read.
#[derive(Debug, thiserror::Error)]
pub enum FlaroError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Something that was stored can't be read back.
    #[error("what is stored as {what} can't be read: {why}")]
    Stored {
        /// What it is.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A log-in name that belongs to another company.
    #[error("the log-in \"{0}\" belongs to another company; choose another one")]
    LoginTaken(String),
    /// A password could not be hashed.
    #[error(transparent)]
    Password(#[from] web::password::HashError),
    /// Figures that don't fit 64 bits.
    #[error(transparent)]
    Overflow(#[from] sales::Overflow),
}

impl FlaroError {
    #[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
    pub(crate) fn stored(what: &'static str, why: impl ToString) -> Self {
        Self::Stored { what, why: why.to_string() }
    }
}
