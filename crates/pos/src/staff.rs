//! 担当者: who works at a store's tills, with a code, a manager flag and a PIN that is kept only as a hash. Never
//! deleted, only retired: a check carries the code of who rang it up.

use db::{Row, Tx, args};
use jiff::Timestamp;
use sales::StoreId;

use crate::edits::{self, Edited, Subject};
use crate::settlements::Window;
use crate::stored::Stored;
use crate::stores::list::like;
use crate::{Pos, PosError, Tenant, audit, codes, masters};

/// A member of a store's staff.
#[derive(Clone, Debug)]
pub struct Member {
    /// 店舗
    pub store: StoreId,
    /// 店舗名
    pub store_name: String,
    /// 担当者コード
    pub code: String,
    /// 名前
    pub name: String,
    /// 責任者
    pub manager: bool,
    /// Has a PIN.
    pub has_pin: bool,
    /// Since when they no longer work there.
    pub retired_at: Option<Timestamp>,
    /// Of its last change.
    pub version: i64,
}

/// What becomes of a PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pin {
    /// It stays as it is.
    Keep,
    /// This one, hashed, from now on.
    Set(String),
    /// None: nothing is asked at the till.
    Clear,
}

/// Which of them a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One store.
    pub store: Option<String>,
    /// A part of name or code.
    pub word: String,
    /// Those that are retired, too.
    pub retired: bool,
}

macro_rules! narrowed {
    () => {
        "p.company_id = $1 AND p.store_id = COALESCE($2, p.store_id) AND ($4 = 1 OR p.retired_at IS NULL)
         AND ($3 = '' OR p.name LIKE '%' || $3 || '%' ESCAPE '\\' OR p.code LIKE '%' || $3 || '%' ESCAPE '\\')"
    };
}
macro_rules! members {
    () => {
        "SELECT p.store_id, s.name AS store, p.code, p.name, p.manager, p.retired_at,
                CASE WHEN p.pin_hash IS NULL THEN 0 ELSE 1 END AS has_pin, COALESCE(e.version, 0) AS version
         FROM staff p JOIN store s ON s.company_id = p.company_id AND s.store_id = p.store_id
         LEFT JOIN edit_mark e ON e.company_id = p.company_id
              AND e.subject = 'staff:' || p.store_id || ':' || p.code
         WHERE "
    };
}

const COUNT: &str = concat!("SELECT COUNT(*) AS n FROM staff p WHERE ", narrowed!());
const LIST: &str = concat!(members!(), narrowed!(), " ORDER BY s.position, s.store_id, p.code LIMIT $5 OFFSET $6");
const ONE: &str = concat!(members!(), "p.company_id = $1 AND p.store_id = $2 AND p.code = $3");
const STORE: &str = "SELECT name FROM store WHERE company_id = $1 AND store_id = $2";
const ADD: &str = "INSERT INTO staff (company_id, store_id, code, name, pin_hash, manager)
                   VALUES ($1, $2, $3, $4, $5, $6)";
const SAVE: &str = "UPDATE staff SET name = $4, manager = $5 WHERE company_id = $1 AND store_id = $2 AND code = $3";
const SAVE_PIN: &str = "UPDATE staff SET pin_hash = $4 WHERE company_id = $1 AND store_id = $2 AND code = $3";
const RETIRE: &str = "UPDATE staff SET retired_at = $4 WHERE company_id = $1 AND store_id = $2 AND code = $3";

/// A PIN as it is typed: 4 to 8 digits. The message never repeats it.
pub fn pin(typed: &str) -> Result<String, String> {
    let plain = web::text::digits(typed);
    let right = (4..=8).contains(&plain.len()) && plain.bytes().all(|byte| byte.is_ascii_digit());
    if right { Ok(plain) } else { Err("PINは数字4〜8桁で入力してください".to_owned()) }
}

/// A code as it is kept: up to 10 letters and digits, half-width.
pub fn code(typed: &str) -> Result<String, String> {
    let plain = web::text::digits(typed);
    let right = (1..=10).contains(&plain.len()) && plain.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if right {
        Ok(plain)
    } else {
        Err("担当者コードは英数字1〜10文字で入力してください".to_owned())
    }
}

