//! APIトークン: what a program shows to read the company's figures. Shown once, kept as a hash, revocable at any time.
//! A token sees what its owner sees, as of now; when the owner's account is disabled it sees nothing.

use crate::{
    Company, FlaroError,
    audit::{self, Change, Stamp},
    storable,
    tenant::Scope,
};
use db::{DbError, Row, Tx, args};
use jiff::{Timestamp, tz::TimeZone};
use protocol::hash::Sha256;

/// What every token begins with, so that one that leaked is recognised.
pub(crate) const PREFIX: &str = "shime_flaro_";
/// The most tokens of a company that are good at a time.
pub(crate) const TOKENS_MAX: i64 = 50;
/// How exactly the last use is kept.
const USED_WITHIN_MS: i64 = 60_000;

/// A token, without its secret.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub id: String,
    pub name: String,
    pub owner: String,
    pub issued_at: Timestamp,
    pub issued_by: String,
    pub used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub revoked_by: Option<String>,
}

/// A program that showed a good token.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub scope: Scope,
    pub zone: TimeZone,
}

const LIST: &str =
    "SELECT t.token_id, t.name, a.name AS owner, t.issued_at, t.issued_by, t.used_at, t.revoked_at, t.revoked_by
    FROM api_token t JOIN account a ON a.company_id = t.company_id AND a.account_id = t.account_id
    WHERE t.company_id = $1 ORDER BY t.issued_at DESC, t.token_id LIMIT 500";
const COUNT: &str = "SELECT COUNT(*) AS n FROM api_token WHERE company_id = $1 AND revoked_at IS NULL";
const ISSUE: &str = "INSERT INTO api_token (company_id, token_id, token_sha256, name, account_id, issued_at, issued_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const REVOKE: &str = "UPDATE api_token SET revoked_at = $3, revoked_by = $4
    WHERE company_id = $1 AND token_id = $2 AND revoked_at IS NULL RETURNING name";
const FIND: &str = "SELECT t.company_id, t.token_id, t.account_id, t.used_at, a.all_stores, c.zone FROM api_token t
    JOIN account a ON a.company_id = t.company_id AND a.account_id = t.account_id
    JOIN company c ON c.company_id = t.company_id
    WHERE t.token_sha256 = $1 AND t.revoked_at IS NULL AND a.disabled_at IS NULL";
const USED: &str = "UPDATE api_token SET used_at = $3 WHERE company_id = $1 AND token_id = $2";

/// Every token of the company, newest first.
pub(crate) async fn list(tx: &mut Tx, company: &Company) -> Result<Vec<Token>, FlaroError> {
    tx.fetch_all(LIST, args![company.as_str()]).await?.iter().map(Token::read).collect()
}

/// The text of a token of these random bytes.
pub(crate) fn text(random: [u8; 32]) -> String {
    format!("{PREFIX}{}", hex::encode(random))
}

/// Keeps a token whose text is nowhere else; no when there are too many.
pub(crate) async fn issue(
    tx: &mut Tx,
    scope: &Scope,
    who: &str,
    (name, text): (&str, &str),
    stamp: Stamp,
) -> Result<bool, DbError> {
    let company = scope.company.as_str();
    tx.lock(&format!("tokens/{company}")).await?;
    if tx.fetch_one(COUNT, args![company]).await?.int("n")? >= TOKENS_MAX {
        return Ok(false);
    }
    let hash = Sha256::of(text.as_bytes()).to_string();
    let made = args![company, stamp.id.to_string(), hash, name, &scope.account_id, stamp.at, who];
    tx.execute(ISSUE, made).await?;
    let change =
        Change { who, what: "APIトークンを発行", target: name, before: Some("なし"), after: Some("有効") };
    audit::note(tx, &scope.company, stamp, change).await?;
    Ok(true)
}

/// Ends a token; its name, if it was good.
pub(crate) async fn revoke(
    tx: &mut Tx,
    company: &Company,
    who: &str,
    token: &str,
    stamp: Stamp,
) -> Result<Option<String>, DbError> {
    let row = tx.fetch_optional(REVOKE, args![company.as_str(), token, stamp.at, who]).await?;
    let Some(name) = row.map(|row| row.text("name")).transpose()? else { return Ok(None) };
    let change = Change {
        who, what: "APIトークンを無効化", target: &name, before: Some("有効"), after: Some("無効")
    };
    audit::note(tx, company, stamp, change).await?;
    Ok(Some(name))
}

/// Whose token this is, if it is good; and whether its use should be written down.
pub(crate) async fn find(tx: &mut Tx, text: &str, now: Timestamp) -> Result<Option<(Caller, Option<String>)>, DbError> {
    let hash = Sha256::of(text.as_bytes()).to_string();
    let Some(row) = tx.fetch_optional(FIND, args![hash]).await? else { return Ok(None) };
    let scope =
        Scope { company: Company::of(&row)?, all_stores: row.flag("all_stores")?, account_id: row.text("account_id")? };
    let zone = TimeZone::get(&row.text("zone")?).unwrap_or(TimeZone::UTC);
    let due = row.opt_int("used_at")?.is_none_or(|used| now.as_millisecond() - used > USED_WITHIN_MS);
    let token = row.text("token_id")?;
    Ok(Some((Caller { scope, zone }, due.then_some(token))))
}

/// Writes down that a token was used.
pub(crate) async fn used(tx: &mut Tx, company: &Company, token: &str, now: Timestamp) -> Result<(), DbError> {
    tx.execute(USED, args![company.as_str(), token, now.as_millisecond()]).await.map(drop)
}

impl Token {
    fn read(row: &Row) -> Result<Self, FlaroError> {
        let at = |column: &str| row.opt_int(column)?.map(storable::instant).transpose();
        Ok(Self {
            id: row.text("token_id")?,
            name: row.text("name")?,
            owner: row.text("owner")?,
            issued_at: storable::instant(row.int("issued_at")?)?,
            issued_by: row.text("issued_by")?,
            used_at: at("used_at")?,
            revoked_at: at("revoked_at")?,
            revoked_by: row.opt_text("revoked_by")?,
        })
    }
}
