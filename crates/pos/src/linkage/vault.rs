//! The secrets of a linkage as they are stored: sealed, each for its row and its column. The address counts as one,
//! because its path lets events in.

use db::{DbError, Row, Sealed, Sql, Tx, args};
use protocol::signature::Secret;

use crate::stored::unreadable;
use crate::{Pos, PosError, Tenant};

/// So many linkages are sealed anew in one transaction: deliveries go on in between.
const PAGE: i64 = 50;

const STORED: Sql = Sql {
    sqlite: "SELECT company_id, generation, webhook_url, secret, previous_secret FROM linkage
             WHERE (company_id, generation) > ($1, $2) ORDER BY company_id, generation LIMIT $3",
    postgres: "SELECT company_id, generation, webhook_url, secret, previous_secret FROM linkage
               WHERE (company_id, generation) > ($1, $2) ORDER BY company_id, generation LIMIT $3 FOR UPDATE",
};
const RENEW: &str = "
    UPDATE linkage SET webhook_url = COALESCE($3, webhook_url), secret = COALESCE($4, secret),
           previous_secret = COALESCE($5, previous_secret)
    WHERE company_id = $1 AND generation = $2";

/// Where one of a linkage's secrets is stored.
pub(crate) fn place(tenant: &Tenant, generation: i64, column: &'static str) -> Sealed {
    Sealed { table: "pos.linkage", column, row: format!("{tenant}/{generation}") }
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

/// Seals with the present key what it did not seal: after it changed, and what a version without keys left behind.
/// Gives how many linkages were sealed anew; fails at the first secret that can't be opened, naming its key.
pub async fn reseal(pos: &Pos) -> Result<u64, PosError> {
    let (mut after, mut renewed) = ((String::new(), 0), 0);
    loop {
        let (shared, from) = (pos.clone(), after.clone());
        let page = pos.db.write(async move |tx: &mut Tx| page(tx, &shared, from).await).await?;
        renewed += page.renewed;
        match page.last {
            Some(last) => after = last,
            None => return Ok(renewed),
        }
    }
}

struct Page {
    renewed: u64,
    /// The last row of a full page; none: that was all.
    last: Option<(String, i64)>,
}

async fn page(tx: &mut Tx, pos: &Pos, (company, generation): (String, i64)) -> Result<Page, PosError> {
    let rows = tx.fetch_all(STORED, args![company, generation, PAGE]).await?;
    let mut page = Page { renewed: 0, last: None };
    for row in &rows {
        let (tenant, generation) = (Tenant::of_row(row)?, row.int("generation")?);
        let renew = |column: &'static str| -> Result<Option<String>, DbError> {
            let stored = row.opt_text(column)?;
            stored.map_or(Ok(None), |stored| pos.keys.renewed(&place(&tenant, generation, column), &stored))
        };
        let [url, secret, previous] = [renew("webhook_url")?, renew("secret")?, renew("previous_secret")?];
        if url.is_some() || secret.is_some() || previous.is_some() {
            tx.execute(RENEW, args![tenant.as_str(), generation, url, secret, previous]).await?;
            page.renewed += 1;
        }
        page.last = Some((tenant.as_str().to_owned(), generation));
    }
    if i64::try_from(rows.len()).unwrap_or(i64::MAX) < PAGE {
        page.last = None;
    }
    Ok(page)
}
