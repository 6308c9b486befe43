//! 担当者 at the tills and accounts of the console.

use db::{Tx, args};
use sales::StoreId;

use crate::accounts::Role;
use crate::{Pos, PosError, Tenant, masters};

const STAFF: &str = "INSERT INTO staff (company_id, store_id, code, name, pin_hash, manager)
                     VALUES ($1, $2, $3, $4, $5, $6)
                     ON CONFLICT (company_id, store_id, code) DO NOTHING";
const ACCOUNT: &str =
    "INSERT INTO account (company_id, account_id, login, name, role, store_id, password_hash, created_at)
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (login) DO NOTHING";

/// 担当者 of a store, by their code; one who is there stays as they are. `pin_hash` is a PHC string.
pub async fn staff(
    pos: &Pos,
    tenant: &Tenant,
    store: StoreId,
    code: &str,
    name: &str,
    pin_hash: Option<String>,
    manager: bool,
) -> Result<(), PosError> {
    let (tenant, code, name) = (tenant.clone(), code.to_owned(), name.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            let values = args![tenant.as_str(), store.to_string(), code, name, pin_hash, manager];
            if tx.execute(STAFF, values).await? > 0 {
                masters::bump(tx, &tenant).await?;
            }
            Ok(())
        })
        .await
}

/// An account of the console under this login (unique over all companies). One that is there stays as it is;
/// says whether it was made.
pub async fn account(
    pos: &Pos,
    tenant: &Tenant,
    login: &str,
    name: &str,
    role: Role,
    password: &str,
) -> Result<bool, PosError> {
    web::password::acceptable(password).map_err(PosError::Rule)?;
    let hash = web::password::hash(password.to_owned()).await;
    let hash = hash.map_err(|error| PosError::Rule(error.to_string()))?;
    let (id, now) = (pos.new_id().to_string(), pos.now().as_millisecond());
    let (tenant, login, name) = (tenant.clone(), login.to_lowercase(), name.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<bool, PosError> {
            let (word, store) = role.columns();
            let values = args![tenant.as_str(), id, login, name, word, store, hash, now];
            Ok(tx.execute(ACCOUNT, values).await? > 0)
        })
        .await
}
