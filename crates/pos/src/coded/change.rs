//! Changing them, one transaction each: judged, written, audited, marked, and the masters' version raised.

use db::{Tx, args};
use sales::ImportCode;

use super::{Coded, Nature, all, insert, rules};
use crate::edits::{self, Edited, Subject};
use crate::masters::{self, SettingKind};
use crate::{Pos, PosError, Tenant, audit, codes};

const RENAME: [&str; 3] = [
    "UPDATE payment_method SET name = $3 WHERE company_id = $1 AND code = $2",
    "UPDATE discount SET name = $3 WHERE company_id = $1 AND code = $2",
    "UPDATE ad_medium SET name = $3 WHERE company_id = $1 AND code = $2",
];
const RETIRE: [&str; 3] = [
    "UPDATE payment_method SET retired_at = $3 WHERE company_id = $1 AND code = $2",
    "UPDATE discount SET retired_at = $3 WHERE company_id = $1 AND code = $2",
    "UPDATE ad_medium SET retired_at = $3 WHERE company_id = $1 AND code = $2",
];
/// Two change places: the sum of both positions less its own is the other's.
const SWAP: [&str; 3] = [
    "UPDATE payment_method SET position = (SELECT CAST(SUM(o.position) AS BIGINT) FROM payment_method o
       WHERE o.company_id = $1 AND o.code IN ($2, $3)) - position WHERE company_id = $1 AND code IN ($2, $3)",
    "UPDATE discount SET position = (SELECT CAST(SUM(o.position) AS BIGINT) FROM discount o
       WHERE o.company_id = $1 AND o.code IN ($2, $3)) - position WHERE company_id = $1 AND code IN ($2, $3)",
    "UPDATE ad_medium SET position = (SELECT CAST(SUM(o.position) AS BIGINT) FROM ad_medium o
       WHERE o.company_id = $1 AND o.code IN ($2, $3)) - position WHERE company_id = $1 AND code IN ($2, $3)",
];

