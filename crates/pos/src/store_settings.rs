//! 店舗別設定: which payment methods, discounts and ad media a store uses. What is not on here, its tills don't offer
//! and マッピング情報 doesn't list. Any number of stores changes in one transaction, or none does.

use std::collections::{BTreeMap, BTreeSet};

use db::{Sql, Tx, args};
use sales::{ImportCode, StoreId};

use crate::coded::{self, Coded};
use crate::edits::{self, Edited, Stale, Subject};
use crate::masters::{self, SettingKind};
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant, audit, codes};

/// The most settings that change at once.
pub const CHANGES_MAX: usize = 100_000;

/// One code at one store, on or off.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// 店舗
    pub store: StoreId,
    /// 取込コード
    pub code: ImportCode,
    /// Used?
    pub on: bool,
}

/// What stores use: pairs of store and code.
pub type Used = BTreeSet<(StoreId, ImportCode)>;

/// What would change, for a person to look at first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// How many stores change.
    pub stores: usize,
    /// How many settings are switched on.
    pub on: usize,
    /// How many settings are switched off.
    pub off: usize,
}

const USED: Sql = Sql {
    sqlite: "SELECT store_id, code FROM store_setting
             WHERE company_id = $1 AND kind = $2 AND store_id IN (SELECT value FROM json_each($3))",
    postgres: "SELECT store_id, code FROM store_setting WHERE company_id = $1 AND kind = $2
               AND store_id IN (SELECT jsonb_array_elements_text(CAST($3 AS JSONB)))",
};
const NAMES: Sql = Sql {
    sqlite: "SELECT store_id, name FROM store WHERE company_id = $1 AND store_id IN (SELECT value FROM json_each($2))
             ORDER BY position, store_id",
    postgres: "SELECT store_id, name FROM store WHERE company_id = $1
               AND store_id IN (SELECT jsonb_array_elements_text(CAST($2 AS JSONB))) ORDER BY position, store_id",
};
const ON: Sql = Sql {
    sqlite: "INSERT INTO store_setting (company_id, kind, store_id, code)
             SELECT $1, $2, value ->> 'store', value ->> 'code' FROM json_each($3) WHERE true
             ON CONFLICT (company_id, store_id, kind, code) DO NOTHING",
    postgres: "INSERT INTO store_setting (company_id, kind, store_id, code)
               SELECT $1, $2, value ->> 'store', value ->> 'code' FROM jsonb_array_elements(CAST($3 AS JSONB))
               ON CONFLICT (company_id, store_id, kind, code) DO NOTHING",
};
const OFF: Sql = Sql {
    sqlite: "DELETE FROM store_setting WHERE company_id = $1 AND kind = $2 AND (store_id, code) IN
             (SELECT value ->> 'store', value ->> 'code' FROM json_each($3))",
    postgres: "DELETE FROM store_setting WHERE company_id = $1 AND kind = $2 AND (store_id, code) IN
               (SELECT value ->> 'store', value ->> 'code' FROM jsonb_array_elements(CAST($3 AS JSONB)))",
};

/// What these stores use of a kind.
pub async fn used(tx: &mut Tx, tenant: &Tenant, kind: SettingKind, stores: &[StoreId]) -> Result<Used, PosError> {
    let rows = tx.fetch_all(USED, args![tenant.as_str(), kind.word(), ids(stores)]).await?;
    rows.iter().map(|row| Ok((row.parse("store_id")?, row.parse("code")?))).collect()
}

/// Of what was asked for, what is not so already.
pub fn needed(used: &Used, asked: &[Change]) -> Vec<Change> {
    let differs = |change: &&Change| used.contains(&(change.store, change.code.clone())) != change.on;
    let all: BTreeSet<&Change> = asked.iter().filter(differs).collect();
    all.into_iter().cloned().collect()
}

impl Effect {
    /// Counts changes.
    pub fn of(changes: &[Change]) -> Self {
        let stores: BTreeSet<StoreId> = changes.iter().map(|change| change.store).collect();
        let on = changes.iter().filter(|change| change.on).count();
        Self { stores: stores.len(), on, off: changes.len() - on }
    }
}

/// What would come of these changes now.
pub async fn effect(pos: &Pos, tenant: &Tenant, kind: SettingKind, asked: Vec<Change>) -> Result<Effect, PosError> {
    let tenant = tenant.clone();
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Effect, PosError> {
            let used = used(tx, &tenant, kind, &stores_of(&asked)).await?;
            Ok(Effect::of(&needed(&used, &asked)))
        })
        .await
}

/// Makes the changes: all of them or none. `seen` has, per store, the version that a form showed; a store that changes
/// and was changed since refuses everything.
pub async fn apply(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    kind: SettingKind,
    asked: Vec<Change>,
    seen: BTreeMap<StoreId, i64>,
) -> Result<Edited<Effect>, PosError> {
    let (shared, tenant, who) = (pos.clone(), tenant.clone(), who.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Edited<Effect>, PosError> {
            codes::lock(tx, &tenant).await?;
            applied(tx, &shared, &tenant, &who, kind, &asked, &seen).await
        })
        .await
}

