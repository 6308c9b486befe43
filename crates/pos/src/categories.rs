//! 商品カテゴリ: the tabs of a till's menu. Added, renamed, put in order, retired while nothing in them is on sale.

use db::{Row, Tx, args};
use jiff::Timestamp;
use sales::CategoryId;

use crate::edits::{self, Edited, Subject};
use crate::products::rules;
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant, audit, codes, masters};

/// The most categories of a company, retired ones included.
pub const CATEGORIES_MAX: usize = 500;

/// 商品カテゴリ
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Its id.
    pub id: CategoryId,
    /// Its name, unique in the company.
    pub name: String,
    /// 表示順
    pub position: i64,
    /// Since when it is no longer used.
    pub retired_at: Option<Timestamp>,
    /// How many of its products are on sale.
    pub on_sale: i64,
    /// Of its last change.
    pub version: i64,
}

/// A change of one category; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Another name, as typed.
    pub name: Option<String>,
    /// Another 表示順, as typed.
    pub position: Option<String>,
    /// 使用終了 or 使用再開.
    pub retired: Option<bool>,
}

const ALL: &str = "
    SELECT c.category_id, c.name, c.position, c.retired_at, COALESCE(e.version, 0) AS version,
           (SELECT COUNT(*) FROM product p WHERE p.company_id = c.company_id AND p.category_id = c.category_id
            AND p.retired_at IS NULL) AS on_sale
    FROM category c
    LEFT JOIN edit_mark e ON e.company_id = c.company_id AND e.subject = 'category:' || c.category_id
    WHERE c.company_id = $1 ORDER BY c.position, c.category_id LIMIT 500";
const ADD: &str = "INSERT INTO category (company_id, category_id, name, position) VALUES ($1, $2, $3, $4)";
const SAVE: &str = "UPDATE category SET name = $3, position = $4, retired_at = $5
                    WHERE company_id = $1 AND category_id = $2";

/// All of them, in the order of the menu.
pub async fn all(tx: &mut Tx, tenant: &Tenant) -> Result<Vec<Category>, PosError> {
    tx.fetch_all(ALL, args![tenant.as_str()]).await?.iter().map(read).collect()
}

/// The same, in a transaction of its own.
pub async fn list(pos: &Pos, tenant: &Tenant) -> Result<Vec<Category>, PosError> {
    let tenant = tenant.clone();
    pos.db.read(async move |tx: &mut Tx| all(tx, &tenant).await).await
}

/// Adds one at the end of the menu.
pub async fn add(pos: &Pos, tenant: &Tenant, who: &str, name: &str) -> Result<Edited<CategoryId>, PosError> {
    let (shared, tenant, who, name) = (pos.clone(), tenant.clone(), who.to_owned(), name.to_owned());
    let id = CategoryId(pos.new_id());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Edited<CategoryId>, PosError> {
            codes::lock(tx, &tenant).await?;
            let present = all(tx, &tenant).await?;
            if present.len() >= CATEGORIES_MAX {
                return Ok(Edited::mistake(
                    "name",
                    format!("商品カテゴリは{CATEGORIES_MAX}件までです。追加できません"),
                ));
            }
            let name = match free(&present, &name, None) {
                Ok(name) => name,
                Err(message) => return Ok(Edited::mistake("name", message)),
            };
            let last = present.iter().map(|category| category.position).max().unwrap_or_default();
            tx.execute(ADD, args![tenant.as_str(), id.to_string(), &name, last + 1]).await?;
            audit::note(tx, &shared, &tenant, &who, "商品カテゴリを追加", &name, None, Some(&name)).await?;
            masters::bump(tx, &tenant).await?;
            Ok(Edited::Done(id))
        })
        .await
}

