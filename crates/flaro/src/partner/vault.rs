//! The secrets of a linkage as they are stored: sealed, each for its row and its column. The token of a webhook
//! address is kept only until the linkage is confirmed; after that its hash remains.

use crate::Flaro;
use db::{DbError, Row, Sealed, Sql, Tx, args};

/// So many linkages are sealed anew in one transaction: events are taken in between.
const PAGE: i64 = 50;

const STORED: Sql = Sql {
    sqlite: "SELECT company_id, linkage_id, token, secret, previous_secret FROM linkage
             WHERE (company_id, linkage_id) > ($1, $2) ORDER BY company_id, linkage_id LIMIT $3",
    postgres: "SELECT company_id, linkage_id, token, secret, previous_secret FROM linkage
               WHERE (company_id, linkage_id) > ($1, $2) ORDER BY company_id, linkage_id LIMIT $3 FOR UPDATE",
};
const RENEW: &str = "UPDATE linkage SET token = COALESCE($3, token), secret = COALESCE($4, secret),
      previous_secret = COALESCE($5, previous_secret)
    WHERE company_id = $1 AND linkage_id = $2";

/// Where one of a linkage's secrets is stored.
pub(crate) fn place(company: &str, linkage_id: &str, column: &'static str) -> Sealed {
    Sealed { table: "flaro.linkage", column, row: format!("{company}/{linkage_id}") }
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

/// Seals with the present key what it did not seal: after it changed, and what a version without keys left behind.
/// Gives how many linkages were sealed anew; fails at the first secret that can't be opened, naming its key.
pub async fn reseal(flaro: &Flaro) -> Result<u64, DbError> {
    let (mut after, mut renewed) = ((String::new(), String::new()), 0);
    loop {
        let (keys, from) = (flaro.settings.keys.clone(), after.clone());
        let page = flaro.db.write(async move |tx: &mut Tx| page(tx, &keys, from).await).await?;
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
    last: Option<(String, String)>,
}

async fn page(tx: &mut Tx, keys: &db::Keys, (company, linkage): (String, String)) -> Result<Page, DbError> {
    let rows = tx.fetch_all(STORED, args![company, linkage, PAGE]).await?;
    let mut page = Page { renewed: 0, last: None };
    for row in &rows {
        let (company, linkage) = (row.text("company_id")?, row.text("linkage_id")?);
        let renew = |column: &'static str| -> Result<Option<String>, DbError> {
            let stored = row.opt_text(column)?;
            stored.map_or(Ok(None), |stored| keys.renewed(&place(&company, &linkage, column), &stored))
        };
        let [token, secret, previous] = [renew("token")?, renew("secret")?, renew("previous_secret")?];
        if token.is_some() || secret.is_some() || previous.is_some() {
            tx.execute(RENEW, args![&company, &linkage, token, secret, previous]).await?;
            page.renewed += 1;
        }
        page.last = Some((company, linkage));
    }
    if i64::try_from(rows.len()).unwrap_or(i64::MAX) < PAGE {
        page.last = None;
    }
    Ok(page)
}
