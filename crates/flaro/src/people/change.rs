//! Inviting, another role or range, 停止 and 再開. The last 企業管理者 stays one, nobody takes away their own rights, and
//! nobody gives what they don't have.

use super::{Grant, Names, Person, Range, State, find, link, names};
use crate::{
    Flaro, FlaroError, Role,
    audit::{self, Change as Entry, Stamp},
    rights::Right,
    tenant::Viewer,
};
use db::{DbError, Tx, args};
use web::{
    one_time::{self, Issued},
    person::Login,
    session,
};

/// What a change asks of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Another name, role, range or rights.
    Grant(Grant),
    /// 停止, which withdraws an invitation, too.
    Disable,
    /// 再開
    Enable,
}

/// Why an account stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("自分の権限は変更できず、自分を停止することもできません。ほかの企業管理者に依頼してください")]
    Oneself,
    #[error("最後の企業管理者です。先にほかの人を企業管理者にしてください")]
    LastAdmin,
    #[error("企業管理者のことは、企業管理者だけが変更できます")]
    AboveOneself,
    #[error("この担当者は見つかりません。一覧から選び直してください")]
    Gone,
}

/// May this be done to this person? `other_admins` counts the active 企業管理者 beside them.
pub(crate) fn judge(
    (actor, actors_role): (&str, Role),
    person: &Person,
    change: &Change,
    other_admins: i64,
) -> Result<(), Refused> {
    let (to, state) = match change {
        Change::Grant(grant) => (grant, person.state),
        Change::Disable => (&person.grant, State::Disabled),
        Change::Enable => (&person.grant, State::Active),
    };
    let was = &person.grant;
    let more_than_the_name = Grant { name: was.name.clone(), ..to.clone() } != *was;
    if actor == person.id && (more_than_the_name || state == State::Disabled) {
        return Err(Refused::Oneself);
    }
    let touches_admin = was.role == Role::Administrator || to.role == Role::Administrator;
    if touches_admin && actors_role != Role::Administrator {
        return Err(Refused::AboveOneself);
    }
    let admin = |role: Role, state: State| role == Role::Administrator && state == State::Active;
    if admin(was.role, person.state) && !admin(to.role, state) && other_admins == 0 {
        return Err(Refused::LastAdmin);
    }
    Ok(())
}

const OTHER_ADMINS: &str = "SELECT COUNT(*) AS n FROM account WHERE company_id = $1 AND account_id <> $2
    AND role = 'administrator' AND disabled_at IS NULL AND password_hash <> ''";
const ADD: &str = "INSERT INTO account
    (company_id, account_id, login, name, role, all_stores, permissions, password_hash, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8) ON CONFLICT (login) DO NOTHING";
const SAVE: &str = "UPDATE account SET name = $3, role = $4, all_stores = $5, permissions = $6
    WHERE company_id = $1 AND account_id = $2";
const SET_DISABLED: &str = "UPDATE account SET disabled_at = $3 WHERE company_id = $1 AND account_id = $2";
const CLEAR: [&str; 2] = [
    "DELETE FROM account_store WHERE company_id = $1 AND account_id = $2",
    "DELETE FROM account_area WHERE company_id = $1 AND account_id = $2",
];
// Only what is the company's own can be given.
const GIVE_STORE: &str = "INSERT INTO account_store (company_id, account_id, store_id)
    SELECT company_id, $2, store_id FROM store WHERE company_id = $1 AND store_id = $3";
const GIVE_AREA: &str = "INSERT INTO account_area (company_id, account_id, area_id)
    SELECT company_id, $2, area_id FROM area WHERE company_id = $1 AND area_id = $3";

/// What came of an invitation.
#[derive(Clone, Debug)]
pub(crate) enum Invited {
    Done(Issued),
    /// Somebody has this log-in.
    Taken,
    Refused(Refused),
}

/// 招待: an account without a password, and the link that sets one.
pub(crate) async fn invite(flaro: &Flaro, viewer: &Viewer, login: &Login, grant: Grant) -> Result<Invited, FlaroError> {
    if grant.role == Role::Administrator && viewer.role != Role::Administrator {
        return Ok(Invited::Refused(Refused::AboveOneself));
    }
    let (stamp, now, viewer, login) = (Stamp::new(flaro), flaro.now(), viewer.clone(), login.as_str().to_owned());
    let (id, random) = ((flaro.random)().to_string(), (flaro.random_bytes)());
    let unit = async move |tx: &mut Tx| -> Result<Invited, FlaroError> {
        let company = &viewer.scope.company;
        let own = grant.rights.as_deref().map(Right::text);
        let all = grant.range == Range::All;
        let row = args![company.as_str(), &id, &login, &grant.name, grant.role.name(), all, own, now.as_millisecond()];
        if tx.execute(ADD, row).await? == 0 {
            return Ok(Invited::Taken);
        }
        give(tx, company.as_str(), &id, &grant.range).await?;
        let issued = one_time::issue(tx, company.as_str(), &id, viewer.who.name(), random, now).await?;
        let (target, after) = (format!("{}（{login}）", grant.name), grant.words(&names(tx, company).await?));
        let (who, what) = (viewer.who.name(), "担当者を招待");
        audit::note(tx, company, stamp, Entry { who, what, target: &target, before: None, after: Some(&after) })
            .await?;
        Ok(Invited::Done(issued))
    };
    flaro.db.write(unit).await
}