/// One page of them; and how many there are.
pub async fn list(pos: &Pos, tenant: &Tenant, filter: Filter, window: Window) -> Result<(i64, Vec<Member>), PosError> {
    let (tenant, word) = (tenant.clone(), like(&filter.word));
    pos.db
        .read(async move |tx: &mut Tx| -> Result<(i64, Vec<Member>), PosError> {
            let company = tenant.as_str();
            let narrowed = args![company, filter.store.clone(), &word, filter.retired];
            let total = tx.fetch_one(COUNT, narrowed).await?.int("n")?;
            let (limit, offset) = window.limit_offset(total);
            let values = args![company, filter.store, word, filter.retired, limit, offset];
            let rows = tx.fetch_all(LIST, values).await?;
            Ok((total, rows.iter().map(read).collect::<Result<_, _>>()?))
        })
        .await
}

/// One of them; none where the store has no such.
pub async fn one(pos: &Pos, tenant: &Tenant, store: StoreId, code: &str) -> Result<Option<Member>, PosError> {
    let (tenant, code) = (tenant.clone(), code.to_owned());
    pos.db.read(async move |tx: &mut Tx| find(tx, &tenant, store, &code).await).await
}

/// Adds one under a code that the store has not used before.
pub async fn add(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    (store, code): (StoreId, String),
    (name, manager): (String, bool),
    pin_hash: Option<String>,
) -> Result<Edited, PosError> {
    let (shared, tenant, who) = (pos.clone(), tenant.clone(), who.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Edited, PosError> {
            codes::lock(tx, &tenant).await?;
            let row = tx.fetch_optional(STORE, args![tenant.as_str(), store.to_string()]).await?;
            let place = row.ok_or(PosError::NotFound("store"))?.text("name")?;
            if let Some(twin) = find(tx, &tenant, store, &code).await? {
                let whose = if twin.retired_at.is_some() { "退職・異動した" } else { "" };
                let words =
                    format!("別の担当者コードを入力してください（「{code}」は{whose}「{}」のものです）", twin.name);
                return Ok(Edited::mistake("code", words));
            }
            let after = words(&name, manager, pin_hash.is_some());
            let values = args![tenant.as_str(), store.to_string(), &code, &name, pin_hash, manager];
            tx.execute(ADD, values).await?;
            let target = format!("{place} {code} {name}");
            audit::note(tx, &shared, &tenant, &who, "担当者を追加", &target, None, Some(&after)).await?;
            masters::bump(tx, &tenant).await.map(Edited::Done)
        })
        .await
}

/// Changes one whose form saw the version.
pub async fn save(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    (store, code): (StoreId, String),
    seen: i64,
    (name, manager): (String, bool),
    pin: Pin,
) -> Result<Edited, PosError> {
    let (shared, tenant, who) = (pos.clone(), tenant.clone(), who.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Edited, PosError> {
            codes::lock(tx, &tenant).await?;
            let it = find(tx, &tenant, store, &code).await?.ok_or(PosError::NotFound("staff"))?;
            let subject = Subject::Staff(store, code.clone());
            if let Some(stale) = edits::unseen(tx, &tenant, &subject, Some(seen), &it.name).await? {
                return Ok(Edited::Stale(vec![stale]));
            }
            let what = changed(&it, &name, manager, &pin);
            if what.is_empty() {
                return Ok(Edited::Unchanged);
            }
            let (company, id) = (tenant.as_str(), store.to_string());
            tx.execute(SAVE, args![company, &id, &code, &name, manager]).await?;
            let has_pin = match pin {
                Pin::Keep => it.has_pin,
                Pin::Set(hash) => tx.execute(SAVE_PIN, args![company, &id, &code, Some(hash)]).await.map(|_| true)?,
                Pin::Clear => tx.execute(SAVE_PIN, args![company, &id, &code, None::<String>]).await.map(|_| false)?,
            };
            let (before, after) = (words(&it.name, it.manager, it.has_pin), words(&name, manager, has_pin));
            let after = if what.contains("PIN") { format!("{after}（PINを変更）") } else { after };
            audit::note(tx, &shared, &tenant, &who, "担当者を変更", &target(&it), Some(&before), Some(&after)).await?;
            edits::touch(tx, &shared, &tenant, &who, &subject, &what).await?;
            masters::bump(tx, &tenant).await.map(Edited::Done)
        })
        .await
}

