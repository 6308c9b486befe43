//! Payment methods, discounts and ad media with their 取込コード, and which of them a store uses.

use std::collections::BTreeSet;

use db::{Tx, args};
use sales::{ImportCode, PaymentKind, StoreId, Yen};

use crate::coded::{self, Nature, Rate};
use crate::masters::SettingKind;
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant, codes, masters};

const CLEAR: &str = "DELETE FROM store_setting WHERE company_id = $1 AND store_id = $2 AND kind = $3";
const CHOSEN: &str = "SELECT code FROM store_setting WHERE company_id = $1 AND store_id = $2 AND kind = $3";
const SET: &str = "INSERT INTO store_setting (company_id, store_id, kind, code) VALUES ($1, $2, $3, $4)";

/// The company's payment method of this kind and name; made with a new code if it isn't there.
pub async fn payment_method(pos: &Pos, tenant: &Tenant, kind: PaymentKind, name: &str) -> Result<ImportCode, PosError> {
    made(pos, tenant, Nature::Payment(kind), name).await
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
    made(pos, tenant, Nature::Discount(Rate::of(percent, amount)), name).await
}

/// The company's ad medium with this name; made with a new code if it isn't there.
pub async fn ad_medium(pos: &Pos, tenant: &Tenant, name: &str) -> Result<ImportCode, PosError> {
    made(pos, tenant, Nature::Medium, name).await
}

async fn made(pos: &Pos, tenant: &Tenant, nature: Nature, name: &str) -> Result<ImportCode, PosError> {
    let (tenant, name) = (tenant.clone(), name.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<ImportCode, PosError> {
            codes::lock(tx, &tenant).await?;
            let present = coded::all(tx, &tenant, nature.kind()).await?;
            match coded::named(&present, nature, &name) {
                Some(coded) => Ok(coded.code.clone()),
                None => coded::insert(tx, &tenant, nature, &name).await,
            }
        })
        .await
}

/// 店舗管理: which codes of a kind the store uses, instead of those before.
pub async fn store_settings(
    pos: &Pos,
    tenant: &Tenant,
    store: StoreId,
    kind: SettingKind,
    codes: &[ImportCode],
) -> Result<(), PosError> {
    let (tenant, chosen) = (tenant.clone(), codes.to_vec());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            let (company, store, kind) = (tenant.as_str(), store.to_string(), kind.word());
            codes::lock(tx, &tenant).await?;
            let before = tx.fetch_all(CHOSEN, args![company, &store, kind]).await?;
            let before = before.iter().map(|row| row.parse("code")).collect::<Result<BTreeSet<ImportCode>, _>>()?;
            if before == chosen.iter().cloned().collect() {
                return Ok(());
            }
            tx.execute(CLEAR, args![company, &store, kind]).await?;
            for code in &chosen {
                tx.execute(SET, args![company, &store, kind, code.as_str()]).await?;
            }
            masters::bump(tx, &tenant).await
        })
        .await
}
