//! The secrets of a linkage as they are stored: sealed, each for its row and its column. The token of a webhook
//! address is kept only until the linkage is confirmed; after that its hash remains.

use crate::Flaro;
use db::{DbError, Row, Sealed, SealedTable, Sql};

// What comes for a linkage that has ended is refused before its signature is looked at.
static LINKAGE: SealedTable<String> = SealedTable {
    table: "flaro.linkage",
    columns: &["token", "secret", "previous_secret"],
    forget: "UPDATE linkage SET token = NULL, secret = '', previous_secret = NULL
             WHERE ended_at IS NOT NULL AND secret <> ''",
    page: Sql {
        sqlite: "SELECT company_id, linkage_id, token, secret, previous_secret FROM linkage
                 WHERE (company_id, linkage_id) > ($1, $2) AND ended_at IS NULL
                 ORDER BY company_id, linkage_id LIMIT $3",
        postgres: "SELECT company_id, linkage_id, token, secret, previous_secret FROM linkage
                   WHERE (company_id, linkage_id) > ($1, $2) AND ended_at IS NULL
                   ORDER BY company_id, linkage_id LIMIT $3 FOR UPDATE",
    },
    renew: "UPDATE linkage SET token = COALESCE($3, token), secret = COALESCE($4, secret),
                   previous_secret = COALESCE($5, previous_secret)
            WHERE company_id = $1 AND linkage_id = $2",
    key: |row| Ok((row.text("company_id")?, row.text("linkage_id")?)),
};

/// Where one of a linkage's secrets is stored.
pub(crate) fn place(company: &str, linkage_id: &str, column: &'static str) -> Sealed {
    LINKAGE.place((company, &linkage_id.to_owned()), column)
}

/// One of a linkage's secrets, opened.
pub(crate) fn open(
    flaro: &Flaro,
    company: &str,
    linkage_id: &str,
    row: &Row,
    column: &'static str,
) -> Result<Option<String>, DbError> {
    let stored = row.opt_text(column)?;
    stored.map(|stored| flaro.settings.keys.open(&place(company, linkage_id, column), &stored)).transpose()
}

/// Seals with the present key what it did not seal, and forgets what belonged to linkages that have ended. Gives how many
/// linkages were sealed anew; fails at the first secret that can't be opened, naming its key.
pub async fn reseal(flaro: &Flaro) -> Result<u64, DbError> {
    LINKAGE.reseal(&flaro.db, &flaro.settings.keys).await
}
