//! Inviting, another role, 停止 and 再開. The last 企業管理者 stays one, and nobody takes away their own rights.

use db::{Tx, args};
use uuid::Uuid;
use web::session;

use super::link::{self, Issued};
use super::login::Login;
use super::{Person, State, find, role_words, store_of};
use crate::accounts::{Role, Viewer};
use crate::{Pos, PosError, audit};

/// What a change asks of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Another name or role.
    Details {
        /// 名前
        name: String,
        /// 権限
        role: Role,
    },
    /// 停止, which withdraws an invitation, too.
    Disable,
    /// 再開
    Enable,
}

/// Why an account stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// One's own role or state.
    #[error("自分の権限は変更できず、自分を停止することもできません。ほかの企業管理者に依頼してください")]
    Oneself,
    /// Nobody could look after the company's accounts any more.
    #[error("最後の企業管理者です。先にほかの人を企業管理者にしてください")]
    LastAdmin,
}

/// May this be done to this person? `other_admins` counts the active 企業管理者 beside them.
pub fn judge(actor: Uuid, person: &Person, change: &Change, other_admins: i64) -> Result<(), Refused> {
    let (role, state) = match change {
        Change::Details { role, .. } => (*role, person.state),
        Change::Disable => (person.role, State::Disabled),
        Change::Enable => (person.role, State::Active),
    };
    let takes_away = role != person.role || (state == State::Disabled && person.state != State::Disabled);
    if actor == person.id && takes_away {
        return Err(Refused::Oneself);
    }
    let admin = |role: Role, state: State| role == Role::CompanyAdmin && state == State::Active;
    if admin(person.role, person.state) && !admin(role, state) && other_admins == 0 {
        return Err(Refused::LastAdmin);
    }
    Ok(())
}

const OTHER_ADMINS: &str = "
    SELECT COUNT(*) AS n FROM account WHERE company_id = $1 AND account_id <> $2 AND role = 'company_admin'
      AND disabled_at IS NULL AND password_hash <> ''";
const ADD: &str = "
    INSERT INTO account (company_id, account_id, login, name, role, store_id, password_hash, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, '', $7) ON CONFLICT (login) DO NOTHING";
const SAVE: &str = "
    UPDATE account SET name = $3, role = $4, store_id = $5 WHERE company_id = $1 AND account_id = $2";
const SET_DISABLED: &str = "UPDATE account SET disabled_at = $3 WHERE company_id = $1 AND account_id = $2";

/// 招待: an account without a password, and the link that sets one. None: the login is taken.
pub async fn invite(
    pos: &Pos,
    viewer: &Viewer,
    login: &Login,
    name: String,
    role: Role,
) -> Result<Option<Issued>, PosError> {
    let (shared, viewer, login, id) = (pos.clone(), viewer.clone(), login.as_str().to_owned(), pos.new_id());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Option<Issued>, PosError> {
            let (tenant, now) = (&viewer.tenant, shared.now());
            let store = store_of(tx, tenant, role).await?;
            let (word, store_id) = role.columns();
            let row = args![tenant.as_str(), id.to_string(), &login, &name, word, store_id, now.as_millisecond()];
            if tx.execute(ADD, row).await? == 0 {
                return Ok(None);
            }
            let issued = link::issue(tx, &shared, tenant, viewer.name(), id).await?;
            let (target, after) = (format!("{name}（{login}）"), role_words(role, store.as_deref()));
            audit::note(tx, &shared, tenant, viewer.name(), "担当者を招待", &target, None, Some(&after)).await?;
            Ok(Some(issued))
        })
        .await
}

