//! 取込コード are issued here and nowhere else: once, unique in the company across payment methods, discounts and ad
//! media, never changed and never used again. What is retired keeps its code for ever.

use db::{Tx, args};
use sales::ImportCode;

use crate::stored::{Stored, unreadable};
use crate::{PosError, Tenant};

const LAST_ISSUED: &str = "SELECT MAX(code) AS code FROM import_code_issued
                           WHERE company_id = $1 AND code >= $2 AND code <= $3";
const ISSUED: &str = "INSERT INTO import_code_issued (company_id, code) VALUES ($1, $2)";

/// Makes units that change a company's masters run one after the other. Before anything is read that is then written.
pub async fn lock(tx: &mut Tx, tenant: &Tenant) -> Result<(), PosError> {
    Ok(tx.lock(&format!("provision:{tenant}")).await?)
}

/// Issues the next 取込コード of a series, in the transaction that uses it and under the company's [`lock`].
pub async fn issue(tx: &mut Tx, tenant: &Tenant, series: u8) -> Result<ImportCode, PosError> {
    let (first, last) = (format!("{series}{:019}", 0), format!("{series}{}", "9".repeat(19)));
    let row = tx.fetch_one(LAST_ISSUED, args![tenant.as_str(), first, last]).await?;
    let before = row.opt_parse::<ImportCode>("code")?.map_or(Ok(0), |code| code.as_str()[1..].parse::<u64>());
    let mut next = before.map_err(|error| unreadable("import_code_issued.code", error))? + 1;
    if next.is_multiple_of(100_000) {
        next += 1; // What a spreadsheet leaves of a 20-digit number ends in 00000: no code does.
    }
    let code = ImportCode::issue(series, next).map_err(|error| unreadable("import code", error))?;
    tx.execute(ISSUED, args![tenant.as_str(), code.as_str()]).await?;
    Ok(code)
}
