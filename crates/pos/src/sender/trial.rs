//! テスト送信: one `linkage.test` event straight to FLARO. It proves address, signature and answer, and changes nothing
//! on either side.

use db::{Row, Tx, args};
use jiff::Timestamp;
use protocol::event::{EventType, Frame};
use sales::{Cash, RegisterId, Settlement, SettlementId, SettlementState, StoreId};
use std::collections::BTreeMap;

use super::post::post;
use crate::delivery::claim::Claimed;
use crate::delivery::record::Outcome;
use crate::linkage::vault;
use crate::outbox::making::{self, Channel, Names};
use crate::partner_client::egress;
use crate::stored::{Stored, unreadable};
use crate::{Pos, PosError, Tenant, audit};

const TARGET: &str = "
    SELECT l.generation, l.webhook_url, l.secret, l.zstd, s.store_id,
           (SELECT MIN(r.register_id) FROM register r WHERE r.company_id = s.company_id AND r.store_id = s.store_id) AS register_id
    FROM linkage l JOIN store s ON s.company_id = l.company_id
    LEFT JOIN store_link k ON k.company_id = l.company_id AND k.generation = l.generation AND k.store_id = s.store_id
    WHERE l.company_id = $1 AND l.state = 'linked'
    ORDER BY COALESCE(k.enabled, 0) DESC, s.position, s.store_id LIMIT 1";

/// Sends a test and says what came back. Nothing is queued: it is tried once.
pub async fn send(pos: &Pos, tenant: &Tenant, who: &str) -> Result<Outcome, PosError> {
    let (row, names, store) = target(pos, tenant, who).await?;
    let claimed = made(pos, tenant, &row, names, store)?;
    let http = egress::client(pos.settings.allow_private_networks).map_err(|error| unreadable("TLS", error))?;
    Ok(post(pos, &http, &claimed).await)
}

async fn target(pos: &Pos, tenant: &Tenant, who: &str) -> Result<(Row, Names, StoreId), PosError> {
    let (shared, tenant, who) = (pos.clone(), tenant.clone(), who.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<_, PosError> {
            let row = tx.fetch_optional(TARGET, args![tenant.as_str()]).await?.ok_or(PosError::NotFound("linkage"))?;
            let store: StoreId = row.parse("store_id")?;
            let register = row.opt_parse("register_id")?.unwrap_or(RegisterId(store.0));
            let names = making::names(tx, &tenant, row.int("generation")?, store, register).await?;
            audit::note(
                tx,
                &shared,
                &tenant,
                &who,
                "テスト送信",
                "FLARO連携",
                Some("送信なし"),
                Some("テストを1件送信（売上には入りません）"),
            )
            .await?;
            Ok((row, names, store))
        })
        .await
}

fn made(pos: &Pos, tenant: &Tenant, row: &Row, names: Names, store: StoreId) -> Result<Claimed, PosError> {
    let (event_id, now) = (pos.new_id(), pos.now());
    let channel = Channel { generation: row.int("generation")?, own_product_codes: false, own_category_codes: false };
    let mut event = making::event(event_id, channel, 0, names, nothing(event_id, now), &BTreeMap::new())?;
    event.event_type = EventType::Test;
    let frame = Frame::pack(&event.to_bytes())?;
    let generation = channel.generation;
    let secret = vault::secret(pos, tenant, generation, row, "secret")?.ok_or(PosError::NotFound("signing secret"))?;
    Ok(Claimed {
        tenant: tenant.clone(),
        generation: channel.generation,
        store_id: store,
        lease: 0, // A trial claims no lane.
        event_id,
        settlement_id: SettlementId(event_id),
        business_date: event.business_date.to_string(),
        frame: frame.zstd,
        body_sha256: frame.body_sha256,
        attempts: 0,
        first_failed_at: None,
        webhook_url: vault::webhook_url(pos, tenant, generation, row)?,
        secrets: vec![secret],
        zstd: row.flag("zstd")?,
    })
}

/// A settlement without anything in it.
fn nothing(id: uuid::Uuid, now: Timestamp) -> Settlement {
    Settlement {
        business_date: jiff::tz::TimeZone::UTC.to_datetime(now).date(),
        cash: Cash::default(),
        checks: Vec::new(),
        closed_at: now,
        id: SettlementId(id),
        opened_at: now,
        reason: None,
        revision: 1,
        revised_by: None,
        state: SettlementState::Closed,
        supersedes: None,
        z_number: 0,
    }
}