/// 使用終了 (true) or 再開.
pub async fn set_retired(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    (store, code): (StoreId, String),
    seen: i64,
    retired: bool,
) -> Result<Edited, PosError> {
    let (shared, tenant, who) = (pos.clone(), tenant.clone(), who.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Edited, PosError> {
            codes::lock(tx, &tenant).await?;
            let it = find(tx, &tenant, store, &code).await?.ok_or(PosError::NotFound("staff"))?;
            if it.retired_at.is_some() == retired {
                return Ok(Edited::Unchanged);
            }
            let subject = Subject::Staff(store, code.clone());
            if let Some(stale) = edits::unseen(tx, &tenant, &subject, Some(seen), &it.name).await? {
                return Ok(Edited::Stale(vec![stale]));
            }
            let at = retired.then(|| shared.now().as_millisecond());
            tx.execute(RETIRE, args![tenant.as_str(), store.to_string(), &code, at]).await?;
            let (before, after) = if retired { ("使用中", "使用終了") } else { ("使用終了", "使用中") };
            let what = if retired { "担当者の使用を終了" } else { "担当者の使用を再開" };
            audit::note(tx, &shared, &tenant, &who, what, &target(&it), Some(before), Some(after)).await?;
            edits::touch(tx, &shared, &tenant, &who, &subject, "使用の状態").await?;
            masters::bump(tx, &tenant).await.map(Edited::Done)
        })
        .await
}

async fn find(tx: &mut Tx, tenant: &Tenant, store: StoreId, code: &str) -> Result<Option<Member>, PosError> {
    let row = tx.fetch_optional(ONE, args![tenant.as_str(), store.to_string(), code]).await?;
    row.as_ref().map(read).transpose()
}

fn changed(it: &Member, name: &str, manager: bool, pin: &Pin) -> String {
    let cleared = *pin == Pin::Clear && it.has_pin;
    let differs =
        [("名前", it.name != name), ("責任者", it.manager != manager), ("PIN", cleared || matches!(pin, Pin::Set(_)))];
    differs.iter().filter(|(_, differs)| *differs).map(|(label, _)| *label).collect::<Vec<_>>().join("・")
}

fn words(name: &str, manager: bool, has_pin: bool) -> String {
    let manager = if manager { "はい" } else { "いいえ" };
    format!("名前：{name}、責任者：{manager}、PIN：{}", if has_pin { "あり" } else { "なし" })
}

fn target(it: &Member) -> String {
    format!("{} {} {}", it.store_name, it.code, it.name)
}

fn read(row: &Row) -> Result<Member, PosError> {
    Ok(Member {
        store: row.parse("store_id")?,
        store_name: row.text("store")?,
        code: row.text("code")?,
        name: row.text("name")?,
        manager: row.flag("manager")?,
        has_pin: row.flag("has_pin")?,
        retired_at: row.opt_at("retired_at")?,
        version: row.int("version")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_four_to_eight_digits_and_never_repeated() {
        for (typed, kept) in [("1234", "1234"), ("１２３４５６７８", "12345678"), (" 0000 ", "0000")] {
            assert_eq!(pin(typed).as_deref(), Ok(kept));
        }
        for typed in ["", "123", "123456789", "12a4", "-123"] {
            let message = pin(typed).unwrap_err();
            assert!(message.contains("4〜8桁") && (typed.is_empty() || !message.contains(typed)), "{typed}");
        }
    }

    #[test]
    fn a_code_is_short_and_half_width() {
        assert_eq!(code(" ０１ ").as_deref(), Ok("01"));
        assert_eq!(code("A12").as_deref(), Ok("A12"));
        for typed in ["", "01234567890", "店長", "a-1"] {
            assert!(code(typed).is_err(), "{typed}");
        }
    }
}