/// Changes an account; an answer of `Err` inside says why not.
pub async fn change(pos: &Pos, viewer: &Viewer, id: Uuid, change: Change) -> Result<Result<(), Refused>, PosError> {
    let (shared, viewer) = (pos.clone(), viewer.clone());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Result<(), Refused>, PosError> {
            let tenant = &viewer.tenant;
            tx.lock(&format!("people:{tenant}")).await?;
            let person = find(tx, tenant, id, shared.now()).await?.ok_or(PosError::NotFound("account"))?;
            let others = tx.fetch_one(OTHER_ADMINS, args![tenant.as_str(), id.to_string()]).await?.int("n")?;
            let actor = viewer.who.user_id().parse().unwrap_or_default();
            if let Err(refused) = judge(actor, &person, &change, others) {
                return Ok(Err(refused));
            }
            carry_out(tx, &shared, &viewer, &person, change).await.map(Ok)
        })
        .await
}

async fn carry_out(tx: &mut Tx, pos: &Pos, viewer: &Viewer, person: &Person, change: Change) -> Result<(), PosError> {
    let (tenant, id) = (&viewer.tenant, person.id.to_string());
    let now = pos.now().as_millisecond();
    let (what, before, after) = match change {
        Change::Details { name, role } => {
            if (&name, role) == (&person.name, person.role) {
                return Ok(());
            }
            let store = store_of(tx, tenant, role).await?;
            let (word, store_id) = role.columns();
            tx.execute(SAVE, args![tenant.as_str(), &id, &name, word, store_id]).await?;
            let words = |name: &str, role: String| format!("{name}、{role}");
            let after = words(&name, role_words(role, store.as_deref()));
            ("担当者の権限を変更", words(&person.name, person.role_words()), after)
        }
        Change::Disable => {
            tx.execute(SET_DISABLED, args![tenant.as_str(), &id, Some(now)]).await?;
            link::end_all(tx, tenant, person.id, pos.now()).await?;
            let what = if person.has_password { "担当者を停止" } else { "担当者の招待を取消" };
            (what, person.state.label().to_owned(), State::Disabled.label().to_owned())
        }
        Change::Enable => {
            tx.execute(SET_DISABLED, args![tenant.as_str(), &id, None::<i64>]).await?;
            let after = if person.has_password { State::Active } else { State::Invited };
            ("担当者を再開", person.state.label().to_owned(), after.label().to_owned())
        }
    };
    // A session keeps name and role: it begins anew with the right ones.
    session::end_all(tx, tenant.as_str(), &id).await?;
    let target = format!("{}（{}）", person.name, person.login);
    audit::note(tx, pos, tenant, viewer.name(), what, &target, Some(&before), Some(&after)).await
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use sales::StoreId;

    use super::*;

    fn person(id: u128, role: Role, state: State) -> Person {
        Person {
            id: Uuid::from_u128(id),
            login: String::new(),
            name: "太田".to_owned(),
            role,
            store: None,
            state,
            has_password: state != State::Invited,
            created_at: Timestamp::UNIX_EPOCH,
            last_login_at: None,
            link_until: None,
        }
    }

    fn to(role: Role) -> Change {
        Change::Details { name: "太田".to_owned(), role }
    }

    #[test]
    fn nobody_takes_away_their_own_rights() {
        let me = person(1, Role::CompanyAdmin, State::Active);
        for change in [to(Role::HeadOffice), Change::Disable] {
            assert_eq!(judge(me.id, &me, &change, 5), Err(Refused::Oneself));
        }
        let renamed = Change::Details { name: "太田 花子".to_owned(), role: Role::CompanyAdmin };
        assert_eq!(judge(me.id, &me, &renamed, 0), Ok(()));
    }

    #[test]
    fn the_last_admin_stays_one() {
        let (actor, last) = (Uuid::from_u128(9), person(1, Role::CompanyAdmin, State::Active));
        for change in [to(Role::Store(StoreId(Uuid::nil()))), Change::Disable] {
            assert_eq!(judge(actor, &last, &change, 0), Err(Refused::LastAdmin));
            assert_eq!(judge(actor, &last, &change, 1), Ok(()));
        }
        for other in [person(1, Role::CompanyAdmin, State::Invited), person(1, Role::HeadOffice, State::Active)] {
            assert_eq!(judge(actor, &other, &Change::Disable, 0), Ok(()), "takes no admin away");
        }
    }
}
