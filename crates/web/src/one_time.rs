//! One-time links of accounts, in the table `account_link` of the place: kept only as a hash, valid for some days,
//! opened once. A new link ends those before it; a link that is unknown, used, withdrawn or too old opens nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{DbError, Row, Tx, args};
use jiff::{SignedDuration, Timestamp};

/// How long a link opens.
pub const DAYS_VALID: i64 = 7;

/// A link that was just made. The token is nowhere else: show it now.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The account.
    pub account: String,
    /// The last part of its address.
    pub token: String,
    /// It opens until then.
    pub until: Timestamp,
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

/// Makes a link out of random bytes and ends those before it.
pub async fn issue(
    tx: &mut Tx,
    tenant: &str,
    account: &str,
    by: &str,
    random: [u8; 32],
    now: Timestamp,
) -> Result<Issued, DbError> {
    let token = URL_SAFE_NO_PAD.encode(random);
    let until = now.saturating_add(SignedDuration::from_hours(24 * DAYS_VALID)).unwrap_or(now);
    end_all(tx, tenant, account, now).await?;
    let row = args![hash(&token), tenant, account, now.as_millisecond(), by, until.as_millisecond()];
    tx.execute(INSERT, row).await?;
    Ok(Issued { account: account.to_owned(), token, until })
}

/// Ends every link of an account.
pub async fn end_all(tx: &mut Tx, tenant: &str, account: &str, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(END_ALL, args![tenant, account, now.as_millisecond()]).await
}

/// The row of what a token opens (`company_id`, `account_id`, and `company`, its name), if it opens anything.
pub async fn find(tx: &mut Tx, token: &str, now: Timestamp) -> Result<Option<Row>, DbError> {
    tx.fetch_optional(FIND, args![hash(token), now.as_millisecond()]).await
}

/// Uses a link up. False: it opens nothing any more.
pub async fn use_up(tx: &mut Tx, token: &str, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(USE, args![hash(token), now.as_millisecond()]).await? > 0)
}

fn hash(token: &str) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, token.as_bytes()))
}
