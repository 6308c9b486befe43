//! One-time links (招待, パスワード再設定): kept only as a hash, valid for some days, opened once.
//!
//! Whoever holds the link sets the account's password. A new link ends those before it; 停止 ends all. A link that is
//! unknown, used, withdrawn or too old looks the same from outside.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{Tx, args};
use jiff::{SignedDuration, Timestamp};
use protocol::hash::Sha256;
use uuid::Uuid;
use web::{Account, session};

use super::{Person, find};
use crate::accounts::Viewer;
use crate::{Pos, PosError, Tenant, audit};

/// How long a link opens.
pub const DAYS_VALID: i64 = 7;

/// A link that was just made. The token is nowhere else: show it now.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The account.
    pub account: Uuid,
    /// The last part of its address.
    pub token: String,
    /// It opens until then.
    pub until: Timestamp,
}

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

const INSERT: &str = "
    INSERT INTO account_link (token_sha256, company_id, account_id, issued_at, issued_by, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6)";
const END_ALL: &str = "
    UPDATE account_link SET ended_at = $3 WHERE company_id = $1 AND account_id = $2 AND ended_at IS NULL";
const FIND: &str = "
    SELECT l.company_id, l.account_id, c.name AS company FROM account_link l
    JOIN company c ON c.company_id = l.company_id
    JOIN account a ON a.company_id = l.company_id AND a.account_id = l.account_id
    WHERE l.token_sha256 = $1 AND l.ended_at IS NULL AND l.expires_at > $2 AND a.disabled_at IS NULL";
const USE: &str = "
    UPDATE account_link SET ended_at = $2 WHERE token_sha256 = $1 AND ended_at IS NULL AND expires_at > $2";
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
    let token = URL_SAFE_NO_PAD.encode((pos.random_bytes)());
    let now = pos.now();
    let until = now.saturating_add(SignedDuration::from_hours(24 * DAYS_VALID)).unwrap_or(now);
    end_all(tx, tenant, account, now.as_millisecond()).await?;
    let (hash, id) = (Sha256::of(token.as_bytes()).to_string(), account.to_string());
    let row = args![hash, tenant.as_str(), id, now.as_millisecond(), by, until.as_millisecond()];
    tx.execute(INSERT, row).await?;
    Ok(Issued { account, token, until })
}

/// Ends every link of an account.
pub(crate) async fn end_all(tx: &mut Tx, tenant: &Tenant, account: Uuid, now: i64) -> Result<u64, PosError> {
    Ok(tx.execute(END_ALL, args![tenant.as_str(), account.to_string(), now]).await?)
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
    let (hash, now) = (Sha256::of(token.as_bytes()).to_string(), pos.now());
    pos.db.read(async move |tx: &mut Tx| look_up(tx, &hash, now).await).await
}

async fn look_up(tx: &mut Tx, hash: &str, now: Timestamp) -> Result<Option<Opened>, PosError> {
    use crate::stored::Stored;
    let Some(row) = tx.fetch_optional(FIND, args![hash, now.as_millisecond()]).await? else { return Ok(None) };
    let tenant = Tenant::of_row(&row)?;
    let person = find(tx, &tenant, row.parse("account_id")?, now).await?;
    let company = row.text("company")?;
    Ok(person.map(|person| Opened { person, tenant, company }))
}

/// Sets the password, ends the link and every session, and gives the account to sign in. None: it has ended meanwhile.
pub async fn accept(pos: &Pos, token: &str, password_hash: String) -> Result<Option<Account>, PosError> {
    let (shared, hash) = (pos.clone(), Sha256::of(token.as_bytes()).to_string());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Option<Account>, PosError> {
            let now = shared.now();
            let Some(Opened { person, tenant, .. }) = look_up(tx, &hash, now).await? else { return Ok(None) };
            let (at, id) = (now.as_millisecond(), person.id.to_string());
            if tx.execute(USE, args![&hash, at]).await? == 0
                || tx.execute(SET_PASSWORD, args![tenant.as_str(), &id, &password_hash, at]).await? == 0
            {
                return Ok(None);
            }
            end_all(tx, &tenant, person.id, at).await?;
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
