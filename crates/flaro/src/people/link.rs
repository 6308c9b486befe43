//! What a one-time link opens: an account whose password is set by the person alone.

use super::{Person, State, find};
use crate::{
    Company, Flaro, FlaroError, Role,
    audit::{self, Change, Stamp},
    tenant::Viewer,
};
use db::{DbError, Tx, args};
use jiff::Timestamp;
use web::{
    Account,
    one_time::{self, Issued},
    session,
};

/// What a link opens.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub person: Person,
    pub company: Company,
    pub company_name: String,
}

const SET_PASSWORD: &str = "UPDATE account SET password_hash = $3, last_login_at = $4
    WHERE company_id = $1 AND account_id = $2 AND disabled_at IS NULL";
const REVIVE: &str = "UPDATE account SET disabled_at = NULL WHERE company_id = $1 AND account_id = $2";

/// Ends every link of an account.
pub(crate) async fn end_all(tx: &mut Tx, company: &str, id: &str, at: i64) -> Result<(), DbError> {
    let now = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    one_time::end_all(tx, company, id, now).await.map(drop)
}

/// A new link for somebody who is there: invites again, or lets them set another password. None: not theirs to give.
pub(crate) async fn reissue(flaro: &Flaro, viewer: &Viewer, id: &str) -> Result<Option<Issued>, FlaroError> {
    let (stamp, now, viewer, id) = (Stamp::new(flaro), flaro.now(), viewer.clone(), id.to_owned());
    let random = (flaro.random_bytes)();
    let unit = async move |tx: &mut Tx| -> Result<Option<Issued>, FlaroError> {
        let company = &viewer.scope.company;
        tx.lock(&format!("people/{}", company.as_str())).await?;
        let Some(person) = find(tx, company, &id, now).await? else { return Ok(None) };
        let above = person.grant.role == Role::Administrator && viewer.role != Role::Administrator;
        if above || (person.state == State::Disabled && person.has_password) {
            return Ok(None);
        }
        if !person.has_password {
            tx.execute(REVIVE, args![company.as_str(), &id]).await?;
        }
        let issued = one_time::issue(tx, company.as_str(), &id, viewer.who.name(), random, now).await?;
        let target = format!("{}（{}）", person.grant.name, person.login);
        let until = |at: Option<Timestamp>| {
            at.map_or_else(
                || "リンクなし".to_owned(),
                |at| format!("期限 {}", web::format::date_time(at, &viewer.zone)),
            )
        };
        let (before, after) = (until(person.link_until), until(Some(issued.until)));
        let what =
            if person.has_password { "パスワード再設定リンクを発行" } else { "招待リンクを発行" };
        let change =
            Change { who: viewer.who.name(), what, target: &target, before: Some(&before), after: Some(&after) };
        audit::note(tx, company, stamp, change).await?;
        Ok(Some(issued))
    };
    flaro.db.write(unit).await
}

/// What the link with this token opens; nothing, where it opens nothing (any more).
pub(crate) async fn open(flaro: &Flaro, token: &str) -> Result<Option<Opened>, FlaroError> {
    let (token, now) = (token.to_owned(), flaro.now());
    flaro.db.read(async move |tx: &mut Tx| look_up(tx, &token, now).await).await
}

async fn look_up(tx: &mut Tx, token: &str, now: Timestamp) -> Result<Option<Opened>, FlaroError> {
    let Some(row) = one_time::find(tx, token, now).await? else { return Ok(None) };
    let company = Company::of(&row)?;
    let person = find(tx, &company, &row.text("account_id")?, now).await?;
    let company_name = row.text("company")?;
    Ok(person.map(|person| Opened { person, company, company_name }))
}

/// Sets the password, ends the link and every session, and gives the account to sign in. None: it has ended meanwhile.
pub(crate) async fn accept(flaro: &Flaro, token: &str, hash: String) -> Result<Option<Account>, FlaroError> {
    let (stamp, now, token) = (Stamp::new(flaro), flaro.now(), token.to_owned());
    let unit = async move |tx: &mut Tx| -> Result<Option<Account>, FlaroError> {
        let Some(Opened { person, company, .. }) = look_up(tx, &token, now).await? else { return Ok(None) };
        let set = args![company.as_str(), &person.id, &hash, now.as_millisecond()];
        if !one_time::use_up(tx, &token, now).await? || tx.execute(SET_PASSWORD, set).await? == 0 {
            return Ok(None);
        }
        one_time::end_all(tx, company.as_str(), &person.id, now).await?;
        session::end_all(tx, company.as_str(), &person.id).await?;
        let (what, before, after) = if person.has_password {
            ("パスワードを再設定", "前のパスワード", "新しいパスワード（リンクから本人が設定）")
        } else {
            ("招待を受けてパスワードを設定", "招待中", "有効")
        };
        let target = format!("{}（{}）", person.grant.name, person.login);
        let who = person.grant.name.as_str();
        audit::note(
            tx,
            &company,
            stamp,
            Change { who, what, target: &target, before: Some(before), after: Some(after) },
        )
        .await?;
        Ok(Some(Account {
            id: person.id,
            tenant: company.as_str().to_owned(),
            name: person.grant.name,
            role: person.grant.role.name().to_owned(),
            password_hash: hash,
        }))
    };
    flaro.db.write(unit).await
}