/// Changes one whose form saw version `seen`.
pub async fn save(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    id: CategoryId,
    seen: i64,
    change: Change,
) -> Result<Edited, PosError> {
    let (shared, tenant, who) = (pos.clone(), tenant.clone(), who.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Edited, PosError> {
            codes::lock(tx, &tenant).await?;
            let present = all(tx, &tenant).await?;
            let from = present.iter().find(|category| category.id == id).ok_or(PosError::NotFound("category"))?;
            let subject = Subject::Category(id);
            if let Some(stale) = edits::unseen(tx, &tenant, &subject, Some(seen), &from.name).await? {
                return Ok(Edited::Stale(vec![stale]));
            }
            let to = match judged(&present, from, &change, shared.now()) {
                Ok(to) => to,
                Err((field, message)) => return Ok(Edited::mistake(field, message)),
            };
            let Some((what, before, after)) = difference(from, &to) else { return Ok(Edited::Unchanged) };
            let retired_at = to.retired_at.map(Timestamp::as_millisecond);
            tx.execute(SAVE, args![tenant.as_str(), id.to_string(), &to.name, to.position, retired_at]).await?;
            audit::note(tx, &shared, &tenant, &who, "商品カテゴリを変更", &from.name, Some(&before), Some(&after))
                .await?;
            edits::touch(tx, &shared, &tenant, &who, &subject, &what).await?;
            masters::bump(tx, &tenant).await.map(Edited::Done)
        })
        .await
}

/// The category as it becomes, or the field that is wrong and what to do.
fn judged(
    present: &[Category],
    from: &Category,
    change: &Change,
    now: Timestamp,
) -> Result<Category, (&'static str, String)> {
    let mut to = from.clone();
    if let Some(name) = &change.name {
        to.name = free(present, name, Some(from)).map_err(|message| ("name", message))?;
    }
    if let Some(position) = &change.position {
        to.position = rules::position(position).map_err(|message| ("position", message))?;
    }
    match change.retired {
        Some(true) if from.on_sale > 0 => {
            let says = format!(
                "販売中の商品が{}点あります。先にその商品を別のカテゴリに移すか、販売を終了してください",
                from.on_sale
            );
            return Err(("", says));
        }
        Some(true) => to.retired_at = to.retired_at.or(Some(now)),
        Some(false) => to.retired_at = None,
        None => {}
    }
    Ok(to)
}

fn free(present: &[Category], typed: &str, itself: Option<&Category>) -> Result<String, String> {
    let name = rules::name(typed, "カテゴリ名")?;
    let twin = present.iter().find(|other| other.name == name && itself.is_none_or(|itself| itself.id != other.id));
    match twin {
        None => Ok(name),
        Some(twin) if twin.retired_at.is_some() => Err(format!(
            "別のカテゴリ名を入力してください（「{name}」は使用を終えたカテゴリにあります。もう一度使うときは使用を再開してください）"
        )),
        Some(_) => Err(format!("別のカテゴリ名を入力してください（「{name}」はすでにあります）")),
    }
}

/// What, from what, to what.
fn difference(from: &Category, to: &Category) -> Option<(String, String, String)> {
    let state = |category: &Category| if category.retired_at.is_some() { "使用終了" } else { "使用中" };
    let values = |category: &Category| {
        [
            ("カテゴリ名", category.name.clone()),
            ("表示順", category.position.to_string()),
            ("状態", state(category).to_owned()),
        ]
    };
    let pairs: Vec<_> = values(from).into_iter().zip(values(to)).filter(|(from, to)| from != to).collect();
    let what = pairs.iter().map(|((label, _), _)| *label).collect::<Vec<_>>().join("・");
    let words = |value: &(&str, String)| format!("{} {}", value.0, value.1);
    let before = pairs.iter().map(|(from, _)| words(from)).collect::<Vec<_>>().join("、");
    let after = pairs.iter().map(|(_, to)| words(to)).collect::<Vec<_>>().join("、");
    (!pairs.is_empty()).then_some((what, before, after))
}

fn read(row: &Row) -> Result<Category, PosError> {
    Ok(Category {
        id: row.parse("category_id")?,
        name: row.text("name")?,
        position: row.int("position")?,
        retired_at: row.opt_at("retired_at")?,
        on_sale: row.int("on_sale")?,
        version: row.int("version")?,
    })
}
