//! Delivery: due events go out, their answers come back into the outbox, for ever until FLARO has them.
//!
//! [`run`] keeps everything going that talks to FLARO by itself: the sender, the worker of late requests, the store
//! table, the rows of documents' checks, ended linkages and the reconciliation. Each is rung after a commit and looks by itself now and then.

pub mod claim;
pub mod lane;
pub mod record;
#[cfg(test)]
pub(crate) mod story;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::partner_client::{PartnerClient, PartnerError};
use crate::{Pos, PosError, checks, linkage, outbox, queue, reconcile, sender};

/// After a round a loop rests this long: a thousand rings make a few rounds.
const REST: Duration = Duration::from_millis(100);
/// How often each loop looks by itself.
const LOOK: Duration = Duration::from_secs(1);

/// Why delivery could not begin.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The settings of the partner API, or TLS.
    #[error(transparent)]
    Partner(#[from] PartnerError),
    /// The database.
    #[error(transparent)]
    Pos(#[from] PosError),
}

/// Runs until `shutdown` says true; what is in flight is recorded before it ends.
pub async fn run(pos: Arc<Pos>, shutdown: watch::Receiver<bool>) -> Result<(), RunError> {
    let client = PartnerClient::new(&pos.settings)?;
    let http = crate::partner_client::egress::client(pos.settings.allow_private_networks)
        .map_err(|error| PartnerError::Unreachable(error.to_string()))?;
    lane::free_all(&pos).await?;
    lane::release(&pos, None).await?;
    let rounds = reconcile::Rounds::default();
    let bells: [Arc<Notify>; 5] = Default::default();
    let [send, queue, partner, compare, index] = &bells;
    let each = |bell: &Arc<Notify>| (bell.clone(), shutdown.clone());
    tokio::join!(
        forward(&pos, &bells, shutdown.clone()),
        Box::pin(sender::run(pos.clone(), http, send.clone(), compare.clone(), shutdown.clone())),
        Box::pin(repeat("queue", each(queue), async || {
            outbox::resend::range::drain(&pos, || send.notify_one()).await?;
            queue::drain::drain(&pos, || send.notify_one()).await
        })),
        Box::pin(repeat("partner", each(partner), async || {
            linkage::table::watch(&pos).await?;
            linkage::table::send(&pos, &client).await?;
            linkage::secret::fetch(&pos, &client).await?;
            linkage::end::tell(&pos, &client).await
        })),
        Box::pin(checks::due::run(&pos, index.clone(), shutdown.clone())),
        Box::pin(repeat("reconcile", each(compare), async || reconcile::run(&pos, &client, &rounds).await)),
    );
    Ok(())
}

/// One ring of `pos.wake` rings every loop.
async fn forward(pos: &Pos, bells: &[Arc<Notify>], mut shutdown: watch::Receiver<bool>) {
    while !*shutdown.borrow() {
        tokio::select! {
            () = pos.wake.notified() => bells.iter().for_each(|bell| bell.notify_one()),
            gone = shutdown.changed() => if gone.is_err() { return },
        }
    }
}

/// Does `work` whenever it is rung, and by itself. An error is logged and tried again: nothing here gives up.
async fn repeat<F: Future<Output = Result<(), PosError>>>(
    name: &'static str,
    (bell, mut shutdown): (Arc<Notify>, watch::Receiver<bool>),
    work: impl Fn() -> F,
) {
    while !*shutdown.borrow() {
        if let Err(error) = work().await {
            tracing::error!(name, %error, "a loop of the delivery failed; it goes on");
        }
        tokio::time::sleep(REST).await;
        tokio::select! {
            () = bell.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
            gone = shutdown.changed() => if gone.is_err() { return },
        }
    }
}
