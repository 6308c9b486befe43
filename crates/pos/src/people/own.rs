//! One's own password: changed by whoever knows the present one.

use db::{Tx, args};
use web::{Account, session};

use crate::accounts::Viewer;
use crate::{Pos, PosError, audit};

const FIND: &str = "
    SELECT login, password_hash FROM account WHERE company_id = $1 AND account_id = $2 AND disabled_at IS NULL";
// Only over the one that was checked: two changes at once don't both count.
const SAVE: &str = "
    UPDATE account SET password_hash = $4 WHERE company_id = $1 AND account_id = $2 AND password_hash = $3";

/// ログインID and the hash of the password of whoever is signed in.
pub async fn look_up(pos: &Pos, viewer: &Viewer) -> Result<(String, String), PosError> {
    let viewer = viewer.clone();
    pos.db
        .read(async move |tx: &mut Tx| -> Result<(String, String), PosError> {
            let values = args![viewer.tenant.as_str(), viewer.who.user_id()];
            let row = tx.fetch_optional(FIND, values).await?.ok_or(PosError::NotFound("account"))?;
            Ok((row.text("login")?, row.text("password_hash")?))
        })
        .await
}

/// Replaces the hash that was checked, ends every session and gives the account, to begin one anew. None: it was
/// replaced meanwhile.
pub async fn replace(pos: &Pos, viewer: &Viewer, old: String, new: String) -> Result<Option<Account>, PosError> {
    let (shared, viewer) = (pos.clone(), viewer.clone());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Option<Account>, PosError> {
            let (tenant, id) = (&viewer.tenant, viewer.who.user_id().to_owned());
            let values = args![tenant.as_str(), &id, old, &new];
            if tx.execute(SAVE, values).await? == 0 {
                return Ok(None);
            }
            let others = session::end_all(tx, tenant.as_str(), &id).await?.saturating_sub(1);
            let after = format!("新しいパスワード（ほかの端末 {others}台をログアウト）");
            let (what, before) = ("自分のパスワードを変更", Some("前のパスワード"));
            audit::note(tx, &shared, tenant, viewer.name(), what, viewer.name(), before, Some(&after)).await?;
            let (tenant, role) = (tenant.to_string(), viewer.role.to_string());
            Ok(Some(Account { id, tenant, name: viewer.name().to_owned(), role, password_hash: new }))
        })
        .await
}
