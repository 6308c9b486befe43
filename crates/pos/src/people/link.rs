//! One-time links (招待, パスワード再設定): kept only as a hash, valid for some days, opened once.
//!
//! Whoever holds the link sets the account's password. A new link ends those before it; 停止 ends all. A link that is
//! unknown, used, withdrawn or too old looks the same from outside.

use db::{Tx, args};
use jiff::Timestamp;
use uuid::Uuid;
use web::{Account, one_time, session};

use super::{Person, find};
use crate::accounts::Viewer;
use crate::{Pos, PosError, Tenant, audit};

pub use web::one_time::{DAYS_VALID, Issued};

/// What a link opens.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Whose password it sets.
    pub person: Person,
    /// Their company.
    pub tenant: Tenant,
    /// Its name.
    pub company: String,
}

const SET_PASSWORD: &str = "
    UPDATE account SET password_hash = $3, last_login_at = $4
    WHERE company_id = $1 AND account_id = $2 AND disabled_at IS NULL";
const REVIVE: &str = "UPDATE account SET disabled_at = NULL WHERE company_id = $1 AND account_id = $2";

/// Makes a link and ends those before it.
pub(crate) async fn issue(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    by: &str,
    account: Uuid,
) -> Result<Issued, PosError> {
    let (account, random) = (account.to_string(), (pos.random_bytes)());
    Ok(one_time::issue(tx, tenant.as_str(), &account, by, random, pos.now()).await?)
}

/// Ends every link of an account.
pub(crate) async fn end_all(tx: &mut Tx, tenant: &Tenant, account: Uuid, now: Timestamp) -> Result<u64, PosError> {
    Ok(one_time::end_all(tx, tenant.as_str(), &account.to_string(), now).await?)
}

/// A new link for somebody who is there: invites again, or lets them set another password.
pub async fn reissue(pos: &Pos, viewer: &Viewer, account: Uuid) -> Result<Issued, PosError> {
    let (shared, viewer) = (pos.clone(), viewer.clone());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Issued, PosError> {
            let tenant = &viewer.tenant;
            tx.lock(&format!("people:{tenant}")).await?;
            let person = find(tx, tenant, account, shared.now()).await?.ok_or(PosError::NotFound("account"))?;
            let what = if person.has_password {
                "パスワード再設定リンクを発行"
            } else {
                "招待リンクを発行"
            };
            if !person.has_password {
                tx.execute(REVIVE, args![tenant.as_str(), account.to_string()]).await?;
            }
            let issued = issue(tx, &shared, tenant, viewer.name(), account).await?;
            let target = format!("{}（{}）", person.name, person.login);
            let until = |at: Option<Timestamp>| {
                at.map_or_else(|| "リンクなし".to_owned(), |at| format!("期限 {}", crate::console::grid::stamp(at)))
            };
            let (before, after) = (until(person.link_until), until(Some(issued.until)));
            audit::note(tx, &shared, tenant, viewer.name(), what, &target, Some(&before), Some(&after)).await?;
            Ok(issued)
        })
        .await
}

/// What the link with this token opens; nothing, where it opens nothing (any more).
pub async fn open(pos: &Pos, token: &str) -> Result<Option<Opened>, PosError> {
    let (token, now) = (token.to_owned(), pos.now());
    pos.db.read(async move |tx: &mut Tx| look_up(tx, &token, now).await).await
}

async fn look_up(tx: &mut Tx, token: &str, now: Timestamp) -> Result<Option<Opened>, PosError> {
    use crate::stored::Stored;
    let Some(row) = one_time::find(tx, token, now).await? else { return Ok(None) };
    let tenant = Tenant::of_row(&row)?;
    let person = find(tx, &tenant, row.parse("account_id")?, now).await?;
    let company = row.text("company")?;
    Ok(person.map(|person| Opened { person, tenant, company }))
}

/// Sets the password, ends the link and every session, and gives the account to sign in. None: it has ended meanwhile.
pub async fn accept(pos: &Pos, token: &str, password_hash: String) -> Result<Option<Account>, PosError> {
    let (shared, token) = (pos.clone(), token.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Option<Account>, PosError> {
            let now = shared.now();
            let Some(Opened { person, tenant, .. }) = look_up(tx, &token, now).await? else { return Ok(None) };
            let (at, id) = (now.as_millisecond(), person.id.to_string());
            if !one_time::use_up(tx, &token, now).await?
                || tx.execute(SET_PASSWORD, args![tenant.as_str(), &id, &password_hash, at]).await? == 0
            {
                return Ok(None);
            }
            end_all(tx, &tenant, person.id, now).await?;
            session::end_all(tx, tenant.as_str(), &id).await?;
            let (what, before, after) = if person.has_password {
                ("パスワードを再設定", "前のパスワード", "新しいパスワード（リンクから本人が設定）")
            } else {
                ("招待を受けてパスワードを設定", "招待中", "有効")
            };
            let target = format!("{}（{}）", person.name, person.login);
            audit::note(tx, &shared, &tenant, &person.name, what, &target, Some(before), Some(after)).await?;
            let (tenant, role) = (tenant.to_string(), person.role.to_string());
            Ok(Some(Account { id, tenant, name: person.name, role, password_hash }))
        })
        .await
}
