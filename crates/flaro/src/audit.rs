//! 変更履歴: who changed what when, from what to what. Written in the transaction of the change, kept for ever.

use crate::{Company, Flaro};
use db::{DbError, Tx, args};
use uuid::Uuid;

/// When something was changed, and the entry's id. Made before the transaction, so that a unit run again writes the
/// same entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    pub at: i64,
    pub id: Uuid,
}

impl Stamp {
    /// Now.
    pub fn new(flaro: &Flaro) -> Self {
        Self { at: flaro.now().as_millisecond(), id: (flaro.random)() }
    }

    /// The stamp of one of several entries of a change.
    pub fn of(self, name: &str) -> Self {
        Self { id: Uuid::new_v5(&self.id, name.as_bytes()), ..self }
    }
}

/// One change in words for people: `what` was done (`予算を登録`) to which `target` (`本店 2026/11`).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Change<'a> {
    pub who: &'a str,
    pub what: &'a str,
    pub target: &'a str,
    pub before: Option<&'a str>,
    pub after: Option<&'a str>,
}

const INSERT: &str = "INSERT INTO audit (company_id, audit_id, at, who, what, target, value_before, value_after)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Notes a change.
pub(crate) async fn note(tx: &mut Tx, company: &Company, stamp: Stamp, change: Change<'_>) -> Result<(), DbError> {
    let Change { who, what, target, before, after } = change;
    let id = stamp.id.to_string();
    tx.execute(INSERT, args![company.as_str(), id, stamp.at, who, what, target, before, after]).await.map(drop)
}
