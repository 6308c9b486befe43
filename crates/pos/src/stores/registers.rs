//! The tills of a store: adding one, renaming it, 使用開始 and 使用終了. What it has settled stays inside its service.

use db::{Row, Tx, args};
use jiff::civil::Date;
use sales::{RegisterId, StoreId};
use web::{FieldErrors, format};

use super::save::told;
use crate::edits::{self, Edited, Subject};
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant, audit, codes};

/// What can be changed about a till.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// レジ名
    pub name: String,
    /// 使用開始: in service from this business date on.
    pub from: Date,
    /// 使用終了: … and until this one.
    pub until: Option<Date>,
}

/// A till with what its form needs to know.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its store.
    pub store: StoreId,
    /// Its store's name.
    pub store_name: String,
    /// As it is.
    pub service: Service,
    /// Of its last change.
    pub version: i64,
}

/// The most characters of a till's name.
const NAME_CHARACTERS_MAX: usize = 30;

const ONE: &str = "SELECT r.store_id, r.name, r.service_from, r.service_until, s.name AS store,
                          COALESCE(e.version, 0) AS version
                   FROM register r JOIN store s ON s.company_id = r.company_id AND s.store_id = r.store_id
                   LEFT JOIN edit_mark e ON e.company_id = r.company_id AND e.subject = 'register:' || r.register_id
                   WHERE r.company_id = $1 AND r.register_id = $2";
const STORE: &str = "SELECT name FROM store WHERE company_id = $1 AND store_id = $2";
const TWIN: &str = "SELECT COUNT(*) AS n FROM register
                    WHERE company_id = $1 AND store_id = $2 AND name = $3 AND register_id <> $4";
const SETTLED: &str = "SELECT MIN(business_date) AS first, MAX(business_date) AS last FROM settlement
                       WHERE company_id = $1 AND register_id = $2";
const ADD: &str = "INSERT INTO register (company_id, register_id, store_id, name, service_from, service_until)
                   VALUES ($1, $2, $3, $4, $5, $6)";
const SAVE: &str = "UPDATE register SET name = $3, service_from = $4, service_until = $5
                    WHERE company_id = $1 AND register_id = $2";

/// One till; none where the company has no such.
pub async fn one(pos: &Pos, tenant: &Tenant, id: RegisterId) -> Result<Option<Kept>, PosError> {
    let tenant = tenant.clone();
    pos.db.read(async move |tx: &mut Tx| find(tx, &tenant, id).await).await
}

/// Adds a till to a store.
pub async fn add(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    store: StoreId,
    new: Service,
) -> Result<Edited<RegisterId>, PosError> {
    let (shared, tenant, who, id) = (pos.clone(), tenant.clone(), who.to_owned(), RegisterId(pos.new_id()));
    let changed = pos
        .db
        .write(async move |tx: &mut Tx| -> Result<Edited<RegisterId>, PosError> {
            codes::lock(tx, &tenant).await?;
            let named = tx.fetch_optional(STORE, args![tenant.as_str(), store.to_string()]).await?;
            let place = named.ok_or(PosError::NotFound("store"))?.text("name")?;
            let mistakes = judged(tx, &tenant, store, id, &new).await?;
            if !mistakes.is_empty() {
                return Ok(Edited::Mistakes(mistakes));
            }
            let (from, until) = new.columns();
            let values = args![tenant.as_str(), id.to_string(), store.to_string(), &new.name, from, until];
            tx.execute(ADD, values).await?;
            let target = format!("{place} {}", new.name);
            audit::note(tx, &shared, &tenant, &who, "レジを追加", &target, None, Some(&new.words())).await?;
            told(tx, &tenant).await?;
            Ok(Edited::Done(id))
        })
        .await?;
    // FLARO hears of it at once.
    pos.wake.notify_one();
    Ok(changed)
}

