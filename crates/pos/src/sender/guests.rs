//! Whoever comes alone: a store's event was just taken in, and nothing of its company is under way. It is attempted at
//! once, however many lanes of others are ready before it.

use std::sync::Arc;

use db::{Tx, args};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Sender;
use crate::arrivals::Arrival;
use crate::delivery::claim::{Lane, claim_lane};
use crate::{PosError, Tenant};

const LINKED: &str = "SELECT endpoint, generation FROM linkage WHERE company_id = $1 AND state = 'linked'";

/// Runs until `shutdown`; attempts in flight are waited for.
pub(super) async fn run(sender: Sender, mut shutdown: watch::Receiver<bool>) {
    let arrivals = Arc::clone(&sender.pos.arrivals);
    let mut attempts = JoinSet::new();
    while !*shutdown.borrow() {
        let arrived = tokio::select! {
            arrived = arrivals.next() => arrived,
            gone = shutdown.changed() => if gone.is_err() { break } else { continue },
        };
        for arrival in arrived {
            // Of a company with attempts under way, one of them or the next look goes on.
            if !sender.board.is_quiet(&arrival.tenant) {
                continue;
            }
            if let Err(error) = sender.admit(&arrival, &mut attempts).await {
                tracing::error!(tenant = %arrival.tenant, %error, "what was just taken in waits for the next look");
            }
        }
        while attempts.try_join_next().is_some() {}
    }
    while attempts.join_next().await.is_some() {}
}

impl Sender {
    async fn admit(&self, arrival: &Arrival, attempts: &mut JoinSet<()>) -> Result<(), PosError> {
        let (pos, board) = (&self.pos, &self.board);
        let Some((endpoint, generation)) = self.linked(&arrival.tenant).await? else { return Ok(()) };
        if !board.admit_guest(&endpoint, pos.now()) {
            return Ok(());
        }
        let claimed = claim_lane(pos, Lane::new(&arrival.tenant, generation, arrival.store_id)).await;
        board.went_on(&endpoint, Vec::new(), claimed.as_ref().ok().and_then(Option::as_ref));
        if let Some(one) = claimed? {
            attempts.spawn(self.clone().attempts(endpoint, one));
        }
        Ok(())
    }

    async fn linked(&self, tenant: &Tenant) -> Result<Option<(String, i64)>, PosError> {
        let tenant = tenant.clone();
        let row = self.pos.db.read(async move |tx: &mut Tx| tx.fetch_optional(LINKED, args![tenant.as_str()]).await);
        row.await?.map(|row| Ok((row.text("endpoint")?, row.int("generation")?))).transpose()
    }
}
