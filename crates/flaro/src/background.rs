//! What goes on without anybody asking: rollups right after the acknowledgement, inquiries mailed, sessions swept.

use crate::{Flaro, inquiries::post, rollup, server};
use std::{sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Days marked by another process, or left over from a crash, are found this soon.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// After a failure of the database.
const WAIT_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// Inquiries that wait for another try are looked for this often.
const MAIL_EVERY: Duration = Duration::from_secs(20);
const SWEEP_EVERY: Duration = Duration::from_hours(1);

/// Runs the background loops until `shutdown` is done. What is under way then is finished by its queue next time.
pub async fn run(flaro: Arc<Flaro>, shutdown: impl Future<Output = ()> + Send) {
    tokio::select! {
        () = shutdown => {}
        () = roll_up(&flaro) => {}
        () = sweep(&flaro) => {}
        () = mail(&flaro) => {}
    }
}

async fn roll_up(flaro: &Flaro) {
    loop {
        match rollup::work(flaro).await {
            // Rung or not, then it is looked again.
            Ok(0) => timeout(LOOK_EVERY, flaro.dirty.notified()).await.unwrap_or_default(),
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "rollups wait for the database");
                tokio::time::sleep(WAIT_AFTER_FAILURE).await;
            }
        }
    }
}

/// Mails inquiries as they come, and those that wait for another try. Without a server there is nothing to do.
async fn mail(flaro: &Flaro) {
    let Some(smtp) = &flaro.settings.smtp else { return std::future::pending().await };
    loop {
        match post::work(flaro, smtp).await {
            Ok(0) => timeout(MAIL_EVERY, flaro.asked.notified()).await.unwrap_or_default(),
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the mail of inquiries waits for the database");
                tokio::time::sleep(WAIT_AFTER_FAILURE).await;
            }
        }
    }
}

async fn sweep(flaro: &Flaro) {
    let sessions = server::sessions(flaro);
    let mut ticks = interval(SWEEP_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = sessions.sweep().await {
            tracing::warn!(%error, "old sessions could not be swept");
        }
    }
}
