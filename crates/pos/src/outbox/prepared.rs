//! An event made before the transaction that may queue it: what is slow about it happens while nobody waits for the
//! database. The transaction takes it only if it would make the very same one.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::{Tx, args};
use sales::{OwnCodes, ProductId, Settlement};

use super::making::{self, Channel, Made, Names};
use crate::checks::Till;
use crate::intake::{AcceptedSettlement, Incoming};
use crate::{Pos, PosError, Tenant};

// The linkage with the names of the store and the till: asked for at once, as every settlement waits for it.
const LINKED: &str = "
    SELECT l.generation, l.own_product_codes, l.own_category_codes, s.last_sequence, s.flaro_store_code,
           c.code, t.name AS store, r.name AS register
    FROM linkage l JOIN store_link s ON s.company_id = l.company_id AND s.generation = l.generation
    JOIN company c ON c.company_id = s.company_id
    JOIN store t ON t.company_id = s.company_id AND t.store_id = s.store_id
    LEFT JOIN register r ON r.company_id = s.company_id AND r.register_id = $4
    WHERE l.company_id = $1 AND l.state = 'linked' AND s.store_id = $2 AND s.enabled = 1
      AND s.start_date <= $3 AND s.end_date >= $3";

/// What an event would be made with now.
#[derive(Clone, Debug)]
pub struct Outlook {
    channel: Channel,
    sequence: i64,
    names: Names,
    codes: BTreeMap<ProductId, OwnCodes>,
}

/// An event and what it was made with.
#[derive(Clone, Debug)]
pub struct Prepared {
    outlook: Outlook,
    pub(super) made: Made,
}

/// What a settlement's event would be made with; none where it would not be queued.
pub async fn outlook(
    pos: &Pos,
    tenant: &Tenant,
    till: Till,
    settlement: &Arc<Settlement>,
) -> Result<Option<Outlook>, PosError> {
    let (tenant, settlement) = (tenant.clone(), settlement.clone());
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Option<Outlook>, PosError> {
            let (store, date) = (till.store_id.to_string(), settlement.business_date.to_string());
            let register = till.register_id.to_string();
            let linked = tx.fetch_optional(LINKED, args![tenant.as_str(), store, date, register]).await?;
            let Some(row) = linked else { return Ok(None) };
            let channel = Channel::read(&row)?;
            Ok(Some(Outlook {
                channel,
                sequence: row.int("last_sequence")? + 1,
                names: Names::read(&row, till.store_id, till.register_id)?,
                codes: making::own_codes(tx, &tenant, channel, &settlement).await?,
            }))
        })
        .await
}

impl Outlook {
    /// Makes the event. Slow: not on a thread that serves. None of a settlement that can't be computed.
    pub fn prepare(self, tenant: &Tenant, till: Till, incoming: &Incoming) -> Result<Option<Prepared>, PosError> {
        let Some(control) = incoming.control() else { return Ok(None) };
        let accepted = AcceptedSettlement {
            settlement: incoming.settlement.clone(),
            figures: incoming.figures().cloned(),
            store_id: till.store_id,
            register_id: till.register_id,
            facts_sha256: incoming.facts_sha256(),
            control,
        };
        let event_id = making::event_id(tenant, self.channel.generation, &incoming.settlement);
        let made = making::make(event_id, self.channel, self.sequence, self.names.clone(), &accepted, &self.codes)?;
        Ok(Some(Prepared { outlook: self, made }))
    }
}

impl Prepared {
    /// Whether it was made with this.
    pub(super) fn is(
        &self,
        channel: Channel,
        sequence: i64,
        names: &Names,
        codes: &BTreeMap<ProductId, OwnCodes>,
    ) -> bool {
        let with = &self.outlook;
        with.channel == channel && with.sequence == sequence && with.names == *names && with.codes == *codes
    }
}
