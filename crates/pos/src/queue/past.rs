//! 過去分連携: 企業管理者 chooses a store and a range of days before 連携開始日. Days booked by hand at FLARO would count
//! twice, so it is previewed, confirmed and audited. What arrives later for an open range goes, too.

use db::{Tx, args};
use jiff::civil::Date;
use sales::StoreId;
use uuid::Uuid;
use web::format;

use super::candidates::{self, Preview};
use super::{Kind, Progress, recent, request};
use crate::{Pos, PosError, Tenant, audit, linkage};

/// The longest range, in days.
pub const DAYS_MAX: i64 = 3_700;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requested {
    /// To ask how far it has come.
    pub request_id: Uuid,
    /// How many settlements there are to queue.
    pub total: i64,
}

const STORE: &str = "
    SELECT s.name, k.enabled FROM store s
    LEFT JOIN store_link k ON k.company_id = s.company_id AND k.store_id = s.store_id AND k.generation = $2
    WHERE s.company_id = $1 AND s.store_id = $3";

/// What the range would send, without asking for it.
pub async fn preview(pos: &Pos, tenant: &Tenant, store: StoreId, range: (Date, Date)) -> Result<Preview, PosError> {
    let (tenant, today) = (tenant.clone(), latest_day(pos));
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Preview, PosError> {
            let (generation, _) = checked(tx, &tenant, store, range, today).await?;
            candidates::preview(tx, &tenant, generation, store, range).await
        })
        .await
}

/// Asks for the range. It may be asked again: what is queued or delivered does not go twice.
pub async fn request_past(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    store: StoreId,
    range: (Date, Date),
) -> Result<Requested, PosError> {
    let (shared, tenant, who, today) = (pos.clone(), tenant.clone(), who.to_owned(), latest_day(pos));
    let requested = pos
        .db
        .write(async move |tx: &mut Tx| -> Result<Requested, PosError> {
            let (generation, name) = checked(tx, &tenant, store, range, today).await?;
            let (request_id, total) = request(tx, &shared, &tenant, &who, generation, store, Kind::Past, range).await?;
            let after = format!("{} 〜 {}、{total}件", format::date(range.0), format::date(range.1));
            audit::note(
                tx,
                &shared,
                &tenant,
                &who,
                "過去分連携",
                &name,
                Some("連携開始日より前のため送信なし"),
                Some(&after),
            )
            .await?;
            Ok(Requested { request_id, total })
        })
        .await?;
    pos.wake.notify_one();
    Ok(requested)
}

/// How far a request has come.
pub async fn progress(pos: &Pos, tenant: &Tenant, request_id: Uuid) -> Result<Progress, PosError> {
    let tenant = tenant.clone();
    let requests = pos.db.read(async move |tx: &mut Tx| recent(tx, &tenant, 1_000).await).await?;
    requests.into_iter().find(|request| request.request_id == request_id).ok_or(PosError::NotFound("request"))
}

/// The generation and the store's name, if the range may be asked for.
async fn checked(
    tx: &mut Tx,
    tenant: &Tenant,
    store: StoreId,
    (from, to): (Date, Date),
    today: Date,
) -> Result<(i64, String), PosError> {
    let rule = |words: &str| Err(PosError::Rule(words.to_owned()));
    let Some(linkage) = linkage::linked(tx, tenant).await? else {
        return rule("FLAROと連携されていません。先に連携を開始してください");
    };
    let args = args![tenant.as_str(), linkage.generation, store.to_string()];
    let row = tx.fetch_optional(STORE, args).await?.ok_or(PosError::NotFound("store"))?;
    if !row.opt_flag("enabled")?.unwrap_or(false) {
        return rule("この店舗の連携状態をオンにしてから、過去分連携を行ってください");
    }
    if to < from {
        return rule("終わりの日は、始まりの日以降を入力してください");
    }
    if to > today {
        return rule("終わりの日は、本日以前を入力してください");
    }
    if to.duration_since(from).as_hours() / 24 >= DAYS_MAX {
        return rule("期間が長すぎます。10年以内に分けてください");
    }
    Ok((linkage.generation, row.text("name")?))
}

/// Today, wherever on earth it is latest: a business date is never after it.
fn latest_day(pos: &Pos) -> Date {
    jiff::tz::Offset::constant(14).to_datetime(pos.now()).date()
}
