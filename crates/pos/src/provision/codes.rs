//! What carries a 取込コード: payment methods, discounts, ad media. A code is issued once, unique in the company
//! across all three, never changed and never used again.

use db::{Tx, args};
use sales::{ImportCode, PaymentKind, StoreId, Yen};

use crate::masters::SettingKind;
use crate::stored::{Stored, unreadable};
use crate::{Pos, PosError, Tenant, masters};

/// The first digit of a discount's code; a payment method's is its 支払種目.
const DISCOUNT_SERIES: u8 = 6;
/// The first digit of an ad medium's code.
const MEDIUM_SERIES: u8 = 7;

const LAST_ISSUED: &str = "SELECT MAX(code) AS code FROM import_code_issued
                           WHERE company_id = $1 AND code >= $2 AND code <= $3";
const ISSUED: &str = "INSERT INTO import_code_issued (company_id, code) VALUES ($1, $2)";

const METHOD_CODE: &str = "SELECT code FROM payment_method WHERE company_id = $1 AND kind = $2 AND name = $3";
const METHOD: &str = "INSERT INTO payment_method (company_id, code, kind, name, position)
    SELECT $1, $2, $3, $4, 1 + COALESCE(MAX(position), 0) FROM payment_method WHERE company_id = $1";
const DISCOUNT_CODE: &str = "SELECT code FROM discount WHERE company_id = $1 AND name = $2";
const DISCOUNT: &str = "INSERT INTO discount (company_id, code, name, percent, amount, position)
    SELECT $1, $2, $3, $4, $5, 1 + COALESCE(MAX(position), 0) FROM discount WHERE company_id = $1";
const MEDIUM_CODE: &str = "SELECT code FROM ad_medium WHERE company_id = $1 AND name = $2";
const MEDIUM: &str = "INSERT INTO ad_medium (company_id, code, name, position)
    SELECT $1, $2, $3, 1 + COALESCE(MAX(position), 0) FROM ad_medium WHERE company_id = $1";
const CLEAR: &str = "DELETE FROM store_setting WHERE company_id = $1 AND store_id = $2 AND kind = $3";
const SET: &str = "INSERT INTO store_setting (company_id, store_id, kind, code, position) VALUES ($1, $2, $3, $4, $5)";

/// Issues the next 取込コード of a series, in the transaction that uses it. Under the company's lock.
async fn issue(tx: &mut Tx, tenant: &Tenant, series: u8) -> Result<ImportCode, PosError> {
    let (first, last) = (format!("{series}{:019}", 0), format!("{series}{}", "9".repeat(19)));
    let row = tx.fetch_one(LAST_ISSUED, args![tenant.as_str(), first, last]).await?;
    let before = row.opt_text("code")?.map_or(Ok(0), |code| code[1..].parse::<u64>());
    let mut next = before.map_err(|error| unreadable("import_code_issued.code", error))? + 1;
    if next.is_multiple_of(100_000) {
        next += 1; // What a spreadsheet leaves of a 20-digit number ends in 00000: no code does.
    }
    let code = ImportCode::issue(series, next).map_err(|error| unreadable("import code", error))?;
    tx.execute(ISSUED, args![tenant.as_str(), code.as_str()]).await?;
    Ok(code)
}

/// The company's payment method of this kind and name; made with a new code if it isn't there.
pub async fn payment_method(pos: &Pos, tenant: &Tenant, kind: PaymentKind, name: &str) -> Result<ImportCode, PosError> {
    let (tenant, name) = (tenant.clone(), name.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<ImportCode, PosError> {
            let (company, number) = (tenant.as_str(), kind.number());
            tx.lock(&format!("provision:{company}")).await?;
            if let Some(row) = tx.fetch_optional(METHOD_CODE, args![company, number, &name]).await? {
                return row.parse("code");
            }
            let code = issue(tx, &tenant, number).await?;
            tx.execute(METHOD, args![company, code.as_str(), number, name]).await?;
            masters::bump(tx, &tenant).await?;
            Ok(code)
        })
        .await
}

/// The company's discount with this name; made with a new code if it isn't there. `percent` makes it a 割引,
/// `amount` a 値引 of that much, neither a 値引 that is entered at the till.
pub async fn discount(
    pos: &Pos,
    tenant: &Tenant,
    name: &str,
    percent: Option<u8>,
    amount: Option<Yen>,
) -> Result<ImportCode, PosError> {
    let (tenant, name) = (tenant.clone(), name.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<ImportCode, PosError> {
            let company = tenant.as_str();
            tx.lock(&format!("provision:{company}")).await?;
            if let Some(row) = tx.fetch_optional(DISCOUNT_CODE, args![company, &name]).await? {
                return row.parse("code");
            }
            let code = issue(tx, &tenant, DISCOUNT_SERIES).await?;
            let amount = amount.map(|amount| amount.0);
            tx.execute(DISCOUNT, args![company, code.as_str(), name, percent, amount]).await?;
            masters::bump(tx, &tenant).await?;
            Ok(code)
        })
        .await
}

/// The company's ad medium with this name; made with a new code if it isn't there.
pub async fn ad_medium(pos: &Pos, tenant: &Tenant, name: &str) -> Result<ImportCode, PosError> {
    let (tenant, name) = (tenant.clone(), name.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<ImportCode, PosError> {
            let company = tenant.as_str();
            tx.lock(&format!("provision:{company}")).await?;
            if let Some(row) = tx.fetch_optional(MEDIUM_CODE, args![company, &name]).await? {
                return row.parse("code");
            }
            let code = issue(tx, &tenant, MEDIUM_SERIES).await?;
            tx.execute(MEDIUM, args![company, code.as_str(), name]).await?;
            masters::bump(tx, &tenant).await?;
            Ok(code)
        })
        .await
}

/// 店舗管理: which codes of a kind the store uses, in this order, instead of those before.
pub async fn store_settings(
    pos: &Pos,
    tenant: &Tenant,
    store: StoreId,
    kind: SettingKind,
    codes: &[ImportCode],
) -> Result<(), PosError> {
    let (tenant, codes) = (tenant.clone(), codes.to_vec());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            let (company, store, kind) = (tenant.as_str(), store.to_string(), kind.word());
            tx.lock(&format!("provision:{company}")).await?;
            tx.execute(CLEAR, args![company, &store, kind]).await?;
            for (code, position) in codes.iter().zip(1_i64..) {
                tx.execute(SET, args![company, &store, kind, code.as_str(), position]).await?;
            }
            masters::bump(tx, &tenant).await
        })
        .await
}
