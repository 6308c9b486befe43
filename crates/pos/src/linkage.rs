//! 外部連携: one linkage to FLARO per company and generation, and what it covers.
//!
//! A generation is one handshake: its own URL and secret. It is asked for, linked, and ended once; history stays,
//! and a settlement's identity does not depend on the generation it was sent through.

pub mod end;
pub mod overview;
pub mod pause;
pub mod secret;
pub mod start;
pub mod table;
pub mod vault;

use db::{Row, Tx, args};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::pause::Pause;
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant, audit};

/// Where a generation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkageState {
    /// Asked for, not answered yet.
    Requested,
    /// 連携中
    Linked,
    /// 連携解除
    Ended,
}

/// One generation. Its secrets are read by the sender alone.
#[derive(Clone, Debug)]
pub struct Linkage {
    /// From 1.
    pub generation: i64,
    /// Where it stands.
    pub state: LinkageState,
    /// FLARO's id of it, once granted.
    pub linkage_id: Option<Uuid>,
    /// Where Webhook連携先URL leads. The whole of it is shown once and sealed ever after.
    pub endpoint: Option<String>,
    /// 共通設定: 自社商品コード
    pub own_product_codes: bool,
    /// 共通設定: 自社商品カテゴリコード
    pub own_category_codes: bool,
    /// FLARO refused the linkage; the next probe goes then.
    pub paused_until: Option<Timestamp>,
    /// Why it is paused.
    pub pause: Option<Pause>,
    /// 一時停止 by a person.
    pub held_by_person: bool,
    /// The store table as it is here.
    pub table_version: i64,
    /// The store table as FLARO confirmed it; 0 before the linkage is confirmed.
    pub table_sent: i64,
    /// Why the store table could not be sent.
    pub table_error: Option<String>,
    /// When it was granted or asked for.
    pub requested_at: Timestamp,
    /// 連携解除
    pub ended_at: Option<Timestamp>,
}

const LATEST: &str = "
    SELECT generation, state, linkage_id, endpoint, own_product_codes, own_category_codes, paused_until, pause_cause,
           pause_status, held_by_person, table_version, table_sent, table_error, requested_at, ended_at
    FROM linkage WHERE company_id = $1 ORDER BY generation DESC LIMIT 1";
const SET_COMMON: &str = "
    UPDATE linkage SET own_product_codes = $3, own_category_codes = $4 WHERE company_id = $1 AND generation = $2";
const SET_HELD: &str = "
    UPDATE linkage SET held_by_person = $3, paused_until = NULL, pause_cause = NULL, pause_status = NULL
    WHERE company_id = $1 AND generation = $2 AND state = 'linked'";
const BUMP: &str = "
    UPDATE linkage SET table_version = table_version + 1, partner_retry_at = 0 WHERE company_id = $1 AND state = 'linked'";

/// The company's newest generation.
pub async fn latest(tx: &mut Tx, tenant: &Tenant) -> Result<Option<Linkage>, PosError> {
    let row = tx.fetch_optional(LATEST, args![tenant.as_str()]).await?;
    row.as_ref().map(read).transpose()
}

/// The company's linkage, if it is linked now.
pub async fn linked(tx: &mut Tx, tenant: &Tenant) -> Result<Option<Linkage>, PosError> {
    Ok(latest(tx, tenant).await?.filter(|linkage| linkage.state == LinkageState::Linked))
}

/// Something FLARO's store table tells has changed (a store, a till, a code, a window): it is sent again.
/// Call it in the transaction of the change.
pub async fn stores_changed(tx: &mut Tx, tenant: &Tenant) -> Result<(), PosError> {
    tx.execute(BUMP, args![tenant.as_str()]).await?;
    Ok(())
}

/// 共通設定. Holds from the next event on; what was made stays as it is.
pub async fn set_common(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    products: bool,
    categories: bool,
) -> Result<(), PosError> {
    let (shared, tenant, who) = (pos.clone(), tenant.clone(), who.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            let now = linked(tx, &tenant).await?.ok_or(PosError::NotFound("linkage"))?;
            if (now.own_product_codes, now.own_category_codes) == (products, categories) {
                return Ok(());
            }
            tx.execute(SET_COMMON, args![tenant.as_str(), now.generation, products, categories]).await?;
            let before = common_words(now.own_product_codes, now.own_category_codes);
            let after = common_words(products, categories);
            audit::note(tx, &shared, &tenant, &who, "共通設定を変更", "FLARO連携", Some(&before), Some(&after)).await
        })
        .await
}

/// 一時停止 (true) and 再開 (false) by a person. 再開 also ends a pause after a refusal: the next attempt goes now.
pub async fn set_held(pos: &Pos, tenant: &Tenant, who: &str, held: bool) -> Result<(), PosError> {
    let (shared, tenant, who) = (pos.clone(), tenant.clone(), who.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            let now = linked(tx, &tenant).await?.ok_or(PosError::NotFound("linkage"))?;
            tx.execute(SET_HELD, args![tenant.as_str(), now.generation, held]).await?;
            let what = if held { "送信を一時停止" } else { "送信を再開" };
            let word = |held| Some(if held { "一時停止中" } else { "自動で送信" });
            let (before, after) = (word(now.held_by_person), word(held));
            audit::note(tx, &shared, &tenant, &who, what, "FLARO連携", before, after).await
        })
        .await?;
    pos.wake.notify_one();
    Ok(())
}

/// An address that only tells where it leads, not how.
pub fn masked(url: &str) -> String {
    let origin = url::Url::parse(url).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    format!("{origin}/••••••••")
}

fn common_words(products: bool, categories: bool) -> String {
    let word = |on| if on { "オン" } else { "オフ" };
    format!("自社商品コード：{}、自社商品カテゴリコード：{}", word(products), word(categories))
}

fn read(row: &Row) -> Result<Linkage, PosError> {
    Ok(Linkage {
        generation: row.int("generation")?,
        state: row.word("state")?,
        linkage_id: row.opt_parse("linkage_id")?,
        endpoint: row.opt_text("endpoint")?,
        own_product_codes: row.flag("own_product_codes")?,
        own_category_codes: row.flag("own_category_codes")?,
        paused_until: row.opt_at("paused_until")?,
        pause: Pause::read(row)?,
        held_by_person: row.flag("held_by_person")?,
        table_version: row.int("table_version")?,
        table_sent: row.int("table_sent")?,
        table_error: row.opt_text("table_error")?,
        requested_at: row.at("requested_at")?,
        ended_at: row.opt_at("ended_at")?,
    })
}
