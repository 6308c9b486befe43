//! Registering a product and changing it: judged, written, audited, marked and told to the tills in one transaction.

use db::{Tx, args};
use sales::{OwnCode, ProductId};

use super::rules::Difference;
use super::{PRODUCTS_MAX, Product, Values, one};
use crate::edits::{self, Edited, Subject};
use crate::stored::word_of;
use crate::{Pos, PosError, Tenant, audit, codes, masters};

const COUNT: &str = "SELECT COUNT(*) AS n, CAST(COALESCE(MAX(position), 0) AS BIGINT) AS last
                     FROM product WHERE company_id = $1";
const CATEGORY: &str = "SELECT retired_at FROM category WHERE company_id = $1 AND category_id = $2";
const TWIN: &str = "SELECT COUNT(*) AS n FROM product WHERE company_id = $1 AND category_id = $2 AND name = $3
                    AND product_id <> $4 AND retired_at IS NULL";
const INSERT: &str = "
    INSERT INTO product (company_id, product_id, category_id, name, price, cost, eat_in, takeout,
                         own_parent_category_code, own_child_category_code, own_product_code, position, retired_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
const UPDATE: &str = "
    UPDATE product SET category_id = $3, name = $4, price = $5, cost = $6, eat_in = $7, takeout = $8,
           own_parent_category_code = $9, own_child_category_code = $10, own_product_code = $11, position = $12,
           retired_at = CASE WHEN CAST($13 AS BIGINT) IS NULL THEN NULL ELSE COALESCE(retired_at, $13) END
    WHERE company_id = $1 AND product_id = $2";

/// Registers a product; without a 表示順 it stands at the end.
pub async fn add(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    new: Values,
    position: Option<i64>,
) -> Result<Edited<ProductId>, PosError> {
    let (shared, tenant, who, id) = (pos.clone(), tenant.clone(), who.to_owned(), ProductId(pos.new_id()));
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Edited<ProductId>, PosError> {
            codes::lock(tx, &tenant).await?;
            let row = tx.fetch_one(COUNT, args![tenant.as_str()]).await?;
            if row.int("n")? >= PRODUCTS_MAX {
                return Ok(Edited::mistake("", format!("商品は{PRODUCTS_MAX}件までです")));
            }
            if let Some((field, message)) = refused(tx, &tenant, id, &new).await? {
                return Ok(Edited::mistake(field, message));
            }
            let new = Values { position: position.unwrap_or(row.int("last")? + 1), ..new };
            insert(tx, &shared, &tenant, &who, id, &new).await?;
            masters::bump(tx, &tenant).await?;
            Ok(Edited::Done(id))
        })
        .await
}

/// Changes a product whose form saw version `seen`.
pub async fn save(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    id: ProductId,
    seen: i64,
    change: impl FnOnce(Values) -> Values + Clone + Send + Sync + 'static,
) -> Result<Edited, PosError> {
    let (shared, tenant, who) = (pos.clone(), tenant.clone(), who.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Edited, PosError> {
            codes::lock(tx, &tenant).await?;
            let from = one(tx, &tenant, id).await?;
            if let Some(stale) =
                edits::unseen(tx, &tenant, &Subject::Product(id), Some(seen), &from.values.name).await?
            {
                return Ok(Edited::Stale(vec![stale]));
            }
            let to = change.clone()(from.values.clone());
            let Some(difference) = from.values.difference(&to) else { return Ok(Edited::Unchanged) };
            if let Some((field, message)) = refused(tx, &tenant, id, &to).await? {
                return Ok(Edited::mistake(field, message));
            }
            update(tx, &shared, &tenant, &who, &from, &to, &difference).await?;
            masters::bump(tx, &tenant).await.map(Edited::Done)
        })
        .await
}

/// Why a product can't be as it is asked for: the field, and what to do.
async fn refused(
    tx: &mut Tx,
    tenant: &Tenant,
    id: ProductId,
    to: &Values,
) -> Result<Option<(&'static str, String)>, PosError> {
    let company = tenant.as_str();
    let found = tx.fetch_optional(CATEGORY, args![company, to.category.to_string()]).await?;
    let Some(category) = found else {
        return Ok(Some(("category", "カテゴリを選んでください".to_owned())));
    };
    if !to.on_sale {
        return Ok(None);
    }
    if category.opt_int("retired_at")?.is_some() {
        let says = format!("別のカテゴリを選んでください（「{}」は使用を終えています）", to.category_name);
        return Ok(Some(("category", says)));
    }
    let twins = args![company, to.category.to_string(), &to.name, id.to_string()];
    let twins = tx.fetch_one(TWIN, twins).await?.int("n")?;
    Ok((twins > 0).then(|| ("name", taken(to))))
}

/// Two products of one name in one category can't be told apart on a till.
pub(super) fn taken(values: &Values) -> String {
    let Values { category_name, name, .. } = values;
    format!("別の商品名を入力してください（カテゴリ「{category_name}」に「{name}」がすでにあります）")
}

/// Writes a new product that was judged, in the caller's transaction.
pub(super) async fn insert(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    id: ProductId,
    new: &Values,
) -> Result<(), PosError> {
    write(tx, INSERT, pos, tenant, id, new).await?;
    audit::note(tx, pos, tenant, who, "商品を登録", &new.name, None, Some(&new.words())).await
}

/// Writes a change that was judged, in the caller's transaction.
pub(super) async fn update(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    from: &Product,
    to: &Values,
    difference: &Difference,
) -> Result<(), PosError> {
    write(tx, UPDATE, pos, tenant, from.id, to).await?;
    let what = match (from.values.on_sale, to.on_sale) {
        (true, false) => "商品の販売を終了",
        (false, true) => "商品の販売を再開",
        _ => "商品を変更",
    };
    let (before, after) = (Some(difference.before.as_str()), Some(difference.after.as_str()));
    audit::note(tx, pos, tenant, who, what, &from.values.name, before, after).await?;
    edits::touch(tx, pos, tenant, who, &Subject::Product(from.id), &difference.what).await
}

async fn write(
    tx: &mut Tx,
    sql: &'static str,
    pos: &Pos,
    tenant: &Tenant,
    id: ProductId,
    to: &Values,
) -> Result<(), PosError> {
    let code = |code: &Option<OwnCode>| code.as_ref().map(|code| code.as_str().to_owned());
    let retired_at = (!to.on_sale).then(|| pos.now().as_millisecond());
    let values = args![
        tenant.as_str(),
        id.to_string(),
        to.category.to_string(),
        &to.name,
        to.price.0,
        to.cost.0,
        word_of(to.eat_in),
        word_of(to.takeout),
        code(&to.own_parent),
        code(&to.own_child),
        code(&to.own_product),
        to.position,
        retired_at,
    ];
    tx.execute(sql, values).await?;
    Ok(())
}