/// Changes a till whose form saw the version.
pub async fn save(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    id: RegisterId,
    seen: i64,
    to: Service,
) -> Result<Edited, PosError> {
    let (shared, tenant, who) = (pos.clone(), tenant.clone(), who.to_owned());
    let changed = pos
        .db
        .write(async move |tx: &mut Tx| -> Result<Edited, PosError> {
            codes::lock(tx, &tenant).await?;
            let kept = find(tx, &tenant, id).await?.ok_or(PosError::NotFound("register"))?;
            let target = format!("{} {}", kept.store_name, kept.service.name);
            if let Some(stale) = edits::unseen(tx, &tenant, &Subject::Register(id), Some(seen), &target).await? {
                return Ok(Edited::Stale(vec![stale]));
            }
            if kept.service == to {
                return Ok(Edited::Unchanged);
            }
            let mistakes = judged(tx, &tenant, kept.store, id, &to).await?;
            if !mistakes.is_empty() {
                return Ok(Edited::Mistakes(mistakes));
            }
            let (from, until) = to.columns();
            tx.execute(SAVE, args![tenant.as_str(), id.to_string(), &to.name, from, until]).await?;
            let (before, after) = (kept.service.words(), to.words());
            audit::note(tx, &shared, &tenant, &who, "レジの設定を変更", &target, Some(&before), Some(&after)).await?;
            edits::touch(tx, &shared, &tenant, &who, &Subject::Register(id), &kept.service.changed(&to)).await?;
            told(tx, &tenant).await.map(Edited::Done)
        })
        .await?;
    // FLARO hears of it at once.
    pos.wake.notify_one();
    Ok(changed)
}

async fn judged(
    tx: &mut Tx,
    tenant: &Tenant,
    store: StoreId,
    id: RegisterId,
    to: &Service,
) -> Result<FieldErrors, PosError> {
    let mut errors = FieldErrors::default();
    let length = to.name.chars().count();
    if length > NAME_CHARACTERS_MAX {
        errors.add("name", format!("レジ名は{NAME_CHARACTERS_MAX}文字以内で入力してください（いま{length}文字です）"));
    }
    let twins = args![tenant.as_str(), store.to_string(), &to.name, id.to_string()];
    if tx.fetch_one(TWIN, twins).await?.int("n")? > 0 {
        errors.add("name", format!("別のレジ名を入力してください（この店舗に「{}」はすでにあります）", to.name));
    }
    if to.until.is_some_and(|until| until < to.from) {
        errors.add("until", "使用終了は使用開始以後の日付を入力してください");
    }
    let settled = tx.fetch_one(SETTLED, args![tenant.as_str(), id.to_string()]).await?;
    let (first, last): (Option<Date>, Option<Date>) = (settled.opt_parse("first")?, settled.opt_parse("last")?);
    if let Some(first) = first.filter(|first| *first < to.from) {
        errors.add(
            "from",
            format!("使用開始は{}以前を入力してください（その営業日の精算があります）", format::date(first)),
        );
    }
    if let Some(last) = last.filter(|last| to.until.is_some_and(|until| until < *last)) {
        errors.add(
            "until",
            format!("使用終了は{}以後を入力してください（その営業日の精算があります）", format::date(last)),
        );
    }
    Ok(errors)
}

async fn find(tx: &mut Tx, tenant: &Tenant, id: RegisterId) -> Result<Option<Kept>, PosError> {
    let row = tx.fetch_optional(ONE, args![tenant.as_str(), id.to_string()]).await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<Kept, PosError> {
    Ok(Kept {
        store: row.parse("store_id")?,
        store_name: row.text("store")?,
        service: Service {
            name: row.text("name")?,
            from: row.parse("service_from")?,
            until: row.opt_parse("service_until")?,
        },
        version: row.int("version")?,
    })
}

impl Service {
    fn columns(&self) -> (String, Option<String>) {
        (self.from.to_string(), self.until.map(|until| until.to_string()))
    }

    fn words(&self) -> String {
        let until = self.until.map_or_else(|| "なし".to_owned(), format::date);
        format!("レジ名：{}、使用開始：{}、使用終了：{until}", self.name, format::date(self.from))
    }

    fn changed(&self, to: &Self) -> String {
        let differs = [
            ("レジ名", self.name != to.name),
            ("使用開始", self.from != to.from),
            ("使用終了", self.until != to.until),
        ];
        differs.iter().filter(|(_, differs)| *differs).map(|(label, _)| *label).collect::<Vec<_>>().join("・")
    }
}