/// Changes an account; an answer of `Err` inside says why not.
pub(crate) async fn change(
    flaro: &Flaro,
    viewer: &Viewer,
    id: &str,
    change: Change,
) -> Result<Result<(), Refused>, FlaroError> {
    let (stamp, now, viewer, id) = (Stamp::new(flaro), flaro.now(), viewer.clone(), id.to_owned());
    let unit = async move |tx: &mut Tx| -> Result<Result<(), Refused>, FlaroError> {
        let company = &viewer.scope.company;
        tx.lock(&format!("people/{}", company.as_str())).await?;
        let Some(person) = find(tx, company, &id, now).await? else { return Ok(Err(Refused::Gone)) };
        let others = tx.fetch_one(OTHER_ADMINS, args![company.as_str(), &id]).await?.int("n")?;
        if let Err(refused) = judge((&viewer.scope.account_id, viewer.role), &person, &change, others) {
            return Ok(Err(refused));
        }
        let names = names(tx, company).await?;
        let Some((what, before, after)) = carry_out(tx, &viewer, &person, change, &names, stamp.at).await? else {
            return Ok(Ok(()));
        };
        // What a person changed is not the provisioning's to change back.
        let mark = format!("account:{id}");
        web::edits::touch(tx, company.as_str(), &mark, viewer.who.name(), now, "担当者の権限").await?;
        // A session keeps name and role: it begins anew with the right ones.
        session::end_all(tx, company.as_str(), &id).await?;
        let target = format!("{}（{}）", person.grant.name, person.login);
        let who = viewer.who.name();
        let entry = Entry { who, what, target: &target, before: Some(&before), after: Some(&after) };
        audit::note(tx, company, stamp, entry).await?;
        Ok(Ok(()))
    };
    flaro.db.write(unit).await
}

async fn carry_out(
    tx: &mut Tx,
    viewer: &Viewer,
    person: &Person,
    change: Change,
    names: &Names,
    at: i64,
) -> Result<Option<(&'static str, String, String)>, FlaroError> {
    let (company, id) = (viewer.scope.company.as_str(), person.id.as_str());
    let was = |state: State| state.label().to_owned();
    Ok(Some(match change {
        Change::Grant(grant) if grant == person.grant => return Ok(None),
        Change::Grant(grant) => {
            let (own, all) = (grant.rights.as_deref().map(Right::text), grant.range == Range::All);
            tx.execute(SAVE, args![company, id, &grant.name, grant.role.name(), all, own]).await?;
            give(tx, company, id, &grant.range).await?;
            ("担当者の権限を変更", person.grant.words(names), grant.words(names))
        }
        Change::Disable => {
            tx.execute(SET_DISABLED, args![company, id, Some(at)]).await?;
            link::end_all(tx, company, id, at).await?;
            let what = if person.has_password { "担当者を停止" } else { "担当者の招待を取消" };
            (what, was(person.state), was(State::Disabled))
        }
        Change::Enable => {
            tx.execute(SET_DISABLED, args![company, id, None::<i64>]).await?;
            let after = if person.has_password { State::Active } else { State::Invited };
            ("担当者を再開", was(person.state), was(after))
        }
    }))
}

async fn give(tx: &mut Tx, company: &str, id: &str, range: &Range) -> Result<(), DbError> {
    for clear in CLEAR {
        tx.execute(clear, args![company, id]).await?;
    }
    match range {
        Range::All => {}
        Range::Areas(areas) => {
            for area in areas {
                tx.execute(GIVE_AREA, args![company, id, area]).await?;
            }
        }
        Range::Stores(stores) => {
            for store in stores {
                tx.execute(GIVE_STORE, args![company, id, store.to_string()]).await?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn person(id: &str, role: Role, state: State) -> Person {
        Person {
            id: id.to_owned(),
            login: String::new(),
            grant: Grant { name: "太田".to_owned(), role, range: Range::All, rights: None },
            state,
            has_password: state != State::Invited,
            created_at: Timestamp::UNIX_EPOCH,
            last_login_at: None,
            link_until: None,
        }
    }

    fn to(person: &Person, role: Role) -> Change {
        Change::Grant(Grant { role, ..person.grant.clone() })
    }

    #[test]
    fn nobody_takes_away_their_own_rights_but_a_name_may_change() {
        let me = person("me", Role::Administrator, State::Active);
        let actor = ("me", Role::Administrator);
        for change in [to(&me, Role::Headquarters), Change::Disable] {
            assert_eq!(judge(actor, &me, &change, 5), Err(Refused::Oneself));
        }
        let renamed = Change::Grant(Grant { name: "太田 花子".to_owned(), ..me.grant.clone() });
        assert_eq!(judge(actor, &me, &renamed, 0), Ok(()));
    }

    #[test]
    fn the_last_administrator_stays_one_and_only_another_touches_one() {
        let last = person("last", Role::Administrator, State::Active);
        for change in [to(&last, Role::Manager), Change::Disable] {
            assert_eq!(judge(("other", Role::Administrator), &last, &change, 0), Err(Refused::LastAdmin));
            assert_eq!(judge(("other", Role::Administrator), &last, &change, 1), Ok(()));
            assert_eq!(judge(("honbu", Role::Headquarters), &last, &change, 1), Err(Refused::AboveOneself));
        }
        let clerk = person("clerk", Role::Manager, State::Active);
        let raised = to(&clerk, Role::Administrator);
        assert_eq!(judge(("honbu", Role::Headquarters), &clerk, &raised, 1), Err(Refused::AboveOneself));
        assert_eq!(judge(("honbu", Role::Headquarters), &clerk, &Change::Disable, 1), Ok(()));
    }
}
