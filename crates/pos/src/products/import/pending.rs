//! The rows of a file between its preview and its confirmation: kept for whoever sent it, judged again when confirmed.

use db::Tx;
use jiff::Timestamp;
use uuid::Uuid;
use web::pending::{self, Owner};

use super::{Plan, Typed, plan};
use crate::products::{PRODUCTS_MAX, all, save};
use crate::stored::unreadable;
use crate::{Pos, PosError, Tenant, audit, categories, codes, masters};
use sales::ProductId;

const KIND: &str = "product";
/// A file that waits for its confirmation.
#[derive(Clone, Debug)]
pub struct Pending {
    /// What the file is called.
    pub file_name: String,
    /// When it was sent.
    pub made_at: Timestamp,
    /// What it would do now.
    pub plan: Plan,
}

/// What came of a confirmation.
#[derive(Clone, Debug)]
pub enum Confirmed {
    /// Saved: so many new, so many changed.
    Done(usize, usize),
    /// Nothing saved: the products are not as they were when the preview was shown.
    Changed,
}

/// Keeps the rows of a file until they are confirmed. `user` is the account's id; its earlier file is forgotten.
pub async fn keep(pos: &Pos, tenant: &Tenant, user: &str, file_name: &str, rows: &[Typed]) -> Result<Uuid, PosError> {
    let (id, now) = (pos.new_id(), pos.now());
    let (tenant, user, file_name) = (tenant.clone(), user.to_owned(), file_name.to_owned());
    let rows = serde_json::json!(rows).to_string();
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Uuid, PosError> {
            let of = Owner { tenant: tenant.as_str(), kind: KIND, user: &user };
            pending::keep(tx, of, &id.to_string(), &file_name, &rows, now).await?;
            Ok(id)
        })
        .await
}

/// What the file would do now.
pub async fn pending(pos: &Pos, tenant: &Tenant, user: &str, id: Uuid) -> Result<Pending, PosError> {
    let (tenant, user) = (tenant.clone(), user.to_owned());
    pos.db.read(async move |tx: &mut Tx| load(tx, &tenant, &user, id).await).await
}

/// Saves everything the file says, or nothing. `shown` is the fingerprint of the plan the person saw.
pub async fn confirm(
    pos: &Pos,
    tenant: &Tenant,
    (user, who): (&str, &str),
    id: Uuid,
    shown: &str,
) -> Result<Confirmed, PosError> {
    let (shared, tenant, shown) = (pos.clone(), tenant.clone(), shown.to_owned());
    let (user, who) = (user.to_owned(), who.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Confirmed, PosError> {
            codes::lock(tx, &tenant).await?;
            let Pending { file_name, plan, .. } = load(tx, &tenant, &user, id).await?;
            if !plan.faults.is_empty() || plan.fingerprint() != shown {
                return Ok(Confirmed::Changed);
            }
            for (_, values) in &plan.new {
                let product = ProductId(shared.new_id());
                save::insert(tx, &shared, &tenant, &who, product, values).await?;
            }
            for (_, from, to, difference) in &plan.changed {
                save::update(tx, &shared, &tenant, &who, from, to, difference).await?;
            }
            let (new, changed) = (plan.new.len(), plan.changed.len());
            let words = format!("新規 {new}件、変更 {changed}件");
            audit::note(tx, &shared, &tenant, &who, "商品を一括で取り込み", &file_name, None, Some(&words)).await?;
            pending::done(tx, tenant.as_str(), &id.to_string()).await?;
            masters::bump(tx, &tenant).await?;
            Ok(Confirmed::Done(new, changed))
        })
        .await
}

async fn load(tx: &mut Tx, tenant: &Tenant, user: &str, id: Uuid) -> Result<Pending, PosError> {
    let of = Owner { tenant: tenant.as_str(), kind: KIND, user };
    let kept = pending::load(tx, of, &id.to_string()).await?.ok_or(PosError::NotFound("pending import"))?;
    let rows: Vec<Typed> =
        serde_json::from_str(&kept.rows).map_err(|error| unreadable("pending_import.table_rows", error))?;
    let products = all(tx, tenant).await?;
    let mut plan = plan(&rows, &products, &categories::all(tx, tenant).await?);
    let total = products.len() + plan.new.len();
    if i64::try_from(total).unwrap_or(i64::MAX) > PRODUCTS_MAX {
        plan.faults
            .add(web::upload::Fault::file(format!("商品は{PRODUCTS_MAX}件までです（取り込むと{total}件になります）")));
    }
    Ok(Pending { file_name: kept.file_name, made_at: kept.made_at, plan })
}