fn of(kind: SettingKind, texts: [&'static str; 3]) -> &'static str {
    match kind {
        SettingKind::Payment => texts[0],
        SettingKind::Discount => texts[1],
        SettingKind::Medium => texts[2],
    }
}

/// Adds one under a free name.
pub async fn add(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    nature: Nature,
    name: &str,
) -> Result<Edited<ImportCode>, PosError> {
    let (shared, tenant, who, name) = (pos.clone(), tenant.clone(), who.to_owned(), name.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Edited<ImportCode>, PosError> {
            codes::lock(tx, &tenant).await?;
            let present = all(tx, &tenant, nature.kind()).await?;
            match judged(&present, nature, &name, None) {
                Err(message) => Ok(Edited::mistake("name", message)),
                Ok(name) => added(tx, &shared, &tenant, &who, nature, &name).await.map(Edited::Done),
            }
        })
        .await
}

/// Gives one another name. Its code stays.
pub async fn rename(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    (kind, code): (SettingKind, ImportCode),
    seen: i64,
    name: &str,
) -> Result<Edited, PosError> {
    let (shared, tenant, who, name) = (pos.clone(), tenant.clone(), who.to_owned(), name.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Edited, PosError> {
            codes::lock(tx, &tenant).await?;
            let present = all(tx, &tenant, kind).await?;
            let it = find(&present, &code)?;
            let subject = Subject::Coded(code);
            if let Some(stale) = edits::unseen(tx, &tenant, &subject, Some(seen), &it.name).await? {
                return Ok(Edited::Stale(vec![stale]));
            }
            match judged(&present, it.nature, &name, Some(it)) {
                Err(message) => Ok(Edited::mistake("name", message)),
                Ok(name) if name == it.name => Ok(Edited::Unchanged),
                Ok(name) => renamed(tx, &shared, &tenant, &who, it, &name).await.map(Edited::Done),
            }
        })
        .await
}

/// 使用終了 (true) or 使用再開. What was sold keeps its name and code; stores keep their settings.
pub async fn set_retired(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    (kind, code): (SettingKind, ImportCode),
    seen: i64,
    retired: bool,
) -> Result<Edited, PosError> {
    let (shared, tenant, who) = (pos.clone(), tenant.clone(), who.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Edited, PosError> {
            codes::lock(tx, &tenant).await?;
            let present = all(tx, &tenant, kind).await?;
            let it = find(&present, &code)?;
            if it.retired_at.is_some() == retired {
                return Ok(Edited::Unchanged);
            }
            let subject = Subject::Coded(code);
            if let Some(stale) = edits::unseen(tx, &tenant, &subject, Some(seen), &it.name).await? {
                return Ok(Edited::Stale(vec![stale]));
            }
            let at = retired.then(|| shared.now().as_millisecond());
            tx.execute(of(kind, RETIRE), args![tenant.as_str(), it.code.as_str(), at]).await?;
            let (before, after) = if retired { ("使用中", "使用終了") } else { ("使用終了", "使用中") };
            let what = format!("{}の使用を{}", kind.noun(), if retired { "終了" } else { "再開" });
            audit::note(tx, &shared, &tenant, &who, &what, &target(it), Some(before), Some(after)).await?;
            edits::touch(tx, &shared, &tenant, &who, &subject, "使用の状態").await?;
            masters::bump(tx, &tenant).await.map(Edited::Done)
        })
        .await
}

/// Puts `code` before the neighbour it stands after, or after the one it stands before: the two change places.
/// Unless they are neighbours still, somebody else was quicker and nothing changes.
pub async fn swap(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    kind: SettingKind,
    code: ImportCode,
    neighbour: ImportCode,
) -> Result<bool, PosError> {
    let (shared, tenant, who) = (pos.clone(), tenant.clone(), who.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<bool, PosError> {
            codes::lock(tx, &tenant).await?;
            let present = all(tx, &tenant, kind).await?;
            let (it, other) = (find(&present, &code)?, find(&present, &neighbour)?);
            let beside = |pair: &[Coded]| pair[0].nature.family() == pair[1].nature.family();
            let both = |pair: &[Coded]| [&pair[0].code, &pair[1].code] == [&code, &neighbour];
            let reversed = |pair: &[Coded]| [&pair[1].code, &pair[0].code] == [&code, &neighbour];
            if !present.windows(2).any(|pair| beside(pair) && (both(pair) || reversed(pair))) {
                return Ok(false);
            }
            let values = args![tenant.as_str(), code.as_str(), neighbour.as_str()];
            tx.execute(of(kind, SWAP), values).await?;
            let place = |of: &Coded| present.iter().position(|coded| coded.code == of.code).unwrap_or_default() + 1;
            let (before, after) = (format!("{}番目", place(it)), format!("{}番目", place(other)));
            let what = format!("{}の並び順を変更", kind.noun());
            audit::note(tx, &shared, &tenant, &who, &what, &target(it), Some(&before), Some(&after)).await?;
            masters::bump(tx, &tenant).await?;
            Ok(true)
        })
        .await
}

/// Adds one whose name was judged, in the caller's transaction.
pub(crate) async fn added(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    nature: Nature,
    name: &str,
) -> Result<ImportCode, PosError> {
    let code = insert(tx, tenant, nature, name).await?;
    let (what, target) = (format!("{}を追加", nature.kind().noun()), format!("{name}（{code}）"));
    audit::note(tx, pos, tenant, who, &what, &target, None, Some(name)).await?;
    Ok(code)
}

/// Renames one to a name that was judged, in the caller's transaction.
pub(crate) async fn renamed(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    it: &Coded,
    name: &str,
) -> Result<(), PosError> {
    let kind = it.nature.kind();
    tx.execute(of(kind, RENAME), args![tenant.as_str(), it.code.as_str(), name]).await?;
    let what = format!("{}の名称を変更", kind.noun());
    audit::note(tx, pos, tenant, who, &what, &target(it), Some(&it.name), Some(name)).await?;
    edits::touch(tx, pos, tenant, who, &Subject::Coded(it.code.clone()), "名称").await?;
    masters::bump(tx, tenant).await
}

fn judged(present: &[Coded], nature: Nature, typed: &str, itself: Option<&Coded>) -> Result<String, String> {
    let name = rules::name(typed, nature.kind().name_label())?;
    rules::free(present, nature, &name, itself)?;
    Ok(name)
}

fn find<'a>(present: &'a [Coded], code: &ImportCode) -> Result<&'a Coded, PosError> {
    present.iter().find(|coded| coded.code == *code).ok_or(PosError::NotFound("code"))
}

fn target(it: &Coded) -> String {
    format!("{}（{}）", it.name, it.code)
}
