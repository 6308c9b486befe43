//! One's own password: changed by whoever knows the present one.

use crate::{
    Flaro, FlaroError,
    audit::{self, Change, Stamp},
    tenant::Viewer,
};
use db::{Tx, args};
use web::{Account, session};

const FIND: &str = "SELECT login, password_hash FROM account
    WHERE company_id = $1 AND account_id = $2 AND disabled_at IS NULL";
// Only over the one that was checked: two changes at once don't both count.
const SAVE: &str = "UPDATE account SET password_hash = $4
    WHERE company_id = $1 AND account_id = $2 AND password_hash = $3";

/// ログインID and the hash of the password of whoever is signed in.
pub(crate) async fn look_up(flaro: &Flaro, viewer: &Viewer) -> Result<(String, String), FlaroError> {
    let asked = args![viewer.scope.company.as_str(), &viewer.scope.account_id];
    let row = flaro.db.read(async move |tx: &mut Tx| tx.fetch_one(FIND, asked).await).await?;
    Ok((row.text("login")?, row.text("password_hash")?))
}

/// Replaces the hash that was checked, ends every session and gives the account, to begin one anew. None: it was
/// replaced meanwhile.
pub(crate) async fn replace(
    flaro: &Flaro,
    viewer: &Viewer,
    old: String,
    new: String,
) -> Result<Option<Account>, FlaroError> {
    let (stamp, viewer) = (Stamp::new(flaro), viewer.clone());
    let unit = async move |tx: &mut Tx| -> Result<Option<Account>, FlaroError> {
        let (company, id) = (&viewer.scope.company, &viewer.scope.account_id);
        if tx.execute(SAVE, args![company.as_str(), id, old, &new]).await? == 0 {
            return Ok(None);
        }
        let others = session::end_all(tx, company.as_str(), id).await?.saturating_sub(1);
        let after = format!("新しいパスワード（ほかの端末 {others}台をログアウト）");
        let who = viewer.who.name();
        let (what, before) = ("自分のパスワードを変更", Some("前のパスワード"));
        audit::note(tx, company, stamp, Change { who, what, target: who, before, after: Some(&after) }).await?;
        Ok(Some(Account {
            id: id.clone(),
            tenant: company.as_str().to_owned(),
            name: who.to_owned(),
            role: viewer.role.name().to_owned(),
            password_hash: new,
        }))
    };
    flaro.db.write(unit).await
}