/// The same in the caller's transaction, under the company's lock.
pub(crate) async fn applied(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    kind: SettingKind,
    asked: &[Change],
    seen: &BTreeMap<StoreId, i64>,
) -> Result<Edited<Effect>, PosError> {
    if asked.len() > CHANGES_MAX {
        return Ok(Edited::mistake("", format!("一度に変更できるのは{CHANGES_MAX}件までです。店舗を分けてください")));
    }
    let present = coded::all(tx, tenant, kind).await?;
    let used = used(tx, tenant, kind, &stores_of(asked)).await?;
    let changes = needed(&used, asked);
    if changes.is_empty() {
        return Ok(Edited::Unchanged);
    }
    let names = names(tx, tenant, &stores_of(&changes)).await?;
    let stale = stale(tx, tenant, kind, &names, seen).await?;
    if !stale.is_empty() {
        return Ok(Edited::Stale(stale));
    }
    for change in changes.iter().filter(|change| change.on) {
        let found = present.iter().find(|coded| coded.code == change.code);
        let coded = found.ok_or(PosError::NotFound("code"))?;
        if coded.retired_at.is_some() {
            let words = format!("「{}」は使用を終えています。使用を再開してから設定してください", coded.name);
            return Ok(Edited::mistake("", words));
        }
    }
    write(tx, tenant, kind, &changes).await?;
    tell(tx, pos, tenant, who, kind, &Told { present: &present, used: &used, changes: &changes, names: &names })
        .await?;
    masters::bump(tx, tenant).await?;
    Ok(Edited::Done(Effect::of(&changes)))
}

async fn stale(
    tx: &mut Tx,
    tenant: &Tenant,
    kind: SettingKind,
    names: &[(StoreId, String)],
    seen: &BTreeMap<StoreId, i64>,
) -> Result<Vec<Stale>, PosError> {
    let subjects: Vec<Subject> = names.iter().map(|(store, _)| Subject::Setting(*store, kind)).collect();
    let mut marks = edits::marks(tx, tenant, &subjects).await?;
    let unseen = |(store, name): &(StoreId, String)| {
        let mark = marks.remove(&Subject::Setting(*store, kind).to_string())?;
        let outdated = seen.get(store).is_some_and(|version| *version != mark.version);
        outdated.then(|| Stale { name: name.clone(), mark })
    };
    Ok(names.iter().filter_map(unseen).collect())
}

async fn write(tx: &mut Tx, tenant: &Tenant, kind: SettingKind, changes: &[Change]) -> Result<(), PosError> {
    for (sql, on) in [(OFF, false), (ON, true)] {
        let rows = changes.iter().filter(|change| change.on == on);
        let rows = rows.map(|change| serde_json::json!({"store": change.store, "code": change.code}));
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            let list = serde_json::Value::Array(rows).to_string();
            tx.execute(sql, args![tenant.as_str(), kind.word(), list]).await?;
        }
    }
    Ok(())
}

/// What is told in the 変更履歴, a line a store.
struct Told<'a> {
    present: &'a [Coded],
    used: &'a Used,
    changes: &'a [Change],
    names: &'a [(StoreId, String)],
}

impl Told<'_> {
    /// The names a store uses, before and after, in the company's order.
    fn of(&self, store: StoreId) -> (String, String) {
        let was = |coded: &&Coded| self.used.contains(&(store, coded.code.clone()));
        let own: Vec<&Change> = self.changes.iter().filter(|change| change.store == store).collect();
        let is = |coded: &&Coded| match own.iter().find(|change| change.code == coded.code) {
            Some(change) => change.on,
            None => was(coded),
        };
        let words = |names: Vec<&str>| if names.is_empty() { "なし".to_owned() } else { names.join("、") };
        let before = self.present.iter().filter(was).map(|coded| coded.name.as_str()).collect();
        let after = self.present.iter().filter(is).map(|coded| coded.name.as_str()).collect();
        (words(before), words(after))
    }
}

async fn tell(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    kind: SettingKind,
    told: &Told<'_>,
) -> Result<(), PosError> {
    let what = format!("店舗の{}を変更", kind.label());
    for (store, name) in told.names {
        let (before, after) = told.of(*store);
        audit::note(tx, pos, tenant, who, &what, name, Some(&before), Some(&after)).await?;
        edits::touch(tx, pos, tenant, who, &Subject::Setting(*store, kind), kind.label()).await?;
    }
    Ok(())
}

/// Id and name of these stores, in the company's order; none may be another company's.
async fn names(tx: &mut Tx, tenant: &Tenant, stores: &[StoreId]) -> Result<Vec<(StoreId, String)>, PosError> {
    let rows = tx.fetch_all(NAMES, args![tenant.as_str(), ids(stores)]).await?;
    if rows.len() != stores.len() {
        return Err(PosError::NotFound("store"));
    }
    rows.iter().map(|row| Ok((row.parse("store_id")?, row.text("name")?))).collect()
}

/// The stores that changes are about, each once.
pub fn stores_of(changes: &[Change]) -> Vec<StoreId> {
    changes.iter().map(|change| change.store).collect::<BTreeSet<_>>().into_iter().collect()
}

fn ids(stores: &[StoreId]) -> String {
    serde_json::json!(stores).to_string()
}
