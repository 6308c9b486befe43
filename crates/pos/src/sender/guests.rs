//! Whoever comes alone: a store's event was just taken in, and nothing of its company is under way. It is attempted at
//! once, however many lanes of others are ready before it.

use std::collections::HashMap;
use std::sync::Arc;

use db::{Sql, Tx, args};
use sales::StoreId;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Sender;
use super::board::UnderWay;
use crate::delivery::claim::{Lane, claim_lane};
use crate::{PosError, Tenant};

const LINKED: Sql = Sql {
    sqlite: "SELECT company_id, endpoint, generation FROM linkage
        WHERE state = 'linked' AND company_id IN (SELECT value FROM json_each($1))",
    postgres: "SELECT company_id, endpoint, generation FROM linkage
        WHERE state = 'linked' AND company_id IN (SELECT jsonb_array_elements_text(CAST($1 AS JSONB)))",
};

/// The one attempt of a company, which counts as under way from before its claim on.
struct Guest {
    endpoint: String,
    lane: Lane,
    counted: UnderWay,
}

/// Runs until `shutdown`; attempts in flight are waited for.
pub(super) async fn run(sender: Sender, mut shutdown: watch::Receiver<bool>) {
    let arrivals = Arc::clone(&sender.pos.arrivals);
    let mut attempts = JoinSet::new();
    while !*shutdown.borrow() {
        let arrived = tokio::select! {
            arrived = arrivals.next() => arrived,
            gone = shutdown.changed() => if gone.is_err() { break } else { continue },
        };
        // Of a company with attempts under way, one of them or the next look goes on; and so it is with the other stores
        // of a company of which several came.
        let quiet = arrived.into_iter().filter(|arrival| sender.board.is_quiet(&arrival.tenant));
        let quiet: HashMap<Tenant, StoreId> = quiet.map(|arrival| (arrival.tenant, arrival.store_id)).collect();
        match sender.guests(&quiet).await {
            Ok(guests) => guests.into_iter().for_each(|guest| drop(attempts.spawn(sender.clone().serve(guest)))),
            Err(error) => {
                let companies = quiet.len();
                tracing::error!(companies, %error, "what was just taken in waits for the next look");
            }
        }
        while attempts.try_join_next().is_some() {}
    }
    while attempts.join_next().await.is_some() {}
}

impl Sender {
    /// Those whose endpoints have room for one.
    async fn guests(&self, quiet: &HashMap<Tenant, StoreId>) -> Result<Vec<Guest>, PosError> {
        if quiet.is_empty() {
            return Ok(Vec::new());
        }
        let companies = quiet.keys().map(Tenant::as_str).collect::<Value>().to_string();
        let rows = self.pos.db.read(async move |tx: &mut Tx| tx.fetch_all(LINKED, args![companies]).await).await?;
        let mut guests = Vec::new();
        for row in rows {
            let (tenant, endpoint) = (Tenant::of_row(&row)?, row.text("endpoint")?);
            let Some(store) = quiet.get(&tenant) else { continue };
            if self.board.admit_guest(&endpoint, self.pos.now()) {
                let lane = Lane::new(&tenant, row.int("generation")?, *store);
                guests.push(Guest { endpoint, lane, counted: self.board.under_way(&tenant) });
            }
        }
        Ok(guests)
    }

    async fn serve(self, guest: Guest) {
        let Guest { endpoint, lane, counted } = guest;
        let claimed = claim_lane(&self.pos, lane).await;
        self.board.went_on(&endpoint, Vec::new(), claimed.as_ref().ok().and_then(Option::as_ref));
        // From here on the attempts count themselves, which may go on with other companies' lanes.
        drop(counted);
        match claimed {
            Ok(Some(one)) => self.attempts(endpoint, one).await,
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "what was just taken in waits for the next look"),
        }
    }
}
