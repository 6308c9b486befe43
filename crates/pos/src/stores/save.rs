//! Adding a store and changing one: names are unique, the company's order stays without gaps, FLARO's store table and
//! the tills' masters follow.

use db::{Tx, args};
use sales::{RegistrationNumber, StoreId};

use super::detail::{Details, NAME_CHARACTERS_MAX, read};
use crate::edits::{self, Edited, Subject};
use crate::stored::word_of;
use crate::{Pos, PosError, Tenant, audit, codes, linkage, masters};

const TWIN: &str = "SELECT COUNT(*) AS n FROM store WHERE company_id = $1 AND name = $2 AND store_id <> $3";
const LAST: &str = "SELECT CAST(COALESCE(MAX(position), 0) AS BIGINT) AS last FROM store WHERE company_id = $1";
const ADD: &str = "INSERT INTO store (company_id, store_id, name, zone, cut_over, tax_mode, rounding,
                                      registration_number, position) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const SAVE: &str = "UPDATE store SET name = $3, zone = $4, cut_over = $5, tax_mode = $6, rounding = $7,
                    registration_number = $8, position = $9 WHERE company_id = $1 AND store_id = $2";
/// Makes room at $2 for one that comes from $3: those between move by one.
const MAKE_ROOM: &str = "
    UPDATE store SET position = position + CASE WHEN $2 < $3 THEN 1 ELSE -1 END
    WHERE company_id = $1 AND ((position >= $2 AND position < $3) OR (position > $3 AND position <= $2))";

/// Adds a store. Its 表示順 beyond the end is the end.
pub async fn add(pos: &Pos, tenant: &Tenant, who: &str, new: Details) -> Result<Edited<StoreId>, PosError> {
    let (shared, tenant, who, id) = (pos.clone(), tenant.clone(), who.to_owned(), StoreId(pos.new_id()));
    let changed = pos
        .db
        .write(async move |tx: &mut Tx| -> Result<Edited<StoreId>, PosError> {
            codes::lock(tx, &tenant).await?;
            if let Some(message) = refused(tx, &tenant, id, &new.name).await? {
                return Ok(Edited::mistake("name", message));
            }
            let last = tx.fetch_one(LAST, args![tenant.as_str()]).await?.int("last")?;
            let new = Details { position: new.position.clamp(1, last + 1), ..new };
            tx.execute(MAKE_ROOM, args![tenant.as_str(), new.position, last + 1]).await?;
            write(tx, ADD, &tenant, id, &new).await?;
            audit::note(tx, &shared, &tenant, &who, "店舗を追加", &new.name, None, Some(&new.words())).await?;
            told(tx, &tenant).await?;
            Ok(Edited::Done(id))
        })
        .await?;
    // FLARO hears of it at once.
    pos.wake.notify_one();
    Ok(changed)
}

/// Changes a store whose form saw the version.
pub async fn save(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    id: StoreId,
    seen: i64,
    to: Details,
) -> Result<Edited, PosError> {
    let (shared, tenant, who) = (pos.clone(), tenant.clone(), who.to_owned());
    let changed = pos
        .db
        .write(async move |tx: &mut Tx| -> Result<Edited, PosError> {
            codes::lock(tx, &tenant).await?;
            let from = read(tx, &tenant, id).await?.ok_or(PosError::NotFound("store"))?;
            if let Some(stale) = edits::unseen(tx, &tenant, &Subject::Store(id), Some(seen), &from.name).await? {
                return Ok(Edited::Stale(vec![stale]));
            }
            if let Some(message) = refused(tx, &tenant, id, &to.name).await? {
                return Ok(Edited::mistake("name", message));
            }
            let last = tx.fetch_one(LAST, args![tenant.as_str()]).await?.int("last")?;
            let to = Details { position: to.position.clamp(1, last), ..to };
            let Some(difference) = from.difference(&to) else { return Ok(Edited::Unchanged) };
            tx.execute(MAKE_ROOM, args![tenant.as_str(), to.position, from.position]).await?;
            write(tx, SAVE, &tenant, id, &to).await?;
            let (before, after) = (Some(difference.before.as_str()), Some(difference.after.as_str()));
            audit::note(tx, &shared, &tenant, &who, "店舗の設定を変更", &from.name, before, after).await?;
            edits::touch(tx, &shared, &tenant, &who, &Subject::Store(id), &difference.what).await?;
            told(tx, &tenant).await.map(Edited::Done)
        })
        .await?;
    // FLARO hears of it at once.
    pos.wake.notify_one();
    Ok(changed)
}

/// Tells the tills and FLARO, in the transaction of the change.
pub(super) async fn told(tx: &mut Tx, tenant: &Tenant) -> Result<(), PosError> {
    masters::bump(tx, tenant).await?;
    linkage::stores_changed(tx, tenant).await
}

async fn refused(tx: &mut Tx, tenant: &Tenant, id: StoreId, name: &str) -> Result<Option<String>, PosError> {
    let length = name.chars().count();
    if length > NAME_CHARACTERS_MAX {
        return Ok(Some(format!("店舗名は{NAME_CHARACTERS_MAX}文字以内で入力してください（いま{length}文字です）")));
    }
    let twins = tx.fetch_one(TWIN, args![tenant.as_str(), name, id.to_string()]).await?.int("n")?;
    Ok((twins > 0).then(|| format!("別の店舗名を入力してください（「{name}」はすでにあります）")))
}

async fn write(tx: &mut Tx, sql: &'static str, tenant: &Tenant, id: StoreId, to: &Details) -> Result<(), PosError> {
    let number = to.registration_number.as_ref().map(RegistrationNumber::as_str);
    let (mode, rounding) = (word_of(to.tax_mode), word_of(to.rounding));
    let values =
        args![tenant.as_str(), id.to_string(), &to.name, &to.zone, &to.cut_over, mode, rounding, number, to.position];
    tx.execute(sql, values).await?;
    Ok(())
}
