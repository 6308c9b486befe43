//! The secrets of a linkage as they are stored: sealed, each for its row and its column. The address counts as one,
//! because its path lets events in.

use db::{DbError, Row, Sealed, SealedTable, Sql};
use protocol::signature::Secret;

use crate::stored::unreadable;
use crate::{Pos, PosError, Tenant};

// Of a linkage that has ended nothing is sent, and its secrets are of no use to anybody.
static LINKAGE: SealedTable<i64> = SealedTable {
    table: "pos.linkage",
    columns: &["webhook_url", "secret", "previous_secret"],
    forget: "UPDATE linkage SET webhook_url = NULL, secret = NULL, previous_secret = NULL
             WHERE state = 'ended' AND COALESCE(webhook_url, secret, previous_secret) IS NOT NULL",
    page: Sql {
        sqlite: "SELECT company_id, generation, webhook_url, secret, previous_secret FROM linkage
                 WHERE (company_id, generation) > ($1, $2) ORDER BY company_id, generation LIMIT $3",
        postgres: "SELECT company_id, generation, webhook_url, secret, previous_secret FROM linkage
                   WHERE (company_id, generation) > ($1, $2) ORDER BY company_id, generation LIMIT $3 FOR UPDATE",
    },
    renew: "UPDATE linkage SET webhook_url = COALESCE($3, webhook_url), secret = COALESCE($4, secret),
                   previous_secret = COALESCE($5, previous_secret)
            WHERE company_id = $1 AND generation = $2",
    key: |row| Ok((row.text("company_id")?, row.int("generation")?)),
};

/// Where one of a linkage's secrets is stored.
pub(crate) fn place(tenant: &Tenant, generation: i64, column: &'static str) -> Sealed {
    LINKAGE.place((tenant.as_str(), &generation), column)
}

/// The address that events are sent to.
pub(crate) fn webhook_url(pos: &Pos, tenant: &Tenant, generation: i64, row: &Row) -> Result<String, DbError> {
    pos.keys.open(&place(tenant, generation, "webhook_url"), &row.text("webhook_url")?)
}

/// One of the signing secrets, `secret` or `previous_secret`.
pub(crate) fn secret(
    pos: &Pos,
    tenant: &Tenant,
    generation: i64,
    row: &Row,
    column: &'static str,
) -> Result<Option<Secret>, PosError> {
    let Some(stored) = row.opt_text(column)? else { return Ok(None) };
    let text = pos.keys.open(&place(tenant, generation, column), &stored)?;
    text.parse().map(Some).map_err(|error| unreadable(column, error))
}

/// Seals with the present key what it did not seal, and forgets what belonged to linkages that have ended. Gives how many
/// linkages were sealed anew; fails at the first secret that can't be opened, naming its key.
pub async fn reseal(pos: &Pos) -> Result<u64, PosError> {
    Ok(LINKAGE.reseal(&pos.db, &pos.keys).await?)
}
